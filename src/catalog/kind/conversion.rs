use crate::catalog::kind::{RoutineName, kind};
use crate::sql::Ident;

kind! {
    /// A conversion between encodings (`pg_conversion`).
    Conversion {
        /// The encoding it is from (`conforencoding`).
        source: String,
        /// The encoding it is to (`contoencoding`).
        target: String,
        /// The function that does it (`conproc`).
        function: RoutineName,
        /// Whether it is the default one (`condefault`).
        default: bool,
        /// The role that owns it (`conowner`).
        owner: Ident,
        /// The comment on the conversion.
        comment: Option<String>,
    }
}
