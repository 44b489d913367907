//! What an object refers to: the rows of `pg_depend` that its creation would write
//! (`recordDependencyOn()` and its like).

mod named;
mod opclasses;

use std::collections::BTreeMap;

use super::Replay;
use super::indexcmds::is_unique_over;
use super::opclass::OpClass;
use super::opclasscmds::FamilySlot;
use crate::catalog::kind::{
    CollationName, Column, ColumnName, ForeignKey, IndexKey, KeyTerm, Operator, OperatorName, Publication, Range,
    References, RelationName, Statistics,
};
use crate::catalog::meaning::{Signature, TypeSort};
use crate::catalog::{Attr, Class, Expr, Facts, Meaning, ObjectId, Unmodelled};
use crate::sql::{Ident, QualifiedName, TypeName};

/// How an object depends on another (`deptype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dependency {
    /// It goes with it.
    Auto,
    /// It has to be named, or CASCADE said.
    Normal,
}

/// What can go by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependent {
    Object(ObjectId),
    /// The default of a column, an object to `pg_depend` (`pg_attrdef`).
    Default(ObjectId),
    /// An attribute of a composite type, which is a column to `pg_depend`.
    Attribute(ObjectId, Ident),
    /// What belongs to an operator family and to no class (`pg_amop`, `pg_amproc`).
    Member(ObjectId, FamilySlot),
}

/// Who depends on what, and how.
pub(super) type Reference = (Dependent, ObjectId, Dependency);

impl Replay {
    /// All that refers to anything.
    pub(super) fn references(&self) -> Vec<Reference> {
        let mut found = Found::new(self);
        self.catalog().ids().flat_map(|id| found.of_object(id)).collect()
    }

    /// Whether an object reads a column of a relation.
    pub(super) fn reads_column(&self, id: &ObjectId, column: &ObjectId) -> bool {
        let mut found = Found::new(self);
        if let Some(facts) = self.catalog().facts(id) {
            found.of_facts(id, facts);
        }
        let is_own = |dependent: &Dependent| *dependent == Dependent::Object(id.clone());
        found.references.iter().any(|(dependent, on, _)| is_own(dependent) && on == column)
    }
}

/// What objects refer to, one after the other.
pub(super) struct Found<'a> {
    replay: &'a Replay,
    references: Vec<Reference>,
    /// The operator classes that are not the server's own, of each access method.
    opclasses: BTreeMap<Ident, Vec<OpClass>>,
}

impl<'a> Found<'a> {
    pub(super) fn new(replay: &'a Replay) -> Self {
        Self { replay, references: Vec::new(), opclasses: BTreeMap::new() }
    }
}

impl Found<'_> {
    /// What one object refers to, modelled or not.
    pub(super) fn of_object(&mut self, id: &ObjectId) -> Vec<Reference> {
        let catalog = self.replay.catalog();
        // What is published goes out of its publication, and leaves that there (`unpublish()`).
        if let Some(facts) = catalog.facts(id).filter(|_| id.class() != Class::Publication) {
            self.of_place(id);
            self.of_facts(id, facts);
            facts.goes_with(id, catalog).into_iter().for_each(|on| self.add(id, on, Dependency::Auto));
        }
        if let Some(other) = catalog.unmodelled.get(id) {
            self.of_unmodelled(id, other);
        }
        std::mem::take(&mut self.references)
    }

    fn of_unmodelled(&mut self, id: &ObjectId, other: &Unmodelled) {
        let owner = other.owned_by.clone();
        if let Some(extension) = other.what.strip_prefix("member of the extension ") {
            let extension = QualifiedName::parse(extension).unwrap_or_default().name;
            self.add(id, ObjectId::top(Class::Extension, &extension), Dependency::Auto);
        } else if let Some(range) = owner.clone().filter(|owner| owner.class() == Class::Type) {
            // What comes along with a range type goes with it.
            self.add(id, range, Dependency::Auto);
        } else {
            self.of_place(id);
            self.of_meaning(id, &other.meaning);
            owner.into_iter().for_each(|owner| self.add(id, owner, Dependency::Normal));
        }
    }

    fn add(&mut self, id: &ObjectId, on: ObjectId, how: Dependency) {
        self.references.push((Dependent::Object(id.clone()), on, how));
    }

    /// What it stands in: a part goes with its relation, and a schema has to be empty.
    fn of_place(&mut self, id: &ObjectId) {
        if let Some(parent) = id.parent() {
            let stays = matches!(parent.class(), Class::Schema | Class::ForeignServer);
            let how = if stays { Dependency::Normal } else { Dependency::Auto };
            self.add(id, parent, how);
        }
    }

    /// What stands in no schema, by its name.
    fn of_top(&mut self, id: &ObjectId, class: Class, name: Option<&Ident>) {
        name.into_iter().for_each(|name| self.add(id, ObjectId::top(class, name), Dependency::Normal));
    }

    fn of_facts(&mut self, id: &ObjectId, facts: &Facts) {
        self.of_global_names(id, facts);
        self.of_opclasses(id, facts);
        match facts {
            Facts::DefaultPrivileges(_) if !id.path()[1].as_str().is_empty() => {
                self.add(id, ObjectId::top(Class::Schema, &id.path()[1]), Dependency::Auto);
            }
            Facts::ForeignServer(server) => {
                self.of_top(id, Class::ForeignDataWrapper, server.wrapper.get());
            }
            Facts::ForeignTable(table) => {
                self.of_top(id, Class::ForeignServer, table.server.get());
                self.of_values(id, facts);
            }
            Facts::Publication(publication) => self.of_publication(id, publication, facts),
            Facts::Extension(extension) => {
                self.of_top(id, Class::Schema, extension.schema.get());
            }
            Facts::Column(column) => self.of_column(id, column),
            Facts::PrimaryKey(key) => self.of_columns(id, &[&key.columns, &key.include]),
            Facts::Unique(key) => self.of_columns(id, &[&key.columns, &key.include]),
            Facts::Check(check) => {
                check.expression.get().into_iter().for_each(|expr| self.of_expr(id, expr, Dependency::Auto));
            }
            Facts::ForeignKey(key) => {
                self.of_columns(id, &[&key.columns]);
                self.of_referenced(id, key);
            }
            Facts::Index(index) => {
                self.of_columns(id, &[&index.include]);
                self.of_keys(id, &index.keys);
                self.of_predicate(id, &index.predicate);
            }
            Facts::Exclusion(key) => {
                let before = self.references.len();
                self.of_keys(id, &key.keys);
                self.of_predicate(id, &key.predicate);
                // Of what its index reads, the constraint itself goes with its columns alone.
                self.references[before..].iter_mut().for_each(|(.., how)| *how = Dependency::Normal);
                self.of_columns(id, &[&key.include]);
                for key in key.keys.get().into_iter().flatten() {
                    if let KeyTerm::Column(column) = &key.term {
                        self.of_own_column(id, column);
                    }
                }
                let operators = key.operators.get().into_iter().flatten().filter_map(OperatorName::id);
                operators.for_each(|operator| self.add(id, operator, Dependency::Normal));
            }
            Facts::Policy(policy) => {
                let clauses =
                    [&policy.using, &policy.with_check].into_iter().filter_map(|clause| clause.get()?.as_ref());
                clauses.for_each(|expr| self.of_expr(id, expr, Dependency::Normal));
            }
            Facts::Sequence(sequence) => {
                let owner = sequence.owned_by.get().and_then(Option::as_ref).and_then(ColumnName::id);
                owner.into_iter().for_each(|owner| self.add(id, owner, Dependency::Auto));
            }
            Facts::Composite(composite) => {
                for one in composite.attributes.get().into_iter().flatten() {
                    let on = self.replay.type_object(&one.of.name);
                    let on = on.into_iter().chain(one.collation.as_ref().and_then(CollationName::id));
                    let attribute = Dependent::Attribute(id.clone(), one.name.clone());
                    self.references.extend(on.map(|on| (attribute.clone(), on, Dependency::Normal)));
                }
            }
            Facts::Range(range) => self.of_range(id, range),
            Facts::Table(table) => {
                for key in table.partition_key.get().into_iter().flatten() {
                    // There is no partitioned table without its key.
                    if let KeyTerm::Column(name) = &key.term {
                        self.add(id, id.part(Class::Column, name), Dependency::Auto);
                    }
                }
                self.of_values(id, facts);
            }
            Facts::Trigger(trigger) => {
                // The other table of a constraint trigger takes it with it.
                let from = trigger.from.get().and_then(Option::as_ref).and_then(RelationName::id);
                let before = self.references.len();
                self.of_columns(id, &[&trigger.columns]);
                self.of_values(id, facts);
                for (_, on, how) in &mut self.references[before..] {
                    *how = if Some(&*on) == from.as_ref() { Dependency::Auto } else { Dependency::Normal };
                }
            }
            Facts::Statistics(statistics) => self.of_statistics(id, statistics),
            // Its commutator and its negator may go without it.
            Facts::Operator(operator) => {
                let alone = Operator { commutator: Attr::Unstated, negator: Attr::Unstated, ..(**operator).clone() };
                self.of_types_taken(id);
                self.of_values(id, &alone.into());
            }
            Facts::Cast(_) => {
                self.of_types_taken(id);
                self.of_values(id, facts);
            }
            Facts::OperatorFamily(family) => self.of_family(id, family),
            _ => self.of_values(id, facts),
        }
    }

    /// The language or the access method that it is made with.
    fn of_global_names(&mut self, id: &ObjectId, facts: &Facts) {
        let (class, name) = match facts {
            Facts::Function(function) => (Class::Language, function.language.get()),
            Facts::Procedure(procedure) => (Class::Language, procedure.language.get()),
            Facts::Table(table) => (Class::AccessMethod, table.access_method.get().and_then(Option::as_ref)),
            Facts::MaterializedView(view) => (Class::AccessMethod, view.access_method.get().and_then(Option::as_ref)),
            Facts::Index(index) => (Class::AccessMethod, index.method.get()),
            _ => return,
        };
        name.into_iter().for_each(|name| self.add(id, ObjectId::top(class, name), Dependency::Normal));
    }

    /// All that the values of an object name.
    fn of_values(&mut self, id: &ObjectId, facts: &Facts) {
        for on in self.replay.named_by_facts(facts) {
            self.add(id, on, Dependency::Normal);
        }
    }

    fn of_publication(&mut self, id: &ObjectId, publication: &Publication, facts: &Facts) {
        for table in publication.tables.get().into_iter().flatten() {
            let relation = RelationName(table.relation.clone()).id();
            for (relation, column) in relation.iter().flat_map(|r| table.columns.iter().flatten().map(move |c| (r, c)))
            {
                self.add(id, relation.part(Class::Column, column), Dependency::Normal);
            }
        }
        self.of_values(id, facts);
    }

    fn of_column(&mut self, id: &ObjectId, column: &Column) {
        column.data_type.get().into_iter().for_each(|of| self.of_type(id, of));
        self.of_collation(id, column.collation.get().and_then(Option::as_ref));
        if let Some(generated) = column.generated.get().and_then(Option::as_ref) {
            let before = self.references.len();
            self.of_expr(id, &generated.expression, Dependency::Normal);
            // Up to 14 a generated column goes with whatever it reads.
            let is_old = self.replay.catalog().version < 15;
            self.references[before..].iter_mut().filter(|_| is_old).for_each(|(.., how)| *how = Dependency::Auto);
        }
        if let Some(default) = column.default.get().and_then(Option::as_ref) {
            let before = self.references.len();
            self.of_expr(id, default, Dependency::Normal);
            for (dependent, ..) in &mut self.references[before..] {
                *dependent = Dependent::Default(id.clone());
            }
            self.references.push((Dependent::Default(id.clone()), id.clone(), Dependency::Auto));
        }
    }

    fn of_range(&mut self, id: &ObjectId, range: &Range) {
        range.subtype.get().into_iter().for_each(|of| self.of_type(id, of));
        self.of_collation(id, range.collation.get().and_then(Option::as_ref));
        for routine in [&range.canonical, &range.subtype_diff].into_iter().filter_map(|one| one.get()?.as_ref()) {
            routine.id().into_iter().for_each(|routine| self.add(id, routine, Dependency::Normal));
        }
    }

    /// A statistics object goes with each of its columns, and with its relation.
    fn of_statistics(&mut self, id: &ObjectId, statistics: &Statistics) {
        let Some(relation) = statistics.relation.get().and_then(RelationName::id) else { return };
        for key in statistics.keys.get().into_iter().flatten() {
            match key {
                KeyTerm::Column(column) => self.add(id, relation.part(Class::Column, column), Dependency::Auto),
                KeyTerm::Expr(expr) => self.of_expr_over(id, Some(&relation), expr, Dependency::Auto),
            }
        }
        self.add(id, relation, Dependency::Auto);
    }

    /// What the keys of an index stand on.
    fn of_keys(&mut self, id: &ObjectId, keys: &Attr<Vec<IndexKey>>) {
        for key in keys.get().into_iter().flatten() {
            match &key.term {
                KeyTerm::Column(column) => self.of_own_column(id, column),
                KeyTerm::Expr(expr) => self.of_expr(id, expr, Dependency::Auto),
            }
            self.of_collation(id, key.collation.as_ref());
        }
    }

    fn of_collation(&mut self, id: &ObjectId, name: Option<&CollationName>) {
        let collation = name.and_then(CollationName::id);
        collation.into_iter().for_each(|collation| self.add(id, collation, Dependency::Normal));
    }

    fn of_predicate(&mut self, id: &ObjectId, predicate: &Attr<Option<Expr>>) {
        let predicate = predicate.get().and_then(Option::as_ref);
        predicate.into_iter().for_each(|expr| self.of_expr(id, expr, Dependency::Auto));
    }

    fn of_columns(&mut self, id: &ObjectId, lists: &[&Attr<Vec<Ident>>]) {
        for column in lists.iter().filter_map(|list| list.get()).flatten() {
            self.of_own_column(id, column);
        }
    }

    fn of_own_column(&mut self, id: &ObjectId, column: &Ident) {
        if let Some(table) = id.parent() {
            self.add(id, table.part(Class::Column, column), Dependency::Auto);
        }
    }

    /// What a foreign key refers to, and the key there that it was built on. Which of two equal ones that is
    /// is not known, and then none stands in the way.
    fn of_referenced(&mut self, id: &ObjectId, key: &ForeignKey) {
        let Some(References { relation, columns }) = key.references.get() else { return };
        let Some(schema) = &relation.schema else { return };
        let table = ObjectId::in_schema(Class::Relation, schema, &relation.name);
        for column in columns {
            self.add(id, table.part(Class::Column, column), Dependency::Normal);
        }
        let keys = self.replay.catalog().children(&table).filter(|(_, object)| is_unique_over(object, columns));
        let keys: Vec<ObjectId> = keys.map(|(id, _)| id.clone()).collect();
        if let [only] = keys.as_slice() {
            self.add(id, only.clone(), Dependency::Normal);
        }
        self.add(id, table, Dependency::Normal);
    }

    /// What an expression names; `own` is how its object depends on the columns of its own table.
    fn of_expr(&mut self, id: &ObjectId, expr: &Expr, own: Dependency) {
        self.of_expr_over(id, id.parent().as_ref(), expr, own);
    }

    /// The same for one over the columns of that relation.
    fn of_expr_over(&mut self, id: &ObjectId, relation: Option<&ObjectId>, expr: &Expr, own: Dependency) {
        let Some(tree) = expr.tree() else { return };
        for on in self.replay.named_in(tree) {
            let is_own = on.class() == Class::Column && on.parent().as_ref() == relation;
            self.add(id, on, if is_own { own } else { Dependency::Normal });
        }
    }

    fn of_type(&mut self, id: &ObjectId, of: &TypeName) {
        if let Some(on) = self.replay.type_object(&of.name) {
            self.add(id, on, Dependency::Normal);
        }
    }

    fn of_meaning(&mut self, id: &ObjectId, meaning: &Meaning) {
        match meaning {
            Meaning::Unknown => {}
            Meaning::Columns(columns) => columns.iter().for_each(|(_, of)| self.of_type(id, of)),
            Meaning::Cast(_) => self.of_types_taken(id),
            Meaning::Type(meaning) => match &meaning.sort {
                TypeSort::Domain(of) | TypeSort::Range { subtype: of, .. } => self.of_type(id, of),
                TypeSort::Composite(attributes) => attributes.iter().for_each(|(_, of)| self.of_type(id, of)),
                TypeSort::Multirange(range) => {
                    let range = self.replay.type_object(range);
                    range.into_iter().for_each(|range| self.add(id, range, Dependency::Auto));
                }
                TypeSort::Base | TypeSort::Enum | TypeSort::Pseudo => {}
            },
            Meaning::Call(signature) => self.of_signature(id, signature),
        }
    }

    /// A routine needs its types.
    fn of_signature(&mut self, id: &ObjectId, signature: &Signature) {
        let outputs = signature.outputs.iter().map(|(_, of)| of);
        for of in signature.types().chain([&signature.result]).chain(outputs) {
            let on = self.replay.type_object(&of.name);
            on.into_iter().for_each(|on| self.add(id, on, Dependency::Normal));
        }
    }

    fn of_types_taken(&mut self, id: &ObjectId) {
        id.args().iter().for_each(|of| self.of_type(id, of));
    }
}

impl Replay {
    /// The object that a type is, or the relation of whose rows it is.
    pub(super) fn type_object(&self, name: &QualifiedName) -> Option<ObjectId> {
        let schema = name.schema.as_ref()?;
        let ids = [Class::Type, Class::Relation].map(|class| ObjectId::in_schema(class, schema, &name.name));
        ids.into_iter().find(|id| self.catalog().exists(id))
    }
}
