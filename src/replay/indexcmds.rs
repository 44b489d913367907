//! Indexes, and the constraints that have one behind them or need one in front (`indexcmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableType, ConstrType, Constraint, CreateStmt, IndexElem, IndexStmt, Node, OnCommitAction,
    RangeVar,
};

use super::database::Space;
use super::heap::Clause;
use super::parse_utilcmd::Pending;
use super::refusal::{
    DUPLICATE_COLUMN, DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_TABLE_DEFINITION, Outcome, Stop,
    UNDEFINED_COLUMN, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::reloptions::{self, Taker, parameters};
use super::storage::statistics_target;
use super::{Replay, Statement};
use crate::catalog::kind::{CollationName, Index, IndexKey, KeyTerm, MaterializedView, PrimaryKey, Unique};
use crate::catalog::{Attr, Class, Facts, Object, ObjectId, Origin};
use crate::expr;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, names, parse};

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
        let storage_parameters = parameters(&command.options, Taker::Index(method.as_str()))?;
        let keys = self.index_keys(&table, &method, &command.index_params, Clause::IndexKey)?;
        let include = include_columns(&command.index_including_params);
        self.index_columns_exist(&table, &include)?;
        if command.unique {
            let columns: Vec<Ident> = keys.iter().filter_map(key_column).collect();
            self.covers_partition_key(&table, &columns, "unique constraint")?;
        }
        let name = if command.idxname.is_empty() {
            let taken = |name: &str| self.database.is_taken(Space::Relation, &schema, name);
            let columns = index_column_names(command.index_params.iter().chain(&command.index_including_params));
            let addition = names::columns_addition(columns.iter().map(String::as_str));
            Ident::new(names::choose_name(table.name().as_str(), &addition, "idx", taken))
        } else if self.database.is_taken(Space::Relation, &schema, &command.idxname) {
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

    fn index_columns_exist(&self, table: &ObjectId, columns: &[Ident]) -> Outcome {
        match columns.iter().find(|column| self.catalog().column(table, column).is_none()) {
            Some(missing) if !self.lenient => {
                Err(Stop::refused(UNDEFINED_COLUMN, format!("column \"{}\" does not exist", missing.as_str())))
            }
            _ => Ok(()),
        }
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

    /// Keys and exclusion constraints, the primary key first. What is to be one is made NOT NULL before any index is
    /// made, and so has to be there.
    pub(super) fn add_index_constraints(&mut self, table: &ObjectId, pending: &[Pending<'_>], only: bool) -> Outcome {
        let at = |one: &Pending<'_>, stop: Stop| stop.at(one.constraint.location);
        pending.iter().try_for_each(|one| no_column_twice(one).map_err(|stop| at(one, stop)))?;
        for one in pending.iter().filter(|one| one.constraint.contype() == ConstrType::ConstrPrimary) {
            self.index_constraint_columns(table, one).map_err(|stop| at(one, stop))?;
        }
        transform_index_constraints(table, pending)?.into_iter().try_for_each(|(one, name)| {
            let added = match one.constraint.contype() {
                ConstrType::ConstrExclusion => self.add_exclusion(table, one, &name, only),
                _ => self.add_index_constraint(table, one, &name, only),
            };
            added.map_err(|stop| stop.at(one.constraint.location))
        })
    }

    /// `transformIndexConstraint()`: in CREATE TABLE also that the columns of each constraint are there.
    pub(super) fn index_constraints_name_columns(&self, table: &ObjectId, pending: &[Pending<'_>]) -> Outcome {
        for (number, one) in pending.iter().enumerate() {
            one_primary_key(table, &pending[..=number])?;
            let keys = if one.constraint.indexname.is_empty() { one.columns(&one.constraint.keys) } else { Vec::new() };
            let distinct = keys.iter().enumerate().find(|(at, key)| keys[..*at].contains(key)).map(|(at, _)| at);
            let before = &keys[..distinct.unwrap_or(keys.len())];
            let columns = self.key_columns(table, before, "named in key");
            let columns = columns.and_then(|_| no_column_twice(one));
            let columns = columns.and_then(|()| self.index_constraint_columns(table, one));
            columns.map_err(|stop| stop.at(one.constraint.location))?;
        }
        Ok(())
    }

    /// `index_check_primary_key()`
    fn has_no_primary_key(&self, table: &ObjectId) -> Outcome {
        if self.primary_key(table).is_some() {
            let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name().as_str());
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        Ok(())
    }

    fn index_constraint_columns(&self, table: &ObjectId, pending: &Pending<'_>) -> Outcome {
        let constraint = pending.constraint;
        if constraint.contype() != ConstrType::ConstrExclusion && constraint.indexname.is_empty() {
            self.key_columns(table, &pending.columns(&constraint.keys), "named in key")?;
        }
        let include: Vec<Ident> = constraint.including.iter().filter_map(string_of).map(Ident::new).collect();
        self.key_columns(table, &include, "named in key")
    }

    fn add_index_constraint(&mut self, table: &ObjectId, pending: &Pending<'_>, name: &str, only: bool) -> Outcome {
        let constraint = pending.constraint;
        let is_primary = constraint.contype() == ConstrType::ConstrPrimary;
        let words = if is_primary { "PRIMARY KEY constraint" } else { "UNIQUE constraint" };
        self.index_constraint_columns(table, pending)?;
        let parts = if constraint.indexname.is_empty() {
            let columns = pending.columns(&constraint.keys);
            let include: Vec<Ident> = constraint.including.iter().filter_map(string_of).map(Ident::new).collect();
            for column in columns.iter().filter(|_| !constraint.without_overlaps) {
                let of = self.catalog().column(table, column).and_then(|column| column.data_type.get());
                self.opclass(&Ident::new("btree"), of, None)?;
            }
            if is_primary {
                self.has_no_primary_key(table)?;
            }
            let count = columns.len() - usize::from(constraint.without_overlaps && !columns.is_empty());
            self.covers_partition_key(table, &columns[..count], words)?;
            KeyIndex {
                name: self.index_constraint_name(table, name, is_primary, columns.iter().chain(&include))?,
                columns,
                include,
                storage_parameters: parameters(&constraint.options, Taker::Index("btree"))?,
                nulls_not_distinct: constraint.nulls_not_distinct,
                tablespace: tablespace_of(&constraint.indexspace),
                clustered: false,
                comment: None,
            }
        } else {
            self.take_index(table, constraint, is_primary)?
        };
        let KeyIndex { name, columns, include, storage_parameters, nulls_not_distinct, tablespace, clustered, comment } =
            parts;
        let origin = &pending.origin;
        if is_primary {
            self.set_key_not_null(table, &columns, !constraint.indexname.is_empty(), only, origin)?;
        }
        let (deferrable, deferred) = (pending.deferrable, pending.initially_deferred);
        let facts: Facts = if is_primary {
            PrimaryKey {
                columns: Attr::Is(columns, origin.clone()),
                include: Attr::Is(include, origin.clone()),
                deferrable: Attr::Is(deferrable, origin.clone()),
                initially_deferred: Attr::Is(deferred, origin.clone()),
                storage_parameters: Attr::Is(storage_parameters, origin.clone()),
                without_overlaps: Attr::Is(constraint.without_overlaps, origin.clone()),
                tablespace: Attr::Is(tablespace, origin.clone()),
                clustered: Attr::Is(clustered, origin.clone()),
                derived_from: Attr::Is(None, origin.clone()),
                comment: Attr::Is(None, origin.clone()),
                index_comment: Attr::Is(comment, origin.clone()),
            }
            .into()
        } else {
            Unique {
                columns: Attr::Is(columns, origin.clone()),
                include: Attr::Is(include, origin.clone()),
                nulls_not_distinct: Attr::Is(nulls_not_distinct, origin.clone()),
                deferrable: Attr::Is(deferrable, origin.clone()),
                initially_deferred: Attr::Is(deferred, origin.clone()),
                storage_parameters: Attr::Is(storage_parameters, origin.clone()),
                without_overlaps: Attr::Is(constraint.without_overlaps, origin.clone()),
                tablespace: Attr::Is(tablespace, origin.clone()),
                clustered: Attr::Is(clustered, origin.clone()),
                derived_from: Attr::Is(None, origin.clone()),
                comment: Attr::Is(None, origin.clone()),
                index_comment: Attr::Is(comment, origin.clone()),
            }
            .into()
        };
        let id = table.part(Class::Constraint, &name);
        self.database.insert(id.clone(), facts, origin.clone());
        if only { Ok(()) } else { self.pass_on(&id, origin) }
    }

    pub(super) fn index_constraint_name<'a>(
        &self,
        table: &ObjectId,
        given: &str,
        is_primary: bool,
        columns: impl Iterator<Item = &'a Ident>,
    ) -> Outcome<Ident> {
        let addition = if is_primary { String::new() } else { names::columns_addition(columns.map(Ident::as_str)) };
        self.indexed_constraint_name(table, given, &addition, if is_primary { "pkey" } else { "key" })
    }

    /// A constraint and its index have one name, new among both.
    pub(super) fn indexed_constraint_name(
        &self,
        table: &ObjectId,
        given: &str,
        addition: &str,
        label: &str,
    ) -> Outcome<Ident> {
        let (schema, relation) = (&table.path()[0], table.name().as_str());
        if given.is_empty() {
            let taken = |name: &str| {
                self.database.is_taken(Space::Relation, schema, name)
                    || self.database.is_taken(Space::Constraint, schema, name)
            };
            return Ok(Ident::new(names::choose_name(relation, addition, label, taken)));
        }
        if self.database.is_taken(Space::Relation, schema, given) {
            return Err(Stop::relation_exists(given));
        }
        self.free_constraint_name(table, given)
    }

    /// `… USING INDEX`: the index becomes the constraint's, and takes its name.
    fn take_index(
        &mut self,
        table: &ObjectId,
        constraint: &pg_query::protobuf::Constraint,
        is_primary: bool,
    ) -> Outcome<KeyIndex> {
        let index_name = Ident::new(&constraint.indexname);
        let id = table.part(Class::Index, &index_name);
        let Some(index) = self.database.get::<Index>(&id).cloned() else {
            let message = format!("index \"{}\" does not exist", index_name.as_str());
            return Err(Stop::refused(UNDEFINED_OBJECT, message));
        };
        let unfit = |why: &str| Stop::refused(WRONG_OBJECT_TYPE, format!("{why}: \"{}\"", index_name.as_str()));
        if index.unique.get() != Some(&true) {
            let message = format!("\"{}\" is not a unique index", index_name.as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        if index.predicate.get().is_some_and(Option::is_some) {
            return Err(unfit("a partial index cannot become a constraint"));
        }
        let mut columns = Vec::new();
        for (number, key) in index.keys.get().into_iter().flatten().enumerate() {
            if key.descending || key.nulls_first || key.opclass.is_some() || key.collation.is_some() {
                let message = format!(
                    "index \"{}\" column number {} does not have default sorting behavior",
                    index_name.as_str(),
                    number + 1
                );
                return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
            }
            match &key.term {
                KeyTerm::Column(column) => columns.push(column.clone()),
                KeyTerm::Expr(_) => return Err(unfit("an index on expressions cannot become a constraint")),
            }
        }
        if self.is_partitioned(table) {
            let message = "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        if is_primary {
            self.has_no_primary_key(table)?;
        }
        let name = if constraint.conname.is_empty() { index_name.clone() } else { Ident::new(&constraint.conname) };
        self.database.remove(&id);
        if name != index_name && self.database.is_taken(Space::Relation, &table.path()[0], name.as_str()) {
            return Err(Stop::relation_exists(name.as_str()));
        }
        self.free_constraint_name(table, name.as_str())?;
        Ok(KeyIndex {
            name,
            columns,
            include: index.include.get().cloned().unwrap_or_default(),
            storage_parameters: index.storage_parameters.get().cloned().unwrap_or_default(),
            nulls_not_distinct: !is_primary && index.nulls_not_distinct.get().copied().unwrap_or(false),
            tablespace: index.tablespace.get().cloned().flatten(),
            clustered: index.clustered.get().copied().unwrap_or(false),
            comment: index.comment.get().cloned().flatten(),
        })
    }

    pub(super) fn choose_constraint_name(&self, table: &ObjectId, addition: &str, label: &str) -> Ident {
        let taken = |name: &str| self.database.is_taken(Space::Constraint, &table.path()[0], name);
        Ident::new(names::choose_name(table.name().as_str(), addition, label, taken))
    }

    /// A name that was written out must be new on its table.
    pub(super) fn free_constraint_name(&self, table: &ObjectId, name: &str) -> Outcome<Ident> {
        if self.has_constraint(table, name) {
            return Err(constraint_exists(table, name));
        }
        Ok(Ident::new(name))
    }

    pub(super) fn has_constraint(&self, table: &ObjectId, name: &str) -> bool {
        self.catalog().exists(&table.part(Class::Constraint, &Ident::new(name)))
            || self.not_null_called(table, name).is_some()
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

/// What a key and the index behind it are made of.
struct KeyIndex {
    name: Ident,
    columns: Vec<Ident>,
    include: Vec<Ident>,
    storage_parameters: Vec<String>,
    nulls_not_distinct: bool,
    tablespace: Option<Ident>,
    clustered: bool,
    /// The comment on the index, which is not one on the constraint.
    comment: Option<String>,
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

pub(super) fn constraint_exists(table: &ObjectId, name: &str) -> Stop {
    let message = format!("constraint \"{name}\" for relation \"{}\" already exists", table.name().as_str());
    Stop::refused(DUPLICATE_OBJECT, message)
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

fn same_index(one: &Pending<'_>, other: &Pending<'_>) -> bool {
    let names = |nodes: &[Node]| nodes.iter().filter_map(string_of).collect::<Vec<_>>();
    let (a, b) = (one.constraint, other.constraint);
    let is_exclusion = |one: &Constraint| one.contype() == ConstrType::ConstrExclusion;
    is_exclusion(a) == is_exclusion(b)
        && exclusion_of(one) == exclusion_of(other)
        && one.columns(&a.keys) == other.columns(&b.keys)
        && names(&a.including) == names(&b.including)
        && a.indexname.is_empty()
        && b.indexname.is_empty()
        && (one.deferrable, one.initially_deferred) == (other.deferrable, other.initially_deferred)
        && a.nulls_not_distinct == b.nulls_not_distinct
}

/// What an exclusion constraint alone says, but for what it is called.
fn exclusion_of(pending: &Pending<'_>) -> Option<String> {
    let constraint = pending.constraint;
    let only = Constraint {
        contype: constraint.contype,
        access_method: constraint.access_method.clone(),
        exclusions: constraint.exclusions.clone(),
        where_clause: constraint.where_clause.clone(),
        ..Constraint::default()
    };
    let table = CreateStmt {
        relation: Some(RangeVar {
            relname: "t".to_owned(),
            inh: true,
            relpersistence: "p".to_owned(),
            ..RangeVar::default()
        }),
        table_elts: vec![Node { node: Some(NodeEnum::Constraint(Box::new(only))) }],
        oncommit: OnCommitAction::OncommitNoop.into(),
        ..CreateStmt::default()
    };
    let is_exclusion = constraint.contype() == ConstrType::ConstrExclusion;
    is_exclusion.then(|| parse::deparse(Node { node: Some(NodeEnum::CreateStmt(table)) }).ok()).flatten()
}

pub(super) fn index_element(node: &Node) -> Option<&IndexElem> {
    match &node.node {
        Some(NodeEnum::IndexElem(element)) => Some(element),
        _ => None,
    }
}

fn include_columns(nodes: &[Node]) -> Vec<Ident> {
    nodes.iter().filter_map(index_element).map(|element| Ident::new(&element.name)).collect()
}

/// The names an index without one is called after (`ChooseIndexColumnNames()`, `FigureIndexColname()`).
pub(super) fn index_column_names<'a>(elements: impl Iterator<Item = &'a Node>) -> Vec<String> {
    names::index_column_names(elements.filter_map(index_element).map(|element| match &element.expr {
        None => element.name.clone(),
        Some(expr) => expr::figure_name(expr).map_or_else(|| "expr".to_owned(), |name| name.as_str().to_owned()),
    }))
}

/// `transformIndexConstraints()`: the primary key first, and of two that are the same one, with the name of either.
fn transform_index_constraints<'p, 'a>(
    table: &ObjectId,
    pending: &'p [Pending<'a>],
) -> Outcome<Vec<(&'p Pending<'a>, String)>> {
    one_primary_key(table, pending)?;
    let is_primary = |one: &&Pending<'_>| one.constraint.contype() == ConstrType::ConstrPrimary;
    let (primary, unique): (Vec<&Pending<'_>>, Vec<&Pending<'_>>) = pending.iter().partition(is_primary);
    pending.iter().try_for_each(|one| no_column_twice(one).map_err(|stop| stop.at(one.constraint.location)))?;
    let mut made: Vec<(&Pending<'_>, String)> = Vec::new();
    for one in primary.into_iter().chain(unique) {
        let twin = made.iter_mut().find(|(other, _)| same_index(one, other));
        match twin {
            Some((_, name)) if name.is_empty() => name.clone_from(&one.constraint.conname),
            Some(_) => {}
            None => made.push((one, one.constraint.conname.clone())),
        }
    }
    Ok(made)
}

fn one_primary_key(table: &ObjectId, pending: &[Pending<'_>]) -> Outcome {
    let mut primary = pending.iter().filter(|one| one.constraint.contype() == ConstrType::ConstrPrimary);
    match primary.nth(1) {
        Some(second) => {
            let message = format!("multiple primary keys for table \"{}\" are not allowed", table.name().as_str());
            Err(Stop::refused(INVALID_TABLE_DEFINITION, message).at(second.constraint.location))
        }
        None => Ok(()),
    }
}

fn no_column_twice(pending: &Pending<'_>) -> Outcome {
    let constraint = pending.constraint;
    let columns = pending.columns(&constraint.keys);
    match columns.iter().enumerate().find(|(number, column)| columns[..*number].contains(column)) {
        Some((_, twice)) => {
            let is_primary = constraint.contype() == ConstrType::ConstrPrimary;
            let sort = if is_primary { "primary key" } else { "unique" };
            let message = format!("column \"{}\" appears twice in {sort} constraint", twice.as_str());
            Err(Stop::refused(DUPLICATE_COLUMN, message))
        }
        None => Ok(()),
    }
}
