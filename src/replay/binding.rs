//! Trying out what pieces of SQL would mean in a database that exists: how a spec is bound.

use std::collections::BTreeSet;

use super::database::Database;
use super::references::Dependent;
use super::{Replay, Statement};
use crate::catalog::kind::Table;
use crate::catalog::{Attr, Catalog, Class, Expr, Facts, FileId, ObjectId, Origin, Visitor};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName, parse};

impl Replay {
    /// A copy of a database in which statements may speak of what is not there.
    pub fn for_binding(catalog: Catalog, search_path: Vec<Ident>) -> Self {
        let mut replay = Self::with(Database::over(catalog));
        replay.session.search_path = search_path;
        replay.lenient = true;
        replay
    }

    /// Carries out one statement.
    ///
    /// # Errors
    /// Where even a database that lacks nothing would refuse it, or it says what the model cannot hold:
    /// the words, and a hint.
    pub fn try_statement(&mut self, file: FileId, text: &str) -> Result<(), (String, Option<String>)> {
        let statement = Statement { file, text, base: 0, computed: None, places: None };
        if let Ok(node) = parse::parse_one(text) {
            self.execute(&statement, &node);
        }
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

    /// Takes an object away with all its parts, whatever depends on it.
    pub fn forget(&mut self, id: &ObjectId) {
        let mut gone: Vec<ObjectId> = self.catalog().children(id).map(|(part, _)| part.clone()).collect();
        gone.push(id.clone());
        let columns = gone.iter().filter(|id| id.class() == Class::Column);
        let sequences: Vec<ObjectId> = columns.flat_map(|column| self.owned_sequences(column)).collect();
        if let Some(column) = self.made_not_null_by(id) {
            self.store_not_null(&column, None, true, &Origin::Server);
        }
        for id in gone.iter().chain(&sequences) {
            self.database.remove(id);
            self.database.remove_unmodelled(id);
        }
        self.database.commit();
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

    /// Lays what is stated over what is there.
    pub fn put(&mut self, id: &ObjectId, stated: Facts) {
        let mut facts = self.catalog().facts(id).cloned().unwrap_or_else(|| stated.kind().unstated());
        facts.overlay(stated);
        self.database.insert(id.clone(), facts, Origin::Server);
        self.database.commit();
    }

    /// Looks up all that `facts` refer to by name.
    pub fn resolve_facts(&self, facts: &mut Facts, relation: Option<&ObjectId>, column: Option<&ObjectId>) {
        let known = column.and_then(|id| self.catalog().get::<crate::catalog::kind::Column>(id));
        let target = known.and_then(|column| column.data_type.get().cloned());
        facts.visit(&mut LookUp { replay: self, relation, target });
    }
}

struct LookUp<'a> {
    replay: &'a Replay,
    relation: Option<&'a ObjectId>,
    /// The type of the column at hand, which is visited before its default.
    target: Option<TypeName>,
}

impl Visitor for LookUp<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let search_path = self.replay.search_path();
        let catalog = self.replay.catalog();
        let scope = Scope {
            catalog,
            search_path: &search_path,
            around: self.relation.map_or(Around::Nothing, Around::Relation),
            wanted: self.target.as_ref().map_or(Wanted::Value, |of| Wanted::Stored { column: "", of }),
        };
        expr::resolve_pending(expr, &scope);
    }

    fn type_name(&mut self, name: &mut TypeName) {
        if let Ok(found) = self.replay.resolve_type(name.clone()) {
            *name = found;
        }
        self.target = Some(name.clone());
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        let schema = name.schema.as_ref().map_or("", Ident::as_str);
        if let Some(id) = self.replay.find_relation(schema, name.name.as_str()) {
            *name = id.qualified_name();
        } else if name.schema.is_none() {
            name.schema = self.replay.session.search_path.first().cloned();
        }
    }
}
