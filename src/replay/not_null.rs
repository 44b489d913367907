//! NOT NULL: from PostgreSQL 18 on a constraint with a name (`AddRelationNotNullConstraints()` in `heap.c`,
//! `AdjustNotNullInheritance()` in `pg_constraint.c`, `ATExecSetNotNull()` in `tablecmds.c`).

use pg_query::protobuf::{Constraint, RangeVar};

use super::Replay;
use super::database::Space;
use super::refusal::{DUPLICATE_OBJECT, INVALID_TABLE_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop};
use crate::catalog::kind::{Column, NotNull};
use crate::catalog::{Attr, Class, ObjectId, Origin};
use crate::sql::{Ident, names};

/// The first server on which it has a name.
const NAMES_NOT_NULL: u32 = 18;

/// What a statement says of a constraint that it adds.
#[derive(Clone, Copy, Default)]
pub(super) struct Said<'a> {
    /// Empty if the server chooses.
    pub(super) name: &'a str,
    pub(super) no_inherit: bool,
    pub(super) not_valid: bool,
}

impl<'a> Said<'a> {
    pub(super) fn of(constraint: &'a Constraint) -> Self {
        let Constraint { conname, is_no_inherit, skip_validation, .. } = constraint;
        Self { name: conname, no_inherit: *is_no_inherit, not_valid: *skip_validation }
    }
}

impl Replay {
    pub(super) fn names_not_nulls(&self) -> bool {
        self.catalog().version >= NAMES_NOT_NULL
    }

    /// The constraint that makes a column NOT NULL.
    pub(super) fn not_null_of(&self, column: &ObjectId) -> Option<&NotNull> {
        self.database.get::<Column>(column)?.not_null_constraint.get()?.as_ref()
    }

    /// The column of a table that a constraint of this name makes NOT NULL.
    pub(super) fn not_null_called(&self, table: &ObjectId, name: &str) -> Option<ObjectId> {
        let mut columns = self.catalog().parts(table, Class::Column).map(|(id, _)| id);
        columns.find(|id| self.not_null_of(id).is_some_and(|not_null| not_null.name.as_str() == name)).cloned()
    }

    /// That nothing else of its table is called like what makes a column NOT NULL (`AddRelationNotNullConstraints()`).
    pub(super) fn has_own_not_null_name(&self, column: &ObjectId) -> Outcome {
        let (Some(own), Some(table)) = (self.not_null_of(column), column.parent()) else { return Ok(()) };
        let name = &own.name;
        let is_same = |id: &ObjectId| id != column && self.not_null_of(id).is_some_and(|other| other.name == *name);
        if self.catalog().exists(&table.part(Class::Constraint, name))
            || self.catalog().parts(&table, Class::Column).any(|(id, _)| is_same(id))
        {
            let (name, relation) = (name.as_str(), table.name().as_str());
            let message = format!("constraint \"{name}\" for relation \"{relation}\" already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        Ok(())
    }

    fn choose_not_null_name(&self, column: &ObjectId) -> Ident {
        let taken = |name: &str| self.database.is_taken(Space::Constraint, &column.path()[0], name);
        Ident::new(names::choose_name(column.path()[1].as_str(), column.name().as_str(), "not_null", taken))
    }

    fn store_not_null(&mut self, column: &ObjectId, not_null: Option<NotNull>, is_nullable: bool, origin: &Origin) {
        let not_null = not_null.filter(|_| self.names_not_nulls());
        let is_lenient = self.lenient;
        self.database.edit::<Column>(column, |column| {
            if column.nullable.get() != Some(&is_nullable) {
                column.nullable = Attr::Is(is_nullable, origin.clone());
            }
            // A piece of a spec that says NOT NULL does not mean the name that a server would choose.
            column.not_null_constraint = if is_lenient { Attr::Unstated } else { Attr::Is(not_null, origin.clone()) };
        });
    }

    /// What CREATE TABLE or ADD COLUMN says of a column, which may be NOT NULL already by what it comes from.
    pub(super) fn define_not_null(&mut self, column: &ObjectId, said: Said<'_>, origin: &Origin) {
        let before = self.not_null_of(column).filter(|before| before.local).cloned();
        let name = match (said.name, &before) {
            ("", Some(before)) => before.name.clone(),
            ("", None) if self.names_not_nulls() => {
                // What is inherited gives up its name before one is chosen.
                self.store_not_null(column, None, false, origin);
                self.choose_not_null_name(column)
            }
            (name, _) => Ident::new(name),
        };
        let no_inherit = said.no_inherit || before.is_some_and(|before| before.no_inherit);
        self.store_not_null(column, Some(NotNull { name, no_inherit, validated: true, local: true }), false, origin);
    }

    /// Makes a column NOT NULL, and those that come from it under the same name.
    pub(super) fn add_not_null(
        &mut self,
        column: &ObjectId,
        said: Said<'_>,
        only: bool,
        is_local: bool,
        origin: &Origin,
    ) -> Outcome {
        let Some(table) = column.parent() else { return Ok(()) };
        let name = match self.not_null_of(column).cloned() {
            Some(before) => {
                let name = before.name.clone();
                let (column_name, relation) = (column.name().as_str(), table.name().as_str());
                let conflict = |message: String| Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
                if before.no_inherit != said.no_inherit {
                    return conflict(format!(
                        "cannot change NO INHERIT status of NOT NULL constraint \"{}\" on relation \"{relation}\"",
                        name.as_str()
                    ));
                }
                if !said.not_valid && !before.validated {
                    return conflict(format!(
                        "incompatible NOT VALID constraint \"{}\" on relation \"{relation}\"",
                        name.as_str()
                    ));
                }
                if is_local && !said.name.is_empty() && said.name != name.as_str() {
                    return conflict(format!(
                        "cannot create not-null constraint \"{}\" on column \"{column_name}\" of table \"{relation}\"",
                        said.name
                    ));
                }
                let local = before.local || is_local;
                self.store_not_null(column, Some(NotNull { local, ..before }), false, origin);
                name
            }
            None => {
                let name = match said.name {
                    "" if self.names_not_nulls() => self.choose_not_null_name(column),
                    name => Ident::new(name),
                };
                if !said.name.is_empty() && self.names_not_nulls() {
                    self.free_constraint_name(&table, name.as_str())?;
                }
                let (no_inherit, validated) = (said.no_inherit, !said.not_valid);
                let not_null = NotNull { name: name.clone(), no_inherit, validated, local: is_local };
                self.store_not_null(column, Some(not_null), false, origin);
                name
            }
        };
        if only || said.no_inherit {
            return Ok(());
        }
        for child in self.children_of(&table) {
            let theirs = self.column(&child, column.name().as_str())?;
            self.add_not_null(&theirs, Said { name: name.as_str(), ..said }, false, false, origin)?;
        }
        Ok(())
    }

    /// `ATExecSetNotNull()`: also makes sure of what was NOT VALID.
    pub(super) fn set_not_null(&mut self, column: &ObjectId, only: bool, origin: &Origin) -> Outcome {
        if let Some(before) = self.not_null_of(column).filter(|before| !before.validated).cloned() {
            self.store_not_null(column, Some(NotNull { validated: true, ..before }), false, origin);
        }
        let no_inherit = self.not_null_of(column).is_some_and(|before| before.no_inherit) && only;
        self.add_not_null(column, Said { no_inherit, ..Said::default() }, only, true, origin)
    }

    /// `dropconstraint_internal()`: those that have it from there alone lose it too.
    pub(super) fn drop_not_null(&mut self, column: &ObjectId, only: bool, origin: &Origin) {
        let passed_on = self.passes_not_null_on(column);
        self.store_not_null(column, None, true, origin);
        let Some(table) = column.parent().filter(|_| passed_on || !self.names_not_nulls()) else { return };
        for child in self.children_of(&table) {
            let theirs = child.part(Class::Column, column.name());
            if !self.names_not_nulls() {
                if !only {
                    self.drop_not_null(&theirs, only, origin);
                }
                continue;
            }
            self.let_go_of_not_null(&theirs, only, origin);
        }
    }

    /// What a parent does not say any more: it is kept as the column's own, or goes.
    fn let_go_of_not_null(&mut self, column: &ObjectId, keeps: bool, origin: &Origin) {
        if self.inherits_not_null(column) {
            return;
        }
        match self.not_null_of(column).cloned() {
            Some(before) if keeps => {
                self.store_not_null(column, Some(NotNull { local: true, ..before }), false, origin);
            }
            Some(before) if before.local => {}
            _ => self.drop_not_null(column, false, origin),
        }
    }

    fn passes_not_null_on(&self, column: &ObjectId) -> bool {
        self.not_null_of(column).is_some_and(|not_null| !not_null.no_inherit)
    }

    /// Whether a parent says it too.
    pub(super) fn inherits_not_null(&self, column: &ObjectId) -> bool {
        let parents = column.parent().map(|table| self.parents_of(&table)).unwrap_or_default();
        parents.iter().any(|parent| self.passes_not_null_on(&parent.part(Class::Column, column.name())))
    }

    /// What a child of a table has of it.
    pub(super) fn inherit_not_null(column: &mut Column, origin: &Origin) {
        let Some(Some(theirs)) = column.not_null_constraint.get().cloned() else { return };
        let ours = (!theirs.no_inherit).then_some(NotNull { local: false, ..theirs });
        column.nullable = Attr::Is(ours.is_none(), origin.clone());
        column.not_null_constraint = Attr::Is(ours, origin.clone());
    }

    /// Whether a column has its constraint by itself (`conislocal`).
    pub(super) fn set_not_null_local(&mut self, column: &ObjectId, local: bool, origin: &Origin) {
        if let Some(before) = self.not_null_of(column).filter(|before| before.local != local).cloned() {
            self.store_not_null(column, Some(NotNull { local, ..before }), false, origin);
        }
    }

    /// `ATExecValidateConstraint()` and `RenameConstraint()` of one, here and in what has it from here.
    pub(super) fn change_not_null(
        &mut self,
        column: &ObjectId,
        only: bool,
        origin: &Origin,
        change: &dyn Fn(NotNull) -> NotNull,
    ) {
        let Some(before) = self.not_null_of(column).cloned() else { return };
        let is_alone = only || before.no_inherit;
        self.store_not_null(column, Some(change(before)), false, origin);
        let Some(table) = column.parent() else { return };
        for child in self.inheritors(&table, is_alone).iter().skip(1) {
            let theirs = child.part(Class::Column, column.name());
            if let Some(before) = self.not_null_of(&theirs).cloned() {
                self.store_not_null(&theirs, Some(change(before)), false, origin);
            }
        }
    }

    /// `rename_constraint_internal()`: children must know it by the same name.
    pub(super) fn may_rename_not_null(&self, column: &ObjectId, relation: &RangeVar) -> Outcome {
        let (Some(table), Some(not_null)) = (column.parent(), self.not_null_of(column)) else { return Ok(()) };
        let name = not_null.name.as_str();
        if self.inherits_not_null(column) {
            let message = format!("cannot rename inherited constraint \"{name}\"");
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        if not_null.no_inherit {
            return Ok(());
        }
        if !relation.inh {
            let message = format!("inherited constraint \"{name}\" must be renamed in child tables too");
            self.has_no_children(&table, message)?;
        }
        for child in self.inheritors(&table, false).iter().skip(1) {
            if self.not_null_called(child, name).is_none() {
                self.constraint(child, name)?;
            }
        }
        Ok(())
    }

    /// What keeps a column NOT NULL is said of its parent.
    pub(super) fn may_drop_not_null(&self, column: &ObjectId) -> Outcome {
        let Some(table) = column.parent().filter(|_| !self.lenient) else { return Ok(()) };
        let is_marked = |parent: &ObjectId| {
            let theirs = self.catalog().column(parent, column.name());
            theirs.is_some_and(|theirs| theirs.nullable.get() == Some(&false))
        };
        if self.is_partition(&table) && self.parents_of(&table).iter().any(is_marked) {
            let message = format!("column \"{}\" is marked NOT NULL in parent table", column.name().as_str());
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        match self.not_null_of(column) {
            Some(not_null) if self.inherits_not_null(column) => {
                let (name, relation) = (not_null.name.as_str(), table.name().as_str());
                let message = format!("cannot drop inherited constraint \"{name}\" of relation \"{relation}\"");
                Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
            }
            _ => Ok(()),
        }
    }

    /// `ATExecAlterConstrInheritability()`
    pub(super) fn set_not_null_inherit(&mut self, column: &ObjectId, no_inherit: bool, origin: &Origin) -> Outcome {
        let Some(before) = self.not_null_of(column).filter(|before| before.no_inherit != no_inherit).cloned() else {
            return Ok(());
        };
        let name = before.name.clone();
        self.store_not_null(column, Some(NotNull { no_inherit, ..before }), false, origin);
        let Some(table) = column.parent() else { return Ok(()) };
        for child in self.children_of(&table) {
            let theirs = child.part(Class::Column, column.name());
            if no_inherit {
                self.set_not_null_local(&theirs, true, origin);
            } else {
                let said = Said { name: name.as_str(), ..Said::default() };
                self.add_not_null(&theirs, said, false, false, origin)?;
            }
        }
        Ok(())
    }
}
