use crate::catalog::kind::kind;

kind! {
    /// A schema (`pg_namespace`).
    Schema {
        /// The comment on the schema.
        comment: Option<String>,
    }
}
