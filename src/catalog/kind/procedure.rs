use crate::catalog::Expr;
use crate::catalog::kind::{Grant, Parameter, kind};
use crate::sql::{Ident, TypeName};

kind! {
    /// A procedure (`pg_proc`, prokind `p`).
    Procedure {
        /// What it takes and gives, in order (`proargtypes`, `proallargtypes`).
        parameters: Vec<Parameter>,
        /// The language (`prolang`).
        language: Ident,
        /// Whether it runs with the rights of its owner (`prosecdef`).
        security_definer: bool,
        /// The settings that hold while it runs, in order (`proconfig`).
        configuration as "set": Vec<String>,
        /// The types that are transformed for its language (`protrftypes`).
        transforms: Vec<TypeName>,
        /// The body as text (`prosrc`); none if it is SQL that was parsed.
        source: Option<String>,
        /// The statements of a body that was parsed (`prosqlbody`, from 14).
        body: Vec<Expr>,
        /// The file that holds it (`probin`).
        library: Option<String>,
        /// The role that owns it (`proowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`proacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the procedure.
        comment: Option<String>,
    }
}
