//! Expressions: syntax and a scope → a resolved tree. Does no I/O and never guesses: what it
//! cannot look up it keeps as it is written, and says so ([`unresolved`]).

mod builtins;
mod choose;
mod names;
mod resolve;
mod select;
mod settle;
mod sugar;
mod values;

use pg_query::protobuf::Node;

use crate::catalog::tree::Term;
use crate::catalog::{Catalog, ObjectId, Tree};
use crate::sql::parse::{self, SyntaxError};
use crate::sql::{Ident, TypeName};
pub use settle::settle;

/// Where an expression stands: what its names can mean.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub catalog: &'a Catalog,
    /// Searched in order after `pg_catalog`. Empty for text that a server printed under an empty `search_path`.
    pub search_path: &'a [Ident],
    /// The relation whose columns it can name without qualification.
    pub relation: Option<&'a ObjectId>,
    /// The type it is coerced to: a default takes the type of its column.
    pub target: Option<&'a TypeName>,
}

/// Resolves a parsed expression.
pub fn resolve(node: &Node, scope: &Scope<'_>) -> Tree {
    resolve::tree(node, scope)
}

/// Parses and resolves.
///
/// # Errors
/// Where `text` is not one expression.
pub fn resolve_text(text: &str, scope: &Scope<'_>) -> Result<Tree, SyntaxError> {
    Ok(resolve(&parse::parse_expr(text)?, scope))
}

/// What could not be looked up; where two trees differ that have such names, they may still mean the same.
pub fn unresolved(tree: &Tree) -> &[String] {
    &tree.unresolved
}

/// The column that an expression consists of, if it does: `(a)` is the column `a`.
pub fn as_column(tree: &Tree) -> Option<&Ident> {
    match &tree.root {
        Term::Column(column) => Some(&column.name),
        _ => None,
    }
}
