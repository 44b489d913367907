//! `schema-check explain-expr`

use std::path::{Path, PathBuf};

use clap::Args;

use super::asserting::Asking;
use super::config::Config;
use super::problem::Problem;
use super::sql::{self, Replaying};
use super::{CLEAN, FINDINGS, NO_VERDICT, Timeouts, print, source};
use crate::catalog::{Catalog, Class, Coverage, NEWEST_VERSION, ObjectId, Tree};
use crate::expr::{self, Around, Basis, Scope, Wanted};
use crate::files::Files;
use crate::report;
use crate::report::terminal::Style;
use crate::spec::document::Guard;
use crate::sql::ident::split_identifiers;
use crate::sql::parse::parse_expr;
use crate::sql::{Ident, QualifiedName, TypeName};

#[derive(Debug, Args)]
pub(super) struct ExplainExpr {
    /// The expression: of a CHECK constraint, a policy, a default.
    #[arg(value_name = "EXPR")]
    expression: String,
    /// Another one: tell whether it means the same (exit code 0), something else (1), or that cannot be told (3).
    #[arg(value_name = "OTHER")]
    other: Option<String>,
    /// The table whose columns it names.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The type of the column that it is a default of.
    #[arg(long = "type", value_name = "TYPE")]
    data_type: Option<String>,
    /// The schemas that names without one are looked for in, with commas between them.
    #[arg(long, value_name = "SCHEMAS", default_value = "public")]
    search_path: String,
    /// The connection string of a database, or env:NAME for the variable that holds it.
    #[arg(long, value_name = "URL", conflicts_with = "sql")]
    db: Option<String>,
    /// An SQL file, or a folder of them; once for each, in the order in which they are applied.
    #[arg(long, value_name = "PATH")]
    sql: Vec<PathBuf>,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

impl ExplainExpr {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        self.no_paths()?;
        let replaying = self.replaying.or(&config.replaying);
        let timeouts = self.timeouts.or(&config.general.timeouts);
        let sql = if self.sql.is_empty() { &config.sql } else { &self.sql };
        let catalog = match &self.db {
            Some(url) => source::database(url, &timeouts, &Asking::nothing(&Guard::default()))?.catalog,
            None if sql.is_empty() => {
                let version = replaying.version.unwrap_or(NEWEST_VERSION);
                Catalog { version, ..Catalog::new(Coverage::Everything) }
            }
            None => sql::replay(sql, files, &replaying, replaying.version)?.catalog,
        };
        let search_path = split_identifiers(&self.search_path, ',').ok_or_else(|| {
            let help = "give names with commas between them: --search-path app,public".to_owned();
            Problem::input(format!("\"{}\" is no list of schemas", self.search_path), Some(help))
        })?;
        let table = self.table.as_deref().map(|name| find_table(name, &catalog, &search_path)).transpose()?;
        let data_type = self.data_type.as_deref().map(|text| parse_type(text, &catalog, &search_path)).transpose()?;
        let scope = Scope {
            catalog: &catalog,
            search_path: &search_path,
            around: table.as_ref().map_or(Around::Nothing, Around::Relation),
            wanted: data_type.as_ref().map_or(Wanted::Value, |of| Wanted::Stored { column: "", of }),
        };
        let (one, fault) = resolve(&self.expression, &scope)?;
        let mut text = report::expr::render(&self.expression, &one, fault.as_deref(), style);
        let mut code = CLEAN;
        if let Some(other) = &self.other {
            let (two, fault) = resolve(other, &scope)?;
            let (verdict, exit_code) = compare(&one, &two);
            text += &format!("\n{}\n{verdict}\n", report::expr::render(other, &two, fault.as_deref(), style));
            if exit_code == NO_VERDICT && self.table.is_none() {
                text += "--table NAME says whose columns it names\n";
            }
            code = exit_code;
        }
        print(&text)?;
        Ok(code)
    }
}

impl ExplainExpr {
    /// Behind `--sql` there is room for one path, and the next is taken for an expression.
    fn no_paths(&self) -> Result<(), Problem> {
        let expressions = std::iter::once(&self.expression).chain(&self.other);
        match expressions.into_iter().find(|text| !self.sql.is_empty() && Path::new(text).exists()) {
            Some(path) => {
                let help = format!("give --sql once for each of them: --sql {} --sql {path}", self.sql[0].display());
                Err(Problem::input(format!("{path} is a file, not an expression"), Some(help)))
            }
            None => Ok(()),
        }
    }
}

fn compare(one: &Tree, two: &Tree) -> (&'static str, u8) {
    if one == two {
        ("the same (exit 0)", CLEAN)
    } else if one.could_equal(two) {
        ("uncertain: it hangs on what is not known (exit 3)", NO_VERDICT)
    } else {
        ("different (exit 1)", FINDINGS)
    }
}

/// The tree, and why a server would refuse the expression.
fn resolve(text: &str, scope: &Scope<'_>) -> Result<(Tree, Option<String>), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::input("the expression is empty", None));
    }
    let node = parse_expr(text).map_err(|error| {
        let place =
            error.offset.map_or_else(String::new, |at| format!(" at character {}", text[..at].chars().count() + 1));
        Problem::input(format!("this is not an expression: {}{place}: {text}", error.message), None)
    })?;
    let (tree, faults) = expr::resolve_checked(&node, scope);
    // What is not there is told otherwise.
    let mut certain = faults.into_iter().filter(|fault| !matches!(fault.basis, Basis::Missing(..)));
    Ok((tree, certain.next().map(|fault| format!("{} ({})", fault.message, fault.sqlstate))))
}

fn find_table(name: &str, catalog: &Catalog, search_path: &[Ident]) -> Result<ObjectId, Problem> {
    let QualifiedName { schema, name } =
        QualifiedName::parse(name).ok_or_else(|| Problem::input(format!("\"{name}\" is no name of a table"), None))?;
    let schemas = schema.as_ref().map_or(search_path, std::slice::from_ref);
    let mut found = schemas.iter().map(|schema| ObjectId::in_schema(Class::Relation, schema, &name));
    found.find(|id| catalog.exists(id)).ok_or_else(|| {
        let names: Vec<String> = schemas.iter().map(Ident::to_string).collect();
        let help = match catalog.objects.is_empty() {
            true => "give the database by --db, or the SQL files by --sql",
            false => "give its schema with the name: --table app.users",
        };
        Problem::input(format!("there is no table {name} in {}", names.join(", ")), Some(help.to_owned()))
    })
}

fn parse_type(text: &str, catalog: &Catalog, search_path: &[Ident]) -> Result<TypeName, Problem> {
    let mut data_type = TypeName::parse(text)
        .map_err(|error| Problem::input(format!("\"{text}\" is no type: {}", error.message), None))?;
    if data_type.is_unresolved() {
        let holds = |schema: &&Ident| catalog.exists(&ObjectId::in_schema(Class::Type, schema, &data_type.name.name));
        let schema = search_path.iter().find(holds);
        let help = "write it with its schema, or give the database by --db or the SQL files by --sql".to_owned();
        let unknown = || Problem::input(format!("there is no type {text}"), Some(help));
        data_type.name.schema = Some(schema.ok_or_else(unknown)?.clone());
    }
    Ok(data_type)
}
