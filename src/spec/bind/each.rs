//! `each` and `templates`: what is said of all that a pattern selects.

use std::collections::BTreeSet;

use super::Binder;
use super::create::remark_of;
use crate::catalog::{Catalog, Class, Facts, ObjectId, Origin, Value};
use crate::findings::{Finding, Remark, Severity};
use crate::spec::document::{Each, Entry, Name, Template};
use crate::spec::names::Spelled;
use crate::spec::section::SectionKey;
use crate::sql::Ident;

/// What there is of what a name or pattern stands for.
fn there<'a>(
    catalog: &'a Catalog,
    schemas: &'a [Ident],
    section: SectionKey,
    spelled: &'a Spelled,
) -> impl Iterator<Item = ObjectId> + 'a {
    let is_of_kind = move |facts: &Facts| section.kinds().contains(&facts.kind());
    let fits = move |id: &ObjectId| id.class() == section.class() && spelled.matches(id, schemas);
    let objects = catalog.objects.iter().filter(move |(id, object)| is_of_kind(&object.facts) && fits(id));
    objects.map(|(id, _)| id.clone())
}

/// What there is of what an entry of `each` is about.
pub(super) fn selected_there(catalog: &Catalog, schemas: &[Ident], each: &Each) -> Vec<ObjectId> {
    let matching = |names: &[Name]| -> BTreeSet<ObjectId> {
        let spelled = names.iter().filter_map(|name| Spelled::parse(each.section.class(), &name.text).ok());
        spelled.flat_map(|spelled| there(catalog, schemas, each.section, &spelled).collect::<Vec<_>>()).collect()
    };
    let except = matching(&each.except);
    matching(&each.select).into_iter().filter(|id| !except.contains(id)).collect()
}

/// The schemas that a template is for.
pub(super) fn schemas_of(template: &Template, catalog: &Catalog) -> Vec<ObjectId> {
    let pick = |names: &[Name], id: &ObjectId| {
        let mut spelled = names.iter().filter_map(|name| Spelled::parse(Class::Schema, &name.text).ok());
        spelled.any(|spelled| spelled.matches(id, &[]))
    };
    let schemas = catalog.ids().filter(|id| id.class() == Class::Schema);
    schemas.filter(|id| pick(&template.schemas, id) && !pick(&template.except, id)).cloned().collect()
}

impl Binder<'_> {
    pub(super) fn each(&mut self, each: &Each) {
        let selected = self.selected(each);
        if let Some((count, place)) = &each.count
            && *count != selected.len()
        {
            let names = selected.iter().map(|(id, _)| id.name().to_string()).collect();
            self.wrong_count("`each`", each.section.word(), *count, names, place);
        }
        self.remarks.places.push((each.place.clone(), remark_of(&each.body)));
        for (id, name) in selected {
            let mut body = Entry { name: name.clone(), ..each.body.clone() };
            (body.severity, body.note) = (None, None);
            body.severities.clear();
            let is_spelled_out = Spelled::parse(id.class(), &name.text).is_ok_and(|spelled| !spelled.is_glob());
            if is_spelled_out {
                self.claims.by_pattern.remove(&id);
            } else if !self.objects.contains_key(&id) {
                self.claims.by_pattern.insert(id.clone());
            }
            if each.section.is_top() {
                self.object(each.section, &id, &body, false);
            } else if let Some(owner) = id.parent() {
                body.name = Name::of(&id, &name.place);
                let made = self.part(each.section, &owner, Some(&id), &body);
                self.read_out(&made, Some(&owner));
            }
        }
    }

    /// All that an entry of `each` is about, each with the name or pattern that selects it.
    fn selected<'e>(&mut self, each: &'e Each) -> Vec<(ObjectId, &'e Name)> {
        let class = each.section.class();
        let mut found: Vec<(ObjectId, &Name)> = Vec::new();
        let mut seen = BTreeSet::new();
        let except: Vec<Spelled> = each.except.iter().filter_map(|name| self.spelled(class, name)).collect();
        for name in &each.select {
            let Some(spelled) = self.spelled(class, name) else { continue };
            let mut ids: Vec<ObjectId> = there(self.observed, &self.schemas, each.section, &spelled).collect();
            if ids.is_empty() && !spelled.is_glob() {
                ids.extend(self.spelled_out(each.section, &spelled));
            }
            let is_wanted = |id: &ObjectId| !except.iter().any(|except| except.matches(id, &self.schemas));
            found.extend(ids.into_iter().filter(|id| is_wanted(id) && seen.insert(id.clone())).map(|id| (id, name)));
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }

    /// What a literal name stands for, whether it is there or not.
    fn spelled_out(&self, section: SectionKey, spelled: &Spelled) -> Option<ObjectId> {
        let class = section.class();
        if section.is_top() {
            return super::resolve::id_along(self.observed, &self.schemas, class, spelled);
        }
        let (name, owner) = spelled.parts.split_last()?;
        let owner = Spelled { parts: owner.to_vec(), args: None };
        let owner = super::resolve::id_along(self.observed, &self.schemas, Class::Relation, &owner)?;
        Some(owner.part(class, &Ident::new(name.as_str())))
    }

    /// One set of objects for each schema that a pattern selects.
    pub(super) fn template(&mut self, template: &Template) {
        let schemas = schemas_of(template, self.observed);
        if let Some((count, place)) = &template.count
            && *count != schemas.len()
        {
            let names = schemas.iter().map(ToString::to_string).collect();
            self.wrong_count("this template", "schemas", *count, names, place);
        }
        let notes = template.note.iter().cloned().collect();
        let remark = Remark { severity: template.severity, notes, ..Remark::default() };
        self.remarks.places.push((template.place.clone(), remark));
        let own = self.schemas.clone();
        for schema in &schemas {
            self.schemas = vec![schema.name().clone()];
            self.replay.create_in(self.schemas.clone());
            self.body(&template.body);
        }
        self.schemas = own;
        self.replay.create_in(self.schemas.clone());
        self.remarks.templates.push((template.place.clone(), schemas));
    }

    fn wrong_count(&mut self, what: &str, of: &str, count: usize, names: Vec<String>, place: &Origin) {
        let message = format!("{what} selects {} {of}, and the spec says {count}", names.len());
        self.remarks.findings.push(Finding {
            expected: Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))),
            observed: Some(Value::Text(format!("{}: {}", names.len(), names.join(", ")))),
            help: Some("either one is missing from the selection, or the number is wrong".into()),
            ..Finding::new("drift::each::count", Severity::Error, message, place.clone())
        });
    }
}
