//! What a name refers to: columns in the queries around it (`parse_relation.c`), everything else
//! along the search path (`namespace.c`).

use pg_query::protobuf::{Node, TypeName as TypeNameNode};

use super::Scope;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::kind::{Column as ColumnFacts, Facts};
use crate::catalog::meaning::Signature;
use crate::catalog::tree::{Column, Names, Place, Term};
use crate::catalog::{Class, ObjectId};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// Output columns, or the columns that something in FROM has. One without a name stands for all those
/// of something that is not known.
pub(super) type Columns = Vec<(Ident, Type)>;

/// Whether each of them is there by its name.
pub(super) fn are_known(columns: &Columns) -> bool {
    columns.iter().all(|(name, _)| *name != "")
}

/// One query's names; the outermost level is what the expression stands on.
#[derive(Default)]
pub(super) struct Level {
    /// How many range table entries there are.
    pub(super) items: usize,
    pub(super) visible: Vec<Visible>,
    pub(super) ctes: Vec<Declared>,
    /// A sub-select that is not lateral does not see its neighbours.
    pub(super) closed: bool,
    /// `WINDOW w AS (…)`
    pub(super) windows: Vec<Node>,
    /// Whether an aggregate belongs to it.
    pub(super) aggregates: bool,
}

/// A query of WITH, as far as it can be named.
#[derive(Clone)]
pub(super) struct Declared {
    pub(super) name: Ident,
    pub(super) columns: Columns,
    /// The columns that SEARCH and CYCLE add.
    pub(super) added: Columns,
}

/// Something whose columns can be named (`ParseNamespaceItem`).
#[derive(Clone)]
pub(super) struct Visible {
    /// What its columns can be qualified by; a join need not have that.
    pub(super) name: Option<Ident>,
    /// Whether they can be named alone.
    pub(super) is_bare: bool,
    /// So many of its last columns are not part of `*` (`p_dontexpand`).
    pub(super) hidden: usize,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    /// A range table entry, and the relation that it is, if it is one.
    Item { item: usize, table: Option<QualifiedName>, columns: Known },
    /// The columns of a join, by what they stand for.
    Join(Vec<(Ident, Typed)>),
}

#[derive(Clone)]
pub(super) enum Known {
    /// Those of the table in the catalog, and those of the system.
    OfRelation,
    These(Columns),
    /// The one value of a function: its name means the value, not a row.
    Value(Ident, Type),
    Nothing,
}

/// A column that was looked for.
enum Found {
    Yes(Typed),
    No,
    /// The columns are not known.
    Perhaps(Typed),
}

/// The columns that every table has.
const SYSTEM_COLUMNS: [(&str, &str); 6] =
    [("ctid", "tid"), ("xmin", "xid"), ("cmin", "cid"), ("xmax", "xid"), ("cmax", "cid"), ("tableoid", "oid")];

impl Scope<'_> {
    /// The type of a relation's column; the outer `None` where its columns are not known.
    fn relation_column(&self, relation: &QualifiedName, name: &Ident) -> Option<Option<Type>> {
        let Some(schema) = self.schema_of_user(relation) else {
            return self.relation_columns(relation).map(|columns| listed_or_system(columns, name));
        };
        let id = ObjectId::in_schema(Class::Relation, schema, &relation.name);
        if let Some(ColumnFacts { data_type, .. }) = self.catalog.get(&id.part(Class::Column, name)) {
            return Some(Some(data_type.get().map_or(Type::Opaque, |of| Type::Known(of.clone()))));
        }
        let is_table = matches!(self.catalog.facts(&id), Some(Facts::Table(_) | Facts::ForeignTable(_)));
        let columns = if is_table { Vec::new() } else { self.relation_columns(relation)? };
        Some(listed_or_system(columns, name))
    }
}

fn listed_or_system(columns: Columns, name: &Ident) -> Option<Type> {
    let system = || SYSTEM_COLUMNS.iter().find(|(known, _)| *name == *known).map(|(_, of)| Type::builtin(of));
    columns.into_iter().find(|(known, _)| known == name).map(|(_, of)| of).or_else(system)
}

impl Visible {
    fn column(&self, name: &Ident, level: usize, scope: &Scope<'_>) -> Found {
        let made = |item: usize, table: &Option<QualifiedName>, of: Type| {
            let place = Place { level, item };
            Typed::new(Term::Column(Column { place, table: table.clone(), name: name.clone() }), of)
        };
        let listed = |columns: &Columns| columns.iter().find(|(known, _)| known == name).map(|(_, of)| of.clone());
        match &self.what {
            What::Join(columns) => match columns.iter().find(|(known, _)| known == name) {
                Some((_, value)) => Found::Yes(raised(value.clone(), level)),
                None => Found::No,
            },
            What::Item { item, table, columns } => {
                let of = match (columns, table) {
                    (Known::OfRelation, Some(relation)) => scope.relation_column(relation, name),
                    (Known::These(columns), _) => Some(listed(columns)),
                    (Known::Value(known, of), _) => Some((known == name).then(|| of.clone())),
                    (Known::Nothing | Known::OfRelation, _) => None,
                };
                match of {
                    Some(Some(of)) => Found::Yes(made(*item, table, of)),
                    Some(None) => Found::No,
                    None => Found::Perhaps(made(*item, table, Type::Opaque)),
                }
            }
        }
    }

    /// Whether a qualifier means it.
    fn is_called(&self, owner: &[String]) -> bool {
        match (owner, &self.what) {
            ([name], _) => self.name.as_ref().is_some_and(|known| *known == name.as_str()),
            ([.., schema, name], What::Item { table: Some(table), .. }) => {
                table.name == name.as_str()
                    && table.schema.as_ref().is_some_and(|known| *known == schema.as_str())
                    && self.name.as_ref() == Some(&table.name)
            }
            _ => false,
        }
    }

    /// All its columns in their order, as they are seen from its own query.
    pub(super) fn all(&self, scope: &Scope<'_>) -> Option<Vec<(Ident, Typed)>> {
        match &self.what {
            What::Join(columns) => Some(columns.clone()),
            What::Item { item, table, columns } => {
                let columns = match (columns, table) {
                    (Known::OfRelation, Some(relation)) => scope.relation_columns(relation)?,
                    (Known::These(columns), _) => columns[..columns.len() - self.hidden].to_vec(),
                    (Known::Value(name, of), _) => vec![(name.clone(), of.clone())],
                    (Known::Nothing | Known::OfRelation, _) => return None,
                };
                let place = Place { level: 0, item: *item };
                let typed = |(name, of): (Ident, Type)| {
                    let term = Term::Column(Column { place, table: table.clone(), name: name.clone() });
                    (name, Typed::new(term, of))
                };
                Some(columns.into_iter().map(typed).collect())
            }
        }
    }
}

impl Visible {
    /// What `*` means of it.
    pub(super) fn star(&self, scope: &Scope<'_>) -> Vec<(Ident, Typed)> {
        self.all(scope).unwrap_or_else(|| {
            let item = match &self.what {
                What::Item { item, .. } => *item,
                What::Join(_) => 0,
            };
            vec![(Ident::default(), Typed::new(Term::Star(Place { level: 0, item }), Type::Opaque))]
        })
    }
}

/// A value as it is seen from so many queries further in.
pub(super) fn raised(mut value: Typed, by: usize) -> Typed {
    struct Raise(usize);
    impl Names for Raise {
        fn place(&mut self, place: &mut Place) {
            place.level += self.0;
        }
    }
    if by > 0 {
        value.term.visit(&mut Raise(by));
    }
    value
}

impl<'a> Resolver<'a> {
    /// The first of the search path's schemas that holds it; else the first schema, as not found.
    fn look_up(&mut self, class: Class, parts: &[String]) -> QualifiedName {
        let mut name = QualifiedName::from_parts(parts);
        let holds = |schema: &Ident| {
            let library = self.scope.library();
            if class == Class::Routine {
                return self.scope.catalog.overloads(class, schema, &name.name).next().is_some();
            }
            self.scope.catalog.exists(&ObjectId::in_schema(class, schema, &name.name))
                || (class == Class::Relation && library.has_relation(schema.as_str(), name.name.as_str()))
                || (*schema == "pg_catalog" && library.has_text_search(class, name.name.as_str()))
                || (class == Class::Type
                    && self.scope.catalog.exists(&ObjectId::in_schema(Class::Relation, schema, &name.name)))
        };
        let found = match (&name.schema, parts) {
            (Some(schema), _) => holds(schema),
            (None, [one]) if self.is_in_pg_catalog(class, one) => true,
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
            self.note(class, &name);
        }
        name
    }

    /// Whether it is a relation, or a text search object, of the server itself.
    fn is_in_pg_catalog(&self, class: Class, name: &str) -> bool {
        let library = self.scope.library();
        (class == Class::Relation && library.has_relation("pg_catalog", name)) || library.has_text_search(class, name)
    }

    pub(super) fn type_name(&mut self, node: &TypeNameNode) -> TypeName {
        let mut name = TypeName::from_node(node);
        if name.is_unresolved() || name.name.schema.is_some() {
            let parts: Vec<String> = node.names.iter().filter_map(string_of).collect();
            name.name = self.placed(node.location, |this| this.look_up(Class::Type, &parts));
        }
        name
    }

    pub(super) fn relation_name(&mut self, parts: &[String]) -> QualifiedName {
        self.object_name(Class::Relation, parts)
    }

    /// Anything that stands in a schema by its name alone.
    pub(super) fn object_name(&mut self, class: Class, parts: &[String]) -> QualifiedName {
        let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).cloned().collect();
        self.look_up(class, &parts)
    }

    /// `LookupCollation()`; what is not in the catalog is one of the server's own.
    pub(super) fn collation_name(&mut self, nodes: &[Node]) -> QualifiedName {
        let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
        let mut name = QualifiedName::from_parts(&parts);
        if parts.len() == 1 {
            let holds =
                |schema: &&Ident| self.scope.catalog.exists(&ObjectId::in_schema(Class::Collation, schema, &name.name));
            name.schema = self.scope.search_path.iter().find(holds).cloned();
        }
        self.check_missing(Class::Collation, &name.to_string());
        name
    }

    /// A routine that is called and could not be found: where it would be.
    pub(super) fn unknown_routine(&mut self, parts: &[String]) -> QualifiedName {
        self.look_up(Class::Routine, parts)
    }

    /// What the catalog knows of a name's calls, in one schema.
    pub(super) fn calls(&self, class: Class, schema: &Ident, name: &Ident) -> Vec<&'a Signature> {
        self.scope.catalog.calls(class, schema, name)
    }

    /// `colNameToVar()` and its like: the innermost query that has such a column.
    pub(super) fn column(&mut self, parts: &[String]) -> Typed {
        let Some((name, owner)) = parts.split_last() else { return self.raw_text(String::new()) };
        let name = Ident::from(name);
        let mut guess = None;
        for (level, names) in self.levels.iter().rev().enumerate().filter(|(_, names)| !names.closed) {
            let mut is_owner = false;
            for one in &names.visible {
                if if owner.is_empty() { !one.is_bare } else { !one.is_called(owner) } {
                    continue;
                }
                is_owner |= !owner.is_empty();
                match one.column(&name, level, self.scope) {
                    Found::Yes(value) if guess.is_none() => return value,
                    Found::Perhaps(value) if is_owner => return value,
                    Found::Perhaps(value) => {
                        guess.get_or_insert(value);
                    }
                    Found::Yes(_) | Found::No => {}
                }
            }
            if is_owner {
                break;
            }
        }
        if let Some(value) = guess {
            // Something nearer may have it, and nobody knows: the nearer one is meant more often.
            self.note(Class::Column, &name);
            return value;
        }
        if owner.is_empty()
            && let Some(row) = self.row_called(&[name.as_str().to_owned()])
        {
            return row;
        }
        if let Some(value) = self.argument(parts) {
            return value;
        }
        // `t.f` can be `f(t)`, and so can the column be a function: neither is what people write.
        let spelled: Vec<String> = parts.iter().map(|part| Ident::from(part).to_string()).collect();
        self.check_missing_column(parts, &name);
        self.note(Class::Column, spelled.join("."));
        if !owner.is_empty() {
            return Typed::new(Term::Raw(spelled.join(".")), Type::Opaque);
        }
        let outermost = self.levels.first().and_then(|level| level.visible.first()).map(|one| &one.what);
        let (item, table) = match outermost {
            Some(What::Item { item, table, .. }) => (*item, table.clone()),
            Some(What::Join(_)) | None => (0, None),
        };
        let place = Place { level: self.levels.len().saturating_sub(1), item };
        Typed::new(Term::Column(Column { place, table, name }), Type::Opaque)
    }

    /// A column of the table that is written to.
    pub(super) fn column_of(&mut self, target: &Visible, name: &Ident) -> Option<Typed> {
        match target.column(name, 0, self.scope) {
            Found::Yes(column) => Some(column),
            Found::Perhaps(column) => {
                self.note(Class::Column, name);
                Some(column)
            }
            Found::No => None,
        }
    }

    /// The nearest thing in FROM that is called that, and how many queries further out.
    pub(super) fn called(&self, owner: &[String]) -> Option<(usize, &Visible)> {
        let levels = self.levels.iter().rev().enumerate().filter(|(_, names)| !names.closed);
        levels
            .into_iter()
            .find_map(|(level, names)| Some((level, names.visible.iter().find(|one| one.is_called(owner))?)))
    }

    /// `transformWholeRowRef()`: the row, or the value where it has but that.
    pub(super) fn row_called(&self, owner: &[String]) -> Option<Typed> {
        let (level, one) = self.called(owner)?;
        match &one.what {
            What::Item { item, columns: Known::Value(name, of), .. } => {
                let place = Place { level, item: *item };
                Some(Typed::new(Term::Column(Column { place, table: None, name: name.clone() }), of.clone()))
            }
            What::Item { item, table, columns } => {
                let of = match (table, columns) {
                    (_, Known::Nothing) | (None, Known::OfRelation) => Type::Opaque,
                    (Some(table), _) => Type::Known(TypeName { name: table.clone(), ..TypeName::default() }),
                    (None, Known::These(_) | Known::Value(..)) => Type::builtin("record"),
                };
                Some(Typed::new(Term::WholeRow { place: Place { level, item: *item }, table: table.clone() }, of))
            }
            What::Join(_) => None,
        }
    }

    /// `(t).name`: a column, where the row is one of FROM.
    pub(super) fn field_of_row(&self, place: Place, name: &Ident) -> Option<Typed> {
        match self.at(place)?.column(name, place.level, self.scope) {
            Found::Yes(value) => Some(value),
            Found::No | Found::Perhaps(_) => None,
        }
    }

    /// All the columns of a row of FROM.
    pub(super) fn fields_of_row(&self, place: Place) -> Option<Vec<(Ident, Typed)>> {
        self.at(place)?.all(self.scope)
    }

    fn at(&self, place: Place) -> Option<&Visible> {
        let level = self.levels.iter().rev().nth(place.level)?;
        level.visible.iter().find(|one| matches!(&one.what, What::Item { item, .. } if *item == place.item))
    }
}
