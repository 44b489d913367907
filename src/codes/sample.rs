//! Examples of drift, made of one object of each kind.

use std::sync::LazyLock;

use super::Example;
use super::texts::{Entry, Texts};
use crate::catalog::Kind;
use crate::spec::{self, SectionKey};

/// By the name of a kind.
static SAMPLES: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("samples.md")));

/// An object of a kind, as a spec and as SQL have it.
struct Sample {
    kind: Kind,
    entry: &'static Entry,
}

impl Sample {
    fn of(kind: Kind) -> Option<Self> {
        SAMPLES.get(kind.name()).map(|entry| Self { kind, entry })
    }

    fn text(&self, what: &str) -> &'static str {
        self.entry.text(what)
    }

    fn section(&self) -> &'static str {
        SectionKey::of(self.kind).map_or("", SectionKey::word)
    }

    /// A spec in which an entry of this name says that.
    fn spec(&self, name: &str, entry: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut owner = self.text("In").splitn(3, ' ');
        if let (Some(section), Some(owner_name)) = (owner.next().filter(|word| !word.is_empty()), owner.next()) {
            lines.extend([format!("{section}:"), format!("  {owner_name}:")]);
            lines.extend(owner.next().map(|sort| format!("    {sort}")));
        }
        let margin = if lines.is_empty() { "" } else { "    " };
        if name.is_empty() {
            lines.push(format!("{margin}{}: {entry}", self.section()));
        } else {
            let entry = entry.replace('\n', &format!("\n{margin}    "));
            lines.extend([format!("{margin}{}:", self.section()), format!("{margin}  {name}:{entry}")]);
        }
        lines.join("\n")
    }

    /// The same, where the entry says as little as it can, and this beside.
    fn mapped(&self, name: &str, more: Option<String>) -> String {
        let sort = self.text("Sort").split(" | ").filter(|part| !part.is_empty()).map(str::to_owned);
        let parts: Vec<String> = sort.chain(more).collect();
        self.spec_of_parts(name, &parts)
    }

    /// In one line, if there is room.
    fn spec_of_parts(&self, name: &str, parts: &[String]) -> String {
        let flow = if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) };
        let short = self.spec(name, &if name.is_empty() { flow.clone() } else { format!(" {flow}") });
        match short.lines().all(|line| line.len() <= WIDTH) || name.is_empty() {
            true => short,
            false => self.spec(name, &format!("\n{}", parts.join("\n"))),
        }
    }

    /// The statements of some of its SQL, each in lines of its own.
    fn sql(&self, parts: &[&str]) -> Option<String> {
        let parts: Vec<&str> = parts.iter().map(|part| self.text(part)).filter(|text| !text.is_empty()).collect();
        let sql = parts.join(" ");
        let begins = [" create ", " alter ", " comment "];
        let sql =
            begins.iter().fold(sql, |sql, begin| sql.replace(&format!(";{begin}"), &format!(";\n{}", &begin[1..])));
        let lines: Vec<String> = sql.lines().map(broken).collect();
        (!sql.is_empty()).then(|| lines.join("\n"))
    }
}

/// What fits a terminal beside a margin.
const WIDTH: usize = 76;

/// A statement in lines that are not too long; what stands in quotes is not broken.
fn broken(statement: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in statement.split(' ') {
        match words.last_mut().filter(|last| last.matches('\'').count() % 2 == 1) {
            Some(last) => *last += &format!(" {word}"),
            None => words.push(word.to_owned()),
        }
    }
    let mut lines = vec![String::new()];
    for word in words {
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = word,
            Some(line) if line.len() + 1 + word.len() <= WIDTH => *line += &format!(" {word}"),
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

pub(super) fn missing(kind: Kind) -> Option<Example> {
    let sample = Sample::of(kind)?;
    let spec = match (sample.text("Name"), sample.text("Entry")) {
        (name, "") => sample.mapped(name, None),
        ("", entry) => sample.spec("", entry),
        (name, entry) => sample.spec(name, &format!(" {entry}")),
    };
    Some(Example { spec: Some(spec), sql: sample.sql(&["Before"]) })
}

pub(super) fn unexpected(kind: Kind) -> Option<Example> {
    let sample = Sample::of(kind)?;
    let (section, name) = (sample.section(), sample.text("Name"));
    let owner = sample.text("In").split(' ').nth(1);
    let spec = match (kind, owner) {
        (Kind::PrimaryKey, _) => sample.spec("", "null"),
        (Kind::DomainCheck, _) => sample.spec("", "{}"),
        (_, Some(owner)) => format!("absent:\n  {section}: {owner}.{name}"),
        (_, None) => format!("absent:\n  {section}: {name}"),
    };
    Some(Example { spec: Some(spec), sql: sample.sql(&["Before", "Make"]) })
}

pub(super) fn other_kind(kind: Kind) -> Option<Example> {
    let spec = missing(kind)?.spec;
    let sample = Sample::of(kind).filter(|sample| !sample.text("Other").is_empty())?;
    Some(Example { spec, sql: sample.sql(&["Before", "Other"]) })
}

pub(super) fn legacy_name(kind: Kind) -> Option<Example> {
    let sample = Sample::of(kind).filter(|sample| !sample.text("New").is_empty())?;
    let renamed_from = format!("renamed_from: {}", quoted(sample.text("Name")));
    let spec = sample.mapped(sample.text("New"), Some(renamed_from));
    Some(Example { spec: Some(spec), sql: sample.sql(&["Before", "Make"]) })
}

/// Of an attribute that is expected to have this value.
pub(super) fn differs(kind: Kind, attribute: &str, value: &str) -> Option<Example> {
    let sample = Sample::of(kind)?;
    let key = sample.text("Sort").split(':').next().unwrap_or("");
    // What says of which sort it is states an attribute too.
    let name = sample.text("Name");
    let spec = match spec::attribute(kind, key) {
        Some(stated) if stated == attribute => sample.spec_of_parts(name, &[format!("{key}: {value}")]),
        _ => sample.mapped(name, Some(format!("{attribute}: {value}"))),
    };
    Some(Example { spec: Some(spec), sql: sample.sql(&["Before", "Make"]) })
}

/// As a value within a mapping: a comma would end it.
fn quoted(name: &str) -> String {
    if name.contains(',') { format!("\"{name}\"") } else { name.to_owned() }
}
