use crate::catalog::kind::words::words;
use crate::catalog::kind::{KeyTerm, RelationName, kind};
use crate::sql::Ident;

words! {
    /// What extended statistics hold (`stxkind`).
    StatisticsKind {
        Ndistinct = 'd', "ndistinct";
        Dependencies = 'f', "dependencies";
        Mcv = 'm', "mcv";
        Expressions = 'e', "expressions";
    }
}

kind! {
    /// An extended statistics object (`pg_statistic_ext`).
    Statistics {
        /// The table it is about (`stxrelid`).
        relation: RelationName,
        /// What is gathered (`stxkind`).
        kinds: Vec<StatisticsKind>,
        /// The columns and expressions it is about (`stxkeys`, `stxexprs`).
        keys as "columns": Vec<KeyTerm>,
        /// How much ANALYZE gathers, if not the default (`stxstattarget`).
        target: Option<i64>,
        /// The role that owns it (`stxowner`).
        owner: Ident,
        /// The comment on the statistics object.
        comment: Option<String>,
    }
}
