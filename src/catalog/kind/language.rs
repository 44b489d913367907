use crate::catalog::kind::{Grant, RoutineName, kind};
use crate::sql::Ident;

kind! {
    /// A language that routines can be written in (`pg_language`).
    Language {
        /// Whether it keeps to the rights of who uses it (`lanpltrusted`).
        trusted: bool,
        /// The function that runs routines (`lanplcallfoid`).
        handler: Option<RoutineName>,
        /// The function that runs DO blocks (`laninline`).
        inline: Option<RoutineName>,
        /// The function that checks routines (`lanvalidator`).
        validator: Option<RoutineName>,
        /// The role that owns it (`lanowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`lanacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the language.
        comment: Option<String>,
    }
}
