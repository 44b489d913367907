//! Foreign keys: what they refer to, and whether they can (`ATAddForeignKeyConstraint()`, tablecmds.c).

use super::Replay;
use super::indexcmds::is_unique_over;
use super::parse_utilcmd::Pending;
use super::refusal::{DATATYPE_MISMATCH, INVALID_FOREIGN_KEY, Outcome, Stop, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE};
use crate::catalog::kind::{FkAction, FkMatch, ForeignKey, References};
use crate::catalog::{Attr, Class, ObjectId};
use crate::expr;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, names};

impl Replay {
    pub(super) fn add_foreign_key(&mut self, table: &ObjectId, pending: &Pending<'_>) -> Outcome {
        let constraint = pending.constraint;
        let columns = pending.columns(&constraint.fk_attrs);
        let mut references = References::from_node(constraint);
        match self.relation(&constraint.pktable.clone().unwrap_or_default()) {
            Ok(target) => {
                if !self.lenient {
                    self.is_no_other_kind(&target, "referenced relation ")?;
                    if self.is_foreign(&target) {
                        let message = format!("referenced relation \"{}\" is not a table", target.name().as_str());
                        return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
                    }
                    self.key_columns(table, &columns, "referenced in foreign key constraint")?;
                }
                references.relation = target.qualified_name();
                let fits = self.match_unique_key(&target, &columns, &mut references);
                if !self.lenient {
                    fits?;
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
        let name = if constraint.conname.is_empty() {
            let addition = names::columns_addition(columns.iter().map(Ident::as_str));
            self.choose_constraint_name(table, &addition, "fkey")
        } else {
            self.free_constraint_name(table, &constraint.conname)?
        };
        let origin = &pending.origin;
        let code = |text: &str| text.chars().next();
        let action =
            |text: &str| code(text).and_then(|code| FkAction::try_from(code).ok()).unwrap_or(FkAction::NoAction);
        let match_type =
            code(&constraint.fk_matchtype).and_then(|code| FkMatch::try_from(code).ok()).unwrap_or(FkMatch::Simple);
        let on_delete_columns = constraint.fk_del_set_cols.iter().filter_map(string_of).map(Ident::new).collect();
        let facts = ForeignKey {
            columns: Attr::Is(columns, origin.clone()),
            references: Attr::Is(references, origin.clone()),
            match_type: Attr::Is(match_type, origin.clone()),
            on_update: Attr::Is(action(&constraint.fk_upd_action), origin.clone()),
            on_delete: Attr::Is(action(&constraint.fk_del_action), origin.clone()),
            on_delete_columns: Attr::Is(on_delete_columns, origin.clone()),
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

    /// `transformFkeyCheckAttrs()` and `transformFkeyGetPrimaryKey()`
    fn match_unique_key(&self, target: &ObjectId, columns: &[Ident], references: &mut References) -> Outcome {
        let relation = target.name().as_str();
        if self.catalog().unmodelled.contains_key(target) {
            return Ok(());
        }
        if references.columns.is_empty() {
            let Some((_, key)) = self.primary_key(target) else {
                let message = format!("there is no primary key for referenced table \"{relation}\"");
                return Err(Stop::refused(UNDEFINED_OBJECT, message));
            };
            references.columns = key.columns.get().cloned().unwrap_or_default();
        } else {
            self.key_columns(target, &references.columns, "referenced in foreign key constraint")?;
        }
        if references.columns.len() != columns.len() {
            let message = "number of referencing and referenced columns for foreign key disagree";
            return Err(Stop::refused(INVALID_FOREIGN_KEY, message));
        }
        let children = self.catalog().children(target);
        let fits = children.into_iter().any(|(_, object)| is_unique_over(object, &references.columns));
        if fits {
            return Ok(());
        }
        let message = format!("there is no unique constraint matching given keys for referenced table \"{relation}\"");
        Err(Stop::refused(INVALID_FOREIGN_KEY, message))
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
