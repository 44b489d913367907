use crate::catalog::Expr;
use crate::catalog::kind::words::words;
use crate::catalog::kind::{Grant, Parameter, RoutineName, kind};
use crate::sql::{Ident, TypeName};

words! {
    /// What the result of a function hangs on (`provolatile`).
    Volatility {
        Immutable = 'i', "immutable";
        Stable = 's', "stable";
        Volatile = 'v', "volatile";
    }
}

words! {
    /// Whether a function can run in parallel workers (`proparallel`).
    Parallel {
        Safe = 's', "safe";
        Restricted = 'r', "restricted";
        Unsafe = 'u', "unsafe";
    }
}

kind! {
    /// A function, also a window function (`pg_proc`, prokind `f` and `w`).
    Function {
        /// What it takes and gives, in order (`proargtypes`, `proallargtypes`).
        parameters: Vec<Parameter>,
        /// The type of what it returns (`prorettype`).
        result as "returns": TypeName,
        /// Whether it returns any number of these (`proretset`).
        returns_set: bool,
        /// The language (`prolang`).
        language: Ident,
        /// Whether it is a window function (`prokind`).
        window: bool,
        /// What its result hangs on (`provolatile`).
        volatility: Volatility,
        /// Whether NULL is its result where an argument is NULL (`proisstrict`).
        strict: bool,
        /// Whether it runs with the rights of its owner (`prosecdef`).
        security_definer: bool,
        /// Whether it tells nothing about its arguments but by its result (`proleakproof`).
        leakproof: bool,
        /// Whether it can run in parallel workers (`proparallel`).
        parallel: Parallel,
        /// What a call is taken to cost (`procost`).
        cost: String,
        /// How many rows it is taken to return (`prorows`).
        rows: String,
        /// The function that helps to plan it (`prosupport`).
        support: Option<RoutineName>,
        /// The settings that hold while it runs, in order (`proconfig`).
        configuration as "set": Vec<String>,
        /// The types that are transformed for its language (`protrftypes`).
        transforms: Vec<TypeName>,
        /// The body as text (`prosrc`); none if it is SQL that was parsed.
        source: Option<String>,
        /// The statements of a body that was parsed (`prosqlbody`, from 14).
        body: Vec<Expr>,
        /// The file that holds it (`probin`).
        library: Option<String>,
        /// The role that owns it (`proowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`proacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the function.
        comment: Option<String>,
    }
}
