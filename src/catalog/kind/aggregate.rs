use crate::catalog::kind::words::words;
use crate::catalog::kind::{Grant, OperatorName, Parallel, Parameter, RoutineName, kind};
use crate::sql::{Ident, TypeName};

words! {
    /// Whether and how the arguments of an aggregate are ordered (`aggkind`).
    AggregateKind {
        Normal = 'n', "normal";
        Ordered = 'o', "ordered";
        Hypothetical = 'h', "hypothetical";
    }
}

words! {
    /// Whether a final function changes the state (`aggfinalmodify`).
    FinalModify {
        ReadOnly = 'r', "read only";
        Shareable = 's', "shareable";
        ReadWrite = 'w', "read write";
    }
}

kind! {
    /// An aggregate (`pg_aggregate`).
    Aggregate {
        /// What it takes, in order (`proargtypes`).
        parameters: Vec<Parameter>,
        /// The type of what it returns (`prorettype`).
        result as "returns": TypeName,
        /// Whether and how its arguments are ordered (`aggkind`).
        aggregate_kind: AggregateKind,
        /// How many arguments of an ordered one stand before ORDER BY (`aggnumdirectargs`).
        direct_arguments: i64,
        /// The function that takes in a row (`aggtransfn`).
        state_function: RoutineName,
        /// The type of the state (`aggtranstype`).
        state_type: TypeName,
        /// The bytes a state is taken to need; 0 for the default (`aggtransspace`).
        state_size: i64,
        /// The first state, as text (`agginitval`).
        initial: Option<String>,
        /// The function that makes the result of the state (`aggfinalfn`).
        final_function: Option<RoutineName>,
        /// Whether that one gets the arguments too (`aggfinalextra`).
        final_extra: bool,
        /// Whether that one changes the state (`aggfinalmodify`).
        final_modify: FinalModify,
        /// The function that makes one state of two (`aggcombinefn`).
        combine_function: Option<RoutineName>,
        /// The function that writes a state (`aggserialfn`).
        serial_function: Option<RoutineName>,
        /// The function that reads a state (`aggdeserialfn`).
        deserial_function: Option<RoutineName>,
        /// The function that takes in a row of a moving frame (`aggmtransfn`).
        moving_state_function: Option<RoutineName>,
        /// The function that takes it out again (`aggminvtransfn`).
        moving_inverse_function: Option<RoutineName>,
        /// The type of the state of a moving frame (`aggmtranstype`).
        moving_state_type: Option<TypeName>,
        /// The bytes of such a state; 0 for the default (`aggmtransspace`).
        moving_state_size: i64,
        /// The first such state, as text (`aggminitval`).
        moving_initial: Option<String>,
        /// The function that makes the result of such a state (`aggmfinalfn`).
        moving_final_function: Option<RoutineName>,
        /// Whether that one gets the arguments too (`aggmfinalextra`).
        moving_final_extra: bool,
        /// Whether that one changes the state (`aggmfinalmodify`).
        moving_final_modify: FinalModify,
        /// The operator by which it gives the first (`aggsortop`).
        sort_operator: Option<OperatorName>,
        /// Whether it can run in parallel workers (`proparallel`).
        parallel: Parallel,
        /// The role that owns it (`proowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`proacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the aggregate.
        comment: Option<String>,
    }
}
