use crate::catalog::kind::{Grant, TypeAttribute, kind};
use crate::sql::Ident;

kind! {
    /// A composite type of its own (`pg_type`, typtype `c`).
    Composite {
        /// The attributes in their order (`pg_attribute`).
        attributes: Vec<TypeAttribute>,
        /// The role that owns it (`typowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`typacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the type.
        comment: Option<String>,
    }
}
