//! What a spec says about what it does not list.

use super::Binder;
use crate::catalog::coverage::{AbsentClaim, Pattern};
use crate::catalog::{Class, Kind, ObjectId};
use crate::findings::Severity;
use crate::spec::document::{Absent, Section, SectionKey, Unlisted, name_parts};

impl Binder<'_> {
    pub(super) fn absent(&mut self, absent: &Absent) {
        let mut parts: Vec<Pattern> = name_parts(&absent.name.text).into_iter().map(Pattern::new).collect();
        let wanted = absent.section.name_parts();
        // `idx_users_clerk_id` alone is that index of whatever table.
        if wanted == 3 && parts.len() == 1 {
            parts.insert(0, Pattern::new("*"));
        }
        let paths: Vec<Vec<Pattern>> = if parts.len() == wanted {
            vec![parts]
        } else {
            let schemas = self.schemas.iter().map(|schema| Pattern::new(schema.as_str()));
            schemas.map(|schema| std::iter::once(schema).chain(parts.iter().cloned()).collect()).collect()
        };
        let mut kinds = absent.section.kinds().to_vec();
        if absent.section == SectionKey::Constraints {
            kinds.push(Kind::PrimaryKey);
        }
        // A type of that name is one, whatever its kind.
        if absent.section == SectionKey::Types {
            kinds = Kind::ALL.iter().copied().filter(|kind| kind.class() == Class::Type).collect();
        }
        for path in paths {
            let origin = absent.name.place.clone();
            self.claims.absent.push(AbsentClaim { kinds: kinds.clone(), path, origin });
        }
    }

    /// A section lists everything of its kinds, in a table or in each of the schemas.
    pub(super) fn claim<T>(&mut self, key: SectionKey, section: &Section<T>, table: Option<&ObjectId>) {
        for kind in key.kinds() {
            for parent in self.parents(key, table) {
                self.claims.listed.insert((*kind, parent.clone()), section.place.clone());
                let usual = if table.is_some() { Severity::Error } else { Severity::Warning };
                self.remarks.unlisted.entry((*kind, parent)).or_insert(usual);
            }
        }
    }

    pub(super) fn unlisted(&mut self, unlisted: &[Unlisted], table: Option<&ObjectId>) {
        for one in unlisted {
            for kind in one.section.kinds() {
                for parent in self.parents(one.section, table) {
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
        }
    }

    fn parents(&self, key: SectionKey, table: Option<&ObjectId>) -> Vec<Option<ObjectId>> {
        match (table, key.name_parts()) {
            (Some(table), _) => vec![Some(table.clone())],
            (None, 1) => vec![None],
            (None, _) => self.schemas.iter().map(|schema| Some(ObjectId::top(Class::Schema, schema))).collect(),
        }
    }
}
