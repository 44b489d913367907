//! Check constraints, and what children have of them (`AddRelationNewConstraints()` in `heap.c`, `MergeCheckConstraint()`
//! in `tablecmds.c`).

use super::Replay;
use super::heap::Clause;
use super::inherit::for_table;
use super::parse_utilcmd::{Pending, Work};
use super::refusal::{DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, INVALID_TABLE_DEFINITION, Outcome, Stop};
use crate::catalog::kind::Check;
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin};
use crate::sql::Ident;

impl Replay {
    /// `AddRelationNewConstraints()`, here and in the children.
    pub(super) fn add_check(&mut self, table: &ObjectId, pending: &Pending<'_>, work: &Work<'_>) -> Outcome {
        let Some(node) = &pending.constraint.raw_expr else { return Ok(()) };
        let expression = self.expression(node, table, Clause::Check)?;
        let name = if pending.constraint.conname.is_empty() {
            self.choose_check_name(table, &expression)
        } else {
            Ident::new(&pending.constraint.conname)
        };
        let passes_on = !pending.constraint.is_no_inherit;
        if !passes_on && self.is_partitioned(table) {
            let relation = table.name().as_str();
            let message = format!("cannot add NO INHERIT constraint to partitioned table \"{relation}\"");
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        if work.only && passes_on {
            self.has_no_children(table, "constraint must be added to child tables too")?;
        }
        self.store_check(table, &name, expression, pending, Some(work.creates))?;
        let inheritors = self.inheritors(table, !passes_on).into_iter().skip(1);
        for child in inheritors.collect::<Vec<_>>() {
            let expression = self.expression(node, &child, Clause::Check)?;
            self.store_check(&child, &name, expression, pending, None)?;
        }
        Ok(())
    }

    /// A condition on one column is called after it.
    pub(super) fn choose_check_name(&self, table: &ObjectId, expression: &Expr) -> Ident {
        let own = table.qualified_name();
        let columns = expression.tree().map(crate::catalog::Tree::columns).unwrap_or_default();
        let mut columns = columns.into_iter().filter(|(relation, _)| *relation == own).map(|(_, column)| column);
        let only = match (columns.next(), columns.next()) {
            (Some(column), None) => column.as_str().to_owned(),
            _ => String::new(),
        };
        self.choose_constraint_name(table, &only, "check")
    }

    /// `MergeWithExistingConstraint()`, and `StoreRelCheck()` where there is none.
    fn store_check(
        &mut self,
        table: &ObjectId,
        name: &Ident,
        expression: Expr,
        pending: &Pending<'_>,
        // What the table says itself, and whether in CREATE TABLE.
        of_its_own: Option<bool>,
    ) -> Outcome {
        let id = table.part(Class::Constraint, name);
        let origin = &pending.origin;
        let no_inherit = pending.constraint.is_no_inherit;
        let Some(Facts::Check(ours)) = self.catalog().facts(&id).cloned() else {
            self.free_constraint_name(table, name.as_str())?;
            let facts = Check {
                expression: Attr::Is(expression, origin.clone()),
                no_inherit: Attr::Is(no_inherit, origin.clone()),
                validated: Attr::Is(pending.validated, origin.clone()),
                enforced: Attr::Is(pending.enforced, origin.clone()),
                local: Attr::Is(of_its_own.is_some(), origin.clone()),
                comment: Attr::Is(None, origin.clone()),
            };
            self.database.insert(id, facts, origin.clone());
            return Ok(());
        };
        let may_say_again = |creates: bool| creates || !self.is_partition(table);
        let is_inherited = ours.local.get() == Some(&false);
        let may_merge = of_its_own.is_none_or(|creates| is_inherited && may_say_again(creates));
        if !may_merge || ours.expression.get() != Some(&expression) {
            self.free_constraint_name(table, name.as_str())?;
        }
        let conflict = |with: &str| {
            let (name, relation) = (name.as_str(), table.name().as_str());
            let message = format!("constraint \"{name}\" conflicts with {with} on relation \"{relation}\"");
            Err(Stop::refused(INVALID_OBJECT_DEFINITION, message))
        };
        if ours.no_inherit.get() == Some(&true) {
            return conflict("non-inherited constraint");
        }
        if no_inherit && self.is_inherited(&id) {
            return conflict("inherited constraint");
        }
        if pending.validated && ours.enforced.get() == Some(&true) && ours.validated.get() == Some(&false) {
            return conflict("NOT VALID constraint");
        }
        if of_its_own.is_some() && !self.is_partition(table) {
            self.set_local(&id, origin);
        }
        Ok(())
    }

    /// `MergeCheckConstraint()`
    pub(super) fn inherit_checks(&mut self, table: &ObjectId, origin: &Origin) -> Outcome {
        for parent in self.parents_of(table) {
            for (name, theirs) in self.checks_to_inherit(&parent, table, origin) {
                let id = table.part(Class::Constraint, &name);
                match self.database.get::<Check>(&id) {
                    Some(ours) if ours.expression.get() != theirs.expression.get() => {
                        let message = format!(
                            "check constraint name \"{}\" appears multiple times but with different expressions",
                            name.as_str()
                        );
                        return Err(Stop::refused(DUPLICATE_OBJECT, message));
                    }
                    Some(_) => {}
                    None => self.database.insert(id, theirs, origin.clone()),
                }
            }
        }
        Ok(())
    }

    /// The checks that children have too, as they would have them.
    pub(super) fn checks_to_inherit(
        &self,
        parent: &ObjectId,
        child: &ObjectId,
        origin: &Origin,
    ) -> Vec<(Ident, Check)> {
        let checks = self.catalog().parts(parent, Class::Constraint).filter_map(|(id, object)| match &object.facts {
            Facts::Check(check) if check.no_inherit.get() == Some(&false) => Some((id.name().clone(), &**check)),
            _ => None,
        });
        checks
            .map(|(name, check)| {
                let mut check = for_table(check, parent, child, origin);
                let enforced = check.enforced.get().copied().unwrap_or(true);
                check.validated = Attr::Is(enforced, origin.clone());
                check.local = Attr::Is(false, origin.clone());
                check.comment = Attr::Is(None, origin.clone());
                (name, check)
            })
            .collect()
    }
}
