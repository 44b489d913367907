//! A [`Document`] → YAML, as a person would write it. What is read back is the same document, but for the lines that
//! its SQL stands on.

use std::fmt::Write as _;

use super::document::{Body, ColumnOrder, Document, Each, Entry, Mention, Name, Section, Setting, Values};
use super::lower::pair_sign;
use super::section::SectionKey;
use crate::catalog::{Kind, Value};
use crate::findings::Severity;
use crate::sql::{QualifiedName, lines};
use crate::yaml::{is_visible, scalar};

/// Longer lines are broken where YAML lets them.
const WIDTH: usize = 110;

/// Writes a document.
pub fn write(document: &Document) -> String {
    let mut writer = Writer { out: "version: 1\n".to_owned() };
    if !document.include.is_empty() {
        let names: Vec<String> = document.include.iter().map(|name| scalar(&name.text, true)).collect();
        let line = format!("include: [{}]", names.join(", "));
        if line.chars().count() <= WIDTH {
            writer.line(0, &line);
        } else {
            writer.line(0, "include:");
            names.iter().for_each(|name| writer.line(1, &format!("- {name}")));
        }
    }
    writer.body(&document.body);
    writer.out
}

struct Writer {
    out: String,
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", depth * 2);
    }

    fn body(&mut self, body: &Body) {
        for section in &body.sections {
            self.out.push('\n');
            if section.key == SectionKey::Schemas && section.entries.iter().all(is_bare) {
                let names: Vec<String> = section.entries.iter().map(|entry| scalar(&entry.name.text, true)).collect();
                self.line(0, &format!("schemas: [{}]", names.join(", ")));
            } else {
                self.section(0, section);
            }
        }
        self.each(&body.each);
        self.mentions("allowed", &body.allowed);
        self.mentions("absent", &body.absent);
        self.unlisted(0, body.unlisted.iter().map(|one| (one.section, one.severity)));
    }

    fn unlisted(&mut self, depth: usize, all: impl Iterator<Item = (SectionKey, Option<Severity>)>) {
        let one = |(section, severity): (SectionKey, Option<Severity>)| {
            format!("{}: {}", section.word(), severity.map_or("ignore", Severity::word))
        };
        // Sections of one name in different objects are one word.
        let mut all: Vec<String> = all.map(one).collect();
        all.dedup();
        if !all.is_empty() {
            if depth == 0 {
                self.out.push('\n');
            }
            let line = format!("unlisted: {{ {} }}", all.join(", "));
            if line.chars().count() + depth * 2 <= WIDTH {
                return self.line(depth, &line);
            }
            self.line(depth, "unlisted:");
            all.iter().for_each(|one| self.line(depth + 1, one));
        }
    }

    fn each(&mut self, all: &[Each]) {
        if !all.is_empty() {
            self.out.push_str("\neach:\n");
        }
        for each in all {
            let names = |names: &[Name]| match names {
                [only] => scalar(&only.text, true),
                _ => format!("[{}]", names.iter().map(|name| scalar(&name.text, true)).collect::<Vec<_>>().join(", ")),
            };
            self.line(1, &format!("- {}: {}", each.section.word(), names(&each.select)));
            if !each.except.is_empty() {
                self.line(2, &format!("except: {}", names(&each.except)));
            }
            if let Some((count, _)) = each.count {
                self.line(2, &format!("count: {count}"));
            }
            self.inside(2, each.section, &each.body);
        }
    }

    fn mentions(&mut self, word: &str, mentions: &[Mention]) {
        if mentions.is_empty() {
            return;
        }
        self.out.push('\n');
        self.line(0, &format!("{word}:"));
        for key in SectionKey::ALL {
            let names = mentions.iter().filter(|mention| mention.section == *key);
            let names: Vec<String> = names.map(|mention| scalar(&mention.name.text, true)).collect();
            if !names.is_empty() {
                self.line(1, &format!("{}: [{}]", key.word(), names.join(", ")));
            }
        }
    }

    fn section(&mut self, depth: usize, section: &Section) {
        let word = section.key.word();
        match section.entries.as_slice() {
            [] => self.line(depth, &format!("{word}: {{}}")),
            [key] if section.key == SectionKey::PrimaryKey => self.primary_key(depth, key),
            entries => {
                self.line(depth, &format!("{word}:"));
                for (number, entry) in entries.iter().enumerate() {
                    // Tables and their like stand apart.
                    if number > 0 && depth == 0 && entries.iter().any(|entry| !entry.sections.is_empty()) {
                        self.out.push('\n');
                    }
                    self.entry(depth + 1, section.key, entry);
                }
            }
        }
    }

    fn primary_key(&mut self, depth: usize, entry: &Entry) {
        match entry.settings.as_slice() {
            [columns] if entry.name.text.is_empty() && is_plain(entry) && columns.attribute == "columns" => {
                self.line(depth, &format!("primary_key: {}", value_text(&columns.value, true)));
            }
            _ => {
                let name = (!entry.name.text.is_empty()).then(|| format!("name: {}", scalar(&entry.name.text, true)));
                self.mapping(depth, "primary_key", SectionKey::PrimaryKey, entry, name);
            }
        }
    }

    fn entry(&mut self, depth: usize, key: SectionKey, entry: &Entry) {
        let name = scalar(&entry.name.text, false);
        for line in entry.comment.iter().flat_map(|comment| comment.lines()) {
            let line: String = line.chars().map(|c| if is_visible(c) { c } else { ' ' }).collect();
            self.line(depth, format!("# {line}").trim_end());
        }
        match &entry.sql {
            Some(text) if is_plain(entry) && entry.settings.is_empty() => self.sql(depth, &name, &text.sql),
            None if is_bare(entry) && key.kinds().len() == 1 => self.line(depth, &format!("{name}: {{}}")),
            _ => self.mapping(depth, &name, key, entry, None),
        }
    }

    /// A mapping: on one line where it has no sections and fits.
    fn mapping(&mut self, depth: usize, name: &str, key: SectionKey, entry: &Entry, first: Option<String>) {
        let kind = entry.kind.unwrap_or(key.kinds()[0]);
        let mut parts: Vec<String> = first.into_iter().collect();
        let is_short = |text: &str| !text.contains('\n');
        let remarks = remarks(entry);
        let settings = || entry.settings.iter().map(move |setting| setting_text(kind, setting, true));
        if entry.sections.is_empty() && entry.unlisted.is_empty() {
            let sql = entry.sql.iter().map(|text| format!("sql: {}", scalar(&text.sql, true)));
            parts.extend(sql.chain(settings()).chain(remarks.iter().cloned()));
            let line = format!("{name}: {{ {} }}", parts.join(", "));
            let is_multiline = entry.sql.as_ref().is_some_and(|text| !is_short(&text.sql));
            if !is_multiline && line.chars().count() + depth * 2 <= WIDTH {
                return self.line(depth, &line);
            }
            parts.truncate(parts.len() - remarks.len() - entry.settings.len() - usize::from(entry.sql.is_some()));
        }
        self.line(depth, &format!("{name}:"));
        for part in parts {
            self.line(depth + 1, &part);
        }
        self.inside(depth + 1, key, entry);
    }

    /// All that a mapping says, each on a line of its own.
    fn inside(&mut self, depth: usize, key: SectionKey, entry: &Entry) {
        let kind = entry.kind.unwrap_or(key.kinds()[0]);
        if let Some(text) = &entry.sql {
            self.sql(depth, "sql", &text.sql);
        }
        for setting in &entry.settings {
            match &setting.value {
                Value::Text(text) => self.text(depth, setting_key(kind, setting), text),
                Value::Expr(expr) => self.sql(depth, setting_key(kind, setting), expr.text()),
                _ => self.line(depth, &setting_text(kind, setting, false)),
            }
        }
        for remark in remarks(entry) {
            self.line(depth, &remark);
        }
        for section in &entry.sections {
            self.section(depth, section);
        }
        self.unlisted(depth, entry.unlisted.iter().map(|one| (one.section, one.severity)));
    }

    /// SQL behind a key: on the same line where it fits, and else on lines of its own.
    fn sql(&mut self, depth: usize, key: &str, sql: &str) {
        let sql = sql.trim();
        let line = format!("{key}: {}", scalar(sql, false));
        if !sql.contains('\n') && line.chars().count() + depth * 2 <= WIDTH {
            return self.line(depth, &line);
        }
        self.block(depth, key, &(lines::broken(sql, WIDTH - depth * 2 - 2) + "\n"));
    }

    /// A text behind a key: on the same line, or as a block where it has lines of its own.
    fn text(&mut self, depth: usize, key: &str, text: &str) {
        if text.contains('\n') {
            self.block(depth, key, text);
        } else {
            self.line(depth, &format!("{key}: {}", scalar(text, false)));
        }
    }

    fn block(&mut self, depth: usize, key: &str, text: &str) {
        let (body, chomp) = match text.strip_suffix('\n') {
            Some(body) => (body, ""),
            None => (text, "-"),
        };
        let can_be_block = !body.starts_with([' ', '\n', '\t'])
            && !body.ends_with('\n')
            && !body.is_empty()
            && body.chars().all(|c| c == '\n' || c == '\t' || is_visible(c));
        if !can_be_block {
            return self.line(depth, &format!("{key}: {}", scalar(text, false)));
        }
        self.line(depth, &format!("{key}: |{chomp}"));
        for line in body.split('\n') {
            if line.is_empty() { self.out.push('\n') } else { self.line(depth + 1, line) }
        }
    }
}

/// What is said beyond what must be.
fn remarks(entry: &Entry) -> Vec<String> {
    let mut found = Vec::new();
    let mode = Values::WORDS.iter().find(|(_, mode)| *mode == entry.values && *mode != Values::Exact);
    found.extend(mode.map(|(word, _)| format!("values: {word}")));
    if !matches!(entry.column_order, ColumnOrder::Ignore) {
        found.push(format!("column_order: {}", entry.column_order.word()));
    }
    found.extend(entry.severity.map(|severity| format!("severity: {}", severity.word())));
    if !entry.severities.is_empty() {
        let all = entry.severities.iter().map(|(attribute, severity)| format!("{attribute}: {}", severity.word()));
        found.push(format!("severity: {{ {} }}", all.collect::<Vec<_>>().join(", ")));
    }
    found.extend(entry.note.iter().map(|note| format!("note: {}", scalar(note, true))));
    found.extend(entry.renamed_from.iter().map(|name| format!("renamed_from: {}", scalar(&name.text, true))));
    found
}

/// Whether nothing is said of an entry but what it must be.
fn is_plain(entry: &Entry) -> bool {
    entry.sections.is_empty() && entry.unlisted.is_empty() && remarks(entry).is_empty()
}

fn is_bare(entry: &Entry) -> bool {
    is_plain(entry) && entry.sql.is_none() && entry.settings.is_empty()
}

/// The key of an attribute; where a section lists several kinds, the one that tells the kind.
fn setting_key(kind: Kind, setting: &Setting) -> &'static str {
    super::lower::telling_key(kind, setting.attribute).unwrap_or(setting.attribute)
}

fn setting_text(kind: Kind, setting: &Setting, in_flow: bool) -> String {
    let key = setting_key(kind, setting);
    if let (Some(sign), Value::List(items)) = (pair_sign(setting.attribute), &setting.value)
        && let Some(pairs) = pairs(items, setting.attribute, sign)
    {
        return format!("{key}: {pairs}");
    }
    format!("{key}: {}", value_text(&setting.value, in_flow))
}

/// `anon: select, insert` is `{ anon: [select, insert] }`, and `fillfactor=70` is `{ fillfactor: 70 }`.
fn pairs(items: &[Value], attribute: &str, sign: &str) -> Option<String> {
    let one = |item: &Value| {
        let Value::Text(text) = item else { return None };
        let (name, rest) = text.split_once(sign)?;
        let name =
            if attribute == "grants" { QualifiedName::parse(name)?.name.as_str().to_owned() } else { name.to_owned() };
        let value = match (sign, rest.contains(", ")) {
            (": ", true) => {
                let words: Vec<String> = rest.split(", ").map(|word| scalar(word, true)).collect();
                format!("[{}]", words.join(", "))
            }
            // What stands there is a text, whatever it looks like.
            _ if !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()) => rest.to_owned(),
            _ => scalar(rest, true),
        };
        Some(format!("{}: {value}", scalar(&name, true)))
    };
    let all: Vec<String> = items.iter().map(one).collect::<Option<_>>()?;
    Some(if all.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", all.join(", ")) })
}

fn value_text(value: &Value, in_flow: bool) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => scalar(text, in_flow),
        Value::Expr(expr) => scalar(expr.text(), in_flow),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| value_text(item, true)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let one = |(key, value): &(&str, Value)| format!("{key}: {}", value_text(value, true));
            let entries: Vec<String> = entries.iter().map(one).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::FileId;

    #[track_caller]
    fn reads_back(yaml: &str) {
        let document = super::super::read(FileId(0), yaml).unwrap_or_else(|errors| panic!("{errors:#?}"));
        assert_eq!(write(&document), yaml);
    }

    #[test]
    fn what_is_written_is_what_a_person_would_write() {
        reads_back(
            "version: 1

schemas: [public, app]

extensions:
  pgcrypto: {}

types:
  status: enum ('open', 'done')
  mail: { domain: text, nullable: false }

tables:
  users:
    row_security: enabled
    grants: { anon: select, web: [insert, select] }
    columns:
      id: bigint not null generated always as identity
      mail: { sql: text not null, comment: where to write, severity: warning }
      Odd Name: text
      'no': numeric(10,2)
    primary_key: [id]
    constraints: {}
    indexes:
      users_mail: unique (mail)
      users_open: { columns: [mail desc], where: mail <> '', with: { fillfactor: 70 } }

  v.x: {}

functions:
  f(integer): |
    (a integer) returns integer
      language sql as $$select a$$

each:
  - tables: '*'
    except: tmp_*
    count: 2
    row_security: enabled
    columns:
      id: bigint not null
  - columns: [created_at, updated_at]
    type: timestamptz
    note: with a time zone

allowed:
  tables: [tmp_*]

unlisted: { functions: ignore }
",
        );
    }
}
