use crate::catalog::kind::kind;
use crate::sql::Ident;

kind! {
    /// An extension (`pg_extension`). What belongs to it is left out of the model.
    Extension {
        /// The schema that holds the extension's objects (`extnamespace`).
        schema: Ident,
        /// The installed version (`extversion`).
        version: String,
        /// The role that owns it (`extowner`).
        owner: Ident,
        /// The comment on the extension; most bring one of their own.
        comment: Option<String>,
    }
}
