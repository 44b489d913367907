//! Draws statements over what a schema holds.

use std::collections::BTreeMap;

use schema_check::catalog::kind::Facts;
use schema_check::catalog::{Catalog, Class, Object, ObjectId};
use schema_check::sql::Ident;

use super::grammar::{Form, GRAMMAR, Part, What};
use crate::random::Random;

/// The roles that every walk has.
pub(crate) const ROLES: [&str; 2] = ["ddl_reader", "ddl_writer"];

/// How deep statements stand in statements.
const DEPTH: usize = 1;

/// Who draws, from where, for whom.
pub(crate) struct Draw<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) catalog: &'a Catalog,
    pub(crate) version: u32,
    pub(crate) areas: &'a [&'static str],
    /// Something was asked for of which there is none.
    pub(crate) is_short: bool,
}

/// What letters stand for.
type Letters = BTreeMap<&'static str, (Option<ObjectId>, String)>;

impl Draw<'_> {
    /// A statement, or several that belong together, and the line it comes from.
    pub(crate) fn statement(&mut self) -> (String, &'static str) {
        for _ in 0..20 {
            self.is_short = false;
            let drawn = self.statement_at(0);
            if !self.is_short || self.random.chance(5) {
                return drawn;
            }
        }
        self.statement_at(0)
    }

    fn statement_at(&mut self, depth: usize) -> (String, &'static str) {
        let areas = self.areas.iter().filter(|area| depth < DEPTH || **area != "blocks");
        let forms: Vec<&'static Form> = areas.flat_map(|area| &GRAMMAR.areas[area]).collect();
        let form = self.form(forms);
        let mut out = String::new();
        self.write(form, &mut Letters::new(), &mut out, depth);
        (out, form.line)
    }

    fn form(&mut self, forms: impl IntoIterator<Item = &'static Form>) -> &'static Form {
        let known: Vec<&Form> = forms.into_iter().filter(|form| form.since <= self.version).collect();
        let mut at = self.random.below(known.iter().map(|form| form.weight).sum());
        for form in &known {
            match at.checked_sub(form.weight) {
                Some(rest) => at = rest,
                None => return form,
            }
        }
        known[0]
    }

    fn write(&mut self, form: &'static Form, letters: &mut Letters, out: &mut String, depth: usize) {
        // A part may be named before what it is a part of.
        for part in &form.parts {
            if let Part::Pick { letter: Some(letter), what } = part
                && what.of.is_none()
            {
                let wanted = form.parts.iter().find_map(|part| match part {
                    Part::Pick { what, .. } if what.of == Some(letter) => Some(what.noun),
                    _ => None,
                });
                let picked = self.pick(what, letters, wanted);
                letters.insert(letter, picked);
            }
        }
        for part in &form.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Rule(name, several) => {
                    let count = if *several { 1 + self.random.below(3) } else { 1 };
                    for number in 0..count {
                        out.push_str(if number > 0 { ", " } else { "" });
                        let form = self.form(&GRAMMAR.rules[name]);
                        self.write(form, letters, out, depth);
                    }
                }
                Part::Pick { letter: Some(letter), what } if what.of.is_none() => out.push_str(&letters[letter].1),
                Part::Pick { letter, what } => {
                    let picked = self.pick(what, letters, None);
                    out.push_str(&picked.1);
                    letters.extend(letter.map(|letter| (letter, picked)));
                }
                Part::Again(letter) => out.push_str(letters.get(letter).map_or("nobody", |(_, name)| name)),
                Part::New(noun) => {
                    let name = self.new_name(noun);
                    out.push_str(&name);
                }
                Part::Name(noun) => {
                    let name = self.any_name(noun).replace("(integer)", "");
                    out.push_str(&name);
                }
                Part::Number => out.push_str(&(1 + self.random.below(9)).to_string()),
                Part::Statement => {
                    let (statement, _) = self.statement_at(depth + 1);
                    out.push_str(&statement);
                }
            }
        }
    }

    /// Something that is there; now and then a name that may not be. Of those that have a part that is
    /// `wanted`, rather one of these.
    fn pick(&mut self, what: &What, letters: &Letters, wanted: Option<&str>) -> (Option<ObjectId>, String) {
        if what.noun == "role" {
            return (None, (*self.random.pick(&ROLES)).to_owned());
        }
        let owner = what.of.and_then(|letter| letters.get(letter)).and_then(|(id, _)| id.clone());
        let is_it = |(id, object): &(&ObjectId, &Object)| match (&owner, what.of) {
            (Some(owner), _) => is_part(what.noun, owner, id),
            (None, Some(_)) => false,
            (None, None) => is_a(what.noun, id, object),
        };
        let mut there: Vec<(&ObjectId, &Object)> = self.catalog.objects.iter().filter(is_it).collect();
        if let Some(wanted) = wanted {
            let objects = &self.catalog.objects;
            let has_part = |id: &ObjectId| objects.keys().any(|part| is_part(wanted, id, part));
            let fit: Vec<(&ObjectId, &Object)> = there.iter().copied().filter(|(id, _)| has_part(id)).collect();
            if !fit.is_empty() && self.random.chance(85) {
                there = fit;
            }
        }
        // Nearly everything stands in this one.
        if what.noun == "schema" && !self.random.chance(5) {
            there.retain(|(id, _)| *id.name() != "public");
        }
        self.is_short |= there.is_empty();
        if there.is_empty() || self.random.chance(4) {
            return (None, self.any_name(what.noun));
        }
        let id = self.random.pick(&there).0.clone();
        let name = if what.of.is_some() { id.name().to_string() } else { self.spelled(what.noun, &id) };
        (Some(id), name)
    }

    /// As somebody may write it.
    fn spelled(&mut self, noun: &str, id: &ObjectId) -> String {
        if id.path().len() == 1 {
            return id.name().to_string();
        }
        let schema = &id.path()[0];
        let args: Vec<String> = id.args().iter().map(ToString::to_string).collect();
        let args = if takes_types(noun) { format!("({})", args.join(", ")) } else { String::new() };
        let is_bare = *schema == "public" && self.random.chance(80);
        let prefix = if is_bare { String::new() } else { format!("{schema}.") };
        format!("{prefix}{}{args}", id.name())
    }

    fn new_name(&mut self, noun: &str) -> String {
        let name = self.any_name(noun).replace("(integer)", "");
        let takes_schema = matches!(noun, "table" | "view" | "type" | "sequence" | "function");
        let schemas = self.catalog.objects.keys().filter(|id| id.class() == Class::Schema && *id.name() != "public");
        let schemas: Vec<&Ident> = schemas.map(ObjectId::name).collect();
        if takes_schema && !schemas.is_empty() && self.random.chance(12) {
            return format!("{}.{name}", self.random.pick(&schemas));
        }
        name
    }

    /// One of the few names that there are for things of a kind.
    fn any_name(&mut self, noun: &str) -> String {
        let (prefix, count) = match noun {
            "column" => return (*self.random.pick(&["a", "b", "c", "d", "m", "n", "\"a b\""])).to_owned(),
            "schema" => return (*self.random.pick(&["app", "other"])).to_owned(),
            "table" | "partitioned table" | "partition" => ("t", 8),
            "view" | "materialized view" => ("v", 5),
            "index" => ("i", 6),
            "sequence" => ("s", 4),
            "type" | "enum" | "domain" | "composite" => ("ty", 6),
            "function" | "procedure" | "aggregate" | "function name" | "trigger function" => ("fn", 6),
            other => (other, 3),
        };
        let name = format!("{}{}", prefix.replace(' ', "_"), self.random.below(count));
        if takes_types(noun) { format!("{name}(integer)") } else { name }
    }
}

/// Whether it is named with the types that it takes.
fn takes_types(noun: &str) -> bool {
    matches!(noun, "function" | "procedure" | "aggregate")
}

fn is_a(noun: &str, id: &ObjectId, object: &Object) -> bool {
    match (noun, &object.facts) {
        ("partitioned table", Facts::Table(table)) => matches!(table.partition_by.get(), Some(Some(_))),
        ("partition", Facts::Table(table)) => matches!(table.partition_of.get(), Some(Some(_))),
        ("trigger function", Facts::Function(function)) => {
            function.result.get().is_some_and(|result| result.is_builtin("trigger"))
        }
        ("type", _) => id.class() == Class::Type,
        ("function name", Facts::Function(_)) | ("enum", Facts::Enum(_)) | ("composite", Facts::Composite(_)) => true,
        ("sequence", Facts::Sequence(sequence)) => sequence.identity.get() != Some(&true),
        ("statistics", Facts::Statistics(_)) => true,
        (_, facts) => facts.kind().noun() == noun,
    }
}

fn is_part(noun: &str, owner: &ObjectId, id: &ObjectId) -> bool {
    let class = match noun {
        "column" => Class::Column,
        "constraint" => Class::Constraint,
        "index" => Class::Index,
        "trigger" => Class::Trigger,
        "policy" => Class::Policy,
        "rule" => Class::Rule,
        "domain constraint" => Class::DomainConstraint,
        _ => return false,
    };
    id.class() == class && id.parent().as_ref() == Some(owner)
}
