//! Tables that inherit from others: what they have from there, and what becomes of it (`MergeAttributes()`,
//! `find_all_inheritors()` and their like in `tablecmds.c` and `pg_inherits.c`).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, ColumnDef, ConstrType, DropBehavior, RangeVar};

use super::Replay;
use super::generated::kind_of;
use super::refusal::{
    COLLATION_MISMATCH, DATATYPE_MISMATCH, DUPLICATE_TABLE, INVALID_OBJECT_DEFINITION, INVALID_TABLE_DEFINITION,
    Outcome, Stop, UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use crate::catalog::kind::{Check, Column, KeyTerm, Persistence, RelationName, Table};
use crate::catalog::{Attr, Class, Facts, FactsOf, ObjectId, Origin, Visitor};
use crate::catalog::{Expr, kind::Attributes};
use crate::sql::{Ident, QualifiedName};

impl Replay {
    /// `find_inheritance_children()`: partitions too.
    pub(super) fn children_of(&self, table: &ObjectId) -> Vec<ObjectId> {
        self.database.owned_by(table).cloned().collect()
    }

    /// `find_all_inheritors()`: the table itself, and unless ONLY it is meant all that come from it.
    pub(super) fn inheritors(&self, table: &ObjectId, only: bool) -> Vec<ObjectId> {
        let mut found = vec![table.clone()];
        let mut next = 0;
        while let Some(one) = found.get(next).filter(|_| !only) {
            let fresh: Vec<ObjectId> = self.database.owned_by(one).filter(|id| !found.contains(id)).cloned().collect();
            found.extend(fresh);
            next += 1;
        }
        found
    }

    /// The tables that it inherits from, or is a partition of.
    pub(super) fn parents_of(&self, table: &ObjectId) -> Vec<ObjectId> {
        self.catalog().facts(table).into_iter().flat_map(Facts::parents).filter_map(RelationName::id).collect()
    }

    pub(super) fn is_partition(&self, table: &ObjectId) -> bool {
        self.catalog().facts(table).is_some_and(|table| table.partition_of().is_some())
    }

    pub(super) fn is_partitioned(&self, table: &ObjectId) -> bool {
        self.database.get::<Table>(table).is_some_and(|table| table.partition_by.get().is_some_and(Option::is_some))
    }

    /// Whether a column, or a check constraint, comes from a parent (`attinhcount`, `coninhcount`).
    pub(super) fn is_inherited(&self, part: &ObjectId) -> bool {
        let Some(table) = part.parent() else { return false };
        self.parents_of(&table).iter().any(|parent| self.gives(parent, part))
    }

    /// Whether a parent has what its child would have from there.
    fn gives(&self, parent: &ObjectId, part: &ObjectId) -> bool {
        match self.catalog().facts(&parent.part(part.class(), part.name())) {
            Some(Facts::Check(check)) => check.no_inherit.get() == Some(&false),
            Some(Facts::Column(_)) => true,
            _ => false,
        }
    }

    /// The parents of a new table, if it may have them.
    pub(super) fn new_parents(&self, names: &[RangeVar], persistence: Persistence) -> Outcome<Vec<ObjectId>> {
        let mut parents = Vec::new();
        for name in names {
            let parent = self.relation(name)?;
            if parents.contains(&parent) {
                let message = format!("relation \"{}\" would be inherited from more than once", name.relname);
                return Err(Stop::refused(DUPLICATE_TABLE, message));
            }
            parents.push(parent);
        }
        for (name, parent) in names.iter().zip(&parents) {
            if self.is_partitioned(parent) {
                let message = format!("cannot inherit from partitioned table \"{}\"", name.relname);
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
            if self.is_partition(parent) {
                let message = format!("cannot inherit from partition \"{}\"", name.relname);
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
            self.table_or_foreign(name)?;
            self.same_persistence(parent, persistence, "inherit from")?;
        }
        Ok(parents)
    }

    /// What is permanent has nothing from what is temporary.
    pub(super) fn same_persistence(&self, parent: &ObjectId, persistence: Persistence, words: &str) -> Outcome {
        if self.is_temporary(parent) && persistence != Persistence::Temporary {
            let message = format!("cannot {words} temporary relation \"{}\"", parent.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        Ok(())
    }

    /// A partition is temporary if its table is, and only then.
    pub(super) fn same_as_partitioned(&self, table: &ObjectId, persistence: Persistence, verb: &str) -> Outcome {
        self.same_persistence(table, persistence, &format!("{verb} a permanent relation as partition of"))?;
        if persistence == Persistence::Temporary && !self.is_temporary(table) {
            let name = table.name().as_str();
            let message = format!("cannot {verb} a temporary relation as partition of permanent relation \"{name}\"");
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        Ok(())
    }

    fn is_temporary(&self, table: &ObjectId) -> bool {
        self.persistence_of(table) == Persistence::Temporary
    }

    /// `relpersistence`; foreign tables are permanent.
    pub(super) fn persistence_of(&self, table: &ObjectId) -> Persistence {
        let stated = self.database.get::<Table>(table).and_then(|table| table.persistence.get().copied());
        stated.unwrap_or(Persistence::Permanent)
    }

    /// `MergeAttributes()`, as far as the parents go: returns the columns of whose defaults only the table itself
    /// can decide.
    pub(super) fn inherit_columns(&mut self, table: &ObjectId, origin: &Origin) -> Outcome<BTreeSet<ObjectId>> {
        let mut undecided = BTreeSet::new();
        for parent in self.parents_of(table) {
            for name in self.column_order(&parent) {
                let Some(mut theirs) = self.inherited_column(&parent, table, &name, origin) else { continue };
                // Constraints come when all that the table says itself is known.
                theirs.not_null_constraint = Attr::Is(None, origin.clone());
                let id = table.part(Class::Column, &name);
                let Some(ours) = self.database.get::<Column>(&id).cloned() else {
                    self.insert_column(table, &name, theirs, origin);
                    continue;
                };
                same_type(&ours, &theirs, &format!("inherited column \"{}\"", name.as_str()))?;
                if kind_of(&ours) != kind_of(&theirs) {
                    let message = format!("inherited column \"{}\" has a generation conflict", name.as_str());
                    return Err(Stop::refused(DATATYPE_MISMATCH, message));
                }
                if ours.generated.get() != theirs.generated.get() {
                    undecided.insert(id.clone());
                }
                let has_one = |column: &Column| column.default.get().is_some_and(Option::is_some);
                if ours.default.get() != theirs.default.get() && has_one(&theirs) {
                    if has_one(&ours) {
                        undecided.insert(id.clone());
                    } else {
                        self.database.edit::<Column>(&id, |column| column.default = theirs.default.clone());
                    }
                }
                if theirs.nullable.get() == Some(&false) {
                    self.database.edit::<Column>(&id, |column| column.nullable = Attr::Is(false, origin.clone()));
                }
            }
        }
        Ok(undecided)
    }

    /// A column as a child has it.
    pub(super) fn inherited_column(
        &self,
        parent: &ObjectId,
        child: &ObjectId,
        name: &Ident,
        origin: &Origin,
    ) -> Option<Column> {
        let theirs = self.catalog().column(parent, name)?;
        let keeps_identity = self.is_partition(child) && self.catalog().version >= 17;
        let mut column = for_table(theirs, parent, child, origin);
        Self::inherit_not_null(&mut column, origin);
        if !keeps_identity {
            column.identity = Attr::Is(None, origin.clone());
        }
        Some(Column {
            statistics: Attr::Is(None, origin.clone()),
            options: Attr::Is(Vec::new(), origin.clone()),
            fdw_options: Attr::Is(Vec::new(), origin.clone()),
            local: Attr::Is(false, origin.clone()),
            not_null_comment: Attr::Is(None, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
            privileges: Attr::Unstated,
            ..column
        })
    }

    pub(super) fn column_order(&self, table: &ObjectId) -> Vec<Ident> {
        self.catalog().facts(table).and_then(Facts::column_order).cloned().unwrap_or_default()
    }

    /// Adds a column behind all others.
    pub(super) fn insert_column(&mut self, table: &ObjectId, name: &Ident, mut column: Column, origin: &Origin) {
        if self.lenient {
            column.not_null_constraint = Attr::Unstated;
        }
        self.database.insert(table.part(Class::Column, name), column, origin.clone());
        self.database.edit_facts(table, |table| {
            if let Some(order) = table.column_order_mut() {
                order.push(name.clone());
            }
        });
    }

    /// A column that was added is added to the children too (`ATExecAddColumn()`).
    pub(super) fn pass_column_on(&mut self, column: &ObjectId, origin: &Origin) -> Outcome {
        let Some(table) = column.parent() else { return Ok(()) };
        for child in self.children_of(&table) {
            let Some(theirs) = self.inherited_column(&table, &child, column.name(), origin) else { continue };
            let id = child.part(Class::Column, column.name());
            match self.database.get::<Column>(&id) {
                Some(ours) => {
                    let child = child.name().as_str();
                    let words = format!("child table \"{child}\" has different type for column \"{}\"", id.name());
                    if ours.data_type.get() != theirs.data_type.get() {
                        return Err(Stop::refused(DATATYPE_MISMATCH, words));
                    }
                }
                None => {
                    self.insert_column(&child, column.name(), theirs, origin);
                    self.pass_column_on(&id, origin)?;
                }
            }
        }
        Ok(())
    }

    /// `ATExecAddColumn()`: what is refused before anything is added.
    pub(super) fn may_add_column(&self, table: &ObjectId) -> Outcome {
        if self.is_partition(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot add column to a partition"));
        }
        if self.is_typed(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot add column to typed table"));
        }
        Ok(())
    }

    /// What is refused once the column is transformed: children have no identity columns from their table.
    pub(super) fn may_pass_identity_on(&self, table: &ObjectId, column: &ColumnDef, only: bool) -> Outcome {
        let is_identity = column.constraints.iter().any(|node| match &node.node {
            Some(NodeEnum::Constraint(constraint)) => constraint.contype() == ConstrType::ConstrIdentity,
            _ => false,
        });
        if is_identity && !only && !self.shares_identity(table) {
            let message = "cannot recursively add identity column to table that has child tables";
            self.has_no_children(table, message)?;
        }
        Ok(())
    }

    /// `ATPrepDropColumn()` and `ATExecDropColumn()`
    pub(super) fn may_drop_column(&self, table: &ObjectId, column: &ObjectId, only: bool) -> Outcome {
        let Some(facts) = self.database.get::<Table>(table) else { return Ok(()) };
        if facts.of_type.get().is_some_and(Option::is_some) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot drop column from typed table"));
        }
        self.is_own(column, "drop")?;
        self.is_no_partition_key(column, "drop")?;
        if only && self.is_partitioned(table) {
            let message = "cannot drop column from only the partitioned table when partitions exist";
            self.has_no_children(table, message)?;
        }
        Ok(())
    }

    /// That the rows are not told to partitions by a column (`has_partition_attrs()`).
    pub(super) fn is_no_partition_key(&self, column: &ObjectId, verb: &str) -> Outcome {
        let Some(table) = column.parent() else { return Ok(()) };
        let Some(facts) = self.database.get::<Table>(&table) else { return Ok(()) };
        let own = table.qualified_name();
        for key in facts.partition_key.get().into_iter().flatten() {
            let reads = match &key.term {
                KeyTerm::Column(name) => name == column.name(),
                KeyTerm::Expr(expr) => {
                    let columns = expr.tree().map(crate::catalog::Tree::columns).unwrap_or_default();
                    columns.contains(&(own.clone(), column.name().clone()))
                }
            };
            if reads {
                let (column, relation) = (column.name().as_str(), table.name().as_str());
                let message = format!(
                    "cannot {verb} column \"{column}\" because it is part of the partition key of relation \"{relation}\""
                );
                return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
            }
        }
        Ok(())
    }

    /// What ONLY may not leave behind: children that differ from their table.
    pub(super) fn has_no_children(&self, table: &ObjectId, message: impl Into<String>) -> Outcome {
        if self.children_of(table).is_empty() {
            return Ok(());
        }
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    /// That a part was not inherited: what a parent says is changed there.
    pub(super) fn is_own(&self, part: &ObjectId, words: &str) -> Outcome {
        let is_derived = words == "drop" && self.derived_from(part).is_some();
        if self.lenient || !(is_derived || self.is_inherited(part)) {
            return Ok(());
        }
        let noun = if part.class() == Class::Column { "column" } else { "constraint" };
        let relation = match (noun, words) {
            ("constraint", "drop") => format!(" of relation \"{}\"", part.path()[1].as_str()),
            _ => String::new(),
        };
        let message = format!("cannot {words} inherited {noun} \"{}\"{relation}", part.name().as_str());
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    /// `renameatt_internal()`: that no table but these gives a part to its table, which would know it by another name.
    pub(super) fn is_from_nowhere_else(&self, part: &ObjectId, tables: &[ObjectId]) -> Outcome {
        let parents = part.parent().map(|table| self.parents_of(&table)).unwrap_or_default();
        let mut others = parents.iter().filter(|parent| !tables.contains(parent));
        if self.lenient || !others.any(|parent| self.gives(parent, part)) {
            return Ok(());
        }
        let noun = if part.class() == Class::Column { "column" } else { "constraint" };
        let message = format!("cannot rename inherited {noun} \"{}\"", part.name().as_str());
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    /// `ATExecDropColumn()` and `dropconstraint_internal()`: children lose it too, unless they have it by
    /// themselves or from elsewhere.
    pub(super) fn drop_part(&mut self, part: &ObjectId, step: &AlterTableCmd, only: bool, origin: &Origin) -> Outcome {
        self.is_own(part, "drop")?;
        let mut gone = vec![part.clone()];
        let mut next = 0;
        while let Some(one) = gone.get(next).cloned() {
            next += 1;
            let Some(table) = one.parent() else { continue };
            for child in self.children_of(&table) {
                let theirs = child.part(one.class(), one.name());
                if !self.gives(&table, &theirs) || !self.catalog().exists(&theirs) || gone.contains(&theirs) {
                    continue;
                }
                let mut givers = self.parents_of(&child).into_iter().filter(|parent| self.gives(parent, &theirs));
                let from_elsewhere = givers.any(|parent| !gone.contains(&parent.part(one.class(), one.name())));
                if only {
                    self.set_local(&theirs, origin);
                } else if !from_elsewhere && !self.is_local(&theirs) {
                    if theirs.class() == Class::Column {
                        self.is_no_partition_key(&theirs, "drop")?;
                    }
                    gone.push(theirs);
                }
            }
        }
        self.perform_deletion(&gone, step.behavior() == DropBehavior::DropCascade, origin)
    }

    fn is_local(&self, part: &ObjectId) -> bool {
        match self.catalog().facts(part) {
            Some(Facts::Column(column)) => column.local.get() != Some(&false),
            Some(Facts::Check(check)) => check.local.get() != Some(&false),
            _ => true,
        }
    }

    pub(super) fn set_local(&mut self, part: &ObjectId, origin: &Origin) {
        let local = Attr::Is(true, origin.clone());
        self.database.edit_facts(part, |facts| match facts {
            Facts::Column(column) => column.local = local,
            Facts::Check(check) => check.local = local,
            _ => {}
        });
    }

    /// `ATExecAddInherit()`
    pub(super) fn add_inherit(&mut self, table: &ObjectId, parent: &RangeVar, origin: &Origin) -> Outcome {
        if self.is_typed(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change inheritance of typed table"));
        }
        if self.is_partition(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change inheritance of a partition"));
        }
        if self.is_partitioned(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change inheritance of partitioned table"));
        }
        let parent_id = self.table_or_foreign(parent)?;
        self.same_persistence(&parent_id, self.persistence_of(table), "inherit from")?;
        for (is, noun) in
            [(self.is_partitioned(&parent_id), "partitioned table"), (self.is_partition(&parent_id), "a partition")]
        {
            if is {
                let name = if noun == "a partition" { String::new() } else { format!(" \"{}\"", parent.relname) };
                return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("cannot inherit from {noun}{name}")));
            }
        }
        if self.inheritors(table, false).contains(&parent_id) {
            return Err(Stop::refused(DUPLICATE_TABLE, "circular inheritance not allowed"));
        }
        self.can_become(table, "an inheritance child")?;
        if self.parents_of(table).contains(&parent_id) {
            let message = format!("relation \"{}\" would be inherited from more than once", parent.relname);
            return Err(Stop::refused(DUPLICATE_TABLE, message));
        }
        self.matches_parent(table, &parent_id)?;
        self.set_inherits(table, origin, |parents| parents.push(RelationName::of(&parent_id)));
        Ok(())
    }

    fn set_inherits(&mut self, table: &ObjectId, origin: &Origin, change: impl FnOnce(&mut Vec<RelationName>)) {
        self.database.edit_facts(table, |facts| {
            if let Some(inherits) = facts.inherits_mut() {
                let mut parents = inherits.get().cloned().unwrap_or_default();
                change(&mut parents);
                *inherits = Attr::Is(parents, origin.clone());
            }
        });
    }

    /// `MergeAttributesIntoExisting()` and `MergeConstraintsIntoExisting()`: that it has all that its parent has.
    pub(super) fn matches_parent(&self, table: &ObjectId, parent: &ObjectId) -> Outcome {
        let relation = table.name().as_str();
        let unfit = |message: String| Err(Stop::refused(DATATYPE_MISMATCH, message));
        for name in self.column_order(parent) {
            let Some(theirs) = self.catalog().column(parent, &name) else { continue };
            let name = name.as_str();
            let Some(ours) = self.catalog().column(table, &name.into()) else {
                return unfit(format!("child table is missing column \"{name}\""));
            };
            if ours.data_type.get() != theirs.data_type.get() {
                return unfit(format!("child table \"{relation}\" has different type for column \"{name}\""));
            }
            if ours.collation.get() != theirs.collation.get() {
                let message = format!("child table \"{relation}\" has different collation for column \"{name}\"");
                return Err(Stop::refused(COLLATION_MISMATCH, message));
            }
            let not_null = theirs.not_null_constraint.get().and_then(Option::as_ref);
            let is_passed_on = not_null.is_none_or(|not_null| !not_null.no_inherit);
            if is_passed_on && theirs.nullable.get() == Some(&false) && ours.nullable.get() == Some(&true) {
                return unfit(format!("column \"{name}\" in child table \"{relation}\" must be marked NOT NULL"));
            }
            self.is_generated_alike(&for_table(theirs, parent, table, &Origin::Server), ours, name)?;
        }
        self.constraints_match_parent(table, parent)
    }

    /// `MergeConstraintsIntoExisting()`
    fn constraints_match_parent(&self, table: &ObjectId, parent: &ObjectId) -> Outcome {
        let relation = table.name().as_str();
        let unfit = |message: String| Err(Stop::refused(DATATYPE_MISMATCH, message));
        let conflict = |name: &str, with: &str| {
            let message =
                format!("constraint \"{name}\" conflicts with {with} constraint on child table \"{relation}\"");
            Err(Stop::refused(INVALID_OBJECT_DEFINITION, message))
        };
        for (id, _) in self.catalog().parts(parent, Class::Column) {
            let theirs = self.not_null_of(id).filter(|theirs| !theirs.no_inherit);
            let Some((theirs, ours)) = theirs.zip(self.not_null_of(&table.part(Class::Column, id.name()))) else {
                continue;
            };
            if ours.no_inherit {
                return conflict(ours.name.as_str(), "non-inherited");
            }
            if theirs.validated && !ours.validated {
                return conflict(ours.name.as_str(), "NOT VALID");
            }
        }
        for (name, theirs) in self.checks_to_inherit(parent, table, &Origin::Server) {
            let theirs_id = parent.part(Class::Constraint, &name);
            let name = name.as_str();
            let Some(ours) = self.database.get::<Check>(&table.part(Class::Constraint, &name.into())) else {
                return unfit(format!("child table is missing constraint \"{name}\""));
            };
            if ours.expression.get() != theirs.expression.get() {
                let message =
                    format!("child table \"{relation}\" has different definition for check constraint \"{name}\"");
                return unfit(message);
            }
            if ours.no_inherit.get() == Some(&true) {
                return conflict(name, "non-inherited");
            }
            let theirs = self.database.get::<Check>(&theirs_id);
            let said = |attr: fn(&Check) -> &Attr<bool>, of: &Check| attr(of).get() == Some(&true);
            let is_lacking = |attr| theirs.is_some_and(|theirs| said(attr, theirs)) && !said(attr, ours);
            if said(|check| &check.enforced, ours) && is_lacking(|check| &check.validated) {
                return conflict(name, "NOT VALID");
            }
            if is_lacking(|check| &check.enforced) {
                return conflict(name, "NOT ENFORCED");
            }
        }
        Ok(())
    }

    /// `ATExecDropInherit()`
    pub(super) fn drop_inherit(&mut self, table: &ObjectId, parent: &RangeVar, origin: &Origin) -> Outcome {
        if self.is_partition(table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot change inheritance of a partition"));
        }
        let parent = self.table_or_foreign(parent)?;
        let name = RelationName::of(&parent);
        if !self.parents_of(table).contains(&parent) {
            let (parent, table) = (parent.name().as_str(), table.name().as_str());
            let message = format!("relation \"{parent}\" is not a parent of relation \"{table}\"");
            return Err(Stop::refused(UNDEFINED_TABLE, message));
        }
        self.set_inherits(table, origin, |parents| parents.retain(|one| *one != name));
        self.keep_as_own(table, &parent, origin);
        Ok(())
    }

    /// `RemoveInheritance()`: what came from there alone is the table's own from now on.
    pub(super) fn keep_as_own(&mut self, table: &ObjectId, parent: &ObjectId, origin: &Origin) {
        let parts: Vec<ObjectId> = self.catalog().children(table).map(|(id, _)| id.clone()).collect();
        for part in parts {
            if part.class() == Class::Column && !self.inherits_not_null(&part) {
                self.set_not_null_local(&part, true, origin);
            }
            if self.gives(parent, &part) && !self.is_inherited(&part) && !self.is_local(&part) {
                self.set_local(&part, origin);
            }
        }
    }
}

/// That a column can be what another says of it.
pub(super) fn same_type(one: &Column, other: &Column, what: &str) -> Outcome {
    if one.data_type.get() != other.data_type.get() {
        return Err(Stop::refused(DATATYPE_MISMATCH, format!("{what} has a type conflict")));
    }
    if one.collation.get() != other.collation.get() {
        return Err(Stop::refused(COLLATION_MISMATCH, format!("{what} has a collation conflict")));
    }
    Ok(())
}

/// What a part of one table would be as a part of another.
pub(super) fn for_table<K: Attributes + FactsOf + Clone>(
    part: &K,
    from: &ObjectId,
    to: &ObjectId,
    origin: &Origin,
) -> K {
    let mut part = part.clone();
    part.visit(&mut Readdress { from: &from.qualified_name(), to: &to.qualified_name() });
    part.place(origin);
    part
}

struct Readdress<'a> {
    from: &'a QualifiedName,
    to: &'a QualifiedName,
}

impl Visitor for Readdress<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        expr.rewrite(|tree| tree.rename_relation(self.from, self.to));
    }
}
