//! The tables that have drifted and their neighbours by foreign keys, as they are drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor;
use crate::catalog::kind::{ForeignKey, PrimaryKey, Unique};
use crate::catalog::{Catalog, Class, Facts, ObjectId};
use crate::findings::Severity;
use crate::report::Report;
use crate::report::told::Told;
use crate::sql::Ident;

/// The most tables that can still be read.
pub(super) const MOST: usize = 60;

/// The most rows of one table that are drawn.
const ROWS: usize = 14;

/// How an object stands to what is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    #[default]
    AsExpected,
    Changed,
    Unexpected,
    Missing,
}

impl State {
    pub(super) const ALL: [Self; 4] = [Self::Missing, Self::Unexpected, Self::Changed, Self::AsExpected];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AsExpected => "as expected",
            Self::Changed => "changed",
            Self::Unexpected => "not expected",
            Self::Missing => "missing",
        }
    }

    /// What tells it where colours do not.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::AsExpected => "",
            Self::Changed => "≠",
            Self::Unexpected => "+",
            Self::Missing => "−",
        }
    }

    /// What the style sheet calls it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::AsExpected => "same",
            Self::Changed => "changed",
            Self::Unexpected => "unexpected",
            Self::Missing => "missing",
        }
    }

    fn of(told: &Told<'_>) -> Self {
        match told.code().rsplit("::").next() {
            Some("missing") => Self::Missing,
            Some("unexpected") => Self::Unexpected,
            _ => Self::Changed,
        }
    }
}

#[derive(Debug)]
pub(super) struct Diagram {
    pub(super) tables: Vec<Table>,
    pub(super) keys: Vec<Key>,
    /// How many tables with findings there was no room for.
    pub(super) left_out: usize,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) state: State,
    /// The card that tells more of it.
    pub(super) card: Option<String>,
    pub(super) rows: Vec<Row>,
    /// How many columns are not drawn.
    pub(super) others: usize,
}

/// A column, or another part of a table that has drifted.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// Its type; of what is no column, what it is.
    pub(super) what: String,
    pub(super) state: State,
    pub(super) is_column: bool,
    pub(super) is_key: bool,
}

/// A foreign key: tables and rows in them by their numbers, where the row is drawn.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) many: (usize, Option<usize>),
    pub(super) one: (usize, Option<usize>),
    pub(super) state: State,
    /// A row need not refer to anything.
    pub(super) is_optional: bool,
    /// No two rows refer to the same.
    pub(super) is_unique: bool,
}

/// A foreign key of either side.
struct Reference<'a> {
    id: &'a ObjectId,
    many: ObjectId,
    one: ObjectId,
    facts: &'a ForeignKey,
}

impl Diagram {
    /// None where no table has drifted.
    pub(super) fn new(report: &Report<'_>, told: &[Told<'_>]) -> Option<Self> {
        let mut states: BTreeMap<&ObjectId, State> = BTreeMap::new();
        let mut drifted: BTreeMap<ObjectId, (Severity, usize)> = BTreeMap::new();
        for told in told {
            let (Some((_, id)), Some(owner)) = (told.object(), told.owner()) else { continue };
            let state = states.entry(id).or_default();
            *state = (*state).max(State::of(told));
            if is_table(report, &owner) {
                let entry = drifted.entry(owner).or_insert((Severity::Info, 0));
                *entry = (entry.0.max(told.severity()), entry.1 + 1);
            }
        }
        let mut worst: Vec<(&ObjectId, &(Severity, usize))> = drifted.iter().collect();
        worst.sort_by_key(|(id, rank)| (std::cmp::Reverse(*rank), *id));
        let left_out = worst.len().saturating_sub(MOST);
        worst.truncate(MOST);
        let references = references(report);
        let chosen: BTreeSet<ObjectId> = worst.iter().map(|(id, _)| (*id).clone()).collect();
        let ids = with_neighbours(chosen, &references);
        let drawn = |id: &ObjectId| ids.contains(id);
        let references: Vec<Reference<'_>> =
            references.into_iter().filter(|key| drawn(&key.many) && drawn(&key.one)).collect();
        let ids: Vec<&ObjectId> = ids.iter().collect();
        let view = View { report, states: &states, references: &references };
        let tables: Vec<Table> = ids.iter().map(|id| view.table(id, drifted.contains_key(*id))).collect();
        let keys = references.iter().filter_map(|reference| view.key(reference, &ids, &tables)).collect();
        (!drifted.is_empty()).then_some(Self { tables, keys, left_out })
    }
}

/// What has rows of its own and can be referred to.
fn is_table(report: &Report<'_>, id: &ObjectId) -> bool {
    let of = |catalog: &Catalog| match catalog.facts(id) {
        Some(Facts::Table(_) | Facts::ForeignTable(_)) => Some(true),
        Some(_) => Some(false),
        None => None,
    };
    id.class() == Class::Relation && of(report.wanted).or_else(|| of(report.found)).unwrap_or(false)
}

/// The foreign keys of both sides; one that both have is told as it is.
fn references<'a>(report: &Report<'a>) -> Vec<Reference<'a>> {
    let mut all: BTreeMap<&ObjectId, &ForeignKey> = BTreeMap::new();
    for catalog in [report.wanted, report.found] {
        for (id, object) in &catalog.objects {
            if let Facts::ForeignKey(key) = &object.facts
                && key.references.get().is_some()
            {
                all.insert(id, key);
            }
        }
    }
    let reference = |(id, facts): (&'a ObjectId, &'a ForeignKey)| {
        let target = &facts.references.get()?.relation;
        let one = ObjectId::in_schema(Class::Relation, target.schema.as_ref()?, &target.name);
        Some(Reference { id, many: id.parent()?, one, facts })
    };
    all.into_iter().filter_map(reference).collect()
}

/// With what they refer to and are referred to by, as far as there is room.
fn with_neighbours(drifted: BTreeSet<ObjectId>, references: &[Reference<'_>]) -> BTreeSet<ObjectId> {
    let mut all = drifted.clone();
    for key in references {
        for (here, there) in [(&key.many, &key.one), (&key.one, &key.many)] {
            if drifted.contains(here) && all.len() < MOST {
                all.insert(there.clone());
            }
        }
    }
    all
}

struct View<'r, 'a> {
    report: &'r Report<'a>,
    states: &'r BTreeMap<&'r ObjectId, State>,
    references: &'r [Reference<'a>],
}

impl View<'_, '_> {
    fn state(&self, id: &ObjectId) -> State {
        self.states.get(id).copied().unwrap_or_default()
    }

    fn table(&self, id: &ObjectId, is_drifted: bool) -> Table {
        let columns = self.columns(id);
        let primary = self.primary_key(id);
        let of_keys: BTreeSet<&Ident> = self
            .references
            .iter()
            .flat_map(|key| {
                let many = key.facts.columns.get().filter(|_| key.many == *id);
                let one = key.facts.references.get().filter(|_| key.one == *id).map(|one| &one.columns);
                many.into_iter().chain(one).flatten()
            })
            .collect();
        let row = |name: &Ident| {
            let state = self.state(&id.part(Class::Column, name));
            let is_key = primary.contains(name);
            let what = self.type_of(id, name).unwrap_or_default();
            Row { name: name.as_str().to_owned(), what, state, is_column: true, is_key }
        };
        let is_drawn = |name: &&Ident| {
            let is_drifted = self.state(&id.part(Class::Column, name)) != State::AsExpected;
            is_drifted || primary.contains(name) || of_keys.contains(name)
        };
        let mut rows: Vec<Row> = columns.iter().filter(is_drawn).map(row).collect();
        rows.truncate(ROWS);
        let others = columns.len() - rows.len();
        let parts = self.states.iter().filter(|(part, _)| part.parent().as_ref() == Some(id));
        let parts = parts.filter(|(part, _)| part.class() != Class::Column && !self.is_line(part));
        rows.extend(parts.take(ROWS.saturating_sub(rows.len()).max(2)).map(|(part, state)| Row {
            name: part.name().as_str().to_owned(),
            what: self.kind(part),
            state: *state,
            is_column: false,
            is_key: false,
        }));
        let state = match self.state(id) {
            State::AsExpected if is_drifted => State::Changed,
            state => state,
        };
        Table { name: id.to_string(), state, card: is_drifted.then(|| anchor(id)), rows, others }
    }

    /// Whether it is drawn as a line.
    fn is_line(&self, id: &ObjectId) -> bool {
        self.references.iter().any(|key| key.id == id)
    }

    /// What it is, in short.
    fn kind(&self, id: &ObjectId) -> String {
        let facts = self.report.found.facts(id).or_else(|| self.report.wanted.facts(id));
        facts.map(|facts| facts.kind().name().replace('_', " ")).unwrap_or_default()
    }

    /// In the order of the table as it is; those that it lacks come behind.
    fn columns(&self, id: &ObjectId) -> Vec<Ident> {
        let ordered = self.report.found.facts(id).and_then(Facts::column_order);
        let mut columns: Vec<Ident> = ordered.cloned().unwrap_or_default();
        for catalog in [self.report.found, self.report.wanted] {
            for (part, _) in catalog.parts(id, Class::Column) {
                if !columns.contains(part.name()) {
                    columns.push(part.name().clone());
                }
            }
        }
        columns
    }

    fn type_of(&self, table: &ObjectId, column: &Ident) -> Option<String> {
        let of = |catalog: &Catalog| Some(catalog.column(table, column)?.data_type.get()?.to_string());
        of(self.report.found).or_else(|| of(self.report.wanted))
    }

    fn primary_key(&self, table: &ObjectId) -> BTreeSet<Ident> {
        let of = |catalog: &Catalog| {
            let mut parts = catalog.parts(table, Class::Constraint);
            parts.find_map(|(id, _)| catalog.get::<PrimaryKey>(id)?.columns.get().cloned())
        };
        of(self.report.found).or_else(|| of(self.report.wanted)).unwrap_or_default().into_iter().collect()
    }

    fn key(&self, reference: &Reference<'_>, ids: &[&ObjectId], tables: &[Table]) -> Option<Key> {
        let number = |id: &ObjectId| ids.iter().position(|other| *other == id);
        let (many, one) = (number(&reference.many)?, number(&reference.one)?);
        let columns = reference.facts.columns.get().map(Vec::as_slice).unwrap_or_default();
        let target = reference.facts.references.get()?;
        let row = |table: usize, columns: &[Ident]| {
            let first = columns.first()?;
            tables[table].rows.iter().position(|row| row.is_column && *first == *row.name.as_str())
        };
        let list = |columns: &[Ident]| columns.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ");
        let name = format!(
            "{}: {} ({}) → {} ({})",
            reference.id.name(),
            reference.many,
            list(columns),
            reference.one,
            list(&target.columns)
        );
        Some(Key {
            name,
            many: (many, row(many, columns)),
            one: (one, row(one, &target.columns)),
            state: self.state(reference.id),
            is_optional: columns.iter().any(|column| self.is_nullable(&reference.many, column)),
            is_unique: self.is_unique(&reference.many, columns),
        })
    }

    fn is_nullable(&self, table: &ObjectId, column: &Ident) -> bool {
        let of = |catalog: &Catalog| catalog.column(table, column)?.nullable.get().copied();
        of(self.report.found).or_else(|| of(self.report.wanted)).unwrap_or(true)
    }

    /// Whether a key of the table lies within these columns.
    fn is_unique(&self, table: &ObjectId, columns: &[Ident]) -> bool {
        let catalog = if self.report.found.exists(table) { self.report.found } else { self.report.wanted };
        catalog.parts(table, Class::Constraint).any(|(id, _)| {
            let primary = catalog.get::<PrimaryKey>(id).and_then(|key| key.columns.get());
            let unique = catalog.get::<Unique>(id).and_then(|key| key.columns.get());
            primary.or(unique).is_some_and(|key| key.iter().all(|column| columns.contains(column)))
        })
    }
}
