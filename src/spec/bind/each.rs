//! `each` and `templates`: what is said of all that a pattern selects.

use std::collections::BTreeSet;

use super::Binder;
use super::create::remark_of;
use crate::catalog::{Class, Facts, ObjectId, Origin, Value};
use crate::findings::{Finding, Remark, Severity};
use crate::spec::document::{Each, Entry, Name, Template};
use crate::spec::names::Spelled;
use crate::spec::section::SectionKey;
use crate::sql::Ident;

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
            let is_of_kind = |facts: &Facts| each.section.kinds().contains(&facts.kind());
            let fits = |id: &ObjectId| id.class() == class && spelled.matches(id, &self.schemas);
            let there = self.observed.objects.iter().filter(|(id, object)| is_of_kind(&object.facts) && fits(id));
            let mut ids: Vec<ObjectId> = there.map(|(id, _)| id.clone()).collect();
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
        let pick = |names: &[Name], id: &ObjectId| {
            let spelled = names.iter().filter_map(|name| Spelled::parse(Class::Schema, &name.text).ok());
            spelled.into_iter().any(|spelled| spelled.matches(id, &[]))
        };
        let schemas: Vec<ObjectId> = self
            .observed
            .ids()
            .filter(|id| id.class() == Class::Schema)
            .filter(|id| pick(&template.schemas, id) && !pick(&template.except, id))
            .cloned()
            .collect();
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
