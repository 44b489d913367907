//! ALTER TABLE … ALTER CONSTRAINT and VALIDATE CONSTRAINT (`tablecmds.c`).

use pg_query::protobuf::AtAlterConstraint;

use super::Replay;
use super::refusal::{
    INTERNAL_ERROR, INVALID_TABLE_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop, WRONG_OBJECT_TYPE,
};
use crate::catalog::kind::{Check, ForeignKey, NotNull};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};

impl Replay {
    /// `ATExecAlterConstraint()`
    pub(super) fn alter_constraint(
        &mut self,
        table: &ObjectId,
        change: &AtAlterConstraint,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        let (name, relation) = (&change.conname, table.name().as_str());
        let of_relation = format!("constraint \"{name}\" of relation \"{relation}\"");
        let is_not =
            |what: &str| Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{of_relation} is not a {what} constraint")));
        // An older server goes on to the partitions whatever is said.
        if only && self.is_partitioned(table) && self.catalog().version >= 18 {
            let message = "constraint must be altered in child tables too";
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message).with_hint("Do not specify the ONLY keyword."));
        }
        let not_null = self.not_null_called(table, name);
        let id = match &not_null {
            Some(column) => column.clone(),
            None => self.constraint(table, name)?,
        };
        let is_foreign_key = self.database.get::<ForeignKey>(&id).is_some();
        if change.alter_deferrability && !is_foreign_key {
            return is_not("foreign key");
        }
        if change.alter_enforceability && !is_foreign_key {
            let message = format!("cannot alter enforceability of {of_relation}");
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        if change.alter_inheritability {
            let Some(column) = not_null else { return is_not("not-null") };
            if change.noinherit && self.inherits_not_null(&column) {
                let message = format!("cannot alter inherited constraint \"{name}\" on relation \"{relation}\"");
                return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
            }
            return self.set_not_null_inherit(&column, change.noinherit, origin);
        }
        if self.derived_from(&id).is_some() {
            // An older server has no code for it.
            let sqlstate = if self.catalog().version < 18 { INTERNAL_ERROR } else { OBJECT_NOT_IN_PREREQUISITE_STATE };
            let message = format!("cannot alter constraint \"{name}\" on relation \"{relation}\"");
            return Err(
                Stop::refused(sqlstate, message).with_hint("You may alter the constraint it derives from instead.")
            );
        }
        for key in self.with_derived(&id) {
            self.alter_foreign_key(&key, change, origin);
        }
        Ok(())
    }

    /// `AlterConstrUpdateConstraintEntry()`
    fn alter_foreign_key(&mut self, id: &ObjectId, change: &AtAlterConstraint, origin: &Origin) {
        self.database.edit::<ForeignKey>(id, |key| {
            if change.alter_enforceability && key.enforced.get() != Some(&change.is_enforced) {
                key.enforced = Attr::Is(change.is_enforced, origin.clone());
                key.validated = Attr::Is(change.is_enforced, origin.clone());
            }
            if change.alter_deferrability {
                key.deferrable = Attr::Is(change.deferrable || change.initdeferred, origin.clone());
                key.initially_deferred = Attr::Is(change.initdeferred, origin.clone());
            }
        });
    }

    /// `ATExecValidateConstraint()`
    pub(super) fn validate_constraint(&mut self, table: &ObjectId, name: &str, only: bool, origin: &Origin) -> Outcome {
        if let Some(column) = self.not_null_called(table, name) {
            self.change_not_null(&column, only, origin, &|before| NotNull { validated: true, ..before });
            return Ok(());
        }
        let id = self.constraint(table, name)?;
        let is_passed_on = match self.catalog().facts(&id) {
            Some(facts) if facts.kind().stands_on_index() => {
                let sorts = if self.names_not_nulls() { "key, check, or not-null" } else { "key or check" };
                let (name, relation) = (id.name().as_str(), table.name().as_str());
                let message =
                    format!("constraint \"{name}\" of relation \"{relation}\" is not a foreign {sorts} constraint");
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
            Some(Facts::Check(check)) => {
                check.no_inherit.get() == Some(&false) && check.validated.get() == Some(&false)
            }
            _ => false,
        };
        if is_passed_on && only {
            self.has_no_children(table, "constraint must be validated on child tables too")?;
        }
        for table in self.inheritors(table, !is_passed_on) {
            let id = table.part(Class::Constraint, id.name());
            self.database.edit::<Check>(&id, |check| check.validated = Attr::Is(true, origin.clone()));
        }
        for key in self.with_derived(&id) {
            self.database.edit::<ForeignKey>(&key, |key| key.validated = Attr::Is(true, origin.clone()));
        }
        Ok(())
    }
}
