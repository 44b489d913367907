use crate::catalog::Expr;
use crate::catalog::kind::words::words;
use crate::catalog::kind::{Grant, Persistence, kind};
use crate::sql::Ident;

words! {
    /// WITH CHECK OPTION of a view; the codes are ours.
    CheckOption {
        Local = 'l', "local";
        Cascaded = 'c', "cascaded";
    }
}

kind! {
    /// A view (`pg_class`, relkind `v`); its columns are objects of their own.
    View {
        /// The query (`pg_get_viewdef()`).
        query: Expr,
        /// The names of the columns in their order (`attnum`).
        column_order: Vec<Ident>,
        /// Whether conditions of a query on it wait for its own (`security_barrier`).
        security_barrier: bool,
        /// Whether the rights of who reads it count, not those of its owner (`security_invoker`, from 15).
        security_invoker: bool,
        /// Whether rows written through it must be visible in it (`check_option`).
        check_option: Option<CheckOption>,
        /// Permanent or temporary (`relpersistence`).
        persistence: Persistence,
        /// The role that owns it (`relowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`relacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the view.
        comment: Option<String>,
    }
}
