//! What a spec says, as it was written: sections, entries, settings, each with its place.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::SectionKey;
use super::assertion::Assertion;
use super::fragment::Parsed;
use super::names::part_name;
use super::waiver::Waiver;
use crate::catalog::{Kind, Origin, Value};
use crate::findings::Severity;
use crate::rules::Asked;
use crate::sql::Ident;
use crate::sql::places::Places;

/// One spec, or several read as one.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub guard: Guard,
    /// Other files that belong to it, by their paths from its own.
    pub include: Vec<Name>,
    pub body: Body,
    /// In their order, each laid over all before it.
    pub phases: Vec<Phase>,
    /// The phase that counts where none is asked for; the last one if it is not stated.
    pub phase: Option<Name>,
    pub waivers: Vec<Waiver>,
}

/// What can be asserted: at the top of a spec, in a phase, and of each schema that a template is for.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub sections: Vec<Section>,
    pub each: Vec<Each>,
    pub templates: Vec<Template>,
    pub absent: Vec<Mention>,
    pub allowed: Vec<Mention>,
    pub unlisted: Vec<Unlisted>,
    pub assertions: Vec<Assertion>,
    pub rules: Vec<Asked>,
}

/// A step of a migration plan.
#[derive(Clone, Debug)]
pub struct Phase {
    pub id: Name,
    pub title: Option<String>,
    pub note: Option<String>,
    pub body: Body,
    /// All of it.
    pub place: Origin,
}

/// Which database the spec may be checked against.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    pub rules: Vec<GuardRule>,
}

#[derive(Clone, Debug)]
pub struct GuardRule {
    pub key: GuardKey,
    /// Any one of these.
    pub patterns: Vec<String>,
    pub place: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardKey {
    Name,
    Host,
    NotHost,
    ServerVersion,
}

/// A name as written in the spec, with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub place: Origin,
}

/// A section lists everything of its kinds; its key is the place that says so.
#[derive(Clone, Debug)]
pub struct Section {
    pub key: SectionKey,
    pub place: Origin,
    pub entries: Vec<Entry>,
}

/// One object: by the SQL that would create it, which asserts all that it means; by its settings, which are asserted
/// alone; or by both.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Empty where the spec gives none: a primary key.
    pub name: Name,
    /// None where it is of the first kind of its section, or of the one that is there.
    pub kind: Option<Kind>,
    pub sql: Option<Text>,
    pub settings: Vec<Setting>,
    /// What belongs to it.
    pub sections: Vec<Section>,
    pub unlisted: Vec<Unlisted>,
    /// Of an enum.
    pub values: Values,
    /// Of a table.
    pub column_order: ColumnOrder,
    pub severity: Option<Severity>,
    /// Of some of its attributes.
    pub severities: BTreeMap<&'static str, Severity>,
    pub note: Option<String>,
    pub renamed_from: Option<Name>,
    /// What is written above it as a comment of YAML, which says nothing; it is not read back.
    pub comment: Option<String>,
}

/// A piece of SQL in a YAML file.
#[derive(Clone, Debug)]
pub struct Text {
    pub sql: String,
    pub place: Origin,
    /// Of each of its bytes in the file, where they are known.
    pub places: Option<Places>,
    /// The statement that it was parsed as when the spec was read.
    pub(super) parsed: Arc<OnceLock<Arc<Parsed>>>,
}

impl Text {
    pub fn new(sql: String, place: Origin, places: Option<Places>) -> Self {
        Self { sql, place, places, parsed: Arc::default() }
    }

    /// The place of the word that begins at a byte, or of all where that is not known.
    pub fn word_at(&self, offset: usize) -> Origin {
        let (Origin::File { file, .. }, Some(places)) = (&self.place, &self.places) else { return self.place.clone() };
        let at = self.sql.floor_char_boundary(offset.min(self.sql.trim_end().len().saturating_sub(1)));
        let rest = &self.sql[at..];
        let first = rest.chars().next().unwrap_or_default();
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(1, |closing| closing + 2),
            _ => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()).max(first.len_utf8()),
        };
        Origin::File { file: *file, span: places.source(at..at + length) }
    }
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub attribute: &'static str,
    pub value: Value,
    pub place: Origin,
}

/// How the values of an enum are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// These, in this order, and no others.
    #[default]
    Exact,
    /// All of these; there may be more, and they may stand in any order.
    AtLeast,
    /// All of these in this order; there may be more between them.
    Ordered,
}

impl Values {
    pub const WORDS: [(&'static str, Self); 3] =
        [("exact", Self::Exact), ("at_least", Self::AtLeast), ("ordered", Self::Ordered)];
}

/// Whether the columns of a table must stand in the order in which the spec lists them.
#[derive(Clone, Debug, Default)]
pub enum ColumnOrder {
    #[default]
    Ignore,
    /// In this order; others may stand between them.
    Relative(Origin),
    /// In this order, and nothing between them.
    Exact(Origin),
}

impl ColumnOrder {
    pub const WORDS: [&'static str; 3] = ["ignore", "relative", "exact"];

    pub fn word(&self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Relative(_) => "relative",
            Self::Exact(_) => "exact",
        }
    }
}

/// Assertions over every object that a pattern selects.
#[derive(Clone, Debug)]
pub struct Each {
    /// All of the entry.
    pub place: Origin,
    pub section: SectionKey,
    pub select: Vec<Name>,
    pub except: Vec<Name>,
    /// How many the selection must have.
    pub count: Option<(usize, Origin)>,
    /// What must hold of each; its name is not used.
    pub body: Entry,
}

/// One set of objects, asserted for every schema that a pattern selects.
#[derive(Clone, Debug)]
pub struct Template {
    /// All of the entry.
    pub place: Origin,
    pub schemas: Vec<Name>,
    pub except: Vec<Name>,
    pub count: Option<(usize, Origin)>,
    pub note: Option<String>,
    pub severity: Option<Severity>,
    pub body: Body,
}

/// A name, or a pattern of names, of something that must not be there, or need not.
#[derive(Clone, Debug)]
pub struct Mention {
    pub section: SectionKey,
    pub name: Name,
}

#[derive(Clone, Debug)]
pub struct Unlisted {
    pub section: SectionKey,
    /// `None` for `ignore`.
    pub severity: Option<Severity>,
    pub place: Origin,
}

impl Document {
    /// The schemas that the spec speaks about: where unqualified names are looked up.
    pub fn schemas(&self) -> Vec<&Name> {
        let sections = self.body.sections.iter().filter(|section| section.key == SectionKey::Schemas);
        sections.flat_map(|section| &section.entries).map(|entry| &entry.name).collect()
    }

    /// The same as names; without any, what servers do without a setting.
    pub fn search_path(&self) -> Vec<Ident> {
        match self.schemas().as_slice() {
            [] => vec![Ident::new("public")],
            stated => stated.iter().map(|name| Ident::new(part_name(&name.text))).collect(),
        }
    }

    /// What is to be asked up to a phase. What a later one asks goes over an earlier one of the same name.
    pub fn assertions(&self, up_to: Option<usize>) -> Vec<Assertion> {
        let mut found: Vec<Assertion> = Vec::new();
        for assertion in self.layers(up_to).into_iter().flat_map(|body| &body.assertions) {
            match found.iter_mut().find(|known| known.name.text == assertion.name.text) {
                Some(known) => known.clone_from(assertion),
                None => found.push(assertion.clone()),
            }
        }
        found
    }

    /// What is to be asked in whatever phase.
    pub fn assertions_of_all_phases(&self) -> Vec<Assertion> {
        self.layers(None).into_iter().flat_map(|body| body.assertions.iter().cloned()).collect()
    }

    /// The rules that are asked for up to a phase: of each the last word that is said of it.
    pub fn rules(&self, up_to: Option<usize>) -> Vec<&Asked> {
        let mut last: BTreeMap<&str, &Asked> = BTreeMap::new();
        for entry in self.layers(up_to).into_iter().flat_map(|body| &body.rules) {
            last.insert(entry.rule.name, entry);
        }
        last.into_values().collect()
    }

    /// Takes out what nobody was asked, so that nothing rests on it.
    pub fn forget_assertions(&mut self) {
        self.body.assertions.clear();
        self.phases.iter_mut().for_each(|phase| phase.body.assertions.clear());
    }

    /// True where nothing in it could ever be found wrong.
    pub fn asserts_nothing(&self) -> bool {
        self.body.asserts_nothing() && self.phases.iter().all(|phase| phase.body.asserts_nothing())
    }

    /// What is laid over each other up to a phase; all of it for the last one.
    pub fn layers(&self, up_to: Option<usize>) -> Vec<&Body> {
        let phases = up_to.map_or(self.phases.len(), |phase| phase + 1);
        std::iter::once(&self.body).chain(self.phases.iter().take(phases).map(|phase| &phase.body)).collect()
    }
}

impl Body {
    fn asserts_nothing(&self) -> bool {
        self.sections.is_empty()
            && self.each.is_empty()
            && self.absent.is_empty()
            && self.templates.is_empty()
            && self.assertions.is_empty()
            && self.rules.is_empty()
    }
}

impl Entry {
    /// An object of which nothing is said but that it is there.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            kind: None,
            sql: None,
            settings: Vec::new(),
            sections: Vec::new(),
            unlisted: Vec::new(),
            values: Values::Exact,
            column_order: ColumnOrder::Ignore,
            severity: None,
            severities: BTreeMap::new(),
            note: None,
            renamed_from: None,
            comment: None,
        }
    }
}
