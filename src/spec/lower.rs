//! A YAML tree → a [`Document`]. All that is wrong with a file is found in one run, each mistake at its place.

mod asserted;
mod body;
mod entry;
mod setting;

pub(super) use entry::telling_key;
pub use setting::{HOLD_STATEMENTS, pair_sign};

use std::collections::BTreeSet;
use std::ops::Range;

use super::document::{Document, Guard, GuardKey, GuardRule, Name, Phase, Text};
use super::fragment::Fragment;
use super::{SectionKey, SpecError};
use crate::catalog::{FileId, Origin};
use crate::findings::Severity;
use crate::yaml::{Node, Yaml};

pub(super) use asserted::twice;
pub use entry::{attribute, keys_of};

type Entries<'n> = &'n [(Node, Node)];

/// Reads a document out of a tree.
pub(super) fn lower(file: FileId, text: &str, root: &Node) -> (Document, Vec<SpecError>) {
    let mut lowering = Lowering { file, text, errors: Vec::new(), pieces: Vec::new() };
    let document = lowering.document(root);
    lowering.check_pieces();
    (document, lowering.errors)
}

struct Lowering<'a> {
    file: FileId,
    text: &'a str,
    errors: Vec<SpecError>,
    /// The SQL of entries, which is parsed once all of it is known.
    pieces: Vec<Piece>,
}

/// The SQL of an entry, and how many mistakes stand before it.
struct Piece {
    section: SectionKey,
    text: Text,
    fragment: Fragment,
    behind: usize,
}

const DOCUMENT_KEYS: [&str; 6] = ["version", "database", "include", "phases", "phase", "waivers"];
const PHASE_KEYS: [&str; 3] = ["id", "title", "note"];

impl Lowering<'_> {
    fn place(&self, span: &Range<usize>) -> Origin {
        Origin::File { file: self.file, span: span.clone() }
    }

    fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.errors.push(SpecError { message: message.into(), place: self.place(span), help, also: None });
    }

    fn document(&mut self, root: &Node) -> Document {
        let mut document = Document::default();
        let Some(entries) = self.map(root, "a spec is a mapping") else { return document };
        let mut has_version = false;
        for (key, value) in entries {
            match self.key(key).as_str() {
                "version" => {
                    has_version = true;
                    if value.value != Yaml::Int(1) {
                        self.error(
                            &value.span,
                            "this version of the spec language is not known",
                            Some("write `version: 1`".into()),
                        );
                    }
                }
                "database" => document.guard = self.guard(value),
                "include" => document.include = self.names(value),
                "phase" => document.phase = self.one_name(value),
                "phases" => document.phases = self.phases(value),
                "waivers" => document.waivers = self.waivers(value),
                _ => {}
            }
        }
        document.body = self.body(entries, &DOCUMENT_KEYS, SectionKey::top());
        self.errors.extend(document.layers(None).into_iter().flat_map(|body| twice(&body.assertions)));
        if !has_version {
            self.error(&(0..0), "the spec does not say its version", Some("begin it with `version: 1`".into()));
        }
        document
    }

    fn phases(&mut self, node: &Node) -> Vec<Phase> {
        let mut found: Vec<Phase> = Vec::new();
        for item in self.list(node, "`phases` is a list").unwrap_or_default() {
            let Some(entries) = self.map(item, "a phase is a mapping") else { continue };
            let mut phase = Phase {
                id: Name { text: String::new(), place: self.place(&item.span) },
                title: None,
                note: None,
                body: self.body(entries, &PHASE_KEYS, SectionKey::top()),
                place: self.place(&item.span),
            };
            let mut has_id = false;
            for (key, value) in entries {
                match self.key(key).as_str() {
                    "id" => {
                        has_id = true;
                        phase.id = self.one_name(value).unwrap_or(phase.id);
                    }
                    "title" => phase.title = self.text_of(value),
                    "note" => phase.note = self.text_of(value),
                    _ => {}
                }
            }
            if !has_id {
                let span = entries.first().map_or(&item.span, |(key, _)| &key.span);
                self.error(
                    span,
                    "this phase has no id",
                    Some("add `id: add-columns`, by which it is asked for".into()),
                );
            }
            if let Some(other) = found.iter().find(|other| has_id && other.id.text == phase.id.text) {
                self.errors.push(SpecError {
                    message: format!("there are two phases with the id `{}`", phase.id.text),
                    place: phase.id.place.clone(),
                    help: Some("give each an id of its own".into()),
                    also: Some((other.id.place.clone(), "the other one".into())),
                });
            }
            found.push(phase);
        }
        found
    }

    fn guard(&mut self, node: &Node) -> Guard {
        let mut guard = Guard::default();
        for (key, value) in self.map(node, "`database` is a mapping").unwrap_or_default() {
            let name = self.key(key);
            let guard_key = match name.as_str() {
                "name" => GuardKey::Name,
                "host" => GuardKey::Host,
                "not_host" => GuardKey::NotHost,
                "server_version" => GuardKey::ServerVersion,
                other => {
                    self.unknown(key, other, ["name", "host", "not_host", "server_version"]);
                    continue;
                }
            };
            let patterns: Vec<String> = self.names(value).into_iter().map(|name| name.text).collect();
            if guard_key == GuardKey::ServerVersion
                && let Some(bad) = patterns.iter().find(|pattern| super::guard::version_rule(pattern).is_none())
            {
                let help = "write a comparison with a major version: \">=15\", \"<18\", \"=16\"".to_owned();
                self.error(&value.span, format!("\"{bad}\" is no version rule"), Some(help));
            }
            guard.rules.push(GuardRule { key: guard_key, patterns, place: self.place(&value.span) });
        }
        guard
    }

    fn severity(&mut self, node: &Node) -> Option<Severity> {
        let word = self.text_of(node)?;
        let found = Severity::ALL.into_iter().find(|severity| severity.word() == word);
        if found.is_none() {
            let help = "write error, warning or info (and ignore, under `unlisted` and `rules`)".to_owned();
            self.error(&node.span, format!("\"{word}\" is no severity"), Some(help));
        }
        found
    }

    fn map<'n>(&mut self, node: &'n Node, expected: &str) -> Option<Entries<'n>> {
        match &node.value {
            Yaml::Map(entries) => Some(entries),
            _ => {
                let help = "write `name: value`, each on its line, or `{ name: value }`".to_owned();
                self.error(&node.span, expected, Some(help));
                None
            }
        }
    }

    fn list<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Node]> {
        match &node.value {
            Yaml::List(items) => Some(items),
            _ => {
                let help = "write each item behind a dash on its line, or `[one, another]`".to_owned();
                self.error(&node.span, expected, Some(help));
                None
            }
        }
    }

    /// One name, or a list of names.
    fn names(&mut self, node: &Node) -> Vec<Name> {
        match &node.value {
            Yaml::List(items) => items.iter().filter_map(|item| self.one_name(item)).collect(),
            _ => self.one_name(node).into_iter().collect(),
        }
    }

    fn one_name(&mut self, node: &Node) -> Option<Name> {
        let text = self.text_of(node)?;
        Some(Name { text, place: self.place(&node.span) })
    }

    fn text_of(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Yaml::Text(text) => Some(text.clone()),
            Yaml::Int(_) | Yaml::Number | Yaml::Bool(_) => Some(self.source(&node.span).to_owned()),
            Yaml::Null | Yaml::List(_) | Yaml::Map(_) => {
                let help = "write one name or text; in quotes, it can be any".to_owned();
                self.error(&node.span, "a text was expected here", Some(help));
                None
            }
        }
    }

    /// A key as it was written: `no` is a name, whatever YAML 1.1 made of it.
    fn key(&self, node: &Node) -> String {
        match &node.value {
            Yaml::Text(text) => text.clone(),
            _ => self.source(&node.span).to_owned(),
        }
    }

    fn name(&self, node: &Node) -> Name {
        Name { text: self.key(node), place: self.place(&node.span) }
    }

    fn source(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// A key that cannot stand where it stands.
    fn unknown<'k>(&mut self, key: &Node, name: &str, known: impl IntoIterator<Item = &'k str>) {
        let known: Vec<&str> = known.into_iter().collect();
        let help = match super::nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => {
                let mut seen = BTreeSet::new();
                let known: Vec<&str> = known.into_iter().filter(|word| seen.insert(*word)).collect();
                format!("the keys that can stand here: {}", known.join(", "))
            }
        };
        self.error(&key.span, format!("`{name}` is not a key that can stand here"), Some(help));
    }
}

fn span_of(place: &Origin) -> Range<usize> {
    match place {
        Origin::File { span, .. } => span.clone(),
        Origin::Server => 0..0,
    }
}
