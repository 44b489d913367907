use crate::catalog::kind::{OperatorName, RoutineName, kind};
use crate::sql::{Ident, TypeName};

kind! {
    /// An operator (`pg_operator`).
    Operator {
        /// The function behind it (`oprcode`).
        function: RoutineName,
        /// The type of its result (`oprresult`).
        result: TypeName,
        /// The same with its sides changed (`oprcom`).
        commutator: Option<OperatorName>,
        /// Its contrary (`oprnegate`).
        negator: Option<OperatorName>,
        /// What estimates a condition with a constant (`oprrest`).
        restrict: Option<RoutineName>,
        /// What estimates a join (`oprjoin`).
        join: Option<RoutineName>,
        /// Whether it can be used in a merge join (`oprcanmerge`).
        merges: bool,
        /// Whether it can be used in a hash join (`oprcanhash`).
        hashes: bool,
        /// The role that owns it (`oprowner`).
        owner: Ident,
        /// The comment on the operator.
        comment: Option<String>,
    }
}
