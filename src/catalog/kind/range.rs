use crate::catalog::kind::{CollationName, Grant, RoutineName, kind};
use crate::sql::{Ident, QualifiedName, TypeName};

kind! {
    /// A range type (`pg_range`).
    Range {
        /// The type that it is a range of (`rngsubtype`).
        subtype: TypeName,
        /// The operator class that orders it, if it is not the default one (`rngsubopc`).
        opclass: Option<QualifiedName>,
        /// The collation, if it is not the one of the subtype (`rngcollation`).
        collation: Option<CollationName>,
        /// The function that makes ranges canonical (`rngcanonical`).
        canonical: Option<RoutineName>,
        /// The function that tells how far apart two values are (`rngsubdiff`).
        subtype_diff: Option<RoutineName>,
        /// The type of several such ranges (`rngmultitypid`, from 14).
        multirange: Option<TypeName>,
        /// The role that owns it (`typowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`typacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the type.
        comment: Option<String>,
    }
}
