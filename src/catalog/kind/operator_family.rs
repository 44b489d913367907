use crate::catalog::kind::{FamilyMember, OperatorName, RoutineName, kind};
use crate::sql::Ident;

kind! {
    /// An operator family (`pg_opfamily`).
    OperatorFamily {
        /// The operators that belong to it and to no class, by number (`pg_amop`).
        operators: Vec<FamilyMember<OperatorName>>,
        /// The functions that belong to it and to no class, by number (`pg_amproc`).
        functions: Vec<FamilyMember<RoutineName>>,
        /// The role that owns it (`opfowner`).
        owner: Ident,
        /// The comment on the operator family.
        comment: Option<String>,
    }
}
