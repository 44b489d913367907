//! Indexes (`indexcmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType, IndexElem, IndexStmt, Node, RangeVar, ReindexStmt, SortByDir, SortByNulls,
};

use super::amcmds::Ability;
use super::database::Space;
use super::heap::Clause;
use super::refusal::{
    FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, Stop, UNDEFINED_COLUMN, WRONG_OBJECT_TYPE,
};
use super::reloptions::{self, Taker, parameters};
use super::storage::statistics_target;
use super::{Replay, Statement};
use crate::catalog::kind::{CollationName, Index, IndexKey, KeyTerm, MaterializedView};
use crate::catalog::{Attr, Class, Facts, Object, ObjectId, Origin};
use crate::expr;
use crate::sql::{Ident, names};

impl Replay {
    /// `DefineIndex()`
    pub(super) fn create_index(&mut self, statement: &Statement<'_>, command: &IndexStmt) -> Outcome {
        if command.concurrent {
            self.prevent_in_transaction_block("CREATE INDEX CONCURRENTLY")?;
        }
        let relation = command.relation.clone().unwrap_or_default();
        let table = match self.indexed(&relation) {
            Err(Stop::NotModelled(what)) => {
                self.note(statement, what);
                let table = self.relation(&relation)?;
                self.note_index(statement, &table, &command.idxname);
                return Ok(());
            }
            found => found?,
        };
        let schema = table.path()[0].clone();
        // So that dumps of old servers can be restored.
        let method = Ident::new(if command.access_method == "rtree" { "gist" } else { &command.access_method });
        let predicate = command
            .where_clause
            .as_ref()
            .map(|node| self.expression(node, &table, Clause::IndexPredicate))
            .transpose()?;
        let expressions = command.index_params.iter().filter_map(index_element).filter_map(|key| key.expr.as_deref());
        for node in expressions {
            self.expression(node, &table, Clause::IndexKey)?;
        }
        if command.concurrent && self.is_partitioned(&table) {
            let message =
                format!("cannot create index on partitioned table \"{}\" concurrently", table.name().as_str());
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        self.may_index(&method)?;
        let version = self.catalog().version;
        let asked = [
            (command.unique, Ability::Unique),
            (!command.index_including_params.is_empty(), Ability::Include),
            (command.index_params.len() > 1, Ability::Columns),
        ];
        for (_, ability) in asked.iter().filter(|(is_asked, _)| *is_asked) {
            ability.must_be_of(method.as_str(), version)?;
        }
        let storage_parameters = parameters(&command.options, Taker::Index(method.as_str()))?;
        let keys = self.index_keys(&table, &method, &command.index_params, Clause::IndexKey)?;
        self.may_include(&table, &command.index_including_params)?;
        let include = include_columns(&command.index_including_params);
        if command.unique {
            let columns: Vec<Ident> = keys.iter().filter_map(key_column).collect();
            self.covers_partition_key(&table, &columns, "unique constraint")?;
        }
        let name = if command.idxname.is_empty() {
            let taken = |name: &str| self.database.is_taken(Space::Relation, &schema, name);
            let elements = command.index_params.iter().chain(&command.index_including_params);
            let columns = index_column_names(elements, self.catalog().version);
            let addition = names::columns_addition(columns.iter().map(String::as_str));
            Ident::new(names::choose_name(table.name().as_str(), &addition, "idx", taken))
        } else if self.is_in_the_way(&schema, &command.idxname) {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::relation_exists(&command.idxname));
        } else {
            Ident::new(&command.idxname)
        };
        let is_complete = relation.inh || !self.is_partitioned(&table) || self.children_of(&table).is_empty();
        let origin = statement.origin();
        let facts = Index {
            method: Attr::Is(method, origin.clone()),
            unique: Attr::Is(command.unique, origin.clone()),
            keys: Attr::Is(keys, origin.clone()),
            include: Attr::Is(include, origin.clone()),
            predicate: Attr::Is(predicate, origin.clone()),
            nulls_not_distinct: Attr::Is(command.nulls_not_distinct, origin.clone()),
            storage_parameters: Attr::Is(storage_parameters, origin.clone()),
            valid: Attr::Is(is_complete, origin.clone()),
            tablespace: Attr::Is(tablespace_of(&command.table_space), origin.clone()),
            clustered: Attr::Is(false, origin.clone()),
            statistics: Attr::Is(Vec::new(), origin.clone()),
            derived_from: Attr::Is(None, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        let id = table.part(Class::Index, &name);
        self.database.insert(id.clone(), facts, origin.clone());
        if relation.inh { self.pass_on(&id, &origin) } else { Ok(()) }
    }

    /// What can have an index: a table, or a materialized view.
    pub(super) fn indexed(&self, name: &RangeVar) -> Outcome<ObjectId> {
        match self.relation(name)? {
            id if self.database.get::<MaterializedView>(&id).is_some() => Ok(id),
            _ => self.table(name),
        }
    }

    /// `ComputeIndexAttrs()`, with what is the default left out.
    pub(super) fn index_keys(
        &self,
        table: &ObjectId,
        method: &Ident,
        elements: &[Node],
        clause: Clause<'_>,
    ) -> Outcome<Vec<IndexKey>> {
        self.may_index(method)?;
        let mut keys = Vec::new();
        for element in elements.iter().filter_map(index_element) {
            let mut inner_collation = None;
            let (term, own_collation) = match &element.expr {
                Some(node) => {
                    let mut expr = self.expression(node, table, clause)?;
                    expr.rewrite(|tree| inner_collation = expr::take_collation(tree));
                    let term = bare_column(KeyTerm::Expr(expr));
                    let own = match &term {
                        KeyTerm::Column(name) => self.catalog().column(table, name),
                        KeyTerm::Expr(_) => None,
                    };
                    let own = own.and_then(|column| column.collation.get().cloned().flatten());
                    (term, own)
                }
                None => {
                    let name = Ident::new(&element.name);
                    let Some(column) = self.catalog().column(table, &name) else {
                        if self.lenient {
                            keys.push(IndexKey::from_node(element, KeyTerm::Column(name)));
                            continue;
                        }
                        return Err(Stop::refused(
                            UNDEFINED_COLUMN,
                            format!("column \"{}\" does not exist", element.name),
                        ));
                    };
                    (KeyTerm::Column(name), column.collation.get().cloned().flatten())
                }
            };
            let mut key = IndexKey::from_node(element, term);
            // Written out or not, the column's own collation and the type's default class are the same index.
            let collation = self.collation_of(&element.collation)?.or(inner_collation.map(CollationName));
            key.collation = collation.filter(|collation| Some(collation) != own_collation.as_ref());
            let of = self.type_of_key(table, &key);
            key.opclass = self.opclass(method, of.as_ref(), key.opclass)?;
            if says_order(element) || says_nulls(element) {
                Ability::Order.must_be_of(method.as_str(), self.catalog().version)?;
            }
            keys.push(key);
        }
        Ok(keys)
    }

    /// Whether there is such an access method, and one for indexes.
    fn may_index(&self, method: &Ident) -> Outcome {
        if self.lenient || !self.knows_opclasses() {
            return Ok(());
        }
        self.index_method(method.as_str()).map(|_| ())
    }

    /// What is kept beside the keys is a column, and nothing can be said of it.
    fn may_include(&self, table: &ObjectId, elements: &[Node]) -> Outcome {
        for element in elements.iter().filter_map(index_element).filter(|_| !self.lenient) {
            if element.expr.is_some() {
                let message = "expressions are not supported in included columns";
                return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
            }
            if self.catalog().column(table, &Ident::new(&element.name)).is_none() {
                let message = format!("column \"{}\" does not exist", element.name);
                return Err(Stop::refused(UNDEFINED_COLUMN, message));
            }
            let said = [
                (!element.collation.is_empty(), "a collation"),
                (!element.opclass.is_empty(), "an operator class"),
                (says_order(element), "ASC/DESC options"),
                (says_nulls(element), "NULLS FIRST/LAST options"),
            ];
            if let Some((_, what)) = said.iter().find(|(is_said, _)| *is_said) {
                let message = format!("including column does not support {what}");
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
            }
        }
        Ok(())
    }

    pub(super) fn alter_index(
        &mut self,
        statement: &Statement<'_>,
        index: &ObjectId,
        step: &AlterTableCmd,
        origin: &Origin,
    ) -> Outcome {
        let is_storage = matches!(step.subtype(), AlterTableType::AtSetRelOptions | AlterTableType::AtResetRelOptions);
        if is_storage && index.parent().is_some_and(|table| self.is_partitioned(&table)) {
            let message = format!("ALTER action cannot be performed on relation \"{}\"", index.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        let facts = self.catalog().facts(index);
        match (step.subtype(), facts) {
            (AlterTableType::AtSetRelOptions | AlterTableType::AtResetRelOptions, Some(facts)) => {
                let (method, parameters) = match facts {
                    Facts::Index(index) => {
                        (index.method.get().map_or("btree", Ident::as_str), &index.storage_parameters)
                    }
                    Facts::PrimaryKey(key) => ("btree", &key.storage_parameters),
                    Facts::Unique(key) => ("btree", &key.storage_parameters),
                    Facts::Exclusion(key) => (key.method.get().map_or("btree", Ident::as_str), &key.storage_parameters),
                    _ => return Ok(()),
                };
                let mut parameters = parameters.clone();
                reloptions::change(&mut parameters, step, Taker::Index(method), origin)?;
                self.database.edit_facts(index, |facts| match facts {
                    Facts::Index(index) => index.storage_parameters = parameters,
                    Facts::PrimaryKey(key) => key.storage_parameters = parameters,
                    Facts::Unique(key) => key.storage_parameters = parameters,
                    Facts::Exclusion(key) => key.storage_parameters = parameters,
                    _ => {}
                });
            }
            (AlterTableType::AtSetTableSpace, _) => {
                let tablespace = Attr::Is(tablespace_of(&step.name), origin.clone());
                self.database.edit_facts(index, |facts| match facts {
                    Facts::Index(index) => index.tablespace = tablespace,
                    Facts::PrimaryKey(key) => key.tablespace = tablespace,
                    Facts::Unique(key) => key.tablespace = tablespace,
                    Facts::Exclusion(key) => key.tablespace = tablespace,
                    _ => {}
                });
            }
            (AlterTableType::AtSetStatistics, Some(Facts::Index(facts))) => {
                let keys = facts.keys.get().cloned().unwrap_or_default();
                let statistics =
                    set_statistics(step, &keys, index, facts.statistics.get().cloned().unwrap_or_default())?;
                let statistics = Attr::Is(statistics, origin.clone());
                self.database.edit::<Index>(index, |index| index.statistics = statistics);
            }
            (AlterTableType::AtAttachPartition, _) => return self.attach_index(index, step, origin),
            _ => self.note(statement, format!("this change of the index {index} is not compared yet")),
        }
        Ok(())
    }

    /// `ReindexIndex()`: one that is made beside the old one is the newest.
    pub(super) fn reindex(&mut self, command: &ReindexStmt, name: &RangeVar) -> Outcome {
        let index = self.relation(name)?;
        let has_storage = index.parent().is_some_and(|table| !self.is_partitioned(&table));
        let is_concurrently = command.params.iter().any(|option| match &option.node {
            Some(NodeEnum::DefElem(option)) => option.defname == "concurrently",
            _ => false,
        });
        if is_concurrently && has_storage {
            self.database.renew_number(&index);
        }
        Ok(())
    }
}

/// `ATExecSetStatistics()` on an index, whose keys have numbers. Only of expressions anything can be gathered.
fn set_statistics(
    step: &AlterTableCmd,
    keys: &[IndexKey],
    index: &ObjectId,
    before: Vec<String>,
) -> Outcome<Vec<String>> {
    let target = statistics_target(step.def.as_deref())?;
    let (number, name) = (usize::try_from(step.num).unwrap_or_default(), index.name().as_str());
    match number.checked_sub(1).and_then(|position| keys.get(position)) {
        None => {
            let message = format!("column number {number} of relation \"{name}\" does not exist");
            Err(Stop::refused(UNDEFINED_COLUMN, message))
        }
        Some(IndexKey { term: KeyTerm::Column(column), .. }) => {
            let message =
                format!("cannot alter statistics on non-expression column \"{}\" of index \"{name}\"", column.as_str());
            Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
        }
        Some(IndexKey { term: KeyTerm::Expr(_), .. }) => {
            let of = |text: &String| text.split('=').next().and_then(|number| number.parse::<usize>().ok());
            let mut all: Vec<String> = before.into_iter().filter(|text| of(text) != Some(number)).collect();
            all.extend(target.map(|target| format!("{number}={target}")));
            all.sort_by_key(of);
            Ok(all)
        }
    }
}

/// The one of the database is none.
pub(super) fn tablespace_of(name: &str) -> Option<Ident> {
    Some(Ident::new(name)).filter(|_| !name.is_empty() && name != "pg_default")
}

/// Whether these columns, in whatever order, are all the key of something unique and complete.
pub(super) fn is_unique_over(object: &Object, columns: &[Ident]) -> bool {
    let same = |key: &[Ident]| key.len() == columns.len() && key.iter().all(|column| columns.contains(column));
    match &object.facts {
        Facts::PrimaryKey(key) => key.columns.get().is_some_and(|key| same(key)),
        Facts::Unique(unique) => unique.columns.get().is_some_and(|key| same(key)),
        Facts::Index(index) if index.unique.get() == Some(&true) && matches!(index.predicate.get(), Some(None)) => {
            let columns: Option<Vec<Ident>> = index.keys.get().into_iter().flatten().map(key_column).collect();
            columns.is_some_and(|key| same(&key))
        }
        _ => false,
    }
}

pub(super) fn key_column(key: &IndexKey) -> Option<Ident> {
    match &key.term {
        KeyTerm::Column(column) => Some(column.clone()),
        KeyTerm::Expr(_) => None,
    }
}

/// `(a)` is the column `a`, not an expression.
pub(super) fn bare_column(term: KeyTerm) -> KeyTerm {
    match term {
        KeyTerm::Expr(expr) => match expr.tree().and_then(expr::as_column) {
            Some(column) => KeyTerm::Column(column.clone()),
            None => KeyTerm::Expr(expr),
        },
        column @ KeyTerm::Column(_) => column,
    }
}

pub(super) fn index_element(node: &Node) -> Option<&IndexElem> {
    match &node.node {
        Some(NodeEnum::IndexElem(element)) => Some(element),
        _ => None,
    }
}

fn says_order(element: &IndexElem) -> bool {
    matches!(element.ordering(), SortByDir::SortbyAsc | SortByDir::SortbyDesc)
}

fn says_nulls(element: &IndexElem) -> bool {
    matches!(element.nulls_ordering(), SortByNulls::SortbyNullsFirst | SortByNulls::SortbyNullsLast)
}

pub(super) fn include_columns(nodes: &[Node]) -> Vec<Ident> {
    nodes.iter().filter_map(index_element).map(|element| Ident::new(&element.name)).collect()
}

/// The names an index without one is called after (`ChooseIndexColumnNames()`, `FigureIndexColname()`).
pub(super) fn index_column_names<'a>(elements: impl Iterator<Item = &'a Node>, version: u32) -> Vec<String> {
    names::index_column_names(elements.filter_map(index_element).map(|element| match &element.expr {
        None => element.name.clone(),
        Some(expr) => {
            expr::figure_name(expr, version).map_or_else(|| "expr".to_owned(), |name| name.as_str().to_owned())
        }
    }))
}
