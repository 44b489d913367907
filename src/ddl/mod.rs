//! A catalog → the SQL that makes it again in an empty database, as `pg_dump --schema-only` would print it: nothing that
//! is the default, every name with its schema, and each statement behind all that it needs.

mod access;
mod columns;
mod constraints;
mod others;
mod relations;
mod routines;
mod tables;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Attr, Catalog, Class, Expr, Facts, Object, ObjectId};
use crate::expr;
use crate::replay::Replay;
use crate::sql::{Ident, QualifiedName};

/// What a catalog is as SQL.
#[derive(Debug)]
pub struct Printed {
    pub text: String,
    /// What is in the catalog and not in the text, and why, for people.
    pub left_out: Vec<String>,
}

/// A statement, or some that cannot be parted.
struct Step {
    /// Whose turn it is where nothing else decides.
    turn: Turn,
    id: ObjectId,
    /// Whether it makes that object, or changes one that has been made.
    makes: bool,
    sql: String,
    needs: Vec<ObjectId>,
}

/// The usual order of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Schema,
    Extension,
    Shell,
    Collation,
    Type,
    Sequence,
    Routine,
    Operator,
    Table,
    Attach,
    Key,
    Default,
    Index,
    AttachIndex,
    View,
    Statistics,
    ForeignKey,
    Logic,
    Publication,
    Comment,
    Owner,
    Grant,
    /// Last, for it would see what comes behind it.
    EventTrigger,
}

/// Prints all that a catalog holds.
pub fn print(catalog: &Catalog) -> Printed {
    let resolved = expr::resolve_all(catalog);
    let mut printer = Printer::of(&resolved);
    for (id, object) in &resolved.objects {
        printer.object(id, object);
    }
    let Printer { steps, left_out, .. } = printer;
    let mut text = String::from("SET search_path = '';\nSET check_function_bodies = false;\n");
    for step in in_order(steps, &resolved) {
        text.push('\n');
        text.push_str(&step.sql);
        text.push('\n');
    }
    Printed { text, left_out }
}

/// The statement that makes each object; of a column, or a check that CREATE TABLE would hold, the one that would add it.
/// Expects a catalog in which all is resolved.
pub fn definitions(catalog: &Catalog) -> BTreeMap<ObjectId, String> {
    let mut printer = Printer::of(catalog);
    let mut found = BTreeMap::new();
    for (id, object) in &catalog.objects {
        printer.object(id, object);
        found.extend(printer.part_definition(id, &object.facts).map(|sql| (id.clone(), sql)));
    }
    let made = printer.steps.into_iter().filter(|step| step.makes);
    found.extend(made.map(|step| (step.id, step.sql.trim_end_matches(';').to_owned())));
    found
}

/// Each behind what it needs; of those that could come next, the one whose turn it is. Where they need each other
/// in a circle, turns decide.
fn in_order(steps: Vec<Step>, catalog: &Catalog) -> Vec<Step> {
    let makers: BTreeMap<&ObjectId, usize> =
        steps.iter().enumerate().filter(|(_, step)| step.makes).map(|(at, step)| (&step.id, at)).collect();
    // A part that nothing makes comes with what it is a part of, as what stands in a schema does not.
    let whole = |id: &ObjectId| id.parent().filter(|parent| parent.class() != Class::Schema);
    let maker =
        |id: &ObjectId| -> Option<usize> { makers.get(id).copied().or_else(|| makers.get(&whole(id)?).copied()) };
    let mut waits_for: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    let all: BTreeSet<(ObjectId, ObjectId)> =
        Replay::for_binding(catalog.clone(), Vec::new()).dependencies().into_iter().collect();
    let is_foreign_key = |id: &ObjectId| matches!(catalog.facts(id), Some(Facts::ForeignKey(_)));
    for (from, on) in &all {
        // The functions that a type is made of take and give it, and its shell will do for that.
        let is_for_shell = from.class() == Class::Routine && all.contains(&(on.clone(), from.clone()));
        // A key that a partitioned table hands down comes with that, or is there already and is taken up.
        if is_foreign_key(from) && !makers.contains_key(from) {
            continue;
        }
        let is_turned = is_foreign_key(from) && is_foreign_key(on);
        let (from, on) = if is_turned { (on, from) } else { (from, on) };
        if let (Some(from), Some(on)) = (maker(from), maker(on))
            && from != on
            && !is_for_shell
        {
            waits_for[from].insert(on);
        }
    }
    for (at, step) in steps.iter().enumerate() {
        let needs = step.needs.iter().chain((!step.makes).then_some(&step.id));
        waits_for[at].extend(needs.filter_map(maker).filter(|on| *on != at));
    }
    let mut awaited_by: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (at, all) in waits_for.iter().enumerate() {
        all.iter().for_each(|on| awaited_by[*on].push(at));
    }
    let mut open: Vec<usize> = waits_for.iter().map(BTreeSet::len).collect();
    let mut waiting: BTreeSet<(Turn, usize)> = steps.iter().enumerate().map(|(at, step)| (step.turn, at)).collect();
    let mut ready: BTreeSet<(Turn, usize)> = waiting.iter().filter(|(_, at)| open[*at] == 0).copied().collect();
    let mut order = Vec::new();
    while let Some(next) = ready.first().or(waiting.first()).copied() {
        ready.remove(&next);
        waiting.remove(&next);
        order.push(next.1);
        for one in &awaited_by[next.1] {
            open[*one] -= 1;
            let it = (steps[*one].turn, *one);
            if open[*one] == 0 && waiting.contains(&it) {
                ready.insert(it);
            }
        }
    }
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| steps[at].take()).collect()
}

/// The names, with their schema, that several constraints bear. The server chooses none of them by itself.
fn shared_constraint_names(catalog: &Catalog) -> BTreeSet<(Ident, Ident)> {
    let names = catalog.objects.iter().filter_map(|(id, object)| match &object.facts {
        Facts::Column(column) => some(&column.not_null_constraint).map(|not_null| (id, &not_null.name)),
        _ => (id.class() == Class::Constraint).then(|| (id, id.name())),
    });
    let mut seen = BTreeSet::new();
    names.map(|(id, name)| (id.path()[0].clone(), name.clone())).filter(|name| !seen.insert(name.clone())).collect()
}

struct Printer<'a> {
    catalog: &'a Catalog,
    shared_names: BTreeSet<(Ident, Ident)>,
    /// The sequence behind each identity column.
    identity_sequences: BTreeMap<ObjectId, &'a ObjectId>,
    steps: Vec<Step>,
    left_out: Vec<String>,
}

impl<'a> Printer<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let behind = catalog.objects.iter().filter_map(|(id, object)| match &object.facts {
            Facts::Sequence(sequence) if is(&sequence.identity) => Some((some(&sequence.owned_by)?.id()?, id)),
            _ => None,
        });
        Self {
            catalog,
            shared_names: shared_constraint_names(catalog),
            identity_sequences: behind.collect(),
            steps: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn object(&mut self, id: &ObjectId, object: &Object) {
        let before = self.steps.len();
        match &object.facts {
            Facts::Schema(_) | Facts::Extension(_) | Facts::Language(_) | Facts::AccessMethod(_) => {
                self.top(id, &object.facts);
            }
            Facts::Enum(_) | Facts::Domain(_) | Facts::DomainCheck(_) | Facts::Composite(_) => {
                self.data_type(id, &object.facts);
            }
            Facts::Range(_) | Facts::BaseType(_) => self.data_type(id, &object.facts),
            Facts::Function(_) | Facts::Procedure(_) | Facts::Aggregate(_) => self.routine(id, &object.facts),
            Facts::Operator(_) | Facts::OperatorClass(_) | Facts::OperatorFamily(_) | Facts::Cast(_) => {
                self.routine(id, &object.facts);
            }
            Facts::Sequence(sequence) => self.sequence(id, sequence),
            Facts::Table(table) => self.table(id, table),
            Facts::Column(column) => self.column_settings(id, column),
            Facts::PrimaryKey(_) | Facts::Unique(_) | Facts::Exclusion(_) | Facts::Check(_) | Facts::ForeignKey(_) => {
                self.constraint(id, &object.facts);
            }
            Facts::View(_) | Facts::MaterializedView(_) | Facts::Index(_) | Facts::Statistics(_) => {
                self.relation(id, &object.facts);
            }
            Facts::Policy(_) | Facts::Trigger(_) | Facts::Rule(_) => self.relation(id, &object.facts),
            _ => self.other(id, &object.facts),
        }
        if before == self.steps.len() && self.left_out.last().is_none_or(|said| !said.contains(&id.to_string())) {
            // It has been printed with what it belongs to, or is not to be printed at all.
            self.access(id, object, false);
            return;
        }
        self.access(id, object, true);
    }

    /// What is otherwise printed inside of the statement that makes the whole.
    fn part_definition(&self, id: &ObjectId, facts: &Facts) -> Option<String> {
        let owner = id.parent()?;
        match facts {
            Facts::Column(column) => {
                let definition = self.column(id, column, false);
                Some(format!("ALTER TABLE {owner} ADD COLUMN {}", definition.trim()))
            }
            Facts::Check(check) => {
                Some(format!("ALTER TABLE {owner} ADD CONSTRAINT {} {}", id.name(), constraints::check_clause(check)))
            }
            Facts::DomainCheck(check) => {
                let text = check.expression.get().map_or("", Expr::text);
                let not_valid = if check.validated.get() == Some(&false) { " NOT VALID" } else { "" };
                Some(format!("ALTER DOMAIN {owner} ADD CONSTRAINT {} CHECK ({text}){not_valid}", id.name()))
            }
            _ => None,
        }
    }

    /// A statement that makes an object.
    fn make(&mut self, turn: Turn, id: &ObjectId, sql: String) {
        self.steps.push(Step { turn, id: id.clone(), makes: true, sql: format!("{sql};"), needs: Vec::new() });
    }

    /// A statement that changes one that is there by then.
    fn change(&mut self, turn: Turn, id: &ObjectId, needs: Vec<ObjectId>, sql: String) {
        self.steps.push(Step { turn, id: id.clone(), makes: false, sql: format!("{sql};"), needs });
    }

    fn leave_out(&mut self, id: &ObjectId, noun: &str, why: &str) {
        self.left_out.push(format!("{noun} {id}: {why}"));
    }

    /// The parts of a relation that are of one class, with their facts.
    fn parts(&self, relation: &ObjectId, class: Class) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.catalog.parts(relation, class)
    }
}

/// What is stated, or what says nothing.
fn stated<T: Clone + Default>(attr: &Attr<T>) -> T {
    attr.get().cloned().unwrap_or_default()
}

fn is(attr: &Attr<bool>) -> bool {
    attr.get() == Some(&true)
}

/// What is stated of something that there may be none of.
fn some<T>(attr: &Attr<Option<T>>) -> Option<&T> {
    attr.get().and_then(Option::as_ref)
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// In single quotes; where there is a backslash, as `E'…'`.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// The full name, with `pg_catalog` where no schema is written.
fn qualified(name: &QualifiedName) -> String {
    match &name.schema {
        Some(_) => name.to_string(),
        None => format!("pg_catalog.{name}"),
    }
}

/// `name=value` as options are written in parentheses.
fn options(all: &[String]) -> String {
    let one = |option: &String| match option.split_once('=') {
        Some((name, value)) => {
            let name: Vec<String> = name.split('.').map(|part| Ident::new(part).to_string()).collect();
            format!("{} = {}", name.join("."), literal(value))
        }
        None => option.clone(),
    };
    list(all.iter().map(one))
}
