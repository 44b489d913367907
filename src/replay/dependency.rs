//! DROP: what goes with an object, and what stands in the way (`dependency.c`, `dropcmds.c`).

use std::collections::{BTreeSet, VecDeque};

use pg_query::NodeEnum;
use pg_query::protobuf::{DropBehavior, DropStmt, Node, ObjectType};

use super::comment::{part_of, range_var, strings_of};
use super::indexcmds::is_unique_over;
use super::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, INVALID_SCHEMA_NAME, Outcome, Stop, UNDEFINED_FUNCTION, UNDEFINED_OBJECT,
    UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use super::tablecmds::PARTITION;
use super::type_users::is_made_of;
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::{Column, Index, KeyTerm, Table};
use crate::catalog::{Attr, Class, Expr, Facts, Object, ObjectId};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName};

/// How an object depends on another (`deptype`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dependency {
    /// It goes with it.
    Auto,
    /// It has to be named, or CASCADE said.
    Normal,
}

impl Replay {
    /// `RemoveObjects()` and `RemoveRelations()`
    pub(super) fn drop(&mut self, statement: &Statement<'_>, command: &DropStmt) -> Outcome {
        if command.concurrent {
            self.prevent_in_transaction_block("DROP INDEX CONCURRENTLY")?;
        }
        let cascade = command.behavior() == DropBehavior::DropCascade;
        let mut targets = Vec::new();
        for object in &command.objects {
            match self.drop_unmodelled(command.remove_type(), object, cascade) {
                Err(Stop::Refused { sqlstate, .. }) if command.missing_ok && is_absence(sqlstate) => continue,
                outcome => outcome?,
            }
            let found = self.drop_target(command.remove_type(), &strings_of(object));
            match found {
                Ok(Some(id)) => targets.push(id),
                Ok(None) => {}
                Err(Stop::Refused { sqlstate, .. }) if command.missing_ok && is_absence(sqlstate) => {}
                Err(Stop::NotModelled(what)) => self.note(statement, what),
                Err(stop) => return Err(stop),
            }
        }
        if cascade {
            self.doubt_users(statement, command, &targets);
        }
        self.perform_deletion(&targets, cascade)
    }

    /// What of the kinds that are not compared expressions can name.
    fn drop_unmodelled(&mut self, sort: ObjectType, object: &Node, cascade: bool) -> Outcome {
        match (sort, &object.node) {
            (
                ObjectType::ObjectFunction
                | ObjectType::ObjectProcedure
                | ObjectType::ObjectRoutine
                | ObjectType::ObjectAggregate,
                Some(NodeEnum::ObjectWithArgs(routine)),
            ) => self.drop_routine(sort, routine, cascade),
            (ObjectType::ObjectOperator, _) => self.drop_operator(object),
            (ObjectType::ObjectCast, _) => self.drop_cast(object),
            (ObjectType::ObjectCollation, _) => {
                if let Some(id) = self.find_collation(object) {
                    self.database.remove_unmodelled(&id);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Routines are known by name alone, so what CASCADE takes with one is not certain.
    fn doubt_users(&mut self, statement: &Statement<'_>, command: &DropStmt, targets: &[ObjectId]) {
        let mut routines: BTreeSet<Ident> = command.objects.iter().filter_map(routine_name).collect();
        let mut opclasses: BTreeSet<Ident> = BTreeSet::new();
        for extension in targets.iter().filter(|id| id.class() == Class::Extension) {
            let members = self.member_calls(extension).into_iter().map(|(id, _)| id);
            routines.extend(members.filter(|id| id.class() == Class::Routine).map(|id| id.name().clone()));
            opclasses.extend(self.opclasses_of(extension));
        }
        // `pg_catalog` comes first: this one is built in since PostgreSQL 13, whatever pgcrypto brings.
        routines.remove(&Ident::new("gen_random_uuid"));
        let is_user = |object: &Object| match &object.facts {
            Facts::Index(index) if uses_opclass(index, &opclasses) => true,
            _ => calls_any(object, &routines),
        };
        let users = self.catalog().objects.iter().filter(|(_, object)| is_user(object));
        let users: Vec<ObjectId> = users.map(|(id, _)| id.clone()).collect();
        for user in users {
            let message = format!("{} may be gone with what is dropped here, which it uses", self.describe(&user));
            self.note(statement, message);
            self.doubts.of_text(user.name().as_str());
        }
    }

    /// What a DROP names; `None` for something that the replay does not keep a record of.
    fn drop_target(&self, sort: ObjectType, name: &[String]) -> Outcome<Option<ObjectId>> {
        let id = match sort {
            ObjectType::ObjectSchema => {
                let schema = Ident::new(name.last().cloned().unwrap_or_default());
                schema_id(&self.schema(&schema)?)
            }
            ObjectType::ObjectExtension => self.extension(&name.join("."))?,
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectIndex => self.drop_relation_target(sort, name)?,
            ObjectType::ObjectType | ObjectType::ObjectDomain => self.user_type(name)?,
            ObjectType::ObjectPolicy => {
                let (relation, policy) = part_of(name);
                let table = self.table(&relation)?;
                self.policy(&table, &policy)?
            }
            // Nothing of these is in the model, and their creation was noted.
            ObjectType::ObjectFunction
            | ObjectType::ObjectProcedure
            | ObjectType::ObjectRoutine
            | ObjectType::ObjectAggregate
            | ObjectType::ObjectTrigger
            | ObjectType::ObjectRule => return Ok(None),
            _ => {
                return Err(Stop::not_modelled(
                    "the object that is dropped here is of a kind that is not compared yet",
                ));
            }
        };
        self.is_no_member(&id)?;
        Ok(Some(id))
    }

    /// `findDependentObjects()`: a member goes with its extension alone.
    pub(super) fn is_no_member(&self, id: &ObjectId) -> Outcome {
        let what = self.catalog().unmodelled.get(id).map_or("", |other| other.what.as_str());
        let Some(extension) = what.strip_prefix("member of the ") else { return Ok(()) };
        let noun = match id.class() {
            Class::Type => "type",
            Class::Routine => "function",
            _ => "relation",
        };
        let message = format!("cannot drop {noun} {} because {extension} requires it", id.name());
        Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
            .with_hint(format!("You can drop {extension} instead.")))
    }

    fn drop_relation_target(&self, sort: ObjectType, name: &[String]) -> Outcome<ObjectId> {
        let (noun, wanted) = match sort {
            ObjectType::ObjectView => ("view", "view"),
            ObjectType::ObjectMatview => ("materialized view", "materialized view"),
            ObjectType::ObjectSequence => ("sequence", "sequence"),
            ObjectType::ObjectForeignTable => ("foreign table", "foreign table"),
            ObjectType::ObjectIndex => ("index", "index"),
            _ => ("table", "table"),
        };
        let relation = range_var(name);
        let id = self.relation(&relation).map_err(|stop| match stop {
            Stop::Refused { sqlstate: UNDEFINED_TABLE, hint, location, lacks, .. } => {
                let sqlstate = if noun == "index" { UNDEFINED_OBJECT } else { UNDEFINED_TABLE };
                Stop::Refused {
                    sqlstate,
                    message: format!("{noun} \"{}\" does not exist", name.join(".")),
                    hint,
                    location,
                    lacks,
                }
            }
            other => other,
        })?;
        let is = match (id.class(), self.catalog().unmodelled.get(&id)) {
            (Class::Index, _) => "index",
            (Class::Constraint, _) => {
                let message = format!("cannot drop index {} because constraint {} requires it", id.name(), id.name());
                return if noun == "index" {
                    Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint("drop the constraint instead"))
                } else {
                    Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a {noun}", relation.relname)))
                };
            }
            (_, Some(other)) if other.what.starts_with("table") => "table",
            (_, Some(other)) => other.what.as_str(),
            (_, None) => "table",
        };
        if is == wanted || is.starts_with("member of ") {
            return Ok(id);
        }
        let article = if noun == "index" { "an" } else { "a" };
        Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not {article} {noun}", relation.relname)))
    }

    /// `performMultipleDeletions()`
    pub(super) fn perform_deletion(&mut self, targets: &[ObjectId], cascade: bool) -> Outcome {
        let mut gone = self.closure(targets);
        if !cascade {
            self.no_default_needs(targets, &gone)?;
            self.no_routine_needs(targets, &gone)?;
        }
        loop {
            let mut blocking = Vec::new();
            for id in &gone {
                let normal = self.dependents(id).into_iter().filter(|(_, how)| *how == Dependency::Normal);
                blocking.extend(normal.map(|(dependent, _)| (dependent, id.clone())));
            }
            blocking.retain(|(dependent, _)| !gone.contains(dependent));
            let Some((dependent, on)) = blocking.first() else { break };
            if !cascade {
                let target = targets.first().unwrap_or(on);
                let message = format!("cannot drop {} because other objects depend on it", self.describe(target));
                let hint = format!("{} depends on {}", self.describe(dependent), self.describe(on));
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint(hint));
            }
            let also: Vec<ObjectId> = blocking.into_iter().map(|(dependent, _)| dependent).collect();
            gone.extend(self.closure(&also));
        }
        gone.iter().for_each(|id| self.delete(id));
        if cascade {
            self.doubt_relations();
        }
        Ok(())
    }

    /// What goes without a word to anybody.
    pub(super) fn delete_with_parts(&mut self, targets: &[ObjectId]) {
        self.closure(targets).iter().for_each(|id| self.delete(id));
    }

    /// A default stands in the way of dropping what it uses; CASCADE takes the default, not the column.
    fn no_default_needs(&self, targets: &[ObjectId], gone: &BTreeSet<ObjectId>) -> Outcome {
        for used in gone {
            if let Some(column) = self.columns_defaulting_to(used).iter().find(|column| !gone.contains(column)) {
                let target = targets.first().unwrap_or(used);
                let message = format!("cannot drop {} because other objects depend on it", self.describe(target));
                let hint = format!("default value for {} depends on {}", self.describe(column), self.describe(used));
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint(hint));
            }
        }
        Ok(())
    }

    /// The objects and all that goes with them without being asked.
    fn closure(&self, targets: &[ObjectId]) -> BTreeSet<ObjectId> {
        let mut found: BTreeSet<ObjectId> = targets.iter().cloned().collect();
        let mut queue: VecDeque<ObjectId> = targets.iter().cloned().collect();
        while let Some(id) = queue.pop_front() {
            for (dependent, how) in self.dependents(&id) {
                if how == Dependency::Auto && found.insert(dependent.clone()) {
                    queue.push_back(dependent);
                }
            }
        }
        found
    }

    fn delete(&mut self, id: &ObjectId) {
        let modelled = self.catalog().objects.get(id).map(|object| &object.origin);
        let origin = modelled.or_else(|| self.catalog().unmodelled.get(id).map(|other| &other.origin)).cloned();
        if let Some(origin) = origin {
            for column in self.columns_defaulting_to(id) {
                self.database.edit::<Column>(&column, |column| column.default = Attr::Is(None, origin.clone()));
            }
        }
        if id.class() == Class::Column
            && let Some(table) = id.parent()
        {
            self.database.edit::<Table>(&table, |table| {
                if let Some(order) = table.column_order.get_mut() {
                    order.retain(|column| column != id.name());
                }
            });
        }
        match id.class() {
            Class::Extension => self.remove_member_calls(id),
            Class::Type | Class::Relation => self.forget_type(id),
            _ => {}
        }
        self.database.remove(id);
        self.database.remove_unmodelled(id);
    }

    /// What depends on an object directly.
    fn dependents(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let catalog = self.catalog();
        let normal = |id: &ObjectId| (id.clone(), Dependency::Normal);
        match id.class() {
            Class::Schema => {
                let inside = |other: &&ObjectId| {
                    other.class() != Class::Extension && other.path()[0] == *id.name() && *other != id
                };
                let members = catalog.objects.keys().chain(catalog.unmodelled.keys()).filter(inside);
                let direct = members.filter(|other| other.path().len() == 2);
                let extensions = catalog.objects.iter().filter(|(_, object)| match &object.facts {
                    Facts::Extension(extension) => extension.schema.get() == Some(id.name()),
                    _ => false,
                });
                // What becomes of a routine is not followed, so it stands in nobody's way.
                let how = |id: &ObjectId| match id.class() {
                    Class::Routine | Class::Operator => (id.clone(), Dependency::Auto),
                    _ => normal(id),
                };
                direct.map(how).chain(extensions.map(|(id, _)| normal(id))).collect()
            }
            Class::Extension => self.members_of(id).into_iter().map(|member| (member, Dependency::Auto)).collect(),
            Class::Type => {
                let name = id.qualified_name();
                let uses = |object: &Object| match &object.facts {
                    Facts::Column(Column { data_type, .. }) if data_type.get().is_some_and(|of| of.name == name) => {
                        true
                    }
                    _ => {
                        expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.types().contains(&name))
                    }
                };
                let users = catalog.objects.iter().filter(|(_, object)| uses(object)).map(|(id, _)| id);
                let others = catalog.unmodelled.iter().filter(|(_, other)| is_made_of(other, &name)).map(|(id, _)| id);
                users.chain(others).map(normal).collect()
            }
            Class::Relation => {
                let parts = catalog.children(id).map(|(part, _)| (part.clone(), Dependency::Auto));
                let derived = catalog.unmodelled.iter().filter(|(_, other)| other.owned_by.as_ref() == Some(id));
                let derived = derived.map(|(id, other)| {
                    (id.clone(), if other.what == PARTITION { Dependency::Auto } else { Dependency::Normal })
                });
                let name = id.qualified_name();
                let others = catalog.objects.iter().filter(|(other, _)| other.parent().as_ref() != Some(id));
                let users = others.filter(|(_, object)| reads_relation(object, &name)).map(|(id, _)| normal(id));
                parts.chain(derived).chain(users).collect()
            }
            Class::Column => self.dependents_of_column(id),
            Class::Constraint | Class::Index => self.dependents_of_key(id),
            Class::Routine | Class::Operator | Class::Cast | Class::Collation | Class::Policy => Vec::new(),
        }
    }

    fn dependents_of_column(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let Some(table) = id.parent() else { return Vec::new() };
        let relation = table.qualified_name();
        let mut found: Vec<(ObjectId, Dependency)> = Vec::new();
        for (other, object) in &self.catalog().objects {
            let own = other.parent().as_ref() == Some(&table);
            // Nothing else reaches across tables.
            let may = own || matches!(object.facts, Facts::Policy(_) | Facts::ForeignKey(_));
            if other != id && may && reads_column(object, own, &relation, id.name()) {
                let goes = own
                    && match &object.facts {
                        // One that only refers to it, of the same table, stands in the way like any other.
                        Facts::ForeignKey(key) => key.columns.get().is_some_and(|columns| columns.contains(id.name())),
                        _ => matches!(other.class(), Class::Constraint | Class::Index),
                    };
                found.push((other.clone(), if goes { Dependency::Auto } else { Dependency::Normal }));
            }
        }
        found.extend(self.owned_sequences(id).into_iter().map(|sequence| (sequence, Dependency::Auto)));
        found
    }

    /// The foreign keys that need this to be unique.
    fn dependents_of_key(&self, id: &ObjectId) -> Vec<(ObjectId, Dependency)> {
        let (Some(table), Some(key)) = (id.parent(), self.catalog().objects.get(id)) else { return Vec::new() };
        let relation = table.qualified_name();
        let needs = |object: &Object| match &object.facts {
            Facts::ForeignKey(foreign) => {
                foreign.references.get().is_some_and(|to| to.relation == relation && is_unique_over(key, &to.columns))
            }
            _ => false,
        };
        let substitute = |columns: &[Ident]| {
            self.catalog().children(&table).any(|(other, object)| other != id && is_unique_over(object, columns))
        };
        self.catalog()
            .objects
            .iter()
            .filter(|(_, object)| needs(object))
            // Which of two equal keys a foreign key was built on is not known; the server took the first.
            .filter(|(_, object)| match &object.facts {
                Facts::ForeignKey(foreign) => !foreign.references.get().is_some_and(|to| substitute(&to.columns)),
                _ => false,
            })
            .map(|(id, _)| (id.clone(), Dependency::Normal))
            .collect()
    }

    fn columns_where(&self, wanted: impl Fn(&Column) -> bool) -> impl Iterator<Item = (&ObjectId, &Object)> {
        self.catalog().objects.iter().filter(move |(_, object)| match &object.facts {
            Facts::Column(column) => wanted(column),
            _ => false,
        })
    }

    /// The columns whose defaults use a sequence, or a type.
    fn columns_defaulting_to(&self, used: &ObjectId) -> Vec<ObjectId> {
        let uses = |default: &Expr, name: &QualifiedName| match used.class() {
            Class::Relation => default.tree().is_some_and(|tree| tree.relations().contains(name)),
            Class::Type => default.tree().is_some_and(|tree| tree.types().contains(name)),
            Class::Schema
            | Class::Extension
            | Class::Routine
            | Class::Operator
            | Class::Cast
            | Class::Collation
            | Class::Column
            | Class::Constraint
            | Class::Index
            | Class::Policy => false,
        };
        if !matches!(used.class(), Class::Relation | Class::Type) {
            return Vec::new();
        }
        let name = used.qualified_name();
        self.columns_where(|column| matches!(column.default.get(), Some(Some(default)) if uses(default, &name)))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// As the server names an object in an error.
    pub(super) fn describe(&self, id: &ObjectId) -> String {
        let part = |noun: &str| format!("{noun} {} on table {}", id.name(), id.path()[1]);
        match id.class() {
            Class::Schema => format!("schema {}", id.name()),
            Class::Extension => format!("extension {}", id.name()),
            Class::Type => format!("type {}", id.name()),
            Class::Routine => format!("function {}", id.name()),
            Class::Operator => format!("operator {}", id.name().as_str()),
            Class::Cast => format!("cast {}", id.name().as_str()),
            Class::Collation => format!("collation {}", id.name()),
            Class::Relation => {
                let what = self.catalog().unmodelled.get(id).map_or("table", |other| other.what.as_str());
                format!("{what} {}", id.name())
            }
            Class::Column => format!("column {} of table {}", id.name(), id.path()[1]),
            Class::Constraint => part("constraint"),
            Class::Index => format!("index {}", id.name()),
            Class::Policy => part("policy"),
        }
    }
}

/// Whether an expression of an object calls a function of that name.
pub(super) fn calls(object: &Object, routine: &Ident) -> bool {
    calls_any(object, &BTreeSet::from([routine.clone()]))
}

fn calls_any(object: &Object, routines: &BTreeSet<Ident>) -> bool {
    let calls = |expr: &Expr| expr.tree().is_some_and(|tree| !tree.functions().is_disjoint(routines));
    match &object.facts {
        Facts::Column(Column { default, .. }) if matches!(default.get(), Some(Some(default)) if calls(default)) => true,
        _ => expressions(object).into_iter().any(calls),
    }
}

fn routine_name(object: &pg_query::Node) -> Option<Ident> {
    match &object.node {
        Some(pg_query::NodeEnum::ObjectWithArgs(routine)) => routine.objname.last().and_then(string_of).map(Ident::new),
        _ => None,
    }
}

fn uses_opclass(index: &Index, opclasses: &BTreeSet<Ident>) -> bool {
    let mut named = index.keys.get().into_iter().flatten().filter_map(|key| key.opclass.as_ref());
    named.any(|opclass| opclasses.contains(&opclass.name))
}

fn is_absence(sqlstate: &str) -> bool {
    [UNDEFINED_TABLE, UNDEFINED_OBJECT, UNDEFINED_FUNCTION, INVALID_SCHEMA_NAME].contains(&sqlstate)
}

fn expressions(object: &Object) -> Vec<&Expr> {
    match &object.facts {
        Facts::Check(check) => check.expression.get().into_iter().collect(),
        Facts::Index(index) => index_expressions(index),
        Facts::Policy(policy) => {
            [&policy.using, &policy.with_check].into_iter().filter_map(|e| e.get()?.as_ref()).collect()
        }
        Facts::Column(column) => {
            let generated = column.generated.get().and_then(|generated| generated.as_ref());
            generated.map(|generated| &generated.expression).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn index_expressions(index: &Index) -> Vec<&Expr> {
    let keys = index.keys.get().into_iter().flatten().filter_map(|key| match &key.term {
        KeyTerm::Expr(expr) => Some(expr),
        KeyTerm::Column(_) => None,
    });
    keys.chain(index.predicate.get().and_then(|predicate| predicate.as_ref())).collect()
}

fn reads_relation(object: &Object, relation: &QualifiedName) -> bool {
    match &object.facts {
        Facts::ForeignKey(key) => key.references.get().is_some_and(|to| to.relation == *relation),
        _ => expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.relations().contains(relation)),
    }
}

/// Whether an object reads a column; `own` where both belong to the same table.
pub(super) fn reads_column(object: &Object, own: bool, relation: &QualifiedName, column: &Ident) -> bool {
    let listed = |columns: &Attr<Vec<Ident>>| own && columns.get().is_some_and(|columns| columns.contains(column));
    let direct = match &object.facts {
        Facts::PrimaryKey(key) => listed(&key.columns) || listed(&key.include),
        Facts::Unique(unique) => listed(&unique.columns) || listed(&unique.include),
        Facts::ForeignKey(key) => {
            let referenced =
                |to: &crate::catalog::kind::References| to.relation == *relation && to.columns.contains(column);
            listed(&key.columns) || key.references.get().is_some_and(referenced)
        }
        Facts::Index(index) => {
            let is_key =
                |key: &crate::catalog::kind::IndexKey| matches!(&key.term, KeyTerm::Column(name) if name == column);
            listed(&index.include) || own && index.keys.get().into_iter().flatten().any(is_key)
        }
        _ => false,
    };
    let wanted = (relation.clone(), column.clone());
    direct || expressions(object).into_iter().filter_map(Expr::tree).any(|tree| tree.columns().contains(&wanted))
}
