//! What a name refers to, along the search path (`namespace.c`), and what types columns have.

use pg_query::protobuf::{Node, TypeName as TypeNameNode};

use super::choose::Type;
use super::resolve::{Resolver, Typed};
use super::{builtins, values};
use crate::catalog::kind::Facts;
use crate::catalog::tree::{Column, Place, Term};
use crate::catalog::{Class, ObjectId};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// The columns that something in FROM has.
pub(super) type Columns = Vec<(Ident, Type)>;

/// One query's names; the outermost level is the relation that the expression stands on.
#[derive(Default)]
pub(super) struct Level {
    pub(super) entries: Vec<Entry>,
    pub(super) ctes: Vec<(Ident, Columns)>,
    /// A sub-select that is not lateral does not see its neighbours.
    pub(super) closed: bool,
}

pub(super) struct Entry {
    pub(super) name: Ident,
    pub(super) table: Option<QualifiedName>,
    /// None where they are not known.
    pub(super) columns: Option<Columns>,
    /// A function that gives single values: its name means the value, not a row.
    pub(super) scalar: bool,
}

impl Resolver<'_> {
    /// The first of the search path's schemas that holds it; else the first schema, as not found.
    fn look_up(&mut self, class: Class, parts: &[String]) -> QualifiedName {
        let mut name = QualifiedName::from_parts(parts);
        let holds = |schema: &Ident| {
            self.scope.catalog.exists(&ObjectId::in_schema(class, schema, &name.name))
                || (class == Class::Type
                    && self.scope.catalog.exists(&ObjectId::in_schema(Class::Relation, schema, &name.name)))
        };
        let found = match (&name.schema, parts) {
            (Some(schema), _) => holds(schema),
            (None, [_]) => {
                let schema = self.scope.search_path.iter().find(|schema| holds(schema));
                let found = schema.is_some();
                // What is nowhere was not meant to be temporary.
                let usual = self.scope.search_path.iter().find(|schema| **schema != "pg_temp");
                name.schema = schema.or(usual).cloned();
                found
            }
            // `pg_catalog` has been left out of the name.
            (None, _) => true,
        };
        if !found {
            self.note(name.to_string());
        }
        name
    }

    pub(super) fn type_name(&mut self, node: &TypeNameNode) -> TypeName {
        let mut name = TypeName::from_node(node);
        if name.is_unresolved() || name.name.schema.is_some() {
            let parts: Vec<String> = node.names.iter().filter_map(string_of).collect();
            name.name = self.look_up(Class::Type, &parts);
        }
        name
    }

    pub(super) fn is_enum(&self, name: &TypeName) -> bool {
        match &name.name.schema {
            Some(schema) if !name.array => {
                let id = ObjectId::in_schema(Class::Type, schema, &name.name.name);
                matches!(self.scope.catalog.facts(&id), Some(Facts::Enum(_)))
            }
            _ => false,
        }
    }

    /// How a value of this type behaves; of a domain that depends on the type below it.
    pub(super) fn type_of(&self, name: &TypeName) -> Type {
        if let Some(schema) = &name.name.schema {
            let id = ObjectId::in_schema(Class::Type, schema, &name.name.name);
            if self.scope.catalog.unmodelled.get(&id).is_some_and(|it| it.what == "domain") {
                return Type::Opaque;
            }
        }
        Type::Known(name.clone())
    }

    pub(super) fn relation_name(&mut self, parts: &[String]) -> QualifiedName {
        let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).cloned().collect();
        self.look_up(Class::Relation, &parts)
    }

    pub(super) fn columns_of(&self, relation: &QualifiedName) -> Option<Columns> {
        let id = ObjectId::in_schema(Class::Relation, relation.schema.as_ref()?, &relation.name);
        let mut columns: Columns = self
            .scope
            .catalog
            .parts(&id, Class::Column)
            .map(|(column, object)| {
                let data_type = match &object.facts {
                    Facts::Column(facts) => facts.data_type.get(),
                    _ => None,
                };
                (column.name().clone(), data_type.map_or(Type::Opaque, |name| self.type_of(name)))
            })
            .collect();
        if let Some(Facts::Table(table)) = self.scope.catalog.facts(&id)
            && let Some(order) = table.column_order.get()
        {
            columns.sort_by_key(|(name, _)| order.iter().position(|other| other == name));
        }
        (!columns.is_empty()).then_some(columns)
    }

    /// A function's name, and whether it is a built-in one.
    pub(super) fn routine(&mut self, nodes: &[Node]) -> (QualifiedName, bool) {
        let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
        let name = QualifiedName::from_parts(&parts);
        let builtin =
            name.schema.is_none() && (parts.len() > 1 || !builtins::get().functions(name.name.as_str()).is_empty());
        if builtin { (name, true) } else { (self.look_up(Class::Routine, &parts), false) }
    }

    /// `colNameToVar()` and its like: the innermost query that has such a column.
    pub(super) fn column(&mut self, parts: &[String]) -> Typed {
        let (name, owner) = match parts {
            [owner @ .., name] => (Ident::from(name), owner),
            [] => return self.raw_text(String::new()),
        };
        let mut guess = None;
        for (level, names) in self.levels.iter().rev().enumerate() {
            if names.closed {
                continue;
            }
            for (item, entry) in names.entries.iter().enumerate() {
                let place = Place { level, item };
                if !entry.is_called(owner) {
                    continue;
                }
                match &entry.columns {
                    Some(columns) => {
                        if let Some((_, of)) = columns.iter().find(|(column, _)| *column == name) {
                            let term = Term::Column(Column { place, table: entry.table.clone(), name });
                            let uncertain = guess.is_some();
                            return if uncertain {
                                self.guessed(guess, term, of.clone())
                            } else {
                                Typed::new(term, of.clone())
                            };
                        }
                    }
                    None if !owner.is_empty() => {
                        let term = Term::Column(Column { place, table: entry.table.clone(), name });
                        return Typed::new(term, Type::Opaque);
                    }
                    None => {
                        guess.get_or_insert((place, entry.table.clone()));
                    }
                }
            }
        }
        if let Some((place, table)) = guess {
            self.note(name.to_string());
            return Typed::new(Term::Column(Column { place, table, name }), Type::Opaque);
        }
        if owner.is_empty()
            && let Some((place, table)) = self.entry(&name)
        {
            return self.row(place, table);
        }
        self.note(parts.join("."));
        let place = Place { level: self.levels.len().saturating_sub(1), item: 0 };
        match owner.last().and_then(|owner| self.entry(&Ident::from(owner))) {
            Some((place, table)) => Typed::new(Term::Column(Column { place, table, name }), Type::Opaque),
            None if owner.is_empty() => {
                let table = self.levels.first().and_then(|level| level.entries.first()).and_then(|e| e.table.clone());
                Typed::new(Term::Column(Column { place, table, name }), Type::Opaque)
            }
            None => {
                let parts: Vec<String> = parts.iter().map(|part| Ident::from(part).to_string()).collect();
                Typed::new(Term::Raw(parts.join(".")), Type::Opaque)
            }
        }
    }

    /// A name that something nearer may have, but nobody knows: the nearer one is meant more often.
    fn guessed(&mut self, guess: Option<(Place, Option<QualifiedName>)>, found: Term, of: Type) -> Typed {
        match (guess, found) {
            (Some((place, table)), Term::Column(column)) => {
                self.note(column.name.to_string());
                Typed::new(Term::Column(Column { place, table, name: column.name }), Type::Opaque)
            }
            (_, found) => Typed::new(found, of),
        }
    }

    /// `(t).name`: a column, where the row is one of FROM.
    pub(super) fn field(&self, place: Place, name: &Ident) -> Option<Typed> {
        let entry = self.levels.iter().rev().nth(place.level)?.entries.get(place.item)?;
        let (_, of) = entry.columns.as_ref()?.iter().find(|(known, _)| known == name)?;
        let term = Term::Column(Column { place, table: entry.table.clone(), name: name.clone() });
        Some(Typed::new(term, of.clone()))
    }

    /// `transformWholeRowRef()`
    pub(super) fn row(&self, place: Place, table: Option<QualifiedName>) -> Typed {
        let level = self.levels.iter().rev().nth(place.level);
        if let Some(entry) = level.and_then(|level| level.entries.get(place.item)).filter(|entry| entry.scalar)
            && let Some([(name, of), ..]) = entry.columns.as_deref()
        {
            return Typed::new(Term::Column(Column { place, table, name: name.clone() }), of.clone());
        }
        Typed::new(Term::WholeRow { place, table }, Type::Opaque)
    }

    /// The nearest entry that is called that.
    pub(super) fn entry(&self, name: &Ident) -> Option<(Place, Option<QualifiedName>)> {
        self.levels.iter().rev().enumerate().filter(|(_, names)| !names.closed).find_map(|(level, names)| {
            let item = names.entries.iter().position(|entry| entry.name == *name)?;
            Some((Place { level, item }, names.entries[item].table.clone()))
        })
    }

    /// `coerce_type()` of a literal: the constant, and its length applied where the type has one.
    pub(super) fn literal(&mut self, value: Option<&str>, to: &TypeName) -> Term {
        let base = to.base();
        if let Some(text) =
            value.filter(|text| base.is_builtin("regclass") && !text.bytes().all(|b| b.is_ascii_digit()))
            && let Ok(name) = TypeName::parse(text)
        {
            let parts: Vec<String> =
                name.name.schema.iter().chain([&name.name.name]).map(|part| part.as_str().to_owned()).collect();
            let name = self.relation_name(&parts);
            self.check_regclass(&name);
            return Term::Regclass(name);
        }
        if let Some(text) = value {
            self.check_literal(text, &base);
        }
        // A bare number counts the one field that is asked for: interval '1' day.
        let field = to.typmod.first().filter(|field| to.is_builtin("interval") && !field.contains(' '));
        let text = value.map(|text| match field {
            Some(field) if text.trim().parse::<i32>().is_ok() => values::canonical(&format!("{text} {field}"), &base),
            _ => values::canonical(text, &base),
        });
        // The fields of an interval are part of reading it.
        let data_type = if to.is_builtin("interval") { to.clone() } else { base };
        let constant = Term::Const { value: text, data_type: data_type.clone() };
        if data_type == *to { constant } else { Term::Cast { arg: Box::new(constant), to: to.clone() } }
    }
}

impl Entry {
    /// Whether a qualifier means this entry; none means any.
    fn is_called(&self, owner: &[String]) -> bool {
        match owner {
            [] => true,
            [name] => self.name == name.as_str(),
            [.., schema, name] => self
                .table
                .as_ref()
                .is_some_and(|table| table.name == name.as_str() && table.schema == Some(Ident::from(schema))),
        }
    }
}
