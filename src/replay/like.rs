//! Tables made LIKE others, and indexes made like those of others (`transformTableLikeClause()`,
//! `expandTableLikeClause()` and `generateClonedIndexStmt()` in `parse_utilcmd.c`).

use pg_query::protobuf::TableLikeClause;

use super::Replay;
use super::database::Space;
use super::generated::{OwnValue, kind_of};
use super::inherit::{for_table, same_type};
use super::not_null::{Declared, Said};
use super::parse_utilcmd::{Work, plain_column};
use super::refusal::{DEPENDENT_OBJECTS_STILL_EXIST, Outcome, Stop};
use crate::catalog::kind::{
    Check, Column, Exclusion, Generated, Index, IndexKey, KeyTerm, PrimaryKey, Sequence, Table, Unique,
};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin};
use crate::expr;
use crate::sql::{Ident, TypeName, names, parse};

/// What of `INCLUDING …` is asked for (`TableLikeOption`).
#[derive(Clone, Copy)]
pub(super) struct Including(u32);

impl Including {
    const COMMENTS: u32 = 1 << 0;
    const COMPRESSION: u32 = 1 << 1;
    const CONSTRAINTS: u32 = 1 << 2;
    const DEFAULTS: u32 = 1 << 3;
    const GENERATED: u32 = 1 << 4;
    const IDENTITY: u32 = 1 << 5;
    const INDEXES: u32 = 1 << 6;
    const STATISTICS: u32 = 1 << 7;
    const STORAGE: u32 = 1 << 8;

    fn has(self, what: u32) -> bool {
        self.0 & what != 0
    }
}

/// What is copied once the columns are there.
pub(super) struct Like {
    source: ObjectId,
    including: Including,
    /// Columns that were merged into those of parents, with their default and how they are generated.
    merged: Vec<(ObjectId, Option<Expr>, Option<Generated>)>,
    origin: Origin,
}

impl Replay {
    /// `transformTableLikeClause()`
    pub(super) fn columns_like(
        &mut self,
        table: &ObjectId,
        clause: &TableLikeClause,
        work: &mut Work<'_>,
        origin: &Origin,
    ) -> Outcome<Option<Like>> {
        let source = self.relation(&clause.relation.clone().unwrap_or_default())?;
        let including = Including(clause.options);
        if self.database.get::<Table>(&source).is_none() {
            let Some(columns) = self.relation_columns(&source) else {
                return Err(Stop::not_modelled(format!("the columns of {source} are not known")));
            };
            for (name, of) in columns {
                self.add_column_like(table, &name, plain_column(of, origin), false, origin)?;
            }
            return Ok(None);
        }
        let mut merged = Vec::new();
        for name in self.column_order(&source) {
            let Some(theirs) = self.catalog().column(&source, &name).cloned() else { continue };
            let copy = for_table(&theirs, &source, table, origin);
            if let Some(not_null) = theirs.not_null_constraint.get().cloned().flatten() {
                let said = Said { name: not_null.name.as_str(), no_inherit: not_null.no_inherit, not_valid: false };
                work.say_not_null(Declared::new(&name, said, origin));
            }
            let column = Column {
                collation: copy.collation,
                nullable: if self.names_not_nulls() { Attr::Is(true, origin.clone()) } else { copy.nullable },
                not_null_comment: if including.has(Including::COMMENTS) { copy.not_null_comment } else { none(origin) },
                storage: if including.has(Including::STORAGE) { copy.storage } else { none(origin) },
                compression: if including.has(Including::COMPRESSION) { copy.compression } else { none(origin) },
                generated: if including.has(Including::GENERATED) { copy.generated } else { none(origin) },
                default: if including.has(Including::DEFAULTS) { copy.default } else { none(origin) },
                comment: if including.has(Including::COMMENTS) { copy.comment } else { none(origin) },
                ..plain_column(copy.data_type.get().cloned().unwrap_or_default(), origin)
            };
            let id = table.part(Class::Column, &name);
            let identity = theirs.identity.get().cloned().flatten().filter(|_| including.has(Including::IDENTITY));
            let value = (column.default.get().cloned().flatten(), column.generated.get().cloned().flatten());
            if self.add_column_like(table, &name, column, identity.is_some(), origin)? {
                merged.push((id.clone(), value.0, value.1));
            }
            if let Some(identity) = identity {
                self.copy_identity_sequence(&source.part(Class::Column, &name), &id, origin)?;
                self.database.edit::<Column>(&id, |column| column.identity = Attr::Is(Some(identity), origin.clone()));
            }
        }
        Ok(Some(Like { source, including, merged, origin: origin.clone() }))
    }

    /// A column copied or, which is told, merged into one that a parent gives (`MergeChildAttribute()`).
    fn add_column_like(
        &mut self,
        table: &ObjectId,
        name: &Ident,
        copy: Column,
        is_identity: bool,
        origin: &Origin,
    ) -> Outcome<bool> {
        let id = table.part(Class::Column, name);
        let inherited = self.database.get::<Column>(&id).filter(|column| column.local.get() == Some(&false));
        let Some(inherited) = inherited else {
            self.first_of_its_name(table, name)?;
            self.insert_column(table, name, copy, origin);
            return Ok(false);
        };
        same_type(inherited, &copy, &format!("column \"{name}\""))?;
        let own = match kind_of(&copy) {
            Some(kind) => OwnValue::Generated(kind),
            None if is_identity => OwnValue::Identity,
            None => OwnValue::Nothing,
        };
        self.suits_generation(&id, inherited, own)?;
        self.database.edit::<Column>(&id, |column| {
            column.local = Attr::Is(true, origin.clone());
            if copy.nullable.get() == Some(&false) && column.nullable.get() == Some(&true) {
                column.nullable = copy.nullable;
                column.not_null_constraint = copy.not_null_constraint;
            }
        });
        Ok(true)
    }

    /// What a merged column has as a default or is generated by takes the place of what its parents say. From 15 on a
    /// server finds that a generated column needs that (`ATExecCookedColumnDefault()`).
    fn merge_value(
        &mut self,
        id: &ObjectId,
        default: Option<&Expr>,
        generated: Option<&Generated>,
        origin: &Origin,
    ) -> Outcome {
        let Some(inherited) = self.database.get::<Column>(id) else { return Ok(()) };
        if default.is_none() && generated.is_none() {
            return Ok(());
        }
        let is_generated = kind_of(inherited).is_some();
        let has_value = is_generated || inherited.default.get().is_some_and(Option::is_some);
        if has_value && (is_generated || generated.is_some()) && self.catalog().version >= 15 {
            let (column, table) = (id.name().as_str(), id.path()[1].as_str());
            let column = format!("column {column} of table {table}");
            let message = format!("cannot drop default value for {column} because {column} requires it");
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message));
        }
        self.database.edit::<Column>(id, |column| {
            column.default = Attr::Is(default.cloned(), origin.clone());
            column.generated = Attr::Is(generated.cloned(), origin.clone());
        });
        Ok(())
    }

    fn copy_identity_sequence(&mut self, from: &ObjectId, to: &ObjectId, origin: &Origin) -> Outcome {
        let theirs = self.shared_identity_sequence(from).and_then(|id| self.database.get::<Sequence>(&id).cloned());
        let data_type = self.database.get::<Column>(to).and_then(|column| column.data_type.get().cloned());
        let sequence = self.create_owned_sequence(to, &data_type.unwrap_or_default(), &[], true, origin)?;
        if let Some(theirs) = theirs {
            self.database.edit::<Sequence>(&sequence, |ours| {
                let owned_by = ours.owned_by.clone();
                let persistence = ours.persistence.clone();
                // Only its limits say of which type the other one is.
                let data_type = Attr::Is(TypeName::builtin("int8"), origin.clone());
                let comment = Attr::Is(None, origin.clone());
                *ours = Sequence { data_type, owned_by, persistence, comment, ..theirs };
                crate::catalog::kind::Attributes::place(ours, origin);
            });
        }
        Ok(())
    }

    /// `expandTableLikeClause()`
    pub(super) fn expand_like(&mut self, table: &ObjectId, like: &Like) -> Outcome {
        let Like { source, including, merged, origin } = like;
        for (column, default, generated) in merged {
            self.merge_value(column, default.as_ref(), generated.as_ref(), origin)?;
        }
        let parts: Vec<(ObjectId, Facts)> =
            self.database.by_age(source).into_iter().map(|(id, object)| (id.clone(), object.facts.clone())).collect();
        let keeps_comments = including.has(Including::COMMENTS);
        for (id, facts) in &parts {
            if let (Facts::Check(check), true) = (facts, including.has(Including::CONSTRAINTS)) {
                let check = for_table(&**check, source, table, origin);
                let enforced = check.enforced.get().copied().unwrap_or(true);
                let copy = Check {
                    validated: Attr::Is(enforced, origin.clone()),
                    local: Attr::Is(true, origin.clone()),
                    comment: if keeps_comments { check.comment } else { none(origin) },
                    ..check
                };
                let name = self.free_constraint_name(table, id.name().as_str())?;
                self.database.insert(table.part(Class::Constraint, &name), copy, origin.clone());
            }
        }
        if including.has(Including::INDEXES) {
            for (id, of) in &parts {
                let Some(facts) = self.cloned_index(id, table, origin) else { continue };
                // The comment of an index is copied, that of a constraint is not.
                let comment = index_comment(&mut of.clone()).and_then(|comment| comment.get().cloned()).flatten();
                let comment = Attr::Is(comment.filter(|_| keeps_comments), origin.clone());
                let copy = self.insert_index(table, facts, id, origin)?;
                self.database.edit_facts(&copy, |facts| {
                    if let Some(own) = index_comment(facts) {
                        *own = comment;
                    }
                });
            }
        }
        if including.has(Including::STATISTICS) {
            self.clone_statistics(source, table, keeps_comments, origin)?;
        }
        Ok(())
    }

    /// An index, or a constraint that stands on one, as it would be on another table; none if it is none.
    pub(super) fn cloned_index(&self, id: &ObjectId, table: &ObjectId, origin: &Origin) -> Option<Facts> {
        let source = id.parent()?;
        match self.catalog().facts(id)? {
            Facts::PrimaryKey(key) => {
                let copy = for_table(&**key, &source, table, origin);
                let (clustered, derived_from) = (Attr::Is(false, origin.clone()), none(origin));
                let (comment, index_comment) = (none(origin), none(origin));
                Some(PrimaryKey { clustered, derived_from, comment, index_comment, ..copy }.into())
            }
            Facts::Unique(key) => {
                let copy = for_table(&**key, &source, table, origin);
                let (clustered, derived_from) = (Attr::Is(false, origin.clone()), none(origin));
                let (comment, index_comment) = (none(origin), none(origin));
                Some(Unique { clustered, derived_from, comment, index_comment, ..copy }.into())
            }
            Facts::Exclusion(key) => {
                let copy = for_table(&**key, &source, table, origin);
                let (derived_from, comment, index_comment) = (none(origin), none(origin), none(origin));
                Some(Exclusion { derived_from, comment, index_comment, ..copy }.into())
            }
            Facts::Index(index) => {
                let copy = for_table(&**index, &source, table, origin);
                Some(
                    Index {
                        valid: Attr::Is(true, origin.clone()),
                        clustered: Attr::Is(false, origin.clone()),
                        statistics: Attr::Is(Vec::new(), origin.clone()),
                        derived_from: none(origin),
                        comment: none(origin),
                        ..copy
                    }
                    .into(),
                )
            }
            _ => None,
        }
    }

    /// Adds an index made like another one, or the constraint that stands on it, under a name that the server would
    /// choose: after what the other one calls its columns.
    pub(super) fn insert_index(
        &mut self,
        table: &ObjectId,
        facts: Facts,
        like: &ObjectId,
        origin: &Origin,
    ) -> Outcome<ObjectId> {
        self.fits_partition_key(table, &facts)?;
        let known = self.database.index_columns(like).cloned();
        let names = known.clone().unwrap_or_else(|| column_names(&facts, self.catalog().version));
        let addition = names::columns_addition(names.iter().map(String::as_str));
        let (class, addition, label) = match &facts {
            Facts::PrimaryKey(_) => (Class::Constraint, "", "pkey"),
            Facts::Unique(_) => (Class::Constraint, addition.as_str(), "key"),
            Facts::Exclusion(_) => (Class::Constraint, addition.as_str(), "excl"),
            Facts::Index(_) => (Class::Index, addition.as_str(), "idx"),
            _ => return Err(Stop::not_modelled("an index of this kind is not copied yet")),
        };
        let name = match class {
            Class::Index => self.index_name(table, addition),
            _ => self.indexed_constraint_name(table, "", addition, label)?,
        };
        let id = table.part(class, &name);
        // From PostgreSQL 18 on its table has said so before.
        if let Facts::PrimaryKey(key) = &facts
            && !self.names_not_nulls()
        {
            let columns = key.columns.get().cloned().unwrap_or_default();
            self.set_key_not_null(table, &columns, false, false, origin)?;
        }
        self.database.insert(id.clone(), facts, origin.clone());
        self.database.set_index_columns(&id, known);
        Ok(id)
    }

    fn index_name(&self, table: &ObjectId, addition: &str) -> Ident {
        let taken = |name: &str| self.database.is_taken(Space::Relation, &table.path()[0], name);
        Ident::new(names::choose_name(table.name().as_str(), addition, "idx", taken))
    }

    /// Keeps in mind what an index calls its columns, before its table calls one of them otherwise.
    pub(super) fn keep_index_columns(&mut self, index: &ObjectId) {
        let has_own = self.database.index_columns(index).is_some();
        let names =
            self.catalog().facts(index).filter(|_| !has_own).map(|facts| column_names(facts, self.catalog().version));
        if let Some(names) = names.filter(|names| !names.is_empty()) {
            self.database.set_index_columns(index, Some(names));
        }
    }
}

/// What an index, or the one behind a constraint, calls its columns if nothing has been renamed.
fn column_names(index: &Facts, version: u32) -> Vec<String> {
    let of_key = |key: &IndexKey| match &key.term {
        KeyTerm::Column(name) => name.as_str().to_owned(),
        KeyTerm::Expr(expr) => {
            let node = parse::parse_expr(expr.text()).ok();
            let name = node.as_ref().and_then(|node| expr::figure_name(node, version));
            name.map_or_else(|| "expr".to_owned(), |name| name.as_str().to_owned())
        }
    };
    let (keys, columns, include) = match index {
        Facts::PrimaryKey(key) => (None, key.columns.get(), key.include.get()),
        Facts::Unique(key) => (None, key.columns.get(), key.include.get()),
        Facts::Exclusion(key) => (key.keys.get(), None, key.include.get()),
        Facts::Index(index) => (index.keys.get(), None, index.include.get()),
        _ => (None, None, None),
    };
    let columns = [columns, include].into_iter().flatten().flatten().map(|name| name.as_str().to_owned());
    names::index_column_names(keys.into_iter().flatten().map(of_key).chain(columns))
}

/// The comment on an index, or on the one behind a constraint.
fn index_comment(facts: &mut Facts) -> Option<&mut Attr<Option<String>>> {
    match facts {
        Facts::Index(index) => Some(&mut index.comment),
        Facts::PrimaryKey(key) => Some(&mut key.index_comment),
        Facts::Unique(key) => Some(&mut key.index_comment),
        Facts::Exclusion(key) => Some(&mut key.index_comment),
        _ => None,
    }
}

fn none<T>(origin: &Origin) -> Attr<Option<T>> {
    Attr::Is(None, origin.clone())
}
