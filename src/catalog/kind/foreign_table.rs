use crate::catalog::kind::{Grant, PartitionBound, RelationName, kind};
use crate::sql::Ident;

kind! {
    /// A foreign table (`pg_foreign_table`); its columns and constraints are objects of their own.
    ForeignTable {
        /// The server that has the rows (`ftserver`).
        server: Ident,
        /// The options, in their order (`ftoptions`).
        options: Vec<String>,
        /// The names of the columns in their order (`attnum`).
        column_order: Vec<Ident>,
        /// The partitioned table that it is a partition of (`pg_inherits`).
        partition_of: Option<RelationName>,
        /// Which of its rows it holds (`relpartbound`).
        partition_bound: Option<PartitionBound>,
        /// The tables that it inherits from, in their order (`pg_inherits`).
        inherits: Vec<RelationName>,
        /// The role that owns it (`relowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`relacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the foreign table.
        comment: Option<String>,
    }
}
