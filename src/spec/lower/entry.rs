//! The entries of sections: objects in SQL form, in mapping form, and both.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Entries, Lowering, Piece};
use crate::catalog::Kind;
use crate::findings::Severity;
use crate::parallel;
use crate::spec::document::{ColumnOrder, Entry, Name, Text, Values};
use crate::spec::fragment::{Fragment, Subject, stand_in};
use crate::spec::names::{Spelled, part_name};
use crate::spec::{SectionKey, SpecError, scalar};
use crate::sql::Ident;
use crate::sql::parse::SyntaxError;
use crate::yaml::{Node, Yaml};

/// What can be said of any object.
pub(super) const REMARK_KEYS: [&str; 4] = ["sql", "severity", "note", "renamed_from"];

impl Lowering<'_> {
    pub(super) fn entry(&mut self, name: Name, node: &Node, section: SectionKey) -> Option<Entry> {
        let mut entry = Entry::new(name);
        match &node.value {
            Yaml::Map(entries) => return self.mapping(&mut entry, section, entries, node).then_some(entry),
            Yaml::Text(sql) => entry.sql = Some(self.sql(section, &entry.name.text, sql, &node.span)),
            Yaml::List(_) if section == SectionKey::Types => {
                entry.kind = Some(Kind::Enum);
                entry.settings.extend(self.checked_setting(Kind::Enum, "values", node, node));
            }
            // It is there, and nothing else is said of it.
            Yaml::Null if section != SectionKey::Constraints => {}
            _ => {
                self.error(
                    &node.span,
                    format!("this is no way to write an entry of `{}`", section.word()),
                    Some(format!("{}; or write a mapping of what must hold", section.sql_help())),
                );
                return None;
            }
        }
        Some(entry)
    }

    /// `[id]`, `id`, or a mapping that may give it a `name`.
    pub(super) fn primary_key(&mut self, key: &Node, node: &Node) -> Option<Entry> {
        let mut entry = Entry::new(Name { text: String::new(), place: self.place(&key.span) });
        entry.kind = Some(Kind::PrimaryKey);
        let Yaml::Map(entries) = &node.value else {
            entry.settings.push(self.checked_setting(Kind::PrimaryKey, "columns", key, node)?);
            return Some(entry);
        };
        if let Some((_, name)) = entries.iter().find(|(key, _)| self.key(key) == "name") {
            entry.name = self.name(name);
        }
        let rest: Vec<(Node, Node)> = entries.iter().filter(|(key, _)| self.key(key) != "name").cloned().collect();
        self.mapping(&mut entry, SectionKey::PrimaryKey, &rest, node).then_some(entry)
    }

    /// The keys of a mapping: what is said of the object, attributes of its kind, and sections of what belongs to it.
    pub(super) fn mapping(
        &mut self,
        entry: &mut Entry,
        section: SectionKey,
        entries: Entries<'_>,
        node: &Node,
    ) -> bool {
        if entry.kind.is_none() {
            entry.kind = self.kind_of(section, entries);
        }
        let has_sql = entries.iter().any(|(key, _)| self.key(key) == "sql");
        if section == SectionKey::Constraints && entry.kind.is_none() && !has_sql {
            let span = entries.first().map_or(&node.span, |(key, _)| &key.span);
            let help = "one of its keys must be check, unique, foreign_key, exclude or primary_key".to_owned();
            self.error(span, "what sort of constraint this is cannot be told", Some(help));
            return false;
        }
        let kinds: Vec<Kind> = entry.kind.map_or_else(|| section.kinds().to_vec(), |kind| vec![kind]);
        let sections: Vec<SectionKey> = kinds.iter().flat_map(|kind| SectionKey::within(*kind)).collect();
        for (key, value) in entries {
            let word = self.key(key);
            match word.as_str() {
                "sql" => {
                    if let Some(sql) = self.text_of(value) {
                        entry.sql = Some(self.sql(section, &entry.name.text.clone(), &sql, &value.span));
                    }
                }
                "severity" => self.severities(value, &kinds, entry),
                "note" => entry.note = self.text_of(value),
                "renamed_from" => entry.renamed_from = self.one_name(value),
                "unlisted" if !sections.is_empty() => entry.unlisted = self.unlisted(value, &sections),
                "column_order" if matches!(&value.value, Yaml::Text(_)) => {
                    entry.column_order = self.column_order(value)
                }
                other => match SectionKey::find(other, sections.iter().copied()) {
                    Some(section) => entry.sections.push(self.section(key, value, section)),
                    None => self.attribute(entry, &kinds, key, value, &sections),
                },
            }
        }
        true
    }

    /// Which kind a mapping is about, where the section has several: a key tells.
    fn kind_of(&mut self, section: SectionKey, entries: Entries<'_>) -> Option<Kind> {
        let keys: &[(&str, Kind)] = match section {
            SectionKey::Constraints => &[
                ("primary_key", Kind::PrimaryKey),
                ("unique", Kind::Unique),
                ("check", Kind::Check),
                ("foreign_key", Kind::ForeignKey),
                ("exclude", Kind::Exclusion),
            ],
            SectionKey::Types => &[
                ("enum", Kind::Enum),
                ("domain", Kind::Domain),
                ("composite", Kind::Composite),
                ("attributes", Kind::Composite),
                ("range", Kind::Range),
                ("subtype", Kind::Range),
                ("input", Kind::BaseType),
                ("constraints", Kind::Domain),
                ("nullable", Kind::Domain),
                ("values", Kind::Enum),
            ],
            other => return (other.kinds().len() == 1).then(|| other.kinds()[0]),
        };
        let written: Vec<String> = entries.iter().map(|(key, _)| self.key(key)).collect();
        keys.iter().find(|(word, _)| written.iter().any(|key| key == word)).map(|(_, kind)| *kind)
    }

    /// One severity for all, or one for each of some attributes.
    fn severities(&mut self, node: &Node, kinds: &[Kind], entry: &mut Entry) {
        let Yaml::Map(entries) = &node.value else {
            entry.severity = self.severity(node);
            return;
        };
        let mut found: BTreeMap<&'static str, Severity> = BTreeMap::new();
        for (key, value) in entries {
            let word = self.key(key);
            match kinds.iter().find_map(|kind| attribute(*kind, &word)) {
                Some(attribute) => {
                    if let Some(severity) = self.severity(value) {
                        found.insert(attribute, severity);
                    }
                }
                None => self.unknown(key, &word, kinds.iter().flat_map(|kind| keys_of(*kind))),
            }
        }
        entry.severities = found;
    }

    fn column_order(&mut self, node: &Node) -> ColumnOrder {
        match self.text_of(node).as_deref() {
            Some("ignore") | None => ColumnOrder::Ignore,
            Some("relative") => ColumnOrder::Relative(self.place(&node.span)),
            Some("exact") => ColumnOrder::Exact(self.place(&node.span)),
            Some(other) => {
                let message = format!("\"{other}\" is no way to compare the order of columns");
                let help = format!("write {}, or the list of the names", ColumnOrder::WORDS.join(", "));
                self.error(&node.span, message, Some(help));
                ColumnOrder::Ignore
            }
        }
    }

    fn attribute(&mut self, entry: &mut Entry, kinds: &[Kind], key: &Node, value: &Node, sections: &[SectionKey]) {
        let word = self.key(key);
        let found = kinds.iter().find_map(|kind| Some((*kind, attribute(*kind, &word)?)));
        match found {
            // Beside the values themselves: how they are compared.
            Some((Kind::Enum, "values")) if word == "values" && !matches!(value.value, Yaml::List(_)) => {
                entry.values = self.values_mode(value);
            }
            Some((kind, attribute)) => entry.settings.extend(self.checked_setting(kind, attribute, key, value)),
            None => {
                let known = kinds.iter().flat_map(|kind| keys_of(*kind)).chain(REMARK_KEYS);
                let known = known.chain(sections.iter().map(|section| section.word()));
                let unlisted = (!sections.is_empty()).then_some("unlisted");
                self.unknown(key, &word, known.chain(unlisted));
            }
        }
    }

    fn values_mode(&mut self, node: &Node) -> Values {
        let word = self.text_of(node);
        let found = Values::WORDS.iter().find(|(known, _)| word.as_deref() == Some(*known));
        if let (None, Some(other)) = (found, &word) {
            let message = format!("\"{other}\" is no way to compare values");
            self.error(&node.span, message, Some("write exact, at_least or ordered".into()));
        }
        found.map_or(Values::Exact, |(_, mode)| *mode)
    }

    /// Checks that the SQL of an entry is what its section needs, and underlines what is not.
    pub(super) fn sql(&mut self, section: SectionKey, name: &str, sql: &str, span: &Range<usize>) -> Text {
        let class = section.class();
        let spelled = if section.is_top() { Spelled::parse(class, name).ok() } else { None };
        let last = match &spelled {
            Some(spelled) => spelled.parts.last().cloned().unwrap_or_default(),
            None => part_name(name),
        };
        let last = if last.is_empty() { "x".to_owned() } else { last };
        let has_args = spelled.as_ref().is_some_and(|spelled| spelled.args.is_some());
        let id = stand_in(class, &Ident::new(last), spelled.and_then(|spelled| spelled.args).unwrap_or_default());
        let fragment = Fragment::new(&Subject { section, id: &id, has_args, of_foreign: false }, sql);
        let text = self.piece(sql, span);
        self.pieces.push(Piece { section, text: text.clone(), fragment, behind: self.errors.len() });
        text
    }

    /// Parses the SQL of all entries, each text once: the columns of tables are often the same.
    pub(super) fn check_pieces(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        let mut numbers: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        let mut different: Vec<&Piece> = Vec::new();
        let mut same_as = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            let key = (piece.section.word(), piece.fragment.statement.as_str(), piece.text.sql.as_str());
            let number = *numbers.entry(key).or_insert(different.len());
            if number == different.len() {
                different.push(piece);
            }
            same_as.push(number);
        }
        let outcomes = parallel::map(&different, |piece| piece.fragment.parse(piece.section).map(Arc::new));
        let mut before = std::mem::take(&mut self.errors).into_iter();
        let mut taken = 0;
        for (piece, number) in pieces.iter().zip(same_as) {
            match &outcomes[number] {
                // Nobody else has set it.
                Ok(parsed) => drop(piece.text.parsed.set(parsed.clone())),
                Err(error) => {
                    self.errors.extend(before.by_ref().take(piece.behind - taken));
                    taken = piece.behind;
                    self.wrong_sql(&piece.text, error.clone(), Some(piece.section.sql_help().into()));
                }
            }
        }
        self.errors.extend(before);
    }

    /// A scalar that is SQL.
    pub(super) fn piece(&self, sql: &str, span: &Range<usize>) -> Text {
        let places = scalar::places(self.text, span, sql);
        Text::new(sql.to_owned(), self.place(span), places)
    }

    /// Underlines what the parser points at.
    pub(super) fn wrong_sql(&mut self, text: &Text, error: SyntaxError, help: Option<String>) {
        let place = error.offset.map_or_else(|| text.place.clone(), |offset| text.word_at(offset));
        self.errors.push(SpecError { message: error.message, place, help, also: None });
    }
}

/// What is written for an attribute beside its own name: the words of SQL.
const ALIASES: [(Kind, &str, &str); 9] = [
    (Kind::Enum, "enum", "values"),
    (Kind::Domain, "domain", "type"),
    (Kind::Composite, "composite", "attributes"),
    (Kind::Range, "range", "subtype"),
    (Kind::PrimaryKey, "primary_key", "columns"),
    (Kind::Unique, "unique", "columns"),
    (Kind::ForeignKey, "foreign_key", "columns"),
    (Kind::Check, "check", "expression"),
    (Kind::Exclusion, "exclude", "columns"),
];

/// The attribute that a key of a mapping stands for.
pub fn attribute(kind: Kind, key: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(of, word, _)| *of == kind && *word == key).map(|(_, _, attribute)| *attribute);
    let key = alias.unwrap_or(key);
    kind.definitions().iter().map(|definition| definition.name).find(|name| *name == key)
}

/// The key of an attribute that tells the kind, where a section has several.
pub(in crate::spec) fn telling_key(kind: Kind, attribute: &str) -> Option<&'static str> {
    let tells = SectionKey::of(kind).is_some_and(|section| section.kinds().len() > 1);
    ALIASES.iter().find(|(of, _, known)| tells && *of == kind && *known == attribute).map(|(_, word, _)| *word)
}

/// The keys that a mapping of a kind can have for its attributes.
pub fn keys_of(kind: Kind) -> Vec<&'static str> {
    let aliases = ALIASES.iter().filter(move |(of, _, _)| *of == kind).map(|(_, word, _)| *word);
    kind.definitions().iter().map(|definition| definition.name).chain(aliases).collect()
}
