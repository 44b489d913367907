//! Trying out what pieces of SQL would mean in a database that exists: how a spec is bound.

use std::collections::BTreeSet;

use pg_query::NodeEnum;

use super::database::{Database, Space};
use super::references::Dependent;
use super::{Replay, Statement};
use crate::catalog::kind::{OperatorName, RoutineName, Table};
use crate::catalog::meaning::Signature;
use crate::catalog::{Attr, Catalog, Class, Expr, Facts, FileId, Kind, ObjectId, Origin, Visitor};
use crate::expr;
use crate::library::Library;
use crate::sql::{Ident, QualifiedName, TypeName, parse};

impl Replay {
    /// A copy of a database in which statements may speak of what is not there.
    pub fn for_binding(catalog: Catalog, search_path: Vec<Ident>) -> Self {
        let mut replay = Self::with(Database::over(catalog));
        replay.session.search_path = search_path;
        replay.lenient = true;
        replay
    }

    /// Carries out one statement, if it is one.
    ///
    /// # Errors
    /// Where even a database that lacks nothing would refuse it, or it says what the model cannot hold:
    /// the words, and a hint.
    pub fn try_statement(&mut self, file: FileId, text: &str) -> Result<(), (String, Option<String>)> {
        parse::parse_one(text).map_or(Ok(()), |node| self.try_parsed(file, text, &node))
    }

    /// The same of a tree that is the text's but for the relation that it is about.
    ///
    /// # Errors
    /// The same.
    pub fn try_parsed(&mut self, file: FileId, text: &str, node: &NodeEnum) -> Result<(), (String, Option<String>)> {
        self.execute(&Statement { file, text, base: 0, computed: None, places: None }, node);
        let notes = std::mem::take(&mut self.notes);
        if let Some(refusal) = self.refusals.pop() {
            return Err((refusal.message, refusal.hint));
        }
        match notes.into_iter().next() {
            Some(note) => {
                Err((note.message, Some("take it out for now: what is not checked must not look as if it were".into())))
            }
            None => Ok(()),
        }
    }

    /// The objects that have been made since the last time.
    pub fn take_made(&mut self) -> BTreeSet<ObjectId> {
        self.database.take_made()
    }

    /// Whether a relation has a name already. What a spec expects may have the name of what is there instead.
    pub(super) fn is_in_the_way(&self, schema: &Ident, name: &str) -> bool {
        !self.lenient && self.database.is_taken(Space::Relation, schema, name)
    }

    /// Where what a statement makes without naming a schema goes.
    pub fn create_in(&mut self, search_path: Vec<Ident>) {
        self.session.search_path = search_path;
    }

    /// Which object needs which other.
    pub fn dependencies(&self) -> Vec<(ObjectId, ObjectId)> {
        let own = |dependent: Dependent| match dependent {
            Dependent::Object(id) | Dependent::Default(id) | Dependent::Attribute(id, _) | Dependent::Member(id, _) => {
                id
            }
        };
        self.references().into_iter().map(|(dependent, on, _)| (own(dependent), on)).collect()
    }

    /// Takes an object away with all its parts, whatever depends on it, and an index that has the name of a relation.
    pub fn forget(&mut self, id: &ObjectId) {
        let mut gone: Vec<ObjectId> = self.catalog().children(id).map(|(part, _)| part.clone()).collect();
        gone.push(id.clone());
        let columns = gone.iter().filter(|id| id.class() == Class::Column);
        let sequences: Vec<ObjectId> = columns.flat_map(|column| self.owned_sequences(column)).collect();
        if let Some(column) = self.made_not_null_by(id) {
            self.store_not_null(&column, None, true, &Origin::Server);
        }
        // Columns own sequences, types what is made with them, tables their children.
        let has_such = matches!(id.class(), Class::Relation | Class::Column | Class::Type);
        let along = self.catalog().unmodelled.iter().filter(|_| has_such);
        let along = along.filter(|(_, other)| other.owned_by.as_ref() == Some(id)).map(|(other, _)| other.clone());
        let along: Vec<ObjectId> = along.collect();
        let multirange = self.multirange_of(id);
        let is_relation = matches!(id.class(), Class::Relation | Class::Type);
        let bearers =
            id.schema().filter(|_| is_relation).map(|schema| self.database.named(Space::Relation, schema, id.name()));
        let is_index = |id: &&ObjectId| matches!(id.class(), Class::Index | Class::Constraint);
        let bearers: Vec<ObjectId> = bearers.into_iter().flatten().filter(is_index).cloned().collect();
        for id in gone.iter().chain(&sequences).chain(&along).chain(&multirange).chain(&bearers) {
            self.database.remove(id);
            self.database.remove_unmodelled(id);
        }
        self.database.commit();
    }

    /// What a range type brings along: the type of several such ranges, with the functions that make these.
    fn multirange_of(&self, id: &ObjectId) -> Vec<ObjectId> {
        let Some(Facts::Range(range)) = self.catalog().facts(id) else { return Vec::new() };
        let Some(TypeName { name, .. }) = range.multirange.get().and_then(Option::as_ref) else { return Vec::new() };
        let Some(schema) = &name.schema else { return Vec::new() };
        let makers = self.catalog().overloads(Class::Routine, &id.path()[0], &name.name);
        let makers = makers.filter(|(id, _)| self.catalog().unmodelled.contains_key(*id)).map(|(id, _)| id.clone());
        makers.chain([ObjectId::in_schema(Class::Type, schema, &name.name)]).collect()
    }

    /// The column that a constraint makes NOT NULL, if that is what it does.
    pub fn made_not_null_by(&self, constraint: &ObjectId) -> Option<ObjectId> {
        let table = constraint.parent().filter(|_| constraint.class() == Class::Constraint)?;
        self.not_null_called(&table, constraint.name().as_str())
    }

    /// Puts columns into an order; those that it does not name stand behind, as they stood.
    pub fn order_columns(&mut self, table: &ObjectId, order: &[Ident]) {
        let columns: Vec<Ident> = self.catalog().parts(table, Class::Column).map(|(id, _)| id.name().clone()).collect();
        self.database.edit::<Table>(table, |facts| {
            let before = facts.column_order.get().cloned().unwrap_or_default();
            let mut after: Vec<Ident> =
                order.iter().chain(&before).filter(|name| columns.contains(name)).cloned().collect();
            after.extend(columns);
            let mut seen = BTreeSet::new();
            after.retain(|name| seen.insert(name.clone()));
            facts.column_order = Attr::Is(after, Origin::Server);
        });
    }

    /// Lays what is stated over what is there, and gives it back with all that it refers to by name looked up.
    pub fn put(&mut self, id: &ObjectId, mut stated: Facts) -> Facts {
        stated.visit(&mut LookUp { replay: self });
        let there = self.catalog().facts(id).filter(|facts| facts.kind() == stated.kind());
        let mut facts = there.cloned().unwrap_or_else(|| stated.kind().unstated());
        facts.overlay(stated.clone());
        // Which of them is meant hangs on the access method, which may not be stated here.
        facts.visit_opclasses(id, &mut |class, method, name| {
            if name.schema.is_none() {
                *name = self.with_schema(class, method, name);
            }
        });
        // The class that a type has by itself is the same index, written out or not.
        let table = if facts.kind() == Kind::Table { Some(id.clone()) } else { id.parent() };
        facts.visit_keys(&mut |method, key| {
            let of = table.as_ref().and_then(|table| self.type_of_key(table, key));
            key.opclass.take_if(|name| of.is_some_and(|of| self.is_default_opclass(method, &of, name)));
        });
        let mut found = facts.clone();
        let mut expressions = Expressions(false);
        stated.visit(&mut expressions);
        if expressions.0 {
            // What an expression means may hang on what is not stated here: a default is one of its column's type.
            expr::resolve_facts(&mut found, id, self.catalog(), &self.search_path());
        }
        found.unstate_beside(&stated);
        self.database.insert(id.clone(), facts, Origin::Server);
        self.database.commit();
        found
    }

    /// A type as the search path has it, or as it is written where there is none of that name.
    pub fn type_called(&self, name: &TypeName) -> TypeName {
        self.resolve_type(name.clone()).unwrap_or_else(|_| name.clone())
    }

    /// The schema in which an object of a class is found along the search path; none for the server's own.
    fn schema_of(&self, make: impl Fn(&Ident) -> ObjectId) -> Option<Ident> {
        self.search_path().into_iter().find(|schema| self.catalog().exists(&make(schema)))
    }
}

/// Whether there are any.
struct Expressions(bool);

impl Visitor for Expressions {
    fn expr(&mut self, _expr: &mut Expr) {
        self.0 = true;
    }
}

/// Gives names the schemas that they have along the search path.
struct LookUp<'a> {
    replay: &'a Replay,
}

impl Visitor for LookUp<'_> {
    fn type_name(&mut self, name: &mut TypeName) {
        *name = self.replay.type_called(name);
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        let schema = name.schema.as_ref().map_or("", Ident::as_str);
        if let Some(id) = self.replay.find_relation(schema, name.name.as_str()) {
            *name = id.qualified_name();
        } else if name.schema.is_none() {
            name.schema = self.replay.session.search_path.first().cloned();
        }
    }

    fn routine(&mut self, name: &mut RoutineName) {
        let args: Vec<TypeName> = name.args.iter().map(|of| self.replay.type_called(of)).collect();
        let library = Library::of(self.replay.catalog().version);
        if name.name.schema.is_none() && !takes(library.routines(name.name.name.as_str()), &args) {
            let called = |schema: &Ident| ObjectId::call(Class::Routine, schema, &name.name.name, args.clone());
            name.name.schema = self.replay.schema_of(called);
        }
    }

    fn operator(&mut self, name: &mut OperatorName) {
        let args: Vec<TypeName> = name.args.iter().map(|of| self.replay.type_called(of)).collect();
        let library = Library::of(self.replay.catalog().version);
        if name.schema.is_none() && !takes(library.operators(name.name.as_str()), &args) {
            let called = |schema: &Ident| ObjectId::call(Class::Operator, schema, &name.name, args.clone());
            name.schema = self.replay.schema_of(called);
        }
    }

    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        if name.schema.is_some() {
            return;
        }
        let parts = [name.name.as_str().to_owned()];
        let found = match Kind::ALL.iter().find(|kind| kind.class() == class) {
            Some(Kind::Collation) => self.replay.collation(&parts).map(|found| found.0).ok(),
            Some(kind) => self.replay.text_search_name(*kind, &parts).ok(),
            None => None,
        };
        *name = found.unwrap_or_else(|| name.clone());
    }
}

/// Whether one of these takes arguments of just these types.
fn takes(signatures: &[Signature], args: &[TypeName]) -> bool {
    signatures.iter().any(|signature| signature.args.iter().map(|arg| &arg.of).eq(args))
}
