use crate::catalog::Expr;
use crate::catalog::kind::kind;
use crate::catalog::kind::words::words;
use crate::sql::Ident;

words! {
    /// How a policy combines with the others of its table (`polpermissive`; the codes are ours).
    PolicyType {
        Permissive = 'p', "permissive";
        Restrictive = 'r', "restrictive";
    }
}

words! {
    /// The command a policy applies to (`polcmd`).
    PolicyCommand {
        All = '*', "all";
        Select = 'r', "select";
        Insert = 'a', "insert";
        Update = 'w', "update";
        Delete = 'd', "delete";
    }
}

kind! {
    /// A row-level security policy (`pg_policy`).
    Policy {
        /// Permissive: one of them must allow; restrictive: each of them must (`polpermissive`).
        policy_type as "as": PolicyType,
        /// The command it applies to (`polcmd`).
        command as "for": PolicyCommand,
        /// The roles it applies to, sorted; `public` is every role (`polroles`).
        roles as "to": Vec<Ident>,
        /// Which rows can be seen (`polqual`).
        using: Option<Expr>,
        /// Which rows can be written (`polwithcheck`); where there is none, `using` decides.
        with_check: Option<Expr>,
        /// The comment on the policy.
        comment: Option<String>,
    }
}
