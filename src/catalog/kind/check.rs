use crate::catalog::Expr;
use crate::catalog::kind::kind;

kind! {
    /// A check constraint (`pg_constraint`, contype `c`).
    Check {
        /// The condition that every row meets (`conbin`).
        expression: Expr,
        /// Whether child tables are left out (`connoinherit`).
        no_inherit: bool,
        /// Whether the rows that were there have been checked (`convalidated`).
        validated: bool,
        /// Whether rows are checked at all (`conenforced`, from 18).
        enforced: bool,
        /// Whether it was stated of this table itself, not only inherited (`conislocal`).
        local: bool,
        /// The comment on the constraint.
        comment: Option<String>,
    }
}
