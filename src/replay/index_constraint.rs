//! Constraints that stand on an index: made with one, or on one that is there (`transformIndexConstraint()`,
//! `ATExecAddIndexConstraint()`).

use pg_query::NodeEnum;
use pg_query::protobuf::{ConstrType, Constraint, CreateStmt, Node, OnCommitAction, RangeVar};

use super::Replay;
use super::database::Space;
use super::indexcmds::tablespace_of;
use super::parse_utilcmd::Pending;
use super::refusal::{
    DUPLICATE_COLUMN, DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_TABLE_DEFINITION, Outcome, Stop,
    UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::reloptions::{Taker, parameters};
use crate::catalog::kind::{Index, KeyTerm, PrimaryKey, Unique};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::sql::type_name::idents_of;
use crate::sql::{Ident, names, parse};

impl Replay {
    /// Keys and exclusion constraints, the primary key first. What is to be one is made NOT NULL before any index is
    /// made, and so has to be there.
    pub(super) fn add_index_constraints(&mut self, table: &ObjectId, pending: &[Pending<'_>], only: bool) -> Outcome {
        let at = |one: &Pending<'_>, stop: Stop| stop.at(one.constraint.location);
        pending.iter().try_for_each(|one| {
            no_column_twice(one.constraint, &one.columns(&one.constraint.keys)).map_err(|stop| at(one, stop))
        })?;
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
            let columns = columns.and_then(|_| no_column_twice(one.constraint, &one.columns(&one.constraint.keys)));
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
        self.key_columns(table, &idents_of(&constraint.including), "named in key")
    }

    fn add_index_constraint(&mut self, table: &ObjectId, pending: &Pending<'_>, name: &str, only: bool) -> Outcome {
        let constraint = pending.constraint;
        let is_primary = constraint.contype() == ConstrType::ConstrPrimary;
        let words = if is_primary { "PRIMARY KEY constraint" } else { "UNIQUE constraint" };
        self.index_constraint_columns(table, pending)?;
        let parts = if constraint.indexname.is_empty() {
            let columns = pending.columns(&constraint.keys);
            let include = idents_of(&constraint.including);
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
        if !constraint.indexname.is_empty() {
            self.database.keep_number(&table.part(Class::Index, &Ident::new(&constraint.indexname)), &id);
        }
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
        if self.is_in_the_way(schema, given) {
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
        if name != index_name && self.is_in_the_way(&table.path()[0], name.as_str()) {
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

pub(super) fn constraint_exists(table: &ObjectId, name: &str) -> Stop {
    let message = format!("constraint \"{name}\" for relation \"{}\" already exists", table.name().as_str());
    Stop::refused(DUPLICATE_OBJECT, message)
}

fn same_index(one: &Pending<'_>, other: &Pending<'_>) -> bool {
    let (a, b) = (one.constraint, other.constraint);
    let is_exclusion = |one: &Constraint| one.contype() == ConstrType::ConstrExclusion;
    is_exclusion(a) == is_exclusion(b)
        && exclusion_of(one) == exclusion_of(other)
        && one.columns(&a.keys) == other.columns(&b.keys)
        && idents_of(&a.including) == idents_of(&b.including)
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

/// `transformIndexConstraints()`: the primary key first, and of two that are the same one, with the name of either.
fn transform_index_constraints<'p, 'a>(
    table: &ObjectId,
    pending: &'p [Pending<'a>],
) -> Outcome<Vec<(&'p Pending<'a>, String)>> {
    one_primary_key(table, pending)?;
    let is_primary = |one: &&Pending<'_>| one.constraint.contype() == ConstrType::ConstrPrimary;
    let (primary, unique): (Vec<&Pending<'_>>, Vec<&Pending<'_>>) = pending.iter().partition(is_primary);
    pending.iter().try_for_each(|one| {
        no_column_twice(one.constraint, &one.columns(&one.constraint.keys))
            .map_err(|stop| stop.at(one.constraint.location))
    })?;
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

pub(super) fn no_column_twice(constraint: &Constraint, columns: &[Ident]) -> Outcome {
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
