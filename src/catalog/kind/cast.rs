use crate::catalog::kind::words::words;
use crate::catalog::kind::{RoutineName, kind};

words! {
    /// When a cast happens by itself (`castcontext`), in the order of what is allowed.
    CastContext {
        Implicit = 'i', "implicit";
        Assignment = 'a', "assignment";
        Explicit = 'e', "explicit";
    }
}

words! {
    /// By what a cast happens (`castmethod`).
    CastMethod {
        Function = 'f', "function";
        Inout = 'i', "inout";
        Binary = 'b', "binary";
    }
}

kind! {
    /// A cast (`pg_cast`).
    Cast {
        /// When it happens by itself (`castcontext`).
        context: CastContext,
        /// By what it happens (`castmethod`).
        method: CastMethod,
        /// The function that does it (`castfunc`).
        function: Option<RoutineName>,
        /// The comment on the cast.
        comment: Option<String>,
    }
}
