use crate::catalog::kind::{FamilyMember, OperatorName, RoutineName, kind};
use crate::sql::{Ident, QualifiedName, TypeName};

kind! {
    /// An operator class (`pg_opclass`).
    OperatorClass {
        /// The type it is for (`opcintype`).
        data_type as "type": TypeName,
        /// Whether it is the default one of the type (`opcdefault`).
        default: bool,
        /// The operator family it is in (`opcfamily`).
        family: QualifiedName,
        /// The type that is stored, if it is another (`opckeytype`).
        storage: Option<TypeName>,
        /// The operators that belong to it, by number (`pg_amop`).
        operators: Vec<FamilyMember<OperatorName>>,
        /// The functions that belong to it, by number (`pg_amproc`).
        functions: Vec<FamilyMember<RoutineName>>,
        /// The role that owns it (`opcowner`).
        owner: Ident,
        /// The comment on the operator class.
        comment: Option<String>,
    }
}
