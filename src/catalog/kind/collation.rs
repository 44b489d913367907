use crate::catalog::kind::kind;
use crate::catalog::kind::words::words;
use crate::sql::Ident;

words! {
    /// Who compares by a collation (`collprovider`).
    CollationProvider {
        Libc = 'c', "libc";
        Icu = 'i', "icu";
        Builtin = 'b', "builtin";
        Default = 'd', "default";
    }
}

kind! {
    /// A collation (`pg_collation`).
    Collation {
        /// Who compares (`collprovider`).
        provider: CollationProvider,
        /// The locale of ICU or the server itself (`colllocale`).
        locale: Option<String>,
        /// The locale of the operating system that orders (`collcollate`).
        lc_collate: Option<String>,
        /// The locale of the operating system that classes characters (`collctype`).
        lc_ctype: Option<String>,
        /// Whether only equal bytes are equal (`collisdeterministic`).
        deterministic: bool,
        /// Rules that are added to those of ICU (`collicurules`, from 16).
        rules: Option<String>,
        /// The role that owns it (`collowner`).
        owner: Ident,
        /// The comment on the collation.
        comment: Option<String>,
    }
}
