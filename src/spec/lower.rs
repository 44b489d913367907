//! A YAML tree → a [`Document`]. All that is wrong with a file is found in one run, each mistake at its place.

mod entry;

use std::ops::Range;

use super::SpecError;
use super::document::{
    Absent, Document, Each, Entry, Form, Guard, GuardKey, GuardRule, Name, Section, SectionKey, TableSpec, Unlisted,
    name_parts,
};
use super::yaml::{Node, Yaml};
use crate::catalog::{FileId, Kind, Origin};
use crate::findings::Severity;

type Entries<'n> = &'n [(Node, Node)];

/// Reads a document out of a tree.
pub(super) fn lower(file: FileId, text: &str, root: &Node) -> (Document, Vec<SpecError>) {
    let mut lowering = Lowering { file, text, errors: Vec::new() };
    let document = lowering.document(root);
    (document, lowering.errors)
}

struct Lowering<'a> {
    file: FileId,
    text: &'a str,
    errors: Vec<SpecError>,
}

const DOCUMENT_KEYS: &[&str] =
    &["version", "database", "schemas", "extensions", "types", "tables", "each", "absent", "unlisted"];
const TABLE_SECTIONS: &[&str] = &["columns", "primary_key", "constraints", "indexes", "policies", "unlisted"];
const REMARK_KEYS: &[&str] = &["severity", "note"];
/// Keys of the language that this version does not read; each says so rather than being taken for a typo.
const NOT_YET: &[&str] = &[
    "assertions",
    "rules",
    "waivers",
    "phases",
    "phase",
    "include",
    "views",
    "functions",
    "renamed_from",
    "grants",
    "owner",
];

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
                "schemas" => document.schemas = self.names(value),
                "extensions" => document.extensions = Some(self.section(key, value, SectionKey::Extensions)),
                "types" => document.types = Some(self.section(key, value, SectionKey::Types)),
                "tables" => document.tables = Some(self.tables(key, value)),
                "each" => document.each = self.each(value),
                "absent" => document.absent = self.absent(value),
                "unlisted" => document.unlisted = self.unlisted(value, &["extensions", "types", "tables"]),
                other => self.unknown(key, other, DOCUMENT_KEYS),
            }
        }
        if !has_version {
            self.error(&(0..0), "the spec does not say its version", Some("begin it with `version: 1`".into()));
        }
        document
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
                    self.unknown(key, other, &["name", "host", "not_host", "server_version"]);
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

    fn tables(&mut self, key: &Node, node: &Node) -> Section<TableSpec> {
        let mut found = Section { place: self.place(&key.span), entries: Vec::new() };
        for (name, value) in self.map(node, "`tables` is a mapping from names").unwrap_or_default() {
            let name = self.name_of_at_most(name, 2);
            found.entries.extend(self.table(name, value));
        }
        found
    }

    fn table(&mut self, name: Name, node: &Node) -> Option<TableSpec> {
        let form = Form::Settings { kind: Kind::Table, settings: Vec::new() };
        let entry = Entry { name, form, severity: None, note: None };
        let mut table = TableSpec {
            entry,
            columns: None,
            primary_key: None,
            constraints: None,
            indexes: None,
            policies: None,
            unlisted: Vec::new(),
        };
        match &node.value {
            Yaml::Null => {}
            Yaml::Text(sql) => {
                table.entry.form = self.sql(SectionKey::Tables, &table.entry.name.text.clone(), sql, &node.span)
            }
            Yaml::Map(entries) => {
                let (mut severity, mut note) = (None, None);
                table.entry.form = self.settings(Kind::Table, entries, &mut severity, &mut note, TABLE_SECTIONS);
                (table.entry.severity, table.entry.note) = (severity, note);
                self.table_sections(&mut table, entries);
            }
            _ => {
                let help = "write a mapping of what must hold, or a CREATE TABLE statement".to_owned();
                self.error(&node.span, "this is no way to write a table", Some(help));
                return None;
            }
        }
        Some(table)
    }

    fn table_sections(&mut self, table: &mut TableSpec, entries: Entries<'_>) {
        for (key, value) in entries {
            match self.key(key).as_str() {
                "columns" => table.columns = Some(self.section(key, value, SectionKey::Columns)),
                "primary_key" => table.primary_key = self.primary_key(key, value),
                "constraints" => table.constraints = Some(self.section(key, value, SectionKey::Constraints)),
                "indexes" => table.indexes = Some(self.section(key, value, SectionKey::Indexes)),
                "policies" => table.policies = Some(self.section(key, value, SectionKey::Policies)),
                "unlisted" => {
                    table.unlisted =
                        self.unlisted(value, &["columns", "primary_key", "constraints", "indexes", "policies"]);
                }
                _ => {}
            }
        }
    }

    /// `[id]`, `id`, `null` for none, or a mapping that may give it a `name`.
    fn primary_key(&mut self, key: &Node, node: &Node) -> Option<Section<Entry>> {
        let mut section = Section { place: self.place(&key.span), entries: Vec::new() };
        let mut entry = Entry {
            name: Name { text: String::new(), place: self.place(&key.span) },
            form: Form::Settings { kind: Kind::PrimaryKey, settings: Vec::new() },
            severity: None,
            note: None,
        };
        match &node.value {
            Yaml::Null => return Some(section),
            Yaml::Map(entries) => {
                if let Some((_, name)) = entries.iter().find(|(key, _)| self.key(key) == "name") {
                    entry.name = self.name(name);
                }
                entry.form = self.settings(Kind::PrimaryKey, entries, &mut entry.severity, &mut entry.note, &["name"]);
            }
            _ => {
                let setting = self.checked_setting(Kind::PrimaryKey, "columns", key, node)?;
                entry.form = Form::Settings { kind: Kind::PrimaryKey, settings: vec![setting] };
            }
        }
        section.entries.push(entry);
        Some(section)
    }

    fn each(&mut self, node: &Node) -> Vec<Each> {
        let mut found = Vec::new();
        let Some(items) = self.list(node, "`each` is a list") else { return found };
        for item in items {
            let Some(entries) = self.map(item, "an entry of `each` is a mapping") else { continue };
            let own = ["tables", "except", "count"];
            let rest: Vec<(Node, Node)> =
                entries.iter().filter(|(key, _)| !own.contains(&self.key(key).as_str())).cloned().collect();
            let get =
                |wanted: &str| entries.iter().find(|(key, _)| matches!(&key.value, Yaml::Text(text) if text == wanted));
            let Some((key, tables)) = get("tables") else {
                let span = entries.first().map_or(&item.span, |(key, _)| &key.span);
                self.error(
                    span,
                    "this entry of `each` does not say which tables",
                    Some("add `tables: [users]` or `tables: \"*\"`".into()),
                );
                continue;
            };
            let name = Name { text: "each".into(), place: self.place(&key.span) };
            let body = Node { value: Yaml::Map(rest), span: item.span.clone() };
            let Some(body) = self.table(name, &body) else { continue };
            self.lists_something(&body, entries);
            let except = get("except").map(|(_, node)| self.names(node)).unwrap_or_default();
            let count = get("count").and_then(|(_, node)| self.count(node));
            found.push(Each { place: self.place(&item.span), tables: self.names(tables), except, count, body });
        }
        found
    }

    /// An entry of `each` is open, so a section that lists nothing would assert nothing.
    fn lists_something(&mut self, body: &TableSpec, entries: Entries<'_>) {
        let sections = [
            ("columns", &body.columns),
            ("primary_key", &body.primary_key),
            ("constraints", &body.constraints),
            ("indexes", &body.indexes),
            ("policies", &body.policies),
        ];
        for (word, section) in sections {
            let key = entries.iter().map(|(key, _)| key).find(|key| self.key(key) == word);
            if let (Some(section), Some(key)) = (section, key)
                && section.entries.is_empty()
            {
                let help =
                    "say it of the table itself under `tables:`, or name what must be gone under `absent:`".to_owned();
                self.error(&key.span, format!("an empty `{word}` says nothing here: `each` is open"), Some(help));
            }
        }
    }

    fn count(&mut self, node: &Node) -> Option<(usize, Origin)> {
        match node.value {
            Yaml::Int(number) if usize::try_from(number).is_ok() => {
                Some((usize::try_from(number).unwrap_or(0), self.place(&node.span)))
            }
            _ => {
                self.error(&node.span, "`count` is a number of tables", None);
                None
            }
        }
    }

    fn absent(&mut self, node: &Node) -> Vec<Absent> {
        let mut found = Vec::new();
        for (key, value) in self.map(node, "`absent` is a mapping from sections to names").unwrap_or_default() {
            let word = self.key(key);
            let Some(section) = SectionKey::ALL.into_iter().find(|section| section.word() == word) else {
                self.unknown(key, &word, &SectionKey::ALL.map(SectionKey::word));
                continue;
            };
            for name in self.names(value) {
                if name_parts(&name.text).len() > section.name_parts() {
                    let span = span_of(&name.place);
                    self.error(
                        &span,
                        format!("this name has more parts than one of `{word}` can have"),
                        Some("a name with a dot in it is written in double quotes".into()),
                    );
                    continue;
                }
                found.push(Absent { section, name });
            }
        }
        found
    }

    fn unlisted(&mut self, node: &Node, sections: &[&'static str]) -> Vec<Unlisted> {
        let mut found = Vec::new();
        for (key, value) in self.map(node, "`unlisted` is a mapping from sections to severities").unwrap_or_default() {
            let word = self.key(key);
            let section = SectionKey::ALL
                .into_iter()
                .find(|section| section.word() == word && sections.contains(&section.word()));
            let Some(section) = section else {
                self.unknown(key, &word, sections);
                continue;
            };
            let ignored = matches!(&value.value, Yaml::Text(text) if text == "ignore");
            let severity = if ignored { None } else { self.severity(value) };
            found.push(Unlisted { section, severity });
        }
        found
    }

    fn severity(&mut self, node: &Node) -> Option<Severity> {
        let word = self.text_of(node)?;
        let found = Severity::ALL.into_iter().find(|severity| severity.word() == word);
        if found.is_none() {
            let help = "write error, warning or info (and ignore, under `unlisted`)".to_owned();
            self.error(&node.span, format!("\"{word}\" is no severity"), Some(help));
        }
        found
    }

    fn map<'n>(&mut self, node: &'n Node, expected: &str) -> Option<Entries<'n>> {
        match &node.value {
            Yaml::Map(entries) => Some(entries),
            _ => {
                self.error(&node.span, expected, None);
                None
            }
        }
    }

    fn list<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Node]> {
        match &node.value {
            Yaml::List(items) => Some(items),
            _ => {
                self.error(&node.span, expected, None);
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
                self.error(&node.span, "a text was expected here", None);
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

    /// A name with no more parts than one of its sort can have.
    fn name_of_at_most(&mut self, node: &Node, parts: usize) -> Name {
        let name = self.name(node);
        if name_parts(&name.text).len() > parts {
            let help = "a name with a dot in it is written in double quotes".to_owned();
            self.error(&node.span, "this name has more parts than it can have here", Some(help));
        }
        name
    }

    fn source(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn unknown(&mut self, key: &Node, name: &str, known: &[&str]) {
        if NOT_YET.contains(&name) {
            let help = "take it out for now: what is not checked must not look as if it were".to_owned();
            self.error(&key.span, format!("`{name}` is not read by this version yet"), Some(help));
            return;
        }
        let nearest = super::nearest(name, known.iter().copied());
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the keys that can stand here: {}", known.join(", ")),
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
