//! What a project shows of itself: its SQL files, and the variables that hold the URLs of its databases.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::problem::Problem;
use crate::cli::source::{has_extension, is_database};

/// What migrations lie in, by custom.
const MIGRATIONS: [&str; 3] = ["migrations", "migration", "migrate"];
/// What is of others, is made, or is there for tests.
const PASSED_OVER: [&str; 14] = [
    "node_modules",
    "target",
    "vendor",
    "dist",
    "build",
    "out",
    "venv",
    "test",
    "tests",
    "testdata",
    "fixtures",
    "examples",
    "seeds",
    "seed",
];
/// `src/main/resources/db/migration` is not the deepest that there is.
const DEPTH: usize = 8;

/// The one folder, or file, that holds what makes the schema; none where there is no SQL.
///
/// # Errors
/// Where several look like it.
pub(super) fn sql(root: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Looked::default();
    found.look(root, Path::new(""), DEPTH);
    let candidates = if found.migrations.is_empty() { found.others } else { found.migrations };
    if candidates.len() > 1 {
        let names: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        let help = format!("say which it is: --sql {}", names[0]);
        return Err(Problem::input(format!("the SQL files could be those of {}", names.join(", ")), Some(help)));
    }
    Ok(candidates)
}

#[derive(Default)]
struct Looked {
    /// Folders of migration tools.
    migrations: Vec<PathBuf>,
    /// Folders with SQL files right in them, or the file if it is the only one.
    others: Vec<PathBuf>,
}

impl Looked {
    /// Looks through a folder; `inside` is its path from the root.
    fn look(&mut self, root: &Path, inside: &Path, depth: usize) {
        let (files, folders) = entries(&root.join(inside));
        let is_named = inside.file_name().is_some_and(|name| MIGRATIONS.iter().any(|known| name == *known));
        let is_marked = ["sqitch.plan", "meta/_journal.json"].iter().any(|mark| root.join(inside).join(mark).exists());
        if (is_named || is_marked) && holds_sql(&root.join(inside), depth) {
            self.migrations.push(if inside == Path::new("") { PathBuf::from(".") } else { inside.to_owned() });
            return;
        }
        let sql: Vec<&String> = files.iter().filter(|name| has_extension(Path::new(name), &["sql"])).collect();
        match sql.as_slice() {
            [] => {}
            [only] => self.others.push(inside.join(only)),
            _ if inside == Path::new("") => self.others.push(PathBuf::from(".")),
            _ => self.others.push(inside.to_owned()),
        }
        let wanted = |name: &&String| !name.starts_with('.') && !PASSED_OVER.contains(&name.as_str());
        for name in folders.iter().filter(wanted).filter(|_| depth > 0) {
            self.look(root, &inside.join(name), depth - 1);
        }
    }
}

/// The names of the files and of the folders in a folder, sorted; what cannot be read has none.
fn entries(folder: &Path) -> (Vec<String>, Vec<String>) {
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.file_type() {
            Ok(of) if of.is_dir() => folders.push(name),
            Ok(of) if of.is_file() => files.push(name),
            // A link may lead round in a circle.
            _ => {}
        }
    }
    files.sort();
    folders.sort();
    (files, folders)
}

fn holds_sql(folder: &Path, depth: usize) -> bool {
    let (files, folders) = entries(folder);
    files.iter().any(|name| has_extension(Path::new(name), &["sql"]))
        || depth > 0 && folders.iter().any(|name| holds_sql(&folder.join(name), depth - 1))
}

/// A variable that holds the URL of a database. Its value is looked at, and never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// Where it was found.
    pub(super) place: String,
    pub(super) is_set: bool,
}

pub(super) const ENVIRONMENT: &str = "the environment";
/// Where tools keep what they set; the last one shows but names.
const FILES: [&str; 3] = [".env", ".env.local", ".env.example"];

impl Variable {
    /// The one that `env:NAME` names.
    pub(super) fn named(url: &str) -> Result<Self, Problem> {
        match url.strip_prefix("env:").filter(|name| is_name(name)) {
            Some(name) => {
                let is_set = std::env::var_os(name).is_some();
                Ok(Self { name: name.to_owned(), place: ENVIRONMENT.into(), is_set })
            }
            None => {
                let help = "put the URL into a variable: --db env:DATABASE_URL".to_owned();
                Err(Problem::input("env:NAME was expected behind --db: a URL is not written into files", Some(help)))
            }
        }
    }

    /// What the target is called that it is of: `staging` for `STAGING_DATABASE_URL`.
    pub(super) fn target(&self) -> String {
        let name = self.name.to_ascii_lowercase();
        let kept = name
            .split('_')
            .filter(|word| !["database", "db", "postgres", "postgresql", "pg", "url", "uri", "dsn"].contains(word));
        let kept: Vec<&str> = kept.collect();
        if kept.is_empty() { "database".to_owned() } else { kept.join("-") }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether it is of PostgreSQL: a URL, or pairs of keys and values.
fn is_url(value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'']);
    let is_pairs = !value.contains("://") && is_database(value);
    value.starts_with("postgres://") || value.starts_with("postgresql://") || is_pairs
}

/// Those in the environment, then those that files for it name, one for each target; the first is the usual one.
pub(super) fn variables(root: &Path) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    let set =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let is_of_databases = |name: &str| ["DATABASE_URL", "DB_URL", "POSTGRES_URL"].iter().any(|end| name.ends_with(end));
    for (name, value) in set {
        if is_of_databases(&name) && is_url(&value) {
            found.push(Variable { name, place: ENVIRONMENT.into(), is_set: true });
        }
    }
    for file in FILES {
        for line in fs::read_to_string(root.join(file)).unwrap_or_default().lines() {
            let line = line.trim();
            let entry = line.strip_prefix("export ").unwrap_or(line).split_once('=');
            let Some((name, _)) = entry.filter(|(name, value)| is_name(name) && is_url(value)) else { continue };
            if !found.iter().any(|known| known.name == name) {
                found.push(Variable { name: name.to_owned(), place: file.into(), is_set: false });
            }
        }
    }
    found.sort_by_key(|variable| (!variable.is_set, variable.name != "DATABASE_URL", variable.name.clone()));
    let mut targets = BTreeSet::new();
    found.retain(|variable| targets.insert(variable.target()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_called_after_their_variables() {
        for (name, target) in [
            ("DATABASE_URL", "database"),
            ("POSTGRES_URL", "database"),
            ("STAGING_DATABASE_URL", "staging"),
            ("DATABASE_URL_PROD", "prod"),
            ("READ_ONLY_DB_URL", "read-only"),
        ] {
            let variable = Variable { name: name.into(), place: ENVIRONMENT.into(), is_set: true };
            assert_eq!(variable.target(), target);
        }
    }
}
