use crate::catalog::kind::{Grant, kind};
use crate::sql::Ident;

kind! {
    /// A schema (`pg_namespace`).
    Schema {
        /// The role that owns it (`nspowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`nspacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the schema.
        comment: Option<String>,
    }
}
