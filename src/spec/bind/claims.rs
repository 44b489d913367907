//! What a spec says about what it does not list.

use super::Binder;
use crate::catalog::{Class, Kind, ObjectId, Origin};
use crate::findings::Severity;
use crate::spec::document::Unlisted;
use crate::spec::section::{Scope, SectionKey};

impl Binder<'_> {
    /// A section lists everything of its kinds, in what it stands in or in each of the schemas.
    pub(super) fn claim(&mut self, key: SectionKey, place: &Origin, owner: Option<&ObjectId>) {
        for kind in key.kinds() {
            for parent in self.parents(key, owner) {
                // A later phase adds to the list that an earlier one has begun.
                self.claims.listed.entry((*kind, parent.clone())).or_insert_with(|| place.clone());
                let usual = if owner.is_some() { Severity::Error } else { Severity::Warning };
                self.remarks.unlisted.entry((*kind, parent)).or_insert(usual);
            }
        }
    }

    pub(super) fn unlisted(&mut self, unlisted: &[Unlisted], owner: Option<&ObjectId>) {
        for one in unlisted {
            if owner.is_none() && !one.section.is_top() {
                self.unlisted_parts.push(one.clone());
                continue;
            }
            for kind in one.section.kinds() {
                for parent in self.parents(one.section, owner) {
                    match one.severity {
                        Some(severity) => {
                            self.remarks.ignored.remove(&(*kind, parent.clone()));
                            self.remarks.unlisted.insert((*kind, parent), severity);
                        }
                        None => {
                            self.remarks.ignored.insert((*kind, parent));
                        }
                    }
                }
            }
            // Where it matters that something is not listed, all that there is has to be.
            let parents = self.parents(one.section, owner).into_iter();
            let mut keys = parents.map(|parent| (one.section.kinds()[0], parent));
            let is_claimed = keys.any(|key| self.claims.listed.contains_key(&key));
            if one.severity.is_some() && !is_claimed {
                self.claim(one.section, &one.place, owner);
            }
        }
    }

    /// What is said at the top of parts that objects do not list: it holds for each object of a section.
    pub(super) fn unlisted_parts(&mut self, id: &ObjectId, kind: Kind) {
        let unlisted: Vec<Unlisted> = self.unlisted_parts.clone();
        for one in unlisted.iter().filter(|one| SectionKey::within(kind).any(|section| section == one.section)) {
            self.unlisted(std::slice::from_ref(one), Some(id));
        }
    }

    fn parents(&self, key: SectionKey, owner: Option<&ObjectId>) -> Vec<Option<ObjectId>> {
        match (owner, key.scope()) {
            (Some(owner), _) => vec![Some(owner.clone())],
            (None, Scope::Database) => vec![None],
            (None, _) => self.schemas.iter().map(|schema| Some(ObjectId::top(Class::Schema, schema))).collect(),
        }
    }
}
