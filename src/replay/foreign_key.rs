//! Foreign keys: what they refer to, and whether they can (`ATAddForeignKeyConstraint()`, tablecmds.c).

use pg_query::protobuf::Constraint;

use super::Replay;
use super::indexcmds::is_unique_over;
use super::parse_utilcmd::Pending;
use super::refusal::{
    DATATYPE_MISMATCH, INVALID_COLUMN_REFERENCE, INVALID_FOREIGN_KEY, INVALID_TABLE_DEFINITION,
    OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use crate::catalog::kind::{FkAction, FkMatch, ForeignKey, Persistence, References, RelationName, Table};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::expr;
use crate::sql::type_name::idents_of;
use crate::sql::{Ident, names};

impl Replay {
    pub(super) fn add_foreign_key(&mut self, table: &ObjectId, pending: &Pending<'_>, only: bool) -> Outcome {
        let constraint = pending.constraint;
        let columns = pending.columns(&constraint.fk_attrs);
        let set_on_delete = idents_of(&constraint.fk_del_set_cols);
        let mut references = References::from_node(constraint);
        let name = if constraint.conname.is_empty() {
            let addition = names::columns_addition(columns.iter().map(Ident::as_str));
            self.choose_constraint_name(table, &addition, "fkey")
        } else {
            self.free_constraint_name(table, &constraint.conname)?
        };
        match self.relation(&constraint.pktable.clone().unwrap_or_default()) {
            Ok(target) => {
                if !self.lenient {
                    self.may_refer_from(table, &target, pending, only)?;
                    self.is_no_other_kind(&target, "referenced relation ")?;
                    if self.is_foreign(&target) {
                        let message = format!("referenced relation \"{}\" is not a table", target.name().as_str());
                        return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
                    }
                    self.lasts_as_long(table, &target)?;
                    self.key_columns(table, &columns, "referenced in foreign key constraint")?;
                    self.key_columns(table, &set_on_delete, "referenced in foreign key constraint")?;
                    if let Some(other) = set_on_delete.iter().find(|column| !columns.contains(column)) {
                        let column = other.as_str();
                        let message = format!(
                            "column \"{column}\" referenced in ON DELETE SET action must be part of foreign key"
                        );
                        return Err(Stop::refused(INVALID_COLUMN_REFERENCE, message));
                    }
                }
                references.relation = target.qualified_name();
                let fits = self.match_unique_key(&target, &mut references);
                if !self.lenient {
                    fits?;
                    self.generated_stay(table, &columns, constraint)?;
                    if references.columns.len() != columns.len() {
                        let message = "number of referencing and referenced columns for foreign key disagree";
                        return Err(Stop::refused(INVALID_FOREIGN_KEY, message));
                    }
                    self.types_match(table, &columns, &target, &references.columns)?;
                }
            }
            Err(_) if self.lenient => {
                if references.relation.schema.is_none() {
                    references.relation.schema = self.session.search_path.first().cloned();
                }
            }
            Err(stop) => return Err(stop),
        }
        let origin = &pending.origin;
        let code = |text: &str| text.chars().next();
        let action =
            |text: &str| code(text).and_then(|code| FkAction::try_from(code).ok()).unwrap_or(FkAction::NoAction);
        let match_type =
            code(&constraint.fk_matchtype).and_then(|code| FkMatch::try_from(code).ok()).unwrap_or(FkMatch::Simple);
        let facts = ForeignKey {
            columns: Attr::Is(columns, origin.clone()),
            references: Attr::Is(references, origin.clone()),
            match_type: Attr::Is(match_type, origin.clone()),
            on_update: Attr::Is(action(&constraint.fk_upd_action), origin.clone()),
            on_delete: Attr::Is(action(&constraint.fk_del_action), origin.clone()),
            on_delete_columns: Attr::Is(set_on_delete, origin.clone()),
            deferrable: Attr::Is(pending.deferrable, origin.clone()),
            initially_deferred: Attr::Is(pending.initially_deferred, origin.clone()),
            validated: Attr::Is(pending.validated, origin.clone()),
            enforced: Attr::Is(pending.enforced, origin.clone()),
            period: Attr::Is(constraint.fk_with_period, origin.clone()),
            derived_from: Attr::Is(None, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        let id = table.part(Class::Constraint, &name);
        self.database.insert(id.clone(), facts, origin.clone());
        self.pass_on(&id, origin)
    }

    /// What is partitioned has it in all partitions, and up to 17 checked.
    fn may_refer_from(&self, table: &ObjectId, target: &ObjectId, pending: &Pending<'_>, only: bool) -> Outcome {
        let why = match () {
            () if !self.is_partitioned(table) => return Ok(()),
            () if only => "cannot use ONLY for",
            () if !pending.validated && self.catalog().version < 18 => "cannot add NOT VALID",
            () => return Ok(()),
        };
        let (table, target) = (table.name().as_str(), target.name().as_str());
        let message = format!("{why} foreign key on partitioned table \"{table}\" referencing relation \"{target}\"");
        Err(Stop::refused(WRONG_OBJECT_TYPE, message))
    }

    /// `transformFkeyCheckAttrs()` and `transformFkeyGetPrimaryKey()`
    fn match_unique_key(&self, target: &ObjectId, references: &mut References) -> Outcome {
        let deferrable = |what: &str| {
            let message = format!("cannot use a deferrable {what} for referenced table \"{}\"", target.name().as_str());
            Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
        };
        let relation = target.name().as_str();
        if self.catalog().unmodelled.contains_key(target) {
            return Ok(());
        }
        if references.columns.is_empty() {
            let Some((_, key)) = self.primary_key(target) else {
                let message = format!("there is no primary key for referenced table \"{relation}\"");
                return Err(Stop::refused(UNDEFINED_OBJECT, message));
            };
            if key.deferrable.get() == Some(&true) {
                return deferrable("primary key");
            }
            references.columns = key.columns.get().cloned().unwrap_or_default();
            return Ok(());
        }
        self.key_columns(target, &references.columns, "referenced in foreign key constraint")?;
        let children = self.catalog().children(target);
        let fitting = children.into_iter().filter(|(_, object)| is_unique_over(object, &references.columns));
        let are_deferrable: Vec<bool> = fitting.map(|(_, object)| is_deferrable(&object.facts)).collect();
        if are_deferrable.contains(&false) {
            return Ok(());
        }
        if !are_deferrable.is_empty() {
            return deferrable("unique constraint");
        }
        let message = format!("there is no unique constraint matching given keys for referenced table \"{relation}\"");
        Err(Stop::refused(INVALID_FOREIGN_KEY, message))
    }

    /// What outlives a crash, or a session, refers to nothing that does not.
    fn lasts_as_long(&self, table: &ObjectId, target: &ObjectId) -> Outcome {
        let persistence_of =
            |id: &ObjectId| self.database.get::<Table>(id).and_then(|table| table.persistence.get().copied());
        let (Some(own), Some(other)) = (persistence_of(table), persistence_of(target)) else { return Ok(()) };
        let message = match own {
            Persistence::Permanent if other != Persistence::Permanent => {
                "constraints on permanent tables may reference only permanent tables"
            }
            Persistence::Unlogged if other == Persistence::Temporary => {
                "constraints on unlogged tables may reference only permanent or unlogged tables"
            }
            Persistence::Temporary if other != Persistence::Temporary => {
                "constraints on temporary tables may reference only temporary tables"
            }
            Persistence::Permanent | Persistence::Unlogged | Persistence::Temporary => return Ok(()),
        };
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    /// No action gives a generated column a value.
    fn generated_stay(&self, table: &ObjectId, columns: &[Ident], constraint: &Constraint) -> Outcome {
        let is_generated = |column: &Ident| {
            let column = self.catalog().column(table, column);
            column.is_some_and(|column| column.generated.get().is_some_and(Option::is_some))
        };
        let changes = [
            ("ON UPDATE", &constraint.fk_upd_action, ["c", "n", "d"].as_slice()),
            ("ON DELETE", &constraint.fk_del_action, ["n", "d"].as_slice()),
        ];
        match changes.into_iter().find(|(_, action, which)| which.contains(&action.as_str())) {
            Some((words, ..)) if columns.iter().any(is_generated) => {
                let message = format!("invalid {words} action for foreign key constraint containing generated column");
                Err(Stop::refused(SYNTAX_ERROR, message))
            }
            _ => Ok(()),
        }
    }

    /// That a column which has got another type can still be compared with what refers to it, and it refers to.
    pub(super) fn foreign_keys_fit(&self, column: &ObjectId) -> Outcome {
        let Some(table) = column.parent().filter(|_| !self.lenient) else { return Ok(()) };
        for (id, object) in &self.catalog().objects {
            let Facts::ForeignKey(key) = &object.facts else { continue };
            let (Some(columns), Some(references), Some(own)) = (key.columns.get(), key.references.get(), id.parent())
            else {
                continue;
            };
            let Some(target) = RelationName(references.relation.clone()).id() else { continue };
            let is_end = own == table && columns.contains(column.name())
                || target == table && references.columns.contains(column.name());
            if is_end {
                self.types_match(&own, columns, &target, &references.columns)?;
            }
        }
        Ok(())
    }

    /// That there is an operator to compare the two ends with.
    fn types_match(&self, table: &ObjectId, columns: &[Ident], target: &ObjectId, referenced: &[Ident]) -> Outcome {
        let type_of = |table: &ObjectId, column: &Ident| self.catalog().column(table, column)?.data_type.get().cloned();
        for (column, referenced) in columns.iter().zip(referenced) {
            let (Some(foreign), Some(key)) = (type_of(table, column), type_of(target, referenced)) else { continue };
            if self.knows_operators() && !expr::can_reference(&key, &foreign, self.catalog()) {
                let (column, referenced) = (column.as_str(), referenced.as_str());
                let message = format!(
                    "key columns \"{column}\" and \"{referenced}\" are of incompatible types: {foreign} and {key}"
                );
                return Err(Stop::refused(DATATYPE_MISMATCH, message));
            }
        }
        Ok(())
    }
}

/// `indimmediate` is not so.
fn is_deferrable(facts: &Facts) -> bool {
    match facts {
        Facts::PrimaryKey(key) => key.deferrable.get() == Some(&true),
        Facts::Unique(key) => key.deferrable.get() == Some(&true),
        _ => false,
    }
}
