use crate::catalog::kind::kind;
use crate::sql::Ident;

kind! {
    /// A role (`pg_roles`), which every database of a cluster shares.
    Role {
        /// Whether all is allowed to it (`rolsuper`).
        superuser: bool,
        /// Whether it has the rights of the roles that it is a member of (`rolinherit`).
        inherit: bool,
        /// Whether it can create roles (`rolcreaterole`).
        create_role: bool,
        /// Whether it can create databases (`rolcreatedb`).
        create_db: bool,
        /// Whether it can log in (`rolcanlogin`).
        login: bool,
        /// Whether it can replicate (`rolreplication`).
        replication: bool,
        /// Whether row-level security does not concern it (`rolbypassrls`).
        bypass_rls: bool,
        /// How many connections it can have, -1 for any (`rolconnlimit`).
        connection_limit: i64,
        /// Until when its password is good (`rolvaliduntil`).
        valid_until: Option<String>,
        /// The settings that it begins with, in order (`setconfig`).
        configuration as "set": Vec<String>,
        /// The roles that it is a member of, sorted (`pg_auth_members`).
        member_of: Vec<Ident>,
        /// The comment on the role.
        comment: Option<String>,
    }
}
