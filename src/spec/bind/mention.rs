//! `absent` and `allowed`: what must not be there, and what need not.

use super::Binder;
use crate::catalog::{Class, Kind, ObjectId, Origin, Unmodelled};
use crate::spec::SpecError;
use crate::spec::document::Mention;
use crate::spec::names::Spelled;
use crate::spec::section::SectionKey;
use crate::sql::Ident;

/// One name or pattern, as the layer of the spec means it that says it.
pub(super) struct Mentioned {
    section: SectionKey,
    spelled: Spelled,
    /// Where unqualified names are looked up.
    schemas: Vec<Ident>,
    layer: usize,
    is_absent: bool,
    place: Origin,
}

impl Binder<'_> {
    pub(super) fn mention(&mut self, mention: &Mention, is_absent: bool) {
        let Some(spelled) = self.spelled(mention.section.class(), &mention.name) else { return };
        self.mentioned.push(Mentioned {
            section: mention.section,
            spelled,
            schemas: self.schemas.clone(),
            layer: self.layer,
            is_absent,
            place: mention.name.place.clone(),
        });
    }

    /// The places of all that is said to be absent.
    pub(super) fn absent_places(&self) -> Vec<Origin> {
        self.mentioned.iter().filter(|one| one.is_absent).map(|one| one.place.clone()).collect()
    }

    /// Weighs what is mentioned against what is stated: the later layer decides; in one layer a name goes before a
    /// pattern, and what is stated before a pattern.
    pub(super) fn settle_mentions(&mut self) {
        let mentioned = std::mem::take(&mut self.mentioned);
        self.contradictions(&mentioned);
        let decisive = |id: &ObjectId, kind: Option<Kind>| {
            let fits = |one: &&Mentioned| one.is_about(id, kind);
            mentioned.iter().filter(fits).max_by_key(|one| (one.layer, !one.spelled.is_glob(), one.is_absent))
        };
        let stated: Vec<(ObjectId, Kind)> =
            self.objects.iter().map(|(id, object)| (id.clone(), object.facts.kind())).collect();
        for (id, kind) in stated {
            let Some(one) = decisive(&id, Some(kind)) else { continue };
            let layer = self.stated_in.get(&id).copied().unwrap_or_default();
            let is_stated = !self.claims.by_pattern.contains(&id);
            let is_gone = one.is_absent && (one.layer > layer || one.layer == layer && !is_stated);
            let is_spared = !one.is_absent && one.layer >= layer && !self.observed.exists(&id);
            if is_gone || is_spared {
                self.objects.retain(|other, _| *other != id && !belongs_to(other, &id));
            }
        }
        for (id, object) in &self.observed.objects {
            match decisive(id, Some(object.facts.kind())) {
                Some(one) if one.is_absent && !self.objects.contains_key(id) => {
                    self.claims.forbidden.insert(id.clone(), (object.facts.kind(), one.place.clone()));
                }
                Some(one) if !one.is_absent => {
                    self.claims.allowed.insert(id.clone());
                }
                _ => {}
            }
        }
        for (id, other) in self.observed.unmodelled.iter().filter(|(_, other)| !other.is_brought_along()) {
            if let Some(one) = decisive(id, None)
                && let Some(kind) = one.means(other)
                && one.is_absent
                && !self.objects.contains_key(id)
            {
                self.claims.forbidden.insert(id.clone(), (kind, one.place.clone()));
            }
        }
    }

    /// What one and the same layer both states and says must not be.
    fn contradictions(&mut self, mentioned: &[Mentioned]) {
        for one in mentioned.iter().filter(|one| one.is_absent && !one.spelled.is_glob()) {
            let stated = self.objects.iter().find(|(id, object)| {
                self.stated_in.get(*id) == Some(&one.layer)
                    && !self.claims.by_pattern.contains(*id)
                    && one.is_about(id, Some(object.facts.kind()))
            });
            if let Some((id, object)) = stated {
                self.errors.push(SpecError {
                    message: format!("{} {id} is stated, and said to be absent", object.facts.kind().noun()),
                    place: one.place.clone(),
                    help: Some("take one of the two out".into()),
                    also: Some((object.origin.clone(), "it is stated here".into())),
                });
            }
        }
    }
}

impl Mentioned {
    fn is_about(&self, id: &ObjectId, kind: Option<Kind>) -> bool {
        // Every type is one, whatever its kind, and so is every constraint; a view is no table.
        let is_any = matches!(self.section.class(), Class::Type | Class::Constraint);
        id.class() == self.section.class()
            && (is_any || kind.is_none_or(|kind| self.section.kinds().contains(&kind)))
            && self.spelled.matches(id, &self.schemas)
    }

    /// As what something that the model does not hold is meant, if it is.
    fn means(&self, other: &Unmodelled) -> Option<Kind> {
        let is_type = self.section.class() == Class::Type;
        self.section.kinds().iter().copied().find(|kind| is_type || other.is_a(kind.noun()))
    }
}

pub(super) fn belongs_to(id: &ObjectId, owner: &ObjectId) -> bool {
    std::iter::successors(id.parent(), ObjectId::parent).any(|parent| parent == *owner)
}
