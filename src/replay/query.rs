//! Queries that relations are made of: what they mean, and the columns that they give (`analyze.c`).

use pg_query::protobuf::{Node, SelectStmt, TypeCast};
use pg_query::{NodeEnum, NodeRef};

use super::Replay;
use super::namespace::TEMPORARY;
use super::refusal::{Outcome, SYNTAX_ERROR, Stop};
use crate::catalog::kind::{CollationName, Column};
use crate::catalog::meaning::TypeSort;
use crate::catalog::tree::{Names, Term};
use crate::catalog::{Attr, Class, Expr, Meaning, ObjectId, Origin, Tree};
use crate::expr::{self, Around, Scope, Wanted};
use crate::library::Library;
use crate::sql::type_name::{idents_of, string_of};
use crate::sql::{Ident, QualifiedName, TypeName};

/// A query that was understood.
pub(super) struct Analyzed {
    pub(super) tree: Tree,
    pub(super) columns: Vec<Output>,
}

/// A column that a query gives.
pub(super) struct Output {
    pub(super) name: Ident,
    /// None where it could not be told.
    pub(super) of: Option<TypeName>,
    /// The collation, if it is not the one of the type; the outer `None` where it could not be told.
    pub(super) collation: Option<Option<CollationName>>,
}

impl Analyzed {
    /// `isQueryUsingTempRelation()`
    pub(super) fn reads_temporary(&self) -> bool {
        let is_temporary = |name: &QualifiedName| name.schema.as_ref().is_some_and(|schema| *schema == TEMPORARY);
        self.tree.relations().iter().any(is_temporary)
    }

    pub(super) fn expr(&self) -> Expr {
        Expr::from_tree(self.tree.clone())
    }

    pub(super) fn names(&self) -> Vec<Ident> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

impl Output {
    /// The column of a relation that is made of it.
    pub(super) fn column(&self, origin: &Origin) -> Column {
        let is = || origin.clone();
        Column {
            data_type: self.of.clone().map_or(Attr::Unstated, |of| Attr::Is(of, is())),
            nullable: Attr::Is(true, is()),
            default: Attr::Is(None, is()),
            identity: Attr::Is(None, is()),
            generated: Attr::Is(None, is()),
            collation: self.collation.clone().map_or(Attr::Unstated, |collation| Attr::Is(collation, is())),
            not_null_constraint: Attr::Is(None, is()),
            not_null_comment: Attr::Is(None, is()),
            storage: Attr::Is(None, is()),
            compression: Attr::Is(None, is()),
            statistics: Attr::Is(None, is()),
            options: Attr::Is(Vec::new(), is()),
            fdw_options: Attr::Is(Vec::new(), is()),
            local: Attr::Is(true, is()),
            comment: Attr::Is(None, is()),
            ..Column::default()
        }
    }
}

impl Replay {
    /// Resolves a query whose columns are called so; none where it is not understood.
    pub(super) fn analyze(&self, query: Option<&Node>, names: &[Node]) -> Outcome<Option<Analyzed>> {
        let Some(query @ NodeEnum::SelectStmt(select)) = query.and_then(|query| query.node.as_ref()) else {
            return Ok(None);
        };
        self.analyze_select(select, names).map_err(|stop| match place_of(query, &stop.to_string()) {
            Some(place) => stop.at(place),
            None => stop,
        })
    }

    fn analyze_select(&self, select: &SelectStmt, names: &[Node]) -> Outcome<Option<Analyzed>> {
        let search_path = self.search_path();
        let scope = Scope {
            catalog: self.catalog(),
            search_path: &search_path,
            around: Around::Nothing,
            wanted: Wanted::Value,
        };
        let (mut tree, columns, faults) = expr::resolve_query_checked(select, &scope);
        self.no_fault(&faults)?;
        if tree.column_names().is_none() {
            return Ok(None);
        }
        let given = idents_of(names);
        if given.len() > columns.len() {
            return Err(Stop::refused(SYNTAX_ERROR, "too many column names were specified"));
        }
        tree.name_columns(&given);
        let collations = self.collations_of(&tree, &columns);
        let names = given.into_iter().map(Some).chain(std::iter::repeat(None));
        let columns = columns.into_iter().zip(names).zip(collations);
        let columns =
            columns.map(|(((name, of), given), collation)| Output { name: given.unwrap_or(name), of, collation });
        Ok(Some(Analyzed { columns: columns.collect(), tree }))
    }

    /// `assign_query_collations()`, as far as it can be told: that of a column, one that is asked for, or the one of
    /// the type where nothing in the query has another.
    fn collations_of(&self, tree: &Tree, columns: &[(Ident, Option<TypeName>)]) -> Vec<Option<Option<CollationName>>> {
        let mut uncommon = Uncommon { replay: self, found: false };
        tree.clone().root.visit(&mut uncommon);
        let terms = tree.column_terms().unwrap_or_default();
        let collation = |position: usize, of: &TypeName| match terms.get(position) {
            _ if self.is_collatable(of) == Some(false) => Some(None),
            Some(Term::Column(column)) => match &column.table {
                Some(table) => self.collation_of_column(table, &column.name),
                None => (!uncommon.found).then_some(None),
            },
            Some(Term::Collate { collation, .. }) if *collation == QualifiedName::bare("default") => Some(None),
            Some(Term::Collate { collation, .. }) => Some(Some(CollationName(collation.clone()))),
            _ => (!uncommon.found).then_some(None),
        };
        columns.iter().enumerate().map(|(position, (_, of))| collation(position, of.as_ref()?)).collect()
    }

    /// `attcollation`, if it is not that of the type; the outer `None` where it is not known.
    fn collation_of_column(&self, table: &QualifiedName, column: &Ident) -> Option<Option<CollationName>> {
        let schema = table.schema.as_ref()?;
        let id = ObjectId::in_schema(Class::Relation, schema, &table.name);
        self.catalog().column(&id, column)?.collation.get().cloned()
    }

    /// Whether values of a type have a collation (`typcollation`).
    fn is_collatable(&self, of: &TypeName) -> Option<bool> {
        let of = of.element();
        let Some(schema) = &of.name.schema else {
            return Library::of(self.catalog().version).data_type(of.name.name.as_str()).map(|of| of.collatable);
        };
        let id = ObjectId::in_schema(Class::Type, schema, &of.name.name);
        if self.catalog().exists(&ObjectId::in_schema(Class::Relation, schema, &of.name.name)) {
            return Some(false);
        }
        match self.catalog().meaning(&id)? {
            Meaning::Type(meaning) => match &meaning.sort {
                TypeSort::Domain(base) => self.is_collatable(base),
                _ => Some(meaning.collatable),
            },
            Meaning::Unknown if self.catalog().facts(&id).is_some() => Some(false),
            Meaning::Unknown | Meaning::Call(_) | Meaning::Columns(_) | Meaning::Cast(_) => None,
        }
    }
}

/// Where a query names what is said not to exist.
pub(super) fn place_of(query: &NodeEnum, message: &str) -> Option<i32> {
    let said: Vec<&str> = message.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_said = |name: Option<String>| name.is_some_and(|name| said.contains(&name.as_str()));
    let nodes = query.nodes();
    let target = |cast: &TypeCast| cast.type_name.as_ref().map(|of| TypeName::from_node(of).base().to_string());
    let is_told = message.ends_with("does not exist") || message.starts_with("cannot cast");
    let places = nodes.iter().filter(|_| is_told).filter_map(|(node, ..)| match node {
        NodeRef::RangeVar(relation) if message.starts_with("relation") => {
            is_said(Some(relation.relname.clone())).then_some(relation.location)
        }
        NodeRef::ColumnRef(column) if message.starts_with("column") => {
            is_said(column.fields.last().and_then(string_of)).then_some(column.location)
        }
        NodeRef::ResTarget(target) if message.starts_with("column") => {
            is_said(Some(target.name.clone())).then_some(target.location)
        }
        NodeRef::TypeCast(cast) if message.starts_with("cannot cast") => {
            target(cast).is_some_and(|of| message.ends_with(&of)).then_some(cast.location)
        }
        NodeRef::FuncCall(call) if message.starts_with("function") => {
            is_said(call.funcname.last().and_then(string_of)).then_some(call.location)
        }
        _ => None,
    });
    places.min()
}

/// Whether there is anything in a query that has another collation than the default one.
struct Uncommon<'a> {
    replay: &'a Replay,
    found: bool,
}

impl Names for Uncommon<'_> {
    fn column(&mut self, table: &mut QualifiedName, name: &mut Ident) {
        let is_usual = || {
            let id = ObjectId::in_schema(Class::Relation, table.schema.as_ref()?, &table.name);
            let column = self.replay.catalog().column(&id, name)?;
            let is_plain = self.replay.is_collatable(column.data_type.get()?) == Some(false);
            let is_name = column.data_type.get()?.is_builtin("name");
            Some(is_plain || !is_name && column.collation.get() == Some(&None))
        };
        self.found |= is_usual() != Some(true);
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.found |=
            name.is_builtin("name") || name.name.schema.is_some() && self.replay.is_collatable(name) != Some(false);
    }

    fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
        /// These give a `name`, whose collation is `"C"`.
        const NAMES: [&str; 6] = [
            "name",
            "current_database",
            "current_schema",
            "pg_get_userbyid",
            "getdatabaseencoding",
            "pg_client_encoding",
        ];
        self.found |= name.schema.is_none() && NAMES.contains(&name.name.as_str());
    }

    fn sql_value(&mut self) {
        self.found = true;
    }

    fn collation(&mut self, _name: &mut QualifiedName) {
        self.found = true;
    }
}
