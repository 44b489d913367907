use crate::catalog::kind::{ColumnName, Grant, Persistence, kind};
use crate::sql::{Ident, TypeName};

kind! {
    /// A sequence (`pg_sequence`), those behind serial and identity columns too.
    Sequence {
        /// The integer type of its values (`seqtypid`).
        data_type as "type": TypeName,
        /// Where it starts (`seqstart`).
        start: i64,
        /// By how much it goes on (`seqincrement`).
        increment: i64,
        /// The least value (`seqmin`).
        min_value: i64,
        /// The greatest value (`seqmax`).
        max_value: i64,
        /// How many values are drawn ahead (`seqcache`).
        cache: i64,
        /// Whether it begins again after its last value (`seqcycle`).
        cycle: bool,
        /// The column that it goes away with (OWNED BY).
        owned_by: Option<ColumnName>,
        /// Whether it is part of that column, which is an identity column.
        identity: bool,
        /// Permanent, unlogged or temporary (`relpersistence`).
        persistence: Persistence,
        /// The role that owns it (`relowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`relacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the sequence.
        comment: Option<String>,
    }
}
