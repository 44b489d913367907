//! What a spec says about what it does not list.

use super::Binder;
use crate::catalog::{Class, ObjectId, Origin};
use crate::findings::Severity;
use crate::spec::document::Unlisted;
use crate::spec::section::{Scope, SectionKey};

impl Binder<'_> {
    /// A section lists everything of its kinds, in what it stands in or in each of the schemas.
    pub(super) fn claim(&mut self, key: SectionKey, place: &Origin, owner: Option<&ObjectId>) {
        for kind in key.kinds() {
            for parent in self.parents(key, owner) {
                self.claims.listed.insert((*kind, parent.clone()), place.clone());
                let usual = if owner.is_some() { Severity::Error } else { Severity::Warning };
                self.remarks.unlisted.entry((*kind, parent)).or_insert(usual);
            }
        }
    }

    pub(super) fn unlisted(&mut self, unlisted: &[Unlisted], owner: Option<&ObjectId>) {
        for one in unlisted {
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
            // `schemas` lists all there are only where that is asked for.
            if one.section == SectionKey::Schemas {
                self.claim(one.section, &one.place, owner);
            }
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
