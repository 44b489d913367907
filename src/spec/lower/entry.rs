//! The entries of sections: objects in mapping form and in SQL form.

use std::ops::Range;

use super::{Entries, Lowering, REMARK_KEYS};
use crate::catalog::{Kind, Value};
use crate::findings::Severity;
use crate::spec::document::{Entry, Form, Name, Section, SectionKey, Setting, Text, name_parts, part_name};
use crate::spec::fragment::Fragment;
use crate::spec::yaml::{Node, Yaml};
use crate::sql::{Ident, QualifiedName};

impl Lowering<'_> {
    /// A section of entries that are objects without sections of their own.
    pub(super) fn section(&mut self, key: &Node, node: &Node, section: SectionKey) -> Section<Entry> {
        let mut found = Section { place: self.place(&key.span), entries: Vec::new() };
        // `indexes:` with nothing behind it lists nothing: there must be none.
        if node.value == Yaml::Null {
            return found;
        }
        let expected = format!("`{}` is a mapping from names", section.word());
        for (name, value) in self.map(node, &expected).unwrap_or_default() {
            let parts = section.name_parts();
            let name = if parts < 3 { self.name_of_at_most(name, parts) } else { self.name(name) };
            found.entries.extend(self.entry(name, value, section));
        }
        found
    }

    fn entry(&mut self, name: Name, node: &Node, section: SectionKey) -> Option<Entry> {
        let mut entry = Entry {
            name,
            form: Form::Settings { kind: section.kinds()[0], settings: Vec::new() },
            severity: None,
            note: None,
        };
        match &node.value {
            Yaml::Map(entries) => {
                let kind = self.kind_of(section, entries, node)?;
                entry.form = self.settings(kind, entries, &mut entry.severity, &mut entry.note, &[]);
            }
            Yaml::Text(sql) if section != SectionKey::Extensions => {
                entry.form = self.sql(section, &entry.name.text, sql, &node.span);
            }
            Yaml::List(_) if section == SectionKey::Types => {
                let settings = self.checked_setting(Kind::Enum, "values", node, node).into_iter().collect();
                entry.form = Form::Settings { kind: Kind::Enum, settings };
            }
            Yaml::Null if matches!(section, SectionKey::Extensions | SectionKey::Columns | SectionKey::Types) => {}
            _ => {
                let help = match section {
                    SectionKey::Extensions => "write a mapping: `pgcrypto: {}`",
                    SectionKey::Types => "write `{ enum: [one, two] }`, or `enum ('one', 'two')`",
                    _ => "write the SQL that would create it, or a mapping of what must hold",
                };
                self.error(
                    &node.span,
                    format!("this is no way to write an entry of `{}`", section.word()),
                    Some(help.into()),
                );
                return None;
            }
        }
        Some(entry)
    }

    /// Which kind a mapping is about: among the constraints, a key tells.
    fn kind_of(&mut self, section: SectionKey, entries: Entries<'_>, node: &Node) -> Option<Kind> {
        if section != SectionKey::Constraints {
            return Some(section.kinds()[0]);
        }
        let keys = [
            ("primary_key", Kind::PrimaryKey),
            ("unique", Kind::Unique),
            ("check", Kind::Check),
            ("foreign_key", Kind::ForeignKey),
        ];
        let found = entries.iter().find_map(|(key, _)| {
            let name = self.key(key);
            keys.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind)
        });
        if found.is_none() {
            let span = entries.first().map_or(&node.span, |(key, _)| &key.span);
            let help = "one of its keys must be check, unique, foreign_key or primary_key".to_owned();
            self.error(span, "what sort of constraint this is cannot be told", Some(help));
        }
        found
    }

    /// The keys of a mapping as attributes of a kind. `sections` are left to the caller.
    pub(super) fn settings(
        &mut self,
        kind: Kind,
        entries: Entries<'_>,
        severity: &mut Option<Severity>,
        note: &mut Option<String>,
        sections: &[&str],
    ) -> Form {
        let mut settings: Vec<Setting> = Vec::new();
        let mut at_least = false;
        for (key, value) in entries {
            let name = self.key(key);
            match name.as_str() {
                "severity" => *severity = self.severity(value),
                "note" => *note = self.text_of(value),
                other if sections.contains(&other) => {}
                "values" if kind == Kind::Enum => at_least = self.values_mode(value),
                other => match attribute(kind, other) {
                    Some(attribute) => settings.extend(self.checked_setting(kind, attribute, key, value)),
                    None => {
                        let known: Vec<&str> = keys_of(kind)
                            .into_iter()
                            .chain(REMARK_KEYS.iter().copied())
                            .chain(sections.iter().copied())
                            .collect();
                        self.unknown(key, other, &known);
                    }
                },
            }
        }
        for setting in settings.iter_mut().filter(|setting| setting.attribute == "values") {
            setting.at_least = at_least;
        }
        Form::Settings { kind, settings }
    }

    fn values_mode(&mut self, node: &Node) -> bool {
        match self.text_of(node).as_deref() {
            Some("at_least") => true,
            Some("exact") | None => false,
            Some(other) => {
                let message = format!("\"{other}\" is no way to compare values");
                self.error(&node.span, message, Some("write exact or at_least".into()));
                false
            }
        }
    }

    pub(super) fn checked_setting(
        &mut self,
        kind: Kind,
        attribute: &'static str,
        key: &Node,
        node: &Node,
    ) -> Option<Setting> {
        let setting = self.setting(attribute, node)?;
        match kind.unstated().set(attribute, setting.value.clone(), setting.place.clone()) {
            Ok(()) => Some(setting),
            Err(expected) => {
                let span = if node.span.is_empty() { &key.span } else { &node.span };
                let expected = expected.unwrap_or_default();
                let message = format!("`{}` of a {} cannot be this", self.key(key), kind.noun());
                self.error(span, message, Some(format!("expected {expected}")));
                None
            }
        }
    }

    pub(super) fn setting(&mut self, attribute: &'static str, node: &Node) -> Option<Setting> {
        let value = self.value(node)?;
        Some(Setting { attribute, value, place: self.place(&node.span), at_least: false })
    }

    fn value(&mut self, node: &Node) -> Option<Value> {
        Some(match &node.value {
            Yaml::Null => Value::Null,
            Yaml::Bool(value) => Value::Bool(*value),
            // `010` is what was written, whatever number YAML makes of it.
            Yaml::Int(number) if self.source(&node.span) == number.to_string() => Value::Int(*number),
            Yaml::Int(_) | Yaml::Number => Value::Text(self.source(&node.span).to_owned()),
            Yaml::Text(text) => Value::Text(text.clone()),
            Yaml::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect::<Option<_>>()?),
            Yaml::Map(entries) => {
                Value::Map(entries.iter().map(|(key, value)| self.map_entry(key, value)).collect::<Option<_>>()?)
            }
        })
    }

    fn map_entry(&mut self, key: &Node, value: &Node) -> Option<(&'static str, Value)> {
        let name = self.key(key);
        let Some(known) = Value::KEYS.into_iter().find(|known| *known == name) else {
            self.unknown(key, &name, &Value::KEYS);
            return None;
        };
        Some((known, self.value(value)?))
    }

    /// Checks that the SQL of an entry is what its section needs, and underlines what is not.
    pub(super) fn sql(&mut self, section: SectionKey, name: &str, sql: &str, span: &Range<usize>) -> Form {
        let last = match section.name_parts() {
            3 => Ident::new(part_name(name)),
            _ => Ident::new(name_parts(name).pop().unwrap_or_default()),
        };
        let owner = match section {
            SectionKey::Types | SectionKey::Tables => QualifiedName { schema: None, name: last.clone() },
            _ => QualifiedName::bare("t"),
        };
        if let Err(error) = Fragment::new(section, &owner, &last, sql).check(section) {
            let at = error.offset.and_then(|offset| self.span_in(sql, span, offset)).unwrap_or_else(|| span.clone());
            self.error(&at, error.message, Some(sql_help(section).into()));
        }
        Form::Sql(Text { sql: sql.to_owned(), place: self.place(span) })
    }

    /// Where a byte of a scalar stands in the file, if it stands there letter by letter.
    fn span_in(&self, scalar: &str, span: &Range<usize>, offset: usize) -> Option<Range<usize>> {
        let start = span.start + self.source(span).find(scalar)?;
        let offset = offset.min(scalar.len().saturating_sub(1));
        let at = scalar.floor_char_boundary(offset);
        let rest = &scalar[at..];
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = word.max(rest.chars().next().map_or(0, char::len_utf8));
        Some(start + at..start + at + length)
    }
}

/// The attribute that a key of a mapping stands for.
fn attribute(kind: Kind, key: &str) -> Option<&'static str> {
    let key = match (kind, key) {
        (Kind::Enum, "enum") => "values",
        (Kind::PrimaryKey, "primary_key") | (Kind::Unique, "unique") | (Kind::ForeignKey, "foreign_key") => "columns",
        (Kind::Check, "check") => "expression",
        (_, key) => key,
    };
    kind.definitions().iter().map(|definition| definition.name).find(|name| *name == key)
}

/// The keys that a mapping of a kind can have.
fn keys_of(kind: Kind) -> Vec<&'static str> {
    let alias = match kind {
        Kind::Enum => Some("enum"),
        Kind::PrimaryKey => Some("primary_key"),
        Kind::Unique => Some("unique"),
        Kind::ForeignKey => Some("foreign_key"),
        Kind::Check => Some("check"),
        _ => None,
    };
    kind.definitions().iter().map(|definition| definition.name).chain(alias).collect()
}

fn sql_help(section: SectionKey) -> &'static str {
    match section {
        SectionKey::Columns => {
            "write what stands behind a column's name in CREATE TABLE: uuid not null default gen_random_uuid()"
        }
        SectionKey::PrimaryKey | SectionKey::Constraints => {
            "write what stands behind ADD CONSTRAINT name: check (size >= 0)"
        }
        SectionKey::Indexes => "write what stands behind CREATE INDEX name ON table: (tenant_id, created_at desc)",
        SectionKey::Policies => {
            "write what stands behind CREATE POLICY name ON table: for select to public using (true)"
        }
        SectionKey::Types => "write what stands behind CREATE TYPE name AS: enum ('one', 'two')",
        SectionKey::Tables => "write a CREATE TABLE statement, or what stands behind the table's name in it",
        SectionKey::Schemas | SectionKey::Extensions => "write a mapping",
    }
}
