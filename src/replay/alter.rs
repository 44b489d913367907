//! New names and new schemas, followed by all that refers to the old ones (`alter.c`).

use pg_query::protobuf::{AlterObjectSchemaStmt, ObjectType, RangeVar, RenameStmt};

use super::comment::strings_of;
use super::database::Space;
use super::dropcmds::relation_word;
use super::heap::SYSTEM_COLUMNS;
use super::objectaddress::has_address;
use super::parse_utilcmd::no_system_column;
use super::refusal::{
    DUPLICATE_COLUMN, DUPLICATE_OBJECT, DUPLICATE_SCHEMA, DUPLICATE_TABLE, FEATURE_NOT_SUPPORTED, Outcome, Stop,
    UNDEFINED_COLUMN, WRONG_OBJECT_TYPE,
};
use super::rename::Move;
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::{ColumnName, Extension, KeyTerm, NotNull, PrimaryKey, References, Unique};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin, Visitor};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName, parse};

impl Replay {
    /// `ExecRenameStmt()`
    pub(super) fn rename(&mut self, statement: &Statement<'_>, command: &RenameStmt) -> Outcome {
        let relation = command.relation.clone().unwrap_or_default();
        let is_there = |replay: &Self| replay.find_relation(&relation.schemaname, &relation.relname).is_some();
        if command.missing_ok && command.relation.is_some() && !is_there(self) {
            return Ok(());
        }
        let to = Ident::new(&command.newname);
        match command.rename_type() {
            ObjectType::ObjectTable
            | ObjectType::ObjectIndex
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable => self.rename_relation(command.rename_type(), &relation, &to),
            ObjectType::ObjectColumn => self.rename_column(statement, command, &relation, &to),
            ObjectType::ObjectTabconstraint => self.rename_constraint(command, &relation, &to),
            ObjectType::ObjectPolicy => {
                let table = self.table(&relation)?;
                let id = self.policy(&table, &command.subname)?;
                if self.policy(&table, to.as_str()).is_ok() {
                    let message =
                        format!("policy \"{}\" for table \"{}\" already exists", to.as_str(), table.name().as_str());
                    return Err(Stop::refused(DUPLICATE_OBJECT, message));
                }
                self.database.rename(&id, table.part(Class::Policy, &to));
                Ok(())
            }
            sort @ (ObjectType::ObjectFdw | ObjectType::ObjectForeignServer) => {
                let name = command.object.as_deref().map(strings_of).unwrap_or_default();
                self.rename_foreign(sort, &name.join("."), &to)
            }
            sort @ (ObjectType::ObjectPublication | ObjectType::ObjectSubscription) => {
                let object = command.object.as_deref().cloned().unwrap_or_default();
                let Some(from) = self.object_address(sort, &object)? else { return Ok(()) };
                let renamed = ObjectId::top(from.class(), &to);
                if self.catalog().exists(&renamed) {
                    let noun = if sort == ObjectType::ObjectPublication { "publication" } else { "subscription" };
                    return Err(Stop::refused(DUPLICATE_OBJECT, format!("{noun} \"{}\" already exists", to.as_str())));
                }
                self.database.rename(&from, renamed);
                Ok(())
            }
            ObjectType::ObjectRole => self.rename_role(statement, &command.subname, &to),
            ObjectType::ObjectTrigger => {
                let id = self.relation(&relation)?;
                self.rename_trigger(&id, &command.subname, &to)
            }
            ObjectType::ObjectRule => {
                let id = self.relation(&relation)?;
                self.rename_rule(&id, &command.subname, &to)
            }
            ObjectType::ObjectEventTrigger => {
                let name = command.object.as_deref().map(strings_of).unwrap_or_default();
                self.rename_event_trigger(&name.concat(), &to)
            }
            ObjectType::ObjectSchema => {
                let from = schema_id(&self.schema(&Ident::new(&command.subname))?);
                if self.catalog().exists(&schema_id(&to)) {
                    return Err(Stop::refused(DUPLICATE_SCHEMA, format!("schema \"{}\" already exists", to.as_str())));
                }
                self.move_schema(&from, &schema_id(&to));
                Ok(())
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                let parts = command.object.as_deref().map(strings_of).unwrap_or_default();
                self.rename_type(command.rename_type(), &parts, &to)
            }
            ObjectType::ObjectAttribute => self.rename_attribute(command, &to, &statement.origin()),
            ObjectType::ObjectDomconstraint => match command.object.as_deref() {
                Some(domain) => self.rename_domain_constraint(domain, &command.subname, to.as_str()),
                None => Ok(()),
            },
            sort if has_address(sort) => self.rename_object(statement, sort, command.object.as_deref(), &to),
            _ => {
                self.note(statement, "the object that is renamed here is of a kind that is not compared yet");
                Ok(())
            }
        }
    }

    /// `RenameConstraint()`
    fn rename_constraint(&mut self, command: &RenameStmt, relation: &RangeVar, to: &Ident) -> Outcome {
        let table = self.table_or_foreign(relation)?;
        if let Some(column) = self.not_null_called(&table, &command.subname) {
            self.may_rename_not_null(&column, relation)?;
            self.free_constraint_name(&table, to.as_str())?;
            let origin = self.catalog().objects.get(&column).map_or(Origin::Server, |column| column.origin.clone());
            self.change_not_null(&column, !relation.inh, &origin, &|before| NotNull { name: to.clone(), ..before });
            return Ok(());
        }
        let id = self.constraint(&table, &command.subname)?;
        let is_passed_on = match self.catalog().facts(&id) {
            Some(Facts::Check(check)) => check.no_inherit.get() == Some(&false),
            _ => false,
        };
        if is_passed_on && !relation.inh {
            let name = &command.subname;
            let message = format!("inherited constraint \"{name}\" must be renamed in child tables too");
            self.has_no_children(&table, message)?;
        }
        let tables = self.inheritors(&table, !is_passed_on);
        for child in tables.iter().skip(1) {
            self.is_from_nowhere_else(&child.part(Class::Constraint, id.name()), &tables)?;
            let name = self.free_constraint_name(child, to.as_str())?;
            self.database.rename(&child.part(Class::Constraint, id.name()), child.part(Class::Constraint, &name));
        }
        self.is_from_nowhere_else(&id, &tables)?;
        // The index is renamed, and the constraint with it.
        let has_index = self.catalog().facts(&id).is_some_and(|facts| facts.kind().stands_on_index());
        if has_index && self.database.is_taken(Space::Relation, &table.path()[0], to.as_str()) {
            return Err(Stop::relation_exists(to.as_str()));
        }
        let name = self.free_constraint_name(&table, to.as_str())?;
        self.rename_part(&id, &name);
        Ok(())
    }

    /// `AlterObjectNamespace_internal()`, `AlterTableNamespace()`
    pub(super) fn set_schema(&mut self, statement: &Statement<'_>, command: &AlterObjectSchemaStmt) -> Outcome {
        if command.missing_ok
            && let Some(name) = &command.relation
            && self.find_relation(&name.schemaname, &name.relname).is_none()
        {
            return Ok(());
        }
        let schema = Ident::new(&command.newschema);
        let parts = command.object.as_deref().map(strings_of).unwrap_or_default();
        match command.object_type() {
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable => {
                let name = command.relation.clone().unwrap_or_default();
                let from = self.relation(&name)?;
                self.may_be_called(command.object_type(), &from)?;
                self.is_no_owned_sequence(&from)?;
                let schema = self.schema(&schema)?;
                if from.path()[0] == schema {
                    return Ok(());
                }
                self.move_relation_to_schema(&from, &schema)
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                self.set_type_schema(command.object_type(), &parts, &schema)
            }
            ObjectType::ObjectExtension => {
                let id = self.extension(&parts.join("."))?;
                let schema = self.schema(&schema)?;
                self.move_members(&id, &schema);
                self.database
                    .edit::<Extension>(&id, |extension| extension.schema = Attr::Is(schema, statement.origin()));
                Ok(())
            }
            sort if has_address(sort) => self.move_object_to(statement, sort, command.object.as_deref(), &schema),
            _ => {
                self.note(statement, "the object that is moved here is of a kind that is not compared yet");
                Ok(())
            }
        }
    }

    fn rename_relation(&mut self, sort: ObjectType, name: &RangeVar, to: &Ident) -> Outcome {
        let from = self.relation(name)?;
        self.may_be_called(sort, &from)?;
        let schema = from.path()[0].clone();
        if self.database.is_taken(Space::Relation, &schema, to.as_str()) {
            return Err(Stop::relation_exists(to.as_str()));
        }
        match from.class() {
            // The index behind a constraint and the constraint keep one name.
            Class::Index | Class::Constraint => {
                if let Some(table) = from.parent() {
                    if from.class() == Class::Constraint {
                        self.free_constraint_name(&table, to.as_str())?;
                    }
                    self.rename_part(&from, to);
                }
            }
            _ => self.move_relation(&from, &ObjectId::in_schema(Class::Relation, &schema, to)),
        }
        Ok(())
    }

    /// ALTER TABLE takes any relation, and RENAME calls none of them an index wrongly.
    pub(super) fn may_be_called(&self, sort: ObjectType, id: &ObjectId) -> Outcome {
        if id.class() == Class::Type {
            let message = format!("\"{}\" is a composite type", id.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message).with_hint("Use ALTER TYPE instead."));
        }
        match relation_word(sort) {
            "table" | "index" => Ok(()),
            word => self.is_relation_of(id, word),
        }
    }

    fn move_relation_to_schema(&mut self, from: &ObjectId, schema: &Ident) -> Outcome {
        let parts: Vec<ObjectId> = self.catalog().children(from).map(|(id, _)| id.clone()).collect();
        let has_name = |id: &&ObjectId| matches!(id.class(), Class::Index | Class::Relation | Class::Constraint);
        for id in parts.iter().chain([from]).filter(has_name) {
            if self.database.is_taken(Space::Relation, schema, id.name().as_str()) {
                let message =
                    format!("relation \"{}\" already exists in schema \"{}\"", id.name().as_str(), schema.as_str());
                return Err(Stop::refused(DUPLICATE_TABLE, message));
            }
        }
        let columns: Vec<ObjectId> = parts.into_iter().filter(|id| id.class() == Class::Column).collect();
        let sequences: Vec<ObjectId> = columns.iter().flat_map(|column| self.owned_sequences(column)).collect();
        self.move_relation(from, &ObjectId::in_schema(Class::Relation, schema, from.name()));
        for sequence in sequences {
            self.move_relation(&sequence, &ObjectId::in_schema(Class::Relation, schema, sequence.name()));
        }
        Ok(())
    }

    /// Gives a relation another full name, its parts with it, and tells everybody.
    fn move_relation(&mut self, from: &ObjectId, to: &ObjectId) {
        self.follow(&Move { from: from.clone(), to: to.clone() });
        let parts: Vec<ObjectId> = self.catalog().children(from).map(|(id, _)| id.clone()).collect();
        for part in parts {
            let moved = part.moved(from, to);
            self.database.rename(&part, moved);
        }
        let owned: Vec<ObjectId> = self
            .catalog()
            .unmodelled
            .iter()
            .filter(|(_, other)| other.owned_by.as_ref() == Some(from))
            .map(|(id, _)| id.clone())
            .collect();
        // A partition, or a child.
        for id in owned {
            if let Some(mut child) = self.catalog().unmodelled.get(&id).cloned() {
                child.owned_by = Some(to.clone());
                self.database.insert_unmodelled(id, child);
            }
        }
        self.database.rename(from, to.clone());
    }

    fn move_schema(&mut self, from: &ObjectId, to: &ObjectId) {
        let is_no_part = |id: &ObjectId| id.parent().as_ref() == Some(from);
        let inside = |id: &&ObjectId| is_no_part(id) && id.schema() == Some(from.name());
        let mut members: Vec<ObjectId> =
            self.catalog().objects.keys().chain(self.catalog().unmodelled.keys()).filter(inside).cloned().collect();
        // What takes types is called after them, so it goes first.
        members.sort_by_key(|id| !matches!(id.class(), Class::Routine | Class::Operator));
        for member in members {
            let moved = member.in_other_schema(to.name());
            match member.class() {
                Class::Relation => self.move_relation(&member, &moved),
                Class::Type => self.move_type(&member, moved),
                _ => {
                    self.follow(&Move { from: member.clone(), to: moved.clone() });
                    self.database.rename(&member, moved);
                }
            }
        }
        self.follow_schema_of_defaults(from.name(), to.name());
        self.follow_published_schema(from.name(), to.name());
        let extensions: Vec<ObjectId> = self
            .catalog()
            .objects
            .iter()
            .filter(|(_, object)| matches!(&object.facts, Facts::Extension(e) if e.schema.get() == Some(from.name())))
            .map(|(id, _)| id.clone())
            .collect();
        for id in extensions {
            self.database.edit::<Extension>(&id, |extension| {
                if let Some(schema) = extension.schema.get_mut() {
                    *schema = to.name().clone();
                }
            });
        }
        self.database.rename(from, to.clone());
    }

    fn rename_column(
        &mut self,
        statement: &Statement<'_>,
        command: &RenameStmt,
        relation: &RangeVar,
        to: &Ident,
    ) -> Outcome {
        let from = Ident::new(&command.subname);
        self.may_be_called(command.relation_type(), &self.relation(relation)?)?;
        let table = match self.table_or_foreign(relation) {
            // What is called so from now on is known of a view too.
            Err(Stop::NotModelled(what)) => {
                let id = self.relation(relation)?;
                self.edit_columns(&id, |columns| {
                    columns.iter_mut().filter(|(name, _)| *name == from).for_each(|(name, _)| *name = to.clone());
                });
                self.note(statement, what);
                return Ok(());
            }
            table => match self.relation(relation)? {
                id if matches!(self.catalog().facts(&id), Some(Facts::View(_) | Facts::MaterializedView(_))) => id,
                _ => table?,
            },
        };
        if self.is_typed(&table) {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "cannot rename column of typed table"));
        }
        if !relation.inh {
            let message = format!("inherited column \"{}\" must be renamed in child tables too", command.subname);
            self.has_no_children(&table, message)?;
        }
        let origin = statement.origin();
        let tables = self.inheritors(&table, false);
        for table in tables.iter().skip(1).chain(tables.first()) {
            self.is_from_nowhere_else(&table.part(Class::Column, &from), &tables)?;
            self.rename_column_of(table, &from, to, &origin)?;
        }
        Ok(())
    }

    /// `renameatt_internal()`
    pub(super) fn rename_column_of(&mut self, table: &ObjectId, from: &Ident, to: &Ident, origin: &Origin) -> Outcome {
        let id = table.part(Class::Column, from);
        if SYSTEM_COLUMNS.contains(&from.as_str()) {
            let message = format!("cannot rename system column \"{}\"", from.as_str());
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        if !self.catalog().exists(&id) {
            return Err(Stop::refused(UNDEFINED_COLUMN, format!("column \"{}\" does not exist", from.as_str())));
        }
        if self.catalog().exists(&table.part(Class::Column, to)) {
            let message =
                format!("column \"{}\" of relation \"{}\" already exists", to.as_str(), table.name().as_str());
            return Err(Stop::refused(DUPLICATE_COLUMN, message));
        }
        no_system_column(to)?;
        let own = table.qualified_name();
        let readers: Vec<(ObjectId, bool)> = self
            .database
            .may_refer_to(&id)
            .into_iter()
            .filter(|other| self.reads_column(other, &id))
            .map(|other| (other.clone(), other.parent().as_ref() == Some(table)))
            .collect();
        for (reader, is_own) in readers {
            if is_own {
                self.keep_index_columns(&reader);
            }
            self.database.edit_facts(&reader, |facts| rename_column_in(facts, is_own, &own, from, to));
        }
        self.rename_output(table, from, to);
        if let Some(object) = self.database.remove(&id) {
            self.database.insert(table.part(Class::Column, to), object.facts, origin.clone());
        }
        Ok(())
    }

    /// Reads the text of a default anew for a column that has another type now.
    pub(super) fn resolve_again(&self, expr: &Expr, target: &TypeName) -> Expr {
        let scope = Scope {
            catalog: self.catalog(),
            search_path: &[],
            around: Around::Nothing,
            wanted: Wanted::Stored { column: "", of: target },
        };
        expr::resolve_text(expr.text(), &scope).map_or_else(|_| expr.clone(), Expr::from_tree)
    }

    /// `ATPostAlterTypeCleanup()`: makes the constraints and indexes on a column again: those that stand on an index,
    /// the indexes, and what else there is, each from the oldest on.
    pub(super) fn resolve_readers_again(&mut self, columns: &[ObjectId]) -> Outcome {
        let mut readers: Vec<(Rebuilt, ObjectId, Option<usize>, ObjectId)> = Vec::new();
        for column in columns {
            let Some(table) = column.parent() else { continue };
            for (id, object) in self.catalog().children(&table) {
                if matches!(id.class(), Class::Constraint | Class::Index) && self.reads_column(id, column) {
                    let turn = match &object.facts {
                        Facts::Check(_) | Facts::ForeignKey(_) => Rebuilt::Late,
                        Facts::Index(_) => Rebuilt::Index,
                        _ => Rebuilt::Constraint,
                    };
                    readers.push((turn, table.clone(), self.database.number(id), id.clone()));
                }
            }
        }
        readers.sort();
        readers.dedup();
        for (turn, table, _, id) in readers {
            let is_late = turn == Rebuilt::Late;
            // It goes with what it is derived from, and is made anew under a name that the server chooses.
            if !is_late && self.derived_from(&id).is_some() {
                continue;
            }
            let Some(mut facts) = self.catalog().facts(&id).cloned() else { continue };
            let is_check = matches!(facts, Facts::Check(_));
            let wanted = if is_check { Wanted::Condition("CHECK") } else { Wanted::Value };
            let mut again = Again { replay: self, table: &table, wanted, fault: None };
            facts.visit(&mut again);
            again.fault.map_or(Ok(()), Err)?;
            self.keys_fit(&table, &facts)?;
            self.database.edit_facts(&id, |current| *current = facts);
            self.database.set_index_columns(&id, None);
            if !is_late {
                self.database.renew_number(&id);
                self.derive_again(&id)?;
            }
        }
        columns.iter().try_for_each(|column| self.foreign_keys_fit(column))
    }

    /// That the keys of an index can still be kept in order.
    fn keys_fit(&self, table: &ObjectId, facts: &Facts) -> Outcome {
        let btree = Ident::new("btree");
        let (method, keys) = match facts {
            Facts::Index(index) => (index.method.get(), index.keys.get()),
            Facts::Exclusion(key) => (key.method.get(), key.keys.get()),
            Facts::PrimaryKey(key) => return self.columns_fit(table, &key.columns, &key.without_overlaps),
            Facts::Unique(key) => return self.columns_fit(table, &key.columns, &key.without_overlaps),
            _ => return Ok(()),
        };
        for key in keys.into_iter().flatten().filter(|_| !self.lenient) {
            let of = self.type_of_key(table, key);
            self.opclass(method.unwrap_or(&btree), of.as_ref(), key.opclass.clone())?;
        }
        Ok(())
    }

    fn columns_fit(&self, table: &ObjectId, columns: &Attr<Vec<Ident>>, without_overlaps: &Attr<bool>) -> Outcome {
        let columns = columns.get().into_iter().flatten();
        columns.filter(|_| without_overlaps.get() == Some(&false)).try_for_each(|column| {
            let of = self.catalog().column(table, column).and_then(|column| column.data_type.get());
            self.opclass(&Ident::new("btree"), of, None).map(|_| ())
        })
    }

    /// Reads the text of an expression anew over its table; and why it cannot be any more.
    fn checked_again(&self, expr: &Expr, table: &ObjectId, wanted: Wanted<'_>) -> (Expr, Option<Stop>) {
        let scope = Scope { catalog: self.catalog(), search_path: &[], around: Around::Relation(table), wanted };
        let Ok(node) = parse::parse_expr(expr.text()) else { return (expr.clone(), None) };
        let (tree, faults) = expr::resolve_checked(&node, &scope);
        (Expr::from_tree(tree), self.no_fault(&faults).err())
    }
}

/// When a reader of a column is made again that has got another type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rebuilt {
    Constraint,
    Index,
    Late,
}

struct Again<'a> {
    replay: &'a Replay,
    table: &'a ObjectId,
    wanted: Wanted<'a>,
    fault: Option<Stop>,
}

impl Visitor for Again<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let (again, fault) = self.replay.checked_again(expr, self.table, self.wanted);
        *expr = again;
        self.fault = self.fault.take().or(fault);
    }
}

/// A column's new name in something that reads it; `own` where both belong to the same table.
fn rename_column_in(facts: &mut Facts, own: bool, relation: &QualifiedName, from: &Ident, to: &Ident) {
    facts.visit(&mut RenameColumn { relation, from, to });
    let rename = |columns: &mut Vec<Ident>| {
        columns.iter_mut().filter(|column| *column == from).for_each(|column| *column = to.clone());
    };
    let replace = |columns: &mut Attr<Vec<Ident>>| columns.get_mut().into_iter().for_each(rename);
    let in_terms = |terms: &mut dyn Iterator<Item = &mut KeyTerm>| {
        for term in terms {
            if let KeyTerm::Column(column) = term
                && column == from
            {
                *column = to.clone();
            }
        }
    };
    match facts {
        Facts::PrimaryKey(key) => {
            let PrimaryKey { columns, include, .. } = &mut **key;
            [columns, include].into_iter().for_each(replace);
        }
        Facts::Unique(key) => {
            let Unique { columns, include, .. } = &mut **key;
            [columns, include].into_iter().for_each(replace);
        }
        Facts::ForeignKey(key) => {
            let key = &mut **key;
            if own {
                [&mut key.columns, &mut key.on_delete_columns].into_iter().for_each(replace);
            }
            if let Some(References { relation: target, columns }) = key.references.get_mut()
                && target == relation
            {
                rename(columns);
            }
        }
        Facts::Index(index) => {
            replace(&mut index.include);
            in_terms(&mut index.keys.get_mut().into_iter().flatten().map(|key| &mut key.term));
        }
        Facts::Exclusion(exclusion) => {
            replace(&mut exclusion.include);
            in_terms(&mut exclusion.keys.get_mut().into_iter().flatten().map(|key| &mut key.term));
        }
        Facts::Table(table) => {
            in_terms(&mut table.partition_key.get_mut().into_iter().flatten().map(|key| &mut key.term));
        }
        Facts::Trigger(trigger) => replace(&mut trigger.columns),
        Facts::Statistics(statistics) => in_terms(&mut statistics.keys.get_mut().into_iter().flatten()),
        Facts::Publication(publication) => {
            let tables = publication.tables.get_mut().into_iter().flatten().filter(|table| table.relation == *relation);
            tables.filter_map(|table| table.columns.as_mut()).for_each(rename);
        }
        _ => {}
    }
}

/// A column's new name wherever it is named together with its relation.
struct RenameColumn<'a> {
    relation: &'a QualifiedName,
    from: &'a Ident,
    to: &'a Ident,
}

impl Visitor for RenameColumn<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        expr.rewrite(|tree| tree.rename_column(self.relation, self.from, self.to));
    }

    fn column(&mut self, name: &mut ColumnName) {
        if name.relation == *self.relation && name.column == *self.from {
            name.column = self.to.clone();
        }
    }
}
