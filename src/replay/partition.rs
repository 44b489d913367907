//! Partitioned tables and their partitions (`partbounds.c`, and `DefineRelation()`, `ATExecAttachPartition()` and
//! `ATExecDetachPartition()` in `tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, Node, PartitionBoundSpec, PartitionSpec};

use super::Replay;
use super::exclusion::is_equality;
use super::heap::Clause;
use super::indexcmds::key_column;
use super::inherit::for_table;
use super::refusal::{
    DATATYPE_MISMATCH, DUPLICATE_TABLE, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION,
    OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop, UNDEFINED_TABLE, WRONG_OBJECT_TYPE,
};
use crate::catalog::kind::{
    CollationName, ForeignKey, Index, IndexKey, KeyTerm, PartitionBound, PartitionStrategy, RelationName, Table,
    partition_element,
};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName, names, parse};

impl Replay {
    /// `transformPartitionSpec()` and `ComputePartitionAttrs()`
    pub(super) fn set_partition_key(&mut self, table: &ObjectId, spec: &PartitionSpec, origin: &Origin) -> Outcome {
        let Some(strategy) = PartitionStrategy::from_node(spec) else { return Ok(()) };
        if strategy == PartitionStrategy::List && spec.part_params.len() > 1 {
            let message = "cannot use \"list\" partition strategy with more than one column";
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        let elements = spec.part_params.iter().filter_map(partition_element);
        let elements: Vec<Node> =
            elements.map(|element| Node { node: Some(NodeEnum::IndexElem(Box::new(element))) }).collect();
        let keys = self.index_keys(table, &Ident::new(strategy.access_method()), &elements, Clause::PartitionKey)?;
        for key in &keys {
            let KeyTerm::Column(name) = &key.term else { continue };
            let column = self.catalog().column(table, name);
            if column.is_some_and(|column| column.generated.get().is_some_and(Option::is_some)) {
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, "cannot use generated column in partition key"));
            }
        }
        self.database.edit::<Table>(table, |table| {
            table.partition_by = Attr::Is(Some(strategy), origin.clone());
            table.partition_key = Attr::Is(keys, origin.clone());
        });
        Ok(())
    }

    /// Makes a table a partition of another, whose columns and checks it has.
    pub(super) fn become_partition(
        &mut self,
        table: &ObjectId,
        parent: &ObjectId,
        spec: &PartitionBoundSpec,
        origin: &Origin,
    ) -> Outcome {
        let bound = self.partition_bound(parent, spec)?;
        self.is_free_bound(table, parent, &bound)?;
        self.set_bound(table, Some((parent, bound)), origin);
        Ok(())
    }

    /// Makes a table a partition, or none.
    fn set_bound(&mut self, table: &ObjectId, of: Option<(&ObjectId, PartitionBound)>, origin: &Origin) {
        let of = of.map(|(parent, bound)| (RelationName::of(parent), bound));
        self.database.edit_facts(table, |facts| facts.set_partition_of(of, origin));
    }

    /// The type of a key, if it is known.
    pub(super) fn type_of_key(&self, table: &ObjectId, key: &IndexKey) -> Option<TypeName> {
        match &key.term {
            KeyTerm::Column(name) => self.catalog().column(table, name)?.data_type.get().cloned(),
            KeyTerm::Expr(expr) => {
                let query = parse::parse_one(&format!("SELECT {} FROM {}", expr.text(), table.qualified_name()));
                let Ok(NodeEnum::SelectStmt(select)) = query else { return None };
                let scope =
                    Scope { catalog: self.catalog(), search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
                expr::resolve_query(&select, &scope).1.into_iter().next()?.1
            }
        }
    }

    /// What a partition has of its table beside columns and checks: indexes, keys and foreign keys.
    pub(super) fn follow_partitioned(
        &mut self,
        table: &ObjectId,
        parent: &ObjectId,
        attaches: bool,
        origin: &Origin,
    ) -> Outcome {
        // Foreign keys come last.
        let parts = self.database.by_age(parent);
        let mut parts: Vec<(bool, ObjectId)> =
            parts.into_iter().map(|(id, object)| (matches!(object.facts, Facts::ForeignKey(_)), id.clone())).collect();
        parts.sort_by_key(|(is_last, _)| *is_last);
        parts.into_iter().try_for_each(|(_, id)| self.ensure_part(table, &id, attaches, origin))
    }

    /// All partitions get what was added to their table.
    pub(super) fn pass_on(&mut self, part: &ObjectId, origin: &Origin) -> Outcome {
        let Some(table) = part.parent().filter(|table| self.is_partitioned(table)) else { return Ok(()) };
        self.children_of(&table).iter().try_for_each(|child| self.ensure_part(child, part, false, origin))
    }

    /// `AttachPartitionEnsureIndexes()` and `CloneForeignKeyConstraints()`, or `DefineIndex()`: what is there already
    /// is taken, but with ATTACH no index that is not valid.
    fn ensure_part(&mut self, partition: &ObjectId, part: &ObjectId, attaches: bool, origin: &Origin) -> Outcome {
        let Some(table) = part.parent() else { return Ok(()) };
        if self.is_foreign(partition) {
            return self.foreign_follows(partition, part, attaches);
        }
        let wanted: Facts = match self.catalog().facts(part) {
            Some(Facts::ForeignKey(key)) => {
                ForeignKey { comment: Attr::Is(None, origin.clone()), ..for_table(&**key, &table, partition, origin) }
                    .into()
            }
            _ => match self.cloned_index(part, partition, origin) {
                Some(facts) => facts,
                None => return Ok(()),
            },
        };
        let may_follow = |facts: &Facts| {
            is_underived(facts) && is_same_part(facts, &wanted) && (self.catalog().version >= 18 || is_validated(facts))
        };
        let may_be_taken = |id: &ObjectId| !attaches || self.is_valid(id);
        let free =
            self.catalog().children(partition).find(|(id, object)| may_follow(&object.facts) && may_be_taken(id));
        let id = match free.map(|(id, _)| id.clone()) {
            // Its own partitions may go without.
            Some(id) => {
                self.adopt_foreign_key(&id, part, origin)?;
                self.derive_from(&id, part, origin);
                if !self.is_valid(&id) {
                    self.database.edit::<Index>(part, |index| index.valid = Attr::Is(false, origin.clone()));
                }
                return Ok(());
            }
            None => match &wanted {
                Facts::ForeignKey(key) => {
                    let own = partition.part(Class::Constraint, part.name());
                    let name = if self.catalog().exists(&own) {
                        let columns = key.columns.get().into_iter().flatten().map(Ident::as_str);
                        self.choose_constraint_name(partition, &names::columns_addition(columns), "fkey")
                    } else {
                        part.name().clone()
                    };
                    let id = partition.part(Class::Constraint, &name);
                    self.database.insert(id.clone(), wanted, origin.clone());
                    id
                }
                _ => self.insert_index(partition, wanted, part, origin)?,
            },
        };
        self.derive_from(&id, part, origin);
        self.pass_on(&id, origin)
    }

    /// `AttachPartitionForeignKey()`: what the partition has already is held to what its table says.
    fn adopt_foreign_key(&mut self, id: &ObjectId, of: &ObjectId, origin: &Origin) -> Outcome {
        let (Some(ours), Some(theirs)) = (self.database.get::<ForeignKey>(id), self.database.get::<ForeignKey>(of))
        else {
            return Ok(());
        };
        if ours.enforced.get() != theirs.enforced.get() {
            let (name, of) = (id.name().as_str(), of.name().as_str());
            let relation = id.path()[1].as_str();
            let message = format!(
                "constraint \"{of}\" enforceability conflicts with constraint \"{name}\" on relation \"{relation}\""
            );
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        if theirs.validated.get() == Some(&true) {
            self.database.edit::<ForeignKey>(id, |key| key.validated = Attr::Is(true, origin.clone()));
        }
        Ok(())
    }

    /// The index behind a constraint follows from one that has none, but the constraint does not.
    fn derive_from(&mut self, id: &ObjectId, part: &ObjectId, origin: &Origin) {
        if id.class() == part.class() {
            self.derive(id, Some(part.name().clone()), origin);
        }
    }

    fn derive(&mut self, id: &ObjectId, from: Option<Ident>, origin: &Origin) {
        let from = Attr::Is(from, origin.clone());
        self.database.edit_facts(id, |facts| {
            if let Some(derived_from) = derived_from_mut(facts) {
                *derived_from = from;
            }
        });
    }

    /// What a part of a partition follows from.
    pub(super) fn derived_from(&self, id: &ObjectId) -> Option<Ident> {
        let mut facts = self.catalog().facts(id)?.clone();
        derived_from_mut(&mut facts)?.get()?.clone()
    }

    /// What follows from a part in the partitions of its table, and in theirs, behind the part itself.
    pub(super) fn with_derived(&self, part: &ObjectId) -> Vec<ObjectId> {
        let mut found = vec![part.clone()];
        let mut next = 0;
        while let Some(one) = found.get(next).cloned() {
            next += 1;
            let children = one.parent().map(|table| self.children_of(&table)).unwrap_or_default();
            for child in children {
                found.extend(self.parts_following(&child, &one));
            }
        }
        found
    }

    /// Makes what follows from an index anew, in all partitions.
    pub(super) fn derive_again(&mut self, index: &ObjectId) -> Outcome {
        let origin = self.catalog().objects.get(index).map_or(Origin::Server, |object| object.origin.clone());
        for part in self.with_derived(index).into_iter().skip(1) {
            self.database.remove(&part);
        }
        self.pass_on(index, &origin)
    }

    /// What of a partition follows from a part of its table.
    fn parts_following(&self, partition: &ObjectId, of: &ObjectId) -> Vec<ObjectId> {
        let parts = self.catalog().parts(partition, of.class()).map(|(id, _)| id);
        parts.filter(|id| self.derived_from(id).as_ref() == Some(of.name())).cloned().collect()
    }

    fn is_valid(&self, index: &ObjectId) -> bool {
        self.database.get::<Index>(index).is_none_or(|index| index.valid.get() != Some(&false))
    }

    /// The new name of an index or a constraint, wherever it is named beside expressions.
    pub(super) fn rename_part(&mut self, from: &ObjectId, to: &Ident) {
        let Some(table) = from.parent() else { return };
        for child in self.children_of(&table) {
            let parts: Vec<ObjectId> = self.catalog().parts(&child, from.class()).map(|(id, _)| id.clone()).collect();
            for part in parts {
                if self.derived_from(&part).as_ref() != Some(from.name()) {
                    continue;
                }
                self.database.edit_facts(&part, |facts| {
                    if let Some(name) = derived_from_mut(facts).and_then(Attr::get_mut) {
                        *name = Some(to.clone());
                    }
                });
            }
        }
        self.rename_replica_identity(&table, from.name(), Some(to));
        self.database.rename(from, table.part(from.class(), to));
    }

    /// That a key tells rows apart within each partition alone (`DefineIndex()`).
    pub(super) fn covers_partition_key(&self, table: &ObjectId, columns: &[Ident], words: &str) -> Outcome {
        let Some(facts) = self.database.get::<Table>(table) else { return Ok(()) };
        for key in facts.partition_key.get().into_iter().flatten() {
            match &key.term {
                KeyTerm::Column(name) if columns.contains(name) => {}
                KeyTerm::Column(_) => {
                    let message = format!("{words} on partitioned table must include all partitioning columns");
                    return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
                }
                KeyTerm::Expr(_) => {
                    let message = format!("unsupported {words} with partition key definition");
                    return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
                }
            }
        }
        Ok(())
    }

    /// The same of an index that is made like another one, or behind a constraint.
    pub(super) fn fits_partition_key(&self, table: &ObjectId, index: &Facts) -> Outcome {
        let columns = |columns: &Attr<Vec<Ident>>, without_overlaps: &Attr<bool>| {
            let columns = columns.get().map_or(&[][..], Vec::as_slice);
            // The last one is not compared by equality.
            let count = columns.len() - usize::from(without_overlaps.get() == Some(&true) && !columns.is_empty());
            columns[..count].to_vec()
        };
        let (columns, words) = match index {
            Facts::PrimaryKey(key) => (columns(&key.columns, &key.without_overlaps), "PRIMARY KEY constraint"),
            Facts::Unique(key) => (columns(&key.columns, &key.without_overlaps), "UNIQUE constraint"),
            Facts::Index(index) if index.unique.get() == Some(&true) => {
                (index.keys.get().into_iter().flatten().filter_map(key_column).collect(), "unique constraint")
            }
            Facts::Exclusion(key) => {
                self.may_exclude(table)?;
                let (Some(keys), Some(operators)) = (key.keys.get(), key.operators.get()) else { return Ok(()) };
                let equal = keys.iter().zip(operators).filter(|(_, operator)| is_equality(operator));
                (equal.filter_map(|(key, _)| key_column(key)).collect(), "EXCLUDE constraint")
            }
            _ => return Ok(()),
        };
        self.covers_partition_key(table, &columns, words)
    }

    /// Up to 16 nothing partitioned has exclusion constraints.
    pub(super) fn may_exclude(&self, table: &ObjectId) -> Outcome {
        if self.is_partitioned(table) && self.catalog().version < 17 {
            return Err(no_exclusion());
        }
        Ok(())
    }

    /// `ALTER TABLE … {ATTACH | DETACH} PARTITION`
    pub(super) fn alter_partition(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let Some(NodeEnum::PartitionCmd(command)) = step.def.as_ref().and_then(|def| def.node.as_ref()) else {
            return Ok(());
        };
        let finalizes = step.subtype() == AlterTableType::AtDetachPartitionFinalize;
        if command.concurrent {
            self.prevent_in_transaction_block("ALTER TABLE ... DETACH CONCURRENTLY")?;
        }
        if !self.is_partitioned(table) && (!finalizes || self.catalog().version >= 18) {
            let sqlstate = if self.catalog().version < 18 { INVALID_OBJECT_DEFINITION } else { WRONG_OBJECT_TYPE };
            let message = format!("table \"{}\" is not partitioned", table.name().as_str());
            return Err(Stop::refused(sqlstate, message));
        }
        if command.concurrent && self.has_default_partition(table) {
            let message = "cannot detach partitions concurrently when a default partition exists";
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        // The bound is transformed before anybody looks for the partition.
        if let Some(bound) = command.bound.as_ref().filter(|_| step.subtype() == AlterTableType::AtAttachPartition) {
            self.partition_bound(table, bound).map_err(|stop| stop.at(bound.location))?;
        }
        let partition = self.table_or_foreign(&command.name.clone().unwrap_or_default())?;
        match (step.subtype(), &command.bound) {
            (AlterTableType::AtAttachPartition, Some(bound)) => self.attach(table, &partition, bound, origin),
            (AlterTableType::AtDetachPartition, _) => self.detach(table, &partition, command.concurrent, origin),
            (AlterTableType::AtDetachPartitionFinalize, _) => {
                self.is_partition_of(&partition, table)?;
                // What one session begins and does not end is not told by files.
                let message = format!("cannot complete detaching partition \"{}\"", partition.name().as_str());
                Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
            }
            _ => Ok(()),
        }
    }

    fn has_default_partition(&self, table: &ObjectId) -> bool {
        let bound = |id: &ObjectId| self.catalog().facts(id)?.partition_bound();
        self.children_of(table).iter().any(|child| bound(child) == Some(&PartitionBound::Default))
    }

    fn is_partition_of(&self, partition: &ObjectId, table: &ObjectId) -> Outcome {
        if self.parents_of(partition).contains(table) {
            return Ok(());
        }
        let (partition, table) = (partition.name().as_str(), table.name().as_str());
        let message = format!("relation \"{partition}\" is not a partition of relation \"{table}\"");
        Err(Stop::refused(UNDEFINED_TABLE, message))
    }

    /// `ATExecAttachPartition()`
    fn attach(
        &mut self,
        table: &ObjectId,
        partition: &ObjectId,
        bound: &PartitionBoundSpec,
        origin: &Origin,
    ) -> Outcome {
        let (parent, child) = (table.name().as_str(), partition.name().as_str());
        let wrong = |message: String| Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        if self.is_partition(partition) {
            return wrong(format!("\"{child}\" is already a partition"));
        }
        if self.is_typed(partition) {
            return wrong("cannot attach a typed table as partition".into());
        }
        if !self.parents_of(partition).is_empty() {
            return wrong("cannot attach inheritance child as partition".into());
        }
        if !self.children_of(partition).is_empty() && !self.is_partitioned(partition) {
            return wrong("cannot attach inheritance parent as partition".into());
        }
        if self.inheritors(partition, false).contains(table) {
            return Err(Stop::refused(DUPLICATE_TABLE, "circular inheritance not allowed"));
        }
        self.same_as_partitioned(table, self.persistence_of(partition), "attach")?;
        for name in self.column_order(partition) {
            self.has_no_identity(partition, &partition.part(Class::Column, &name))?;
            if self.catalog().column(table, &name).is_none() {
                let name = name.as_str();
                let message = format!("table \"{child}\" contains column \"{name}\" not found in parent \"{parent}\"");
                return Err(Stop::refused(DATATYPE_MISMATCH, message));
            }
        }
        self.can_become(partition, "a partition")?;
        let place = bound.location;
        let bound = self.partition_bound(table, bound)?;
        self.is_free_bound(partition, table, &bound).map_err(|stop| stop.at(place))?;
        self.matches_parent(partition, table)?;
        self.set_bound(partition, Some((table, bound)), origin);
        self.share_identity(partition, table, origin);
        let parts: Vec<ObjectId> = self.catalog().children(partition).map(|(id, _)| id.clone()).collect();
        for part in parts.iter().filter(|part| self.is_inherited(part)).cloned().collect::<Vec<_>>() {
            let local = Attr::Is(false, origin.clone());
            self.database.edit_facts(&part, |facts| match facts {
                Facts::Column(column) => column.local = local,
                Facts::Check(check) => check.local = local,
                _ => {}
            });
            if self.inherits_not_null(&part) {
                self.set_not_null_local(&part, false, origin);
            }
        }
        self.follow_partitioned(partition, table, true, origin)
    }

    /// `ATExecDetachPartition()`
    fn detach(&mut self, table: &ObjectId, partition: &ObjectId, concurrently: bool, origin: &Origin) -> Outcome {
        self.is_partition_of(partition, table)?;
        let kept = if concurrently { self.keep_bounds(partition, origin) } else { Ok(()) };
        if kept.as_ref().is_err_and(Stop::is_refused) {
            return kept;
        }
        self.set_bound(partition, None, origin);
        self.keep_as_own(partition, table, origin);
        let parts: Vec<ObjectId> = self.catalog().children(partition).map(|(id, _)| id.clone()).collect();
        for part in parts {
            if self.derived_from(&part).is_some() {
                self.derive(&part, None, origin);
            }
        }
        self.leave_identity(partition, origin)?;
        kept
    }

    /// `ALTER INDEX … ATTACH PARTITION` (`ATExecAttachPartitionIdx()`)
    pub(super) fn attach_index(&mut self, index: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let Some(NodeEnum::PartitionCmd(command)) = step.def.as_ref().and_then(|def| def.node.as_ref()) else {
            return Ok(());
        };
        if index.parent().is_some_and(|table| !self.is_partitioned(&table)) {
            let message = format!("\"{}\" is not an index of a partitioned table", index.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        let part = self.relation(&command.name.clone().unwrap_or_default())?;
        let (Some(table), Some(partition)) = (index.parent(), part.parent()) else { return Ok(()) };
        let unfit = |why: &str| {
            let (part, index) = (part.name().as_str(), index.name().as_str());
            let message = format!("cannot attach index \"{part}\" as a partition of index \"{index}\"");
            Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message).with_hint(why.to_owned()))
        };
        if self.derived_from(&part).as_ref() == Some(index.name()) {
            return Ok(());
        }
        if self.derived_from(&part).is_some() {
            return unfit("it is already attached to another index");
        }
        if !self.parents_of(&partition).contains(&table) {
            return unfit("it is not an index on any partition of the table");
        }
        let wanted = self.cloned_index(index, &partition, origin);
        let fits = wanted.zip(self.catalog().facts(&part)).is_some_and(|(wanted, facts)| is_same_part(facts, &wanted));
        if !fits {
            return Err(Stop::refused(
                INVALID_OBJECT_DEFINITION,
                format!(
                    "cannot attach index \"{}\" as a partition of index \"{}\"",
                    part.name().as_str(),
                    index.name().as_str()
                ),
            ));
        }
        let has_one = !self.parts_following(&partition, index).is_empty();
        if has_one {
            return unfit("another index is already attached for this partition");
        }
        self.derive_from(&part, index, origin);
        self.validate_partitioned_index(index, origin);
        Ok(())
    }

    /// `validatePartitionedIndex()`: it is valid once each partition has one of it that is.
    fn validate_partitioned_index(&mut self, index: &ObjectId, origin: &Origin) {
        let Some(table) = index.parent() else { return };
        let is_complete = self
            .children_of(&table)
            .iter()
            .all(|child| self.parts_following(child, index).iter().any(|part| self.is_valid(part)));
        if !is_complete {
            return;
        }
        self.database.edit::<Index>(index, |index| index.valid = Attr::Is(true, origin.clone()));
        if let (Some(above), Some(parent)) = (self.derived_from(index), self.parents_of(&table).first()) {
            self.validate_partitioned_index(&parent.part(index.class(), &above), origin);
        }
    }
}

pub(super) fn no_exclusion() -> Stop {
    Stop::refused(FEATURE_NOT_SUPPORTED, "exclusion constraints are not supported on partitioned tables")
}

fn derived_from_mut(facts: &mut Facts) -> Option<&mut Attr<Option<Ident>>> {
    match facts {
        Facts::PrimaryKey(key) => Some(&mut key.derived_from),
        Facts::Unique(key) => Some(&mut key.derived_from),
        Facts::Exclusion(key) => Some(&mut key.derived_from),
        Facts::ForeignKey(key) => Some(&mut key.derived_from),
        Facts::Index(index) => Some(&mut index.derived_from),
        _ => None,
    }
}

fn is_underived(facts: &Facts) -> bool {
    derived_from_mut(&mut facts.clone()).is_some_and(|from| from.get().is_some_and(Option::is_none))
}

fn is_validated(facts: &Facts) -> bool {
    !matches!(facts, Facts::ForeignKey(key) if key.validated.get() == Some(&false))
}

/// What `CompareIndexInfo()` holds an index against another one by.
#[derive(PartialEq)]
struct Shape<'a> {
    keys: Vec<(KeyTerm, Option<CollationName>, Option<QualifiedName>)>,
    method: Option<&'a str>,
    is_unique: Option<bool>,
    include: Option<&'a Vec<Ident>>,
    predicate: Option<&'a Option<Expr>>,
    nulls_not_distinct: Option<bool>,
}

impl<'a> Shape<'a> {
    /// None of what is no index, and of exclusion constraints, which a server does not compare: each partition gets
    /// another one.
    fn of(facts: &'a Facts) -> Option<Self> {
        match facts {
            Facts::Index(index) => Some(Self {
                keys: index
                    .keys
                    .get()
                    .into_iter()
                    .flatten()
                    .cloned()
                    .map(|key| (key.term, key.collation, key.opclass))
                    .collect(),
                method: index.method.get().map(Ident::as_str),
                is_unique: index.unique.get().copied(),
                include: index.include.get(),
                predicate: index.predicate.get(),
                nulls_not_distinct: index.nulls_not_distinct.get().copied(),
            }),
            Facts::PrimaryKey(key) => Some(Self::of_key(&key.columns, &key.include, Some(false))),
            Facts::Unique(key) => Some(Self::of_key(&key.columns, &key.include, key.nulls_not_distinct.get().copied())),
            _ => None,
        }
    }

    fn of_key(columns: &Attr<Vec<Ident>>, include: &'a Attr<Vec<Ident>>, nulls_not_distinct: Option<bool>) -> Self {
        let columns = columns.get().into_iter().flatten();
        Self {
            keys: columns.map(|column| (KeyTerm::Column(column.clone()), None, None)).collect(),
            method: Some("btree"),
            is_unique: Some(true),
            include: include.get(),
            predicate: Some(&None),
            nulls_not_distinct,
        }
    }
}

/// Whether a part of a partition can be what it would get from its table. An index that has no constraint on it
/// cannot be one that has.
fn is_same_part(part: &Facts, wanted: &Facts) -> bool {
    match (part, wanted) {
        (Facts::ForeignKey(one), Facts::ForeignKey(two)) => {
            one.columns.get() == two.columns.get()
                && one.references.get() == two.references.get()
                && one.match_type.get() == two.match_type.get()
                && one.on_update.get() == two.on_update.get()
                && one.on_delete.get() == two.on_delete.get()
                && one.deferrable.get() == two.deferrable.get()
                && one.initially_deferred.get() == two.initially_deferred.get()
        }
        (Facts::Index(_), wanted) if !matches!(wanted, Facts::Index(_)) => false,
        (part, wanted) => Shape::of(part).is_some_and(|shape| Some(shape) == Shape::of(wanted)),
    }
}
