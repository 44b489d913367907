//! Names of a spec → identities in the catalog that it is bound to.

use super::Binder;
use crate::catalog::{Catalog, Class, Facts, ObjectId, Origin};
use crate::spec::SpecError;
use crate::spec::document::{Entry, Name};
use crate::spec::names::{Spelled, quoted};
use crate::spec::section::SectionKey;
use crate::sql::Ident;

impl Binder<'_> {
    /// What an entry of a section at the top is called in the database: an unqualified name along `schemas`, the first
    /// if it is nowhere.
    pub(super) fn id_of(&mut self, key: SectionKey, entry: &Entry) -> Option<ObjectId> {
        let class = key.class();
        let spelled = self.spelled(class, &entry.name)?;
        if matches!(class, Class::Routine | Class::Operator) && spelled.args.is_none() {
            return self.only_overload(key, &spelled, entry);
        }
        id_along(self.observed, &self.schemas, class, &spelled)
    }

    /// A name with its types looked up.
    pub(super) fn spelled(&mut self, class: Class, name: &Name) -> Option<Spelled> {
        match Spelled::parse(class, &name.text) {
            Ok(mut spelled) => {
                spelled.args.iter_mut().flatten().for_each(|of| *of = self.replay.type_called(of));
                Some(spelled)
            }
            Err(expected) => {
                self.wrong_name(name, expected);
                None
            }
        }
    }

    fn wrong_name(&mut self, name: &Name, help: String) {
        let message = format!("`{}` is not a name that can stand here", name.text);
        self.errors.push(SpecError { message, place: name.place.clone(), help: Some(help), also: None });
    }

    /// The routine, or operator, of a name, where that says nothing of what it takes.
    fn only_overload(&mut self, key: SectionKey, spelled: &Spelled, entry: &Entry) -> Option<ObjectId> {
        let class = key.class();
        let of_kind = |facts: Option<&Facts>| facts.is_none_or(|facts| key.kinds().contains(&facts.kind()));
        let mut first = None;
        for schema in &self.schemas {
            let id = spelled.clone().in_schema(class, schema).id(class)?;
            let (schema, name) = (&id.path()[0], id.name());
            let all = self.observed.overloads(class, schema, name).map(|(id, _)| id);
            let all: Vec<&ObjectId> = all.filter(|id| of_kind(self.observed.facts(id))).collect();
            match all.as_slice() {
                [] => first = first.or(Some(id)),
                [only] => return Some((*only).clone()),
                // Its SQL says which one it is.
                [some, ..] if entry.sql.is_some() => return Some((*some).clone()),
                several => {
                    let names: Vec<String> = several.iter().map(ToString::to_string).collect();
                    self.errors.push(SpecError {
                        message: format!("there are {} of the name `{}`", several.len(), entry.name.text),
                        place: entry.name.place.clone(),
                        help: Some(format!("say what it takes: {}", names.join(", "))),
                        also: None,
                    });
                    return None;
                }
            }
        }
        first
    }
}

/// The first object of that name along some schemas, or the one that would be in the first of them.
pub(super) fn id_along(catalog: &Catalog, schemas: &[Ident], class: Class, spelled: &Spelled) -> Option<ObjectId> {
    let mut candidates = schemas.iter().filter_map(|schema| spelled.clone().in_schema(class, schema).id(class));
    let first = candidates.clone().next();
    candidates.find(|id| catalog.exists(id)).or(first)
}

impl Name {
    /// A name that no file spells.
    pub(super) fn of(id: &ObjectId, place: &Origin) -> Self {
        Self { text: quoted(id.name().as_str()), place: place.clone() }
    }
}
