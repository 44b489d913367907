use crate::catalog::Expr;
use crate::catalog::kind::kind;

kind! {
    /// A check constraint of a domain (`pg_constraint`, contypid).
    DomainCheck {
        /// The condition that every value meets (`conbin`).
        expression: Expr,
        /// Whether the values that were there have been checked (`convalidated`).
        validated: bool,
        /// The comment on the constraint.
        comment: Option<String>,
    }
}
