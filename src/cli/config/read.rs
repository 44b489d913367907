//! The text of a `schema-check.yaml` → what it says. All that is wrong with it is found in one run.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Config, NAME, Settings, Target};
use crate::catalog::{FileId, NEWEST_VERSION, Origin};
use crate::cli::prelude::Prelude;
use crate::cli::problem::Problem;
use crate::cli::source::{Place, holds_connection_string};
use crate::cli::sql::layout_named;
use crate::cli::text::encoding;
use crate::report::Format;
use crate::spec::nearest;
use crate::yaml::{self, Node, Yaml};

/// What can be said for all targets, and for one.
pub(super) const SETTINGS: &[&str] = &[
    "specs",
    "phase",
    "fail_on",
    "strict",
    "format",
    "outputs",
    "connect_timeout",
    "statement_timeout",
    "lock_timeout",
];
pub(super) const FOR_ALL: &[&str] = &[
    "sql",
    "layout",
    "prelude",
    "variables",
    "postgres",
    "encoding",
    "role",
    "on_error",
    "include_anywhere",
    "complete",
    "targets",
    "target",
];
pub(super) const OF_TARGET: &[&str] = &["url", "snapshot"];
/// The oldest server that SQL files can be meant for.
pub(super) const OLDEST_VERSION: u32 = 13;

/// Reads the text of a file that lies in `folder`.
pub(super) fn read(file: FileId, text: &str, folder: &Path) -> Result<Config, Problem> {
    let mut reading = Reading { file, text, folder, problem: None };
    let mut config = Config::default();
    match yaml::read(text) {
        Ok(Some(root)) => reading.config(&root, &mut config),
        Ok(None) => {
            let help = format!("state `specs:` and `sql:` or `targets:`, or take {NAME} away; see docs/config.md");
            return Err(Problem::input(format!("{} says nothing", folder.join(NAME).display()), Some(help)));
        }
        Err(error) => reading.wrong(&error.span, error.message, None),
    }
    reading.problem.map_or(Ok(config), Err)
}

struct Reading<'a> {
    file: FileId,
    text: &'a str,
    folder: &'a Path,
    problem: Option<Problem>,
}

impl Reading<'_> {
    fn wrong(&mut self, span: &std::ops::Range<usize>, message: impl Into<String>, help: Option<String>) {
        // What is underlined is printed, and a line with a password must not be.
        let start = self.text[..span.start.min(self.text.len())].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[span.end.min(self.text.len())..].find('\n').map_or(self.text.len(), |at| span.end + at);
        let message = message.into();
        let problem = if holds_password(&self.text[start..end]) {
            let line = self.text[..start].matches('\n').count() + 1;
            let message = if holds_password(&message) { "a password stands where none can" } else { &message };
            Problem::input(format!("{}:{line}: {message}", self.folder.join(NAME).display()), help)
        } else {
            Problem::at(message, help, Some(Origin::File { file: self.file, span: span.clone() }))
        };
        self.problem = Some(match self.problem.take() {
            Some(before) => before.and(problem),
            None => problem,
        });
    }

    fn expected<T>(&mut self, node: &Node, what: &str, help: Option<String>) -> Option<T> {
        self.wrong(&node.span, format!("expected {what}"), help);
        None
    }

    fn config(&mut self, root: &Node, config: &mut Config) {
        for (key, node) in self.entries(root, &[SETTINGS, FOR_ALL].concat()) {
            match key {
                "sql" => config.sql = self.paths(node),
                "layout" => config.replaying.layout = self.parsed(node, layout_named),
                "prelude" => {
                    config.replaying.preludes = self.texts(node).into_iter().map(|name| self.prelude(name)).collect()
                }
                "variables" => config.replaying.variables = self.variables(node),
                "postgres" => config.replaying.version = self.version(node),
                "encoding" => config.replaying.encoding = self.parsed(node, encoding),
                "role" => config.replaying.role = self.text(node),
                "on_error" => config.replaying.on_error = self.word(node),
                "complete" => config.replaying.complete = self.flag(node).unwrap_or_default(),
                "include_anywhere" => config.replaying.include_anywhere = self.flag(node).unwrap_or_default(),
                "targets" => config.targets = self.targets(node),
                "target" => config.target = self.text(node),
                _ => self.setting(key, node, &mut config.general),
            }
        }
        let is_known = |name: &String| config.targets.iter().any(|target| target.name == *name);
        if let (Some(name), Yaml::Map(entries)) = (config.target.as_ref().filter(|name| !is_known(name)), &root.value)
            && let Some((_, node)) = entries.iter().find(|(key, _)| key.value == Yaml::Text("target".into()))
        {
            let names: Vec<&str> = config.targets.iter().map(|target| target.name.as_str()).collect();
            let help = self.suggestion(name, &names, "the targets");
            self.wrong(&node.span, format!("there is no target `{name}`"), Some(help));
        }
    }

    fn setting(&mut self, key: &str, node: &Node, settings: &mut Settings) {
        match key {
            "specs" => settings.specs = self.paths(node),
            "phase" => settings.phase = self.text(node),
            "fail_on" => settings.verdict.fail_on = self.word(node),
            "strict" => settings.verdict.strict = self.flag(node),
            "format" => settings.verdict.output.format = self.word(node),
            "outputs" => settings.verdict.output.outputs = self.outputs(node),
            "connect_timeout" => settings.timeouts.connect_timeout = self.seconds(node),
            "statement_timeout" => settings.timeouts.statement_timeout = self.seconds(node),
            "lock_timeout" => settings.timeouts.lock_timeout = self.seconds(node),
            _ => {}
        }
    }

    fn targets(&mut self, node: &Node) -> Vec<Target> {
        let Yaml::Map(entries) = &node.value else {
            return self.expected(node, "targets by their names", Some(SHAPE.into())).unwrap_or_default();
        };
        entries.iter().filter_map(|(key, node)| self.target(key, node)).collect()
    }

    fn target(&mut self, key: &Node, node: &Node) -> Option<Target> {
        let name = self.text(key)?;
        let (mut settings, mut places, mut is_placed) = (Settings::default(), Vec::new(), false);
        for (key, node) in self.entries(node, &[OF_TARGET, SETTINGS].concat()) {
            is_placed |= OF_TARGET.contains(&key);
            match key {
                "url" => places.extend(self.url(node).map(Place::Database)),
                "snapshot" => places.extend(self.text(node).map(|path| Place::Snapshot(self.path(path)))),
                _ => self.setting(key, node, &mut settings),
            }
        }
        match (places.pop(), places.is_empty()) {
            (Some(place), true) => Some(Target { name, place, settings }),
            (Some(_), false) => {
                self.wrong(&key.span, format!("the target `{name}` has a url and a snapshot"), Some("keep one".into()));
                None
            }
            // What is wrong with the one it has was said.
            (None, _) if is_placed => None,
            (None, _) => {
                self.wrong(&key.span, format!("the target `{name}` has no url"), Some(SHAPE.into()));
                None
            }
        }
    }

    /// A connection string, which may name a variable, and must not hold a password.
    fn url(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if holds_password(&text) {
            let help = "a file is no place for one: put the URL into a variable, and write url: env:NAME".to_owned();
            self.wrong(&node.span, "the URL of this target holds a password", Some(help));
            return None;
        }
        match text.strip_prefix("env:") {
            Some(name) if name.is_empty() || holds_connection_string(name) => {
                self.expected(node, "the name of a variable behind env:", None)
            }
            None if !crate::cli::source::is_database(&text) => self.expected(
                node,
                "env:NAME, or a connection string such as postgresql://localhost/shop",
                (nearest(&text, ["env:"].into_iter()).is_some()
                    || text.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
                .then(|| format!("did you mean env:{text}?")),
            ),
            _ => Some(text),
        }
    }

    /// The entries of a mapping that has no keys but these.
    fn entries<'n>(&mut self, node: &'n Node, known: &[&str]) -> Vec<(&'n str, &'n Node)> {
        let Yaml::Map(entries) = &node.value else {
            return self
                .expected(node, "a mapping", Some(format!("the keys that can stand here: {}", known.join(", "))))
                .unwrap_or_default();
        };
        let mut found = Vec::new();
        for (key, value) in entries {
            match &key.value {
                Yaml::Text(name) if known.contains(&name.as_str()) => found.push((name.as_str(), value)),
                _ => {
                    let name = self.text.get(key.span.clone()).unwrap_or_default().to_owned();
                    let help = self.suggestion(&name, known, "the keys that can stand here");
                    self.wrong(&key.span, format!("`{name}` is not a key that can stand here"), Some(help));
                }
            }
        }
        found
    }

    fn suggestion(&self, word: &str, known: &[&str], what: &str) -> String {
        match nearest(word, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if known.is_empty() => format!("{what}: none"),
            None => format!("{what}: {}", known.join(", ")),
        }
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Yaml::Text(text) if !text.is_empty() => Some(text.clone()),
            // A name may look like a number, or like a truth.
            Yaml::Int(_) | Yaml::Number | Yaml::Bool(_) => self.text.get(node.span.clone()).map(str::to_owned),
            _ => self.expected(node, "a text", None),
        }
    }

    /// One text, or a list of them.
    fn texts(&mut self, node: &Node) -> Vec<String> {
        match &node.value {
            Yaml::List(items) if !items.is_empty() => items.iter().filter_map(|item| self.text(item)).collect(),
            Yaml::Text(_) => self.text(node).into_iter().collect(),
            _ => self.expected(node, "a text, or a list of them", None).unwrap_or_default(),
        }
    }

    fn path(&self, path: String) -> PathBuf {
        self.folder.join(path)
    }

    fn paths(&mut self, node: &Node) -> Vec<PathBuf> {
        self.texts(node).into_iter().map(|path| self.path(path)).collect()
    }

    /// The name of a platform, or a path.
    fn prelude(&self, name: String) -> String {
        if Prelude::named(&name).is_some() || !name.contains(['/', '.']) {
            return name;
        }
        self.path(name).display().to_string()
    }

    fn variables(&mut self, node: &Node) -> Vec<(String, String)> {
        let Yaml::Map(entries) = &node.value else {
            return self
                .expected(node, "values by the names of variables", Some("variables: { schema: app }".into()))
                .unwrap_or_default();
        };
        entries.iter().filter_map(|(key, value)| self.text(key).zip(self.text(value))).collect()
    }

    /// Files by their formats.
    fn outputs(&mut self, node: &Node) -> Vec<(Format, PathBuf)> {
        let Yaml::Map(entries) = &node.value else {
            let help = Some("outputs: { sarif: drift.sarif }".into());
            return self.expected(node, "files by the names of formats", help).unwrap_or_default();
        };
        let output = |(key, value): &(Node, Node)| {
            let format = self.word(key)?;
            let path = self.text(value)?;
            Some((format, self.path(path)))
        };
        entries.iter().filter_map(output).collect()
    }

    fn flag(&mut self, node: &Node) -> Option<bool> {
        if let Yaml::Bool(flag) = node.value { Some(flag) } else { self.expected(node, "true or false", None) }
    }

    fn seconds(&mut self, node: &Node) -> Option<u64> {
        let Yaml::Int(number) = node.value else { return self.expected(node, "a number of seconds", None) };
        u64::try_from(number).map_or_else(|_| self.expected(node, "a number of seconds", None), Some)
    }

    fn version(&mut self, node: &Node) -> Option<u32> {
        let what = format!("a major version of PostgreSQL from {OLDEST_VERSION} to {NEWEST_VERSION}");
        let number = if let Yaml::Int(number) = node.value { u32::try_from(number).ok() } else { None };
        match number.filter(|number| (OLDEST_VERSION..=NEWEST_VERSION).contains(number)) {
            Some(number) => Some(number),
            None => self.expected(node, &what, None),
        }
    }

    /// A word that a flag of the same name takes.
    fn word<T: ValueEnum>(&mut self, node: &Node) -> Option<T> {
        let word = self.text(node)?;
        T::from_str(&word, false).map_or_else(
            |_| {
                let known: Vec<String> = T::value_variants()
                    .iter()
                    .filter_map(|one| Some(one.to_possible_value()?.get_name().to_owned()))
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = nearest(&word, known.iter().copied()).map(|nearest| format!("did you mean `{nearest}`?"));
                self.expected(node, &format!("one of: {}", known.join(", ")), help)
            },
            Some,
        )
    }

    /// What a flag of the same name reads.
    fn parsed<T>(&mut self, node: &Node, parse: fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(node)?;
        match parse(&text) {
            Ok(parsed) => Some(parsed),
            Err(message) => {
                self.wrong(&node.span, message, None);
                None
            }
        }
    }
}

const SHAPE: &str = "targets: { staging: { url: env:STAGING_URL } }";

/// Whether a text has a connection string with a password in it.
fn holds_password(text: &str) -> bool {
    let in_url = |rest: &str| {
        let authority = rest.split(['/', '?', ' ', '"', '\'']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    };
    let compact: String = text.split_whitespace().collect();
    compact.contains("password=") || compact.contains("sslpassword=") || text.split("://").skip(1).any(in_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_seen_in_whatever_spelling() {
        for text in [
            "postgresql://u:secret@h/d",
            "url: 'postgres://u:p@ss@h:5432/d'",
            "host=h password = x",
            "postgresql://h/d?user=u&password=x",
        ] {
            assert!(holds_password(text), "{text}");
        }
        for text in ["postgresql://u@h:5432/d", "env:URL", "host=h dbname=d", "postgresql://h/d?sslmode=require"] {
            assert!(!holds_password(text), "{text}");
        }
    }
}
