//! The files that a project begins with.

use std::fmt::Write;

use super::{Project, SPEC};
use crate::cli::sql::OnError;
use crate::spec::{self, Document};
use crate::yaml;

/// A `schema-check.yaml` that says what was found.
pub(super) fn config(project: &Project) -> String {
    let Project { sql, variables, replaying } = project;
    let mut out = String::from("# What `schema-check` checks here. All that can stand here is in docs/config.md.\n");
    let _ = writeln!(out, "specs: {SPEC}");
    let mut entry = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "{key}: {value}");
        }
    };
    let list = |items: Vec<String>| match items.as_slice() {
        [] => None,
        [only] => Some(scalar(only)),
        _ => Some(format!("[{}]", items.iter().map(|item| scalar(item)).collect::<Vec<_>>().join(", "))),
    };
    entry("sql", list(sql.iter().map(|path| path.display().to_string()).collect()));
    entry("layout", replaying.layout.map(|layout| layout.name().to_owned()));
    entry("prelude", list(replaying.preludes.clone()));
    let values: Vec<String> =
        replaying.variables.iter().map(|(name, value)| format!("{}: {}", scalar(name), scalar(value))).collect();
    entry("variables", (!values.is_empty()).then(|| format!("{{ {} }}", values.join(", "))));
    entry("postgres", replaying.version.map(|version| version.to_string()));
    entry("encoding", replaying.encoding.map(|encoding| encoding.name().to_ascii_lowercase()));
    entry("role", replaying.role.as_deref().map(scalar));
    entry("on_error", (replaying.on_error == Some(OnError::Stop)).then(|| "stop".to_owned()));
    entry("include_anywhere", replaying.include_anywhere.then(|| "true".to_owned()));
    entry("complete", replaying.complete.then(|| "true".to_owned()));
    if let Some(first) = variables.first() {
        out += "\n# Databases: `schema-check check --target NAME`. Their URLs stay in the environment.\ntargets:\n";
        for variable in variables {
            let _ = writeln!(out, "  {}: {{ url: env:{} }}", scalar(&variable.target()), variable.name);
        }
        if variables.len() > 1 {
            let _ = writeln!(out, "target: {}", scalar(&first.target()));
        }
    }
    out
}

/// The spec of what is there, with what it is for.
pub(super) fn spec(document: &Document) -> String {
    format!(
        "# What the schema must be, as it was found. It asserts what it states and nothing else: take out what does not\n\
         # matter, say more of what does. docs/spec.md has the language.\n{}",
        spec::write(document)
    )
}

fn scalar(text: &str) -> String {
    yaml::scalar(text, true)
}
