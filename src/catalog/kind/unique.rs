use crate::catalog::kind::kind;
use crate::sql::Ident;

kind! {
    /// A unique constraint (`pg_constraint`, contype `u`) with the index behind it.
    Unique {
        /// The key columns in order.
        columns: Vec<Ident>,
        /// The columns its index carries without their being part of the key.
        include: Vec<Ident>,
        /// Whether two NULLs count as equal (`indnullsnotdistinct`).
        nulls_not_distinct: bool,
        /// Whether checking can be put off to the end of the transaction (`condeferrable`).
        deferrable: bool,
        /// Whether it is put off unless asked otherwise (`condeferred`).
        initially_deferred: bool,
        /// The storage parameters of its index, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// The comment on the constraint.
        comment: Option<String>,
    }
}
