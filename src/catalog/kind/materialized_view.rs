use crate::catalog::Expr;
use crate::catalog::kind::{Grant, kind};
use crate::sql::Ident;

kind! {
    /// A materialized view (`pg_class`, relkind `m`); its columns and indexes are objects of their own.
    MaterializedView {
        /// The query (`pg_get_viewdef()`).
        query: Expr,
        /// The names of the columns in their order (`attnum`).
        column_order: Vec<Ident>,
        /// Whether it can be read (`relispopulated`); one made WITH NO DATA cannot.
        populated: bool,
        /// How its rows are stored (`relam`).
        access_method: Option<Ident>,
        /// The tablespace, if it is not the one of the database (`reltablespace`).
        tablespace: Option<Ident>,
        /// The storage parameters, those of its TOAST table too, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// The role that owns it (`relowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`relacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the materialized view.
        comment: Option<String>,
    }
}
