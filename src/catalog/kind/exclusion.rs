use crate::catalog::Expr;
use crate::catalog::kind::{IndexKey, OperatorName, kind};
use crate::sql::Ident;

kind! {
    /// An exclusion constraint (`pg_constraint`, contype `x`) with the index behind it.
    Exclusion {
        /// The access method of its index (`pg_am.amname`).
        method: Ident,
        /// What is compared, in order, as keys of the index.
        keys as "columns": Vec<IndexKey>,
        /// By which operator each is compared (`conexclop`).
        operators: Vec<OperatorName>,
        /// The columns its index carries without their being part of the key.
        include: Vec<Ident>,
        /// The condition of the rows that are compared (`indpred`).
        predicate as "where": Option<Expr>,
        /// Whether checking can be put off to the end of the transaction (`condeferrable`).
        deferrable: bool,
        /// Whether it is put off unless asked otherwise (`condeferred`).
        initially_deferred: bool,
        /// The storage parameters of its index, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// The tablespace of its index, if it is not the one of the database (`reltablespace`).
        tablespace: Option<Ident>,
        /// The constraint of the partitioned table that it follows from (`conparentid`).
        derived_from: Option<Ident>,
        /// The comment on the constraint.
        comment: Option<String>,
        /// The comment on the index behind it.
        index_comment: Option<String>,
    }
}
