use crate::catalog::kind::kind;

kind! {
    /// An enum type (`pg_type`, typtype `e`).
    Enum {
        /// The labels in their order (`pg_enum`).
        values: Vec<String>,
        /// The comment on the type.
        comment: Option<String>,
    }
}
