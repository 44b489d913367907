//! What values and expressions name.

use crate::catalog::kind::{ColumnName, OperatorName, RelationName, RoutineName};
use crate::catalog::tree::Names;
use crate::catalog::{AttrValue, Class, Expr, Facts, ObjectId, Tree, Visitor};
use crate::replay::Replay;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// All that the values of an object name.
    pub(super) fn named_by_facts(&self, facts: &Facts) -> Vec<ObjectId> {
        let mut named = Named { replay: self, found: Vec::new() };
        facts.clone().visit(&mut named);
        named.found
    }

    /// All that one value names.
    pub(super) fn named_by(&self, value: &mut impl AttrValue) -> Vec<ObjectId> {
        let mut named = Named { replay: self, found: Vec::new() };
        value.visit(&mut named);
        named.found
    }

    /// What a resolved expression names that is not the server's own.
    pub(super) fn named_in(&self, tree: &Tree) -> Vec<ObjectId> {
        let mut naming = Naming { replay: self, found: Vec::new() };
        tree.root.clone().visit(&mut naming);
        naming.found
    }
}

/// Keeps what values name.
struct Named<'a> {
    replay: &'a Replay,
    found: Vec<ObjectId>,
}

impl Visitor for Named<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        self.found.extend(expr.tree().into_iter().flat_map(|tree| self.replay.named_in(tree)));
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.found.extend(self.replay.type_object(&name.name));
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        self.found.extend(RelationName(name.clone()).id());
    }

    fn column(&mut self, name: &mut ColumnName) {
        self.found.extend(name.id());
    }

    fn routine(&mut self, name: &mut RoutineName) {
        self.found.extend(name.id());
    }

    fn operator(&mut self, name: &mut OperatorName) {
        self.found.extend(name.id());
    }

    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        self.found.extend(name.schema.as_ref().map(|schema| ObjectId::in_schema(class, schema, &name.name)));
    }
}

struct Naming<'a> {
    replay: &'a Replay,
    found: Vec<ObjectId>,
}

impl Naming<'_> {
    fn add(&mut self, class: Class, name: &QualifiedName) {
        self.found.extend(name.schema.as_ref().map(|schema| ObjectId::in_schema(class, schema, &name.name)));
    }
}

impl Names for Naming<'_> {
    fn column(&mut self, table: &mut QualifiedName, name: &mut Ident) {
        let table = table.schema.as_ref().map(|schema| ObjectId::in_schema(Class::Relation, schema, &table.name));
        self.found.extend(table.map(|table| table.part(Class::Column, name)));
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        self.add(Class::Relation, name);
    }

    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        self.add(class, name);
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.found.extend(self.replay.type_object(&name.name));
    }

    fn function(&mut self, name: &mut QualifiedName, declared: Option<&[TypeName]>) {
        if let (Some(schema), Some(types)) = (&name.schema, declared) {
            self.found.push(ObjectId::call(Class::Routine, schema, &name.name, types.to_vec()));
        }
    }

    /// An expression does not say which of several operators it is.
    fn operator(&mut self, name: &mut QualifiedName) {
        let Some(schema) = &name.schema else { return };
        let mut overloads = self.replay.catalog().overloads(Class::Operator, schema, &name.name);
        if let (Some((only, _)), None) = (overloads.next(), overloads.next()) {
            self.found.push(only.clone());
        }
    }

    fn collation(&mut self, name: &mut QualifiedName) {
        self.add(Class::Collation, name);
    }
}
