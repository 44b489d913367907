//! Objects that a spec does not name, matched by what they are.

use std::collections::BTreeSet;

use super::Binder;
use crate::catalog::kind::Column;
use crate::catalog::{self, Attr, Class, Expr, Facts, Kind, ObjectId, Origin, Visitor};
use crate::expr::{self, Around, Scope, Wanted};

impl Binder<'_> {
    /// `references users` means the primary key there: the one that the spec states, or else the one that is there.
    pub(super) fn fill_in_key(&self, facts: &mut Facts) {
        let Facts::ForeignKey(key) = facts else { return };
        let Some(to) = key.references.get_mut().filter(|to| to.columns.is_empty()) else { return };
        let Some(schema) = &to.relation.schema else { return };
        let target = ObjectId::in_schema(Class::Relation, schema, &to.relation.name);
        let stated = catalog::children(&self.objects, &target).map(|(_, object)| object);
        let there = self.observed.parts(&target, Class::Constraint).map(|(_, object)| object);
        let key = stated.chain(there).find_map(|object| match &object.facts {
            Facts::PrimaryKey(key) => key.columns.get(),
            _ => None,
        });
        to.columns = key.cloned().unwrap_or_default();
    }

    /// A `serial` is whatever sequence the column owns, however it is called.
    pub(super) fn adopt_serial(&self, id: &ObjectId, column: &mut Column) {
        let text = |column: &Column| Some(column.default.get()?.as_ref()?.text().to_owned());
        let Some(observed) = self.observed.get::<Column>(id) else { return };
        let (Some(ours), Some(theirs)) = (text(column), text(observed)) else { return };
        if self.replay.catalog().is_serial(id, &ours) && self.observed.is_serial(id, &theirs) {
            let place = column.default.origin().cloned().unwrap_or(Origin::Server);
            if let Some(default) = observed.default.get() {
                column.default = Attr::Is(default.clone(), place);
            }
        }
    }

    /// NOT NULL is what it is, however the constraint behind it is called.
    pub(super) fn adopt_not_null_name(&self, id: &ObjectId, column: &mut Column) {
        let observed =
            self.observed.get::<Column>(id).and_then(|observed| observed.not_null_constraint.get()?.as_ref());
        let ours = column.not_null_constraint.get_mut().and_then(Option::as_mut);
        if let Some((ours, theirs)) = ours.zip(observed) {
            ours.name = theirs.name.clone();
        }
    }

    /// The observed constraint that an unnamed one stands for: one that is just the same, else one
    /// of the same sort over the same columns, else none, and the name the server would choose.
    pub(super) fn match_by_definition(
        &self,
        table: &ObjectId,
        facts: &Facts,
        usual: &ObjectId,
        matched: &mut BTreeSet<ObjectId>,
    ) -> ObjectId {
        let candidates: Vec<(&ObjectId, Facts)> = self
            .observed
            .parts(table, Class::Constraint)
            .filter(|(id, object)| object.facts.kind() == facts.kind() && !matched.contains(*id))
            .map(|(id, object)| (id, self.resolved(table, &object.facts)))
            .collect();
        let same = candidates.iter().find(|(_, other)| agree(facts, other, |_| true));
        let key = ["columns", "references", "expression"];
        let similar = || candidates.iter().find(|(_, other)| agree(facts, other, |name| key.contains(&name)));
        let only = || candidates.first().filter(|_| facts.kind() == Kind::PrimaryKey);
        let found = same.or_else(similar).or_else(only).map_or_else(|| usual.clone(), |(id, _)| (*id).clone());
        matched.insert(found.clone());
        found
    }

    /// Observed facts with their expressions resolved.
    fn resolved(&self, table: &ObjectId, facts: &Facts) -> Facts {
        struct Resolve<'a>(Scope<'a>);
        impl Visitor for Resolve<'_> {
            fn expr(&mut self, expr: &mut Expr) {
                expr::resolve_pending(expr, &self.0);
            }
        }
        let scope =
            Scope { catalog: self.observed, search_path: &[], around: Around::Relation(table), wanted: Wanted::Value };
        let mut facts = facts.clone();
        facts.visit(&mut Resolve(scope));
        facts
    }
}

/// Whether two objects agree in the attributes that both state, as far as `counts` says.
fn agree(one: &Facts, other: &Facts, counts: impl Fn(&str) -> bool) -> bool {
    one.attributes().into_iter().zip(other.attributes()).all(|((definition, a), (_, b))| match (a, b) {
        (Some((a, _)), Some((b, _))) => a == b || !counts(definition.name),
        _ => true,
    })
}
