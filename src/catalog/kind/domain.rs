use crate::catalog::Expr;
use crate::catalog::kind::{CollationName, Grant, kind};
use crate::sql::{Ident, TypeName};

kind! {
    /// A domain (`pg_type`, typtype `d`).
    Domain {
        /// The type it stands on, with its modifier (`typbasetype`).
        data_type as "type": TypeName,
        /// Whether it takes NULL (not `typnotnull`).
        nullable: bool,
        /// The default (`typdefaultbin`).
        default: Option<Expr>,
        /// The collation, if it is not the one of its type (`typcollation`).
        collation: Option<CollationName>,
        /// The role that owns it (`typowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`typacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the domain.
        comment: Option<String>,
    }
}
