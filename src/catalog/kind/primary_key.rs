use crate::catalog::kind::kind;
use crate::sql::Ident;

kind! {
    /// A primary key (`pg_constraint`, contype `p`) with the index behind it.
    PrimaryKey {
        /// The key columns in order.
        columns: Vec<Ident>,
        /// The columns its index carries without their being part of the key.
        include: Vec<Ident>,
        /// Whether checking can be put off to the end of the transaction (`condeferrable`).
        deferrable: bool,
        /// Whether it is put off unless asked otherwise (`condeferred`).
        initially_deferred: bool,
        /// The storage parameters of its index, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// Whether the last column is compared WITHOUT OVERLAPS (`conperiod`, from 18).
        without_overlaps: bool,
        /// The tablespace of its index, if it is not the one of the database (`reltablespace`).
        tablespace: Option<Ident>,
        /// Whether CLUSTER orders the table by its index (`indisclustered`).
        clustered: bool,
        /// The constraint of the partitioned table that it follows from (`conparentid`).
        derived_from: Option<Ident>,
        /// The comment on the constraint.
        comment: Option<String>,
        /// The comment on the index behind it.
        index_comment: Option<String>,
    }
}
