use crate::catalog::kind::{Grant, kind};
use crate::sql::Ident;

kind! {
    /// An enum type (`pg_type`, typtype `e`).
    Enum {
        /// The labels in their order (`pg_enum`).
        values: Vec<String>,
        /// The role that owns it (`typowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`typacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the type.
        comment: Option<String>,
    }
}
