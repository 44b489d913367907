//! NOT NULL: from PostgreSQL 18 on a constraint with a name (`AddRelationNotNullConstraints()` in `heap.c`,
//! `AdjustNotNullInheritance()` in `pg_constraint.c`, `ATExecSetNotNull()` in `tablecmds.c`).

use std::collections::BTreeSet;

use pg_query::protobuf::{Constraint, RangeVar};

use super::Replay;
use super::database::Space;
use super::heap::SYSTEM_COLUMNS;
use super::index_constraint::constraint_exists;
use super::refusal::{
    DATATYPE_MISMATCH, FEATURE_NOT_SUPPORTED, INTERNAL_ERROR, INVALID_TABLE_DEFINITION,
    OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, SYNTAX_ERROR, Stop, UNIQUE_VIOLATION,
};
use crate::catalog::kind::{Check, Column, NotNull};
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

/// What a table definition says of one of its columns, in whatever words.
pub(super) struct Declared {
    column: Ident,
    /// Empty if the server chooses.
    name: String,
    no_inherit: bool,
    origin: Origin,
}

impl Declared {
    pub(super) fn new(column: &Ident, said: Said<'_>, origin: &Origin) -> Self {
        let (name, no_inherit) = (said.name.to_owned(), said.no_inherit);
        Self { column: column.clone(), name, no_inherit, origin: origin.clone() }
    }

    pub(super) fn column(&self) -> &Ident {
        &self.column
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn said(&self) -> Said<'_> {
        Said { name: &self.name, no_inherit: self.no_inherit, not_valid: false }
    }

    /// Takes in what is said of the same column once more. Behind the column itself a server checks the name first,
    /// and takes the conflict for a fault of its own.
    pub(super) fn merge(&mut self, said: Said<'_>, at_the_column: bool) -> Outcome {
        let names = || {
            let sqlstate = if at_the_column { INTERNAL_ERROR } else { SYNTAX_ERROR };
            let message = format!("conflicting not-null constraint names \"{}\" and \"{}\"", self.name, said.name);
            Err(Stop::refused(sqlstate, message))
        };
        let has_two_names = ![self.name.as_str(), said.name].contains(&"") && self.name != said.name;
        if at_the_column && has_two_names {
            return names();
        }
        if said.no_inherit != self.no_inherit {
            return Err(conflicting_no_inherit(&self.column));
        }
        if has_two_names {
            return names();
        }
        if self.name.is_empty() {
            said.name.clone_into(&mut self.name);
        }
        Ok(())
    }
}

pub(super) fn conflicting_no_inherit(column: &Ident) -> Stop {
    let column = column.as_str();
    let message = format!("conflicting NO INHERIT declaration for not-null constraint on column \"{column}\"");
    Stop::refused(SYNTAX_ERROR, message)
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

    /// For a piece of a spec none is chosen: it is empty.
    fn choose_not_null_name(&self, column: &ObjectId) -> Ident {
        if self.lenient {
            return Ident::new("");
        }
        let taken = |name: &str| self.database.is_taken(Space::Constraint, &column.path()[0], name);
        Ident::new(names::choose_name(column.path()[1].as_str(), column.name().as_str(), "not_null", taken))
    }

    pub(super) fn store_not_null(
        &mut self,
        column: &ObjectId,
        not_null: Option<NotNull>,
        is_nullable: bool,
        origin: &Origin,
    ) {
        let not_null = not_null.filter(|_| self.names_not_nulls());
        // A piece of a spec that says NOT NULL does not mean the name that a server would choose.
        let is_stated = !self.lenient || not_null.as_ref().is_some_and(|not_null| !not_null.name.as_str().is_empty());
        self.database.edit::<Column>(column, |column| {
            if column.nullable.get() != Some(&is_nullable) {
                column.nullable = Attr::Is(is_nullable, origin.clone());
            }
            if not_null.is_none() {
                column.not_null_comment = Attr::Is(None, origin.clone());
            }
            column.not_null_constraint = if is_stated { Attr::Is(not_null, origin.clone()) } else { Attr::Unstated };
        });
    }

    /// A column that a constraint is to make NOT NULL.
    pub(super) fn not_null_column(&self, table: &ObjectId, column: &Ident) -> Outcome<ObjectId> {
        let column = column.as_str();
        if SYSTEM_COLUMNS.contains(&column) {
            let message = format!("cannot add not-null constraint on system column \"{column}\"");
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        self.column(table, column)
    }

    /// What is partitioned says it of its partitions too.
    fn may_say_no_inherit(&self, table: &ObjectId, no_inherit: bool) -> Outcome {
        if no_inherit && self.is_partitioned(table) {
            let message = "not-null constraints on partitioned tables cannot be NO INHERIT";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        Ok(())
    }

    /// `AddRelationNotNullConstraints()`: what a new table says itself, and then what its parents say.
    pub(super) fn define_not_nulls(&mut self, table: &ObjectId, said: Vec<Declared>, origin: &Origin) -> Outcome {
        let mut all: Vec<Declared> = Vec::new();
        for one in said {
            self.may_say_no_inherit(table, one.no_inherit)?;
            match all.iter_mut().find(|other| other.column == one.column) {
                Some(other) => other.merge(one.said(), false)?,
                None => all.push(one),
            }
        }
        let mut given = BTreeSet::new();
        for one in &all {
            let column = self.not_null_column(table, &one.column)?;
            if one.no_inherit && self.inherits_not_null(&column) {
                let name = one.column.as_str();
                let message = format!("cannot define not-null constraint with NO INHERIT on column \"{name}\"");
                return Err(Stop::refused(DATATYPE_MISMATCH, message));
            }
            if !one.name.is_empty() && !given.insert(one.name.as_str()) {
                return Err(constraint_exists(table, &one.name));
            }
            if !one.name.is_empty() && self.has_constraint(table, &one.name) {
                return Err(not_unique());
            }
            let name = if one.name.is_empty() { self.choose_not_null_name(&column) } else { Ident::new(&one.name) };
            let not_null = NotNull { name, no_inherit: one.no_inherit, validated: true, local: true };
            self.store_not_null(&column, Some(not_null), false, &one.origin);
        }
        for parent in self.parents_of(table) {
            for name in self.column_order(&parent) {
                let column = table.part(Class::Column, &name);
                let theirs = self.not_null_of(&parent.part(Class::Column, &name)).filter(|theirs| !theirs.no_inherit);
                let Some(theirs) = theirs.cloned().filter(|_| self.not_null_of(&column).is_none()) else { continue };
                // A check that the table says itself is made room for, one that it inherits too is not.
                let same = table.part(Class::Constraint, &theirs.name);
                if self.database.get::<Check>(&same).is_some_and(|check| check.local.get() == Some(&false)) {
                    return Err(not_unique());
                }
                let is_taken = self.lenient || self.has_constraint(table, theirs.name.as_str());
                let name = if is_taken { self.choose_not_null_name(&column) } else { theirs.name };
                let not_null = NotNull { name, no_inherit: false, validated: true, local: false };
                self.store_not_null(&column, Some(not_null), false, origin);
            }
        }
        Ok(())
    }

    /// `AdjustNotNullInheritance()`: what is there already has to be what is said.
    fn merge_not_null(
        &mut self,
        column: &ObjectId,
        before: NotNull,
        said: Said<'_>,
        is_local: bool,
        origin: &Origin,
    ) -> Outcome {
        let relation = column.path()[1].as_str();
        let name = before.name.as_str();
        let conflict = |message: String| Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        if before.no_inherit != said.no_inherit {
            return conflict(no_change_of_inheritance(&before, relation));
        }
        if !said.not_valid && !before.validated {
            return conflict(format!("incompatible NOT VALID constraint \"{name}\" on relation \"{relation}\""));
        }
        if is_local && !said.name.is_empty() && said.name != name {
            let (name, column) = (said.name, column.name().as_str());
            return conflict(format!(
                "cannot create not-null constraint \"{name}\" on column \"{column}\" of table \"{relation}\""
            ));
        }
        if is_local {
            self.set_not_null_local(column, true, origin);
        }
        Ok(())
    }

    /// `ATAddCheckNNConstraint()`: makes a column NOT NULL, and those that come from it under the same name.
    pub(super) fn add_not_null(
        &mut self,
        column: &ObjectId,
        said: Said<'_>,
        only: bool,
        is_local: bool,
        origin: &Origin,
    ) -> Outcome {
        let Some(table) = column.parent() else { return Ok(()) };
        let Said { no_inherit, not_valid, .. } = said;
        if self.lenient {
            let not_null = NotNull { name: Ident::new(said.name), no_inherit, validated: !not_valid, local: true };
            self.store_not_null(column, Some(not_null), false, origin);
            return Ok(());
        }
        if is_local {
            self.may_say_no_inherit(&table, no_inherit)?;
        }
        // Where it is not new, the children have it.
        if let Some(before) = self.not_null_of(column).cloned() {
            return self.merge_not_null(column, before, said, is_local, origin);
        }
        if only && !no_inherit {
            self.has_no_children(&table, "constraint must be added to child tables too")?;
        }
        let name = self.new_not_null_name(column, said.name)?;
        let not_null = NotNull { name: name.clone(), no_inherit, validated: !not_valid, local: is_local };
        self.store_not_null(column, Some(not_null), false, origin);
        if no_inherit {
            return Ok(());
        }
        for child in self.children_of(&table) {
            let theirs = self.column(&child, column.name().as_str())?;
            self.add_not_null(&theirs, Said { name: name.as_str(), ..said }, false, false, origin)?;
        }
        Ok(())
    }

    fn new_not_null_name(&self, column: &ObjectId, given: &str) -> Outcome<Ident> {
        match column.parent().filter(|_| !given.is_empty() && self.names_not_nulls()) {
            Some(table) => self.free_constraint_name(&table, given),
            None => Ok(self.choose_not_null_name(column)),
        }
    }

    /// `ATExecSetNotNull()`: also makes sure of what was NOT VALID. It has a name where a parent says it.
    pub(super) fn set_not_null(&mut self, column: &ObjectId, name: &str, only: bool, origin: &Origin) -> Outcome {
        let Some(table) = column.parent() else { return Ok(()) };
        let is_local = name.is_empty();
        if let Some(before) = self.not_null_of(column).cloned() {
            if before.no_inherit && !only && !self.lenient {
                let message = no_change_of_inheritance(&before, table.name().as_str());
                return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
            }
            if is_local && !before.local {
                self.set_not_null_local(column, true, origin);
            } else if is_local && !before.validated {
                self.change_not_null(column, only, origin, &|before| NotNull { validated: true, ..before });
            }
            return Ok(());
        }
        let children = self.children_of(&table);
        let lacks_it = |child: &ObjectId| {
            let theirs = self.catalog().column(child, column.name());
            self.names_not_nulls() || theirs.is_some_and(|theirs| theirs.nullable.get() == Some(&true))
        };
        if only && self.is_partitioned(&table) && children.iter().any(lacks_it) {
            let message = "constraint must be added to child tables too";
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        let name = self.new_not_null_name(column, name)?;
        let no_inherit = only && !children.is_empty();
        let not_null = NotNull { name: name.clone(), no_inherit, validated: true, local: is_local };
        self.store_not_null(column, Some(not_null), false, origin);
        for child in children.iter().filter(|_| !only) {
            let theirs = self.column(child, column.name().as_str())?;
            self.set_not_null(&theirs, name.as_str(), false, origin)?;
        }
        Ok(())
    }

    /// `ATPrepAddPrimaryKey()`: the columns of a primary key hold no NULL, nor do those that come from them.
    pub(super) fn set_key_not_null(
        &mut self,
        table: &ObjectId,
        columns: &[Ident],
        using_index: bool,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        for name in columns {
            let id = table.part(Class::Column, name);
            let Some(facts) = self.database.get::<Column>(&id) else { continue };
            let is_nullable = facts.nullable.get() != Some(&false);
            if !self.names_not_nulls() {
                if is_nullable {
                    self.set_not_null(&id, "", only, origin)?;
                }
                continue;
            }
            if using_index {
                self.add_not_null(&id, Said::default(), only, true, origin)?;
                continue;
            }
            if self.not_null_of(&id).is_some() {
                self.suits_primary_key(&id)?;
                continue;
            }
            for child in self.children_of(table).iter().filter(|_| only) {
                let theirs = child.part(Class::Column, name);
                if self.not_null_of(&theirs).is_none() {
                    let (name, child) = (name.as_str(), child.name().as_str());
                    let message = format!("column \"{name}\" of table \"{child}\" is not marked NOT NULL");
                    return Err(Stop::refused(INTERNAL_ERROR, message));
                }
                self.suits_primary_key(&theirs)?;
            }
            self.add_not_null(&id, Said::default(), false, true, origin)?;
        }
        Ok(())
    }

    /// `verifyNotNullPKCompatible()`
    fn suits_primary_key(&self, column: &ObjectId) -> Outcome {
        match self.not_null_of(column) {
            Some(NotNull { no_inherit, validated, .. }) if (*no_inherit || !*validated) && !self.lenient => {
                let message = format!("cannot create primary key on column \"{}\"", column.name().as_str());
                Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
            }
            _ => Ok(()),
        }
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

    /// `ATPrepDropNotNull()`, which is up to 17.
    pub(super) fn prepare_drop_not_null(&self, table: &ObjectId) -> Outcome {
        if self.names_not_nulls() || !self.is_partitioned(table) {
            return Ok(());
        }
        self.has_no_children(table, "cannot remove constraint from only the partitioned table when partitions exist")
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
                self.set_not_null(&theirs, name.as_str(), false, origin)?;
            }
        }
        Ok(())
    }
}

fn not_unique() -> Stop {
    let message = "duplicate key value violates unique constraint \"pg_constraint_conrelid_contypid_conname_index\"";
    Stop::refused(UNIQUE_VIOLATION, message)
}

fn no_change_of_inheritance(before: &NotNull, relation: &str) -> String {
    let name = before.name.as_str();
    format!("cannot change NO INHERIT status of NOT NULL constraint \"{name}\" on relation \"{relation}\"")
}
