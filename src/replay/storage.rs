//! How the values of columns are kept (`GetAttributeStorage()` and `GetAttributeCompression()` in `tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, Node, RangeVar};

use super::Replay;
use super::database::Space;
use super::indexcmds::{key_column, tablespace_of};
use super::refusal::{
    FEATURE_NOT_SUPPORTED, INVALID_PARAMETER_VALUE, INVALID_TABLE_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE,
    Outcome, Stop, UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use super::reloptions::{self, Taker};
use crate::catalog::kind::{
    BaseType, Column, Compression, Domain, GeneratedKind, Persistence, RelationName, ReplicaIdentity, Storage, Table,
};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, Facts, Kind, Meaning, ObjectId, Origin};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// `ATExecSetStorage()`, `ATExecSetStatistics()` and their like.
    pub(super) fn alter_column_storage(
        &mut self,
        table: &ObjectId,
        step: &AlterTableCmd,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        let recurses = matches!(step.subtype(), Type::AtSetStorage | Type::AtSetStatistics);
        for table in self.inheritors(table, only || !recurses) {
            let id = self.column(&table, &step.name)?;
            let Some(column) = self.database.get::<Column>(&id) else { continue };
            let of = column.data_type.get().cloned().unwrap_or_default();
            let mut options = column.options.clone();
            let word = step.def.as_ref().and_then(|def| string_of(def)).unwrap_or_default();
            match step.subtype() {
                Type::AtSetStorage => {
                    let storage = self.storage_of(&of, &word)?;
                    self.database.edit::<Column>(&id, |column| column.storage = Attr::Is(storage, origin.clone()));
                }
                Type::AtSetCompression => {
                    let compression = compression_of(&of, &word)?;
                    let compression = Attr::Is(compression, origin.clone());
                    self.database.edit::<Column>(&id, |column| column.compression = compression);
                }
                Type::AtSetStatistics => {
                    let target = statistics_target(step.def.as_deref())?;
                    if self.generated_kind(&id) == Some(GeneratedKind::Virtual) {
                        let message =
                            format!("cannot alter statistics on virtual generated column \"{}\"", id.name().as_str());
                        return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
                    }
                    self.database.edit::<Column>(&id, |column| column.statistics = Attr::Is(target, origin.clone()));
                }
                _ => {
                    reloptions::change(&mut options, step, Taker::Column, origin)?;
                    self.database.edit::<Column>(&id, |column| column.options = options);
                }
            }
        }
        Ok(())
    }

    /// What is said of a table as a whole (`ATExecSetRelOptions()`, `ATExecClusterOn()` and their like).
    pub(super) fn alter_table_storage(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let Some(facts) = self.database.get::<Table>(table) else { return Ok(()) };
        match step.subtype() {
            Type::AtSetTableSpace => {
                let tablespace = Attr::Is(tablespace_of(&step.name), origin.clone());
                self.database.edit::<Table>(table, |table| table.tablespace = tablespace);
            }
            Type::AtSetAccessMethod => {
                let method = Some(self.table_method(if step.name.is_empty() { "heap" } else { &step.name })?);
                self.database.edit::<Table>(table, |table| table.access_method = Attr::Is(method, origin.clone()));
            }
            Type::AtClusterOn => self.cluster_on(table, Some(&step.name), origin)?,
            Type::AtDropCluster => self.cluster_on(table, None, origin)?,
            Type::AtReplicaIdentity => {
                let Some(NodeEnum::ReplicaIdentityStmt(stmt)) = step.def.as_ref().and_then(|def| def.node.as_ref())
                else {
                    return Ok(());
                };
                let identity = match stmt.identity_type.as_str() {
                    "n" => ReplicaIdentity::Nothing,
                    "f" => ReplicaIdentity::Full,
                    "i" => {
                        let index = self.index_of(table, &stmt.name)?;
                        self.can_identify(table, &index)?;
                        ReplicaIdentity::Index(index.name().clone())
                    }
                    _ => ReplicaIdentity::Default,
                };
                let identity = Attr::Is(identity, origin.clone());
                self.database.edit::<Table>(table, |table| table.replica_identity = identity);
            }
            _ => {
                let mut parameters = facts.storage_parameters.clone();
                let is_partitioned = self.is_partitioned(table);
                let taker = if is_partitioned { Taker::Partitioned(self.catalog().version) } else { Taker::Table };
                reloptions::change(&mut parameters, step, taker, origin)?;
                self.database.edit::<Table>(table, |table| table.storage_parameters = parameters);
            }
        }
        Ok(())
    }

    /// An index of a table, or the constraint that stands on it.
    fn index_of(&self, table: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let classes = [Class::Index, Class::Constraint];
        let found = classes.map(|class| table.part(class, &Ident::new(name))).into_iter().find(|id| {
            let kind = self.catalog().facts(id).map(Facts::kind);
            kind.is_some_and(|kind| kind == Kind::Index || kind.stands_on_index())
        });
        let schema = &table.path()[0];
        let is_doubtful =
            || self.doubts.cover(name) || self.catalog().exists(&table.part(Class::Constraint, &Ident::new(name)));
        found.ok_or_else(|| {
            if is_doubtful() {
                return Stop::not_modelled(format!("the index {name} is not compared yet"));
            }
            if self.database.is_taken(Space::Relation, schema, name) {
                let message = format!("\"{name}\" is not an index for table \"{}\"", table.name().as_str());
                return Stop::refused(WRONG_OBJECT_TYPE, message);
            }
            let message = format!("index \"{name}\" for table \"{}\" does not exist", table.name().as_str());
            Stop::refused(UNDEFINED_OBJECT, message)
        })
    }

    /// `ATExecReplicaIdentity()`: an index over columns that tells all rows apart, at once.
    fn can_identify(&self, table: &ObjectId, index: &ObjectId) -> Outcome {
        let name = index.name().as_str();
        let refused =
            |sqlstate, why: &str| Err(Stop::refused(sqlstate, format!("cannot use {why} as replica identity")));
        let is_set = |flag: &Attr<bool>| flag.get() == Some(&true);
        let (is_unique, is_deferrable, is_partial, keys) = match self.catalog().facts(index) {
            Some(Facts::PrimaryKey(key)) => {
                (true, is_set(&key.deferrable), false, key.columns.get().cloned().map(Some))
            }
            Some(Facts::Unique(key)) => (true, is_set(&key.deferrable), false, key.columns.get().cloned().map(Some)),
            Some(Facts::Index(index)) => {
                let keys = index.keys.get().map(|keys| keys.iter().map(key_column).collect());
                (is_set(&index.unique), false, index.predicate.get().is_some_and(Option::is_some), keys)
            }
            _ => (false, false, false, None),
        };
        if !is_unique {
            return refused(WRONG_OBJECT_TYPE, &format!("non-unique index \"{name}\""));
        }
        if is_deferrable {
            return refused(FEATURE_NOT_SUPPORTED, &format!("non-immediate index \"{name}\""));
        }
        let Some(Some(columns)) = keys else {
            return refused(FEATURE_NOT_SUPPORTED, &format!("expression index \"{name}\""));
        };
        if is_partial {
            return refused(FEATURE_NOT_SUPPORTED, &format!("partial index \"{name}\""));
        }
        let may_be_null = |column: &&Ident| {
            self.catalog().column(table, column).is_some_and(|column| column.nullable.get() == Some(&true))
        };
        match columns.iter().find(may_be_null) {
            Some(column) => {
                let column = column.as_str();
                let message = format!(
                    "index \"{name}\" cannot be used as replica identity because column \"{column}\" is nullable"
                );
                Err(Stop::refused(WRONG_OBJECT_TYPE, message))
            }
            None => Ok(()),
        }
    }

    /// The index that identifies rows has got another name, or is gone.
    pub(super) fn rename_replica_identity(&mut self, table: &ObjectId, from: &Ident, to: Option<&Ident>) {
        let is_it = |table: &Table| table.replica_identity.get() == Some(&ReplicaIdentity::Index(from.clone()));
        if self.database.get::<Table>(table).is_some_and(is_it) {
            let identity = to.cloned().map_or(ReplicaIdentity::Nothing, ReplicaIdentity::Index);
            self.database.edit::<Table>(table, |table| {
                if let Some(value) = table.replica_identity.get_mut() {
                    *value = identity;
                }
            });
        }
    }

    /// `mark_index_clustered()`: one index of a table at most.
    pub(super) fn cluster_on(&mut self, table: &ObjectId, name: Option<&str>, origin: &Origin) -> Outcome {
        let chosen = name.map(|name| self.index_of(table, name)).transpose()?;
        chosen.iter().try_for_each(|index| self.can_cluster(table, index))?;
        let parts: Vec<ObjectId> = self.catalog().children(table).map(|(id, _)| id.clone()).collect();
        for id in parts {
            let is_it = Some(&id) == chosen.as_ref();
            let set = |clustered: &mut Attr<bool>| {
                if clustered.get() != Some(&is_it) {
                    *clustered = Attr::Is(is_it, origin.clone());
                }
            };
            self.database.edit_facts(&id, |facts| match facts {
                Facts::Index(index) => set(&mut index.clustered),
                Facts::PrimaryKey(key) => set(&mut key.clustered),
                Facts::Unique(key) => set(&mut key.clustered),
                _ => {}
            });
        }
        Ok(())
    }

    /// `cluster()` without an index: by the one that was named before.
    pub(super) fn cluster_again(&self, relation: &RangeVar) -> Outcome {
        let table = match self.indexed(relation) {
            Err(Stop::NotModelled(_)) => return Ok(()),
            table => table?,
        };
        let is_clustered = |facts: &Facts| match facts {
            Facts::Index(index) => index.clustered.get() != Some(&false),
            Facts::PrimaryKey(key) => key.clustered.get() != Some(&false),
            Facts::Unique(key) => key.clustered.get() != Some(&false),
            _ => false,
        };
        if self.lenient || self.catalog().children(&table).any(|(_, object)| is_clustered(&object.facts)) {
            return Ok(());
        }
        let message = format!("there is no previously clustered index for table \"{}\"", table.name().as_str());
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    /// `check_index_is_clusterable()`: an index that has all rows, in an order.
    fn can_cluster(&self, table: &ObjectId, index: &ObjectId) -> Outcome {
        let (method, predicate) = match self.catalog().facts(index) {
            Some(Facts::Index(index)) => (index.method.get(), &index.predicate),
            Some(Facts::Exclusion(key)) => (key.method.get(), &key.predicate),
            _ => (None, &Attr::Unstated),
        };
        let name = index.name().as_str();
        let has_order = method.is_none_or(|method| ["btree", "gist"].contains(&method.as_str()));
        let why = if !has_order {
            format!("cannot cluster on index \"{name}\" because access method does not support clustering")
        } else if predicate.get().is_some_and(Option::is_some) {
            format!("cannot cluster on partial index \"{name}\"")
        } else if self.is_partitioned(table) {
            "cannot mark index clustered in partitioned table".to_owned()
        } else {
            return Ok(());
        };
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, why))
    }

    /// Whether a step of ALTER TABLE computes a column of the rows that are there again (`ATRewriteTables()`).
    pub(super) fn computes_again(&self, table: &ObjectId, step: &AlterTableCmd) -> bool {
        let column = || self.database.get::<Column>(&table.part(Class::Column, &Ident::new(&step.name)));
        match step.subtype() {
            Type::AtAlterColumnType => true,
            Type::AtSetExpression => column()
                .and_then(|column| column.generated.get().cloned().flatten())
                .is_some_and(|generated| generated.kind == GeneratedKind::Stored),
            _ => false,
        }
    }

    /// Whether a new column has a value, or has to be looked at, in the rows that are there (`ATExecAddColumn()`).
    pub(super) fn has_value(&self, column: &ObjectId) -> bool {
        let Some(column) = self.database.get::<Column>(column) else { return false };
        let is_some = |is: Option<bool>| is.unwrap_or_default();
        is_some(column.default.get().map(Option::is_some))
            || is_some(column.identity.get().map(Option::is_some))
            || is_some(column.generated.get().map(Option::is_some))
            || column.data_type.get().is_some_and(|of| !of.array && self.judges_values(&of.name))
    }

    /// `DomainHasConstraints()`; a default of a domain is one of its columns.
    fn judges_values(&self, of: &QualifiedName) -> bool {
        let Some(id) = self.find_type(of) else { return false };
        self.database.get::<Domain>(&id).is_some_and(|domain| {
            domain.nullable.get() == Some(&false)
                || matches!(domain.default.get(), Some(Some(_)))
                || self.catalog().parts(&id, Class::DomainConstraint).next().is_some()
                || domain.data_type.get().is_some_and(|of| self.judges_values(&of.name))
        })
    }

    /// `ATPrepChangePersistence()`
    pub(super) fn set_persistence(&mut self, table: &ObjectId, persistence: Persistence, origin: &Origin) -> Outcome {
        let persistence_of =
            |id: &ObjectId| self.database.get::<Table>(id).and_then(|table| table.persistence.get().copied());
        let before = persistence_of(table);
        let name = table.name().as_str();
        if before == Some(Persistence::Temporary) {
            let message = format!("cannot change logged status of table \"{name}\" because it is temporary");
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        if before == Some(persistence) {
            return Ok(());
        }
        if persistence == Persistence::Unlogged && self.is_published(table) {
            let message = format!("cannot change table \"{name}\" to unlogged because it is part of a publication");
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        for (id, object) in &self.catalog().objects {
            let Facts::ForeignKey(key) = &object.facts else { continue };
            let (Some(own), Some(references)) = (id.parent(), key.references.get()) else { continue };
            let target = RelationName(references.relation.clone()).id();
            let (is_own, is_target) = (own == *table, target.as_ref() == Some(table));
            let other = match persistence {
                Persistence::Permanent if is_own => target,
                Persistence::Unlogged if is_target => Some(own),
                _ => None,
            };
            let Some(other) = other.filter(|other| other != table) else { continue };
            let is_logged = persistence_of(&other) == Some(Persistence::Permanent);
            if is_logged == (persistence == Persistence::Unlogged) {
                let (to, sort) = if is_logged { ("unlogged", "logged") } else { ("logged", "unlogged") };
                let other = other.name().as_str();
                let message =
                    format!("could not change table \"{name}\" to {to} because it references {sort} table \"{other}\"");
                return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
            }
        }
        // Nothing is stored there, and nothing rewritten.
        if self.is_partitioned(table) {
            return Ok(());
        }
        self.database.edit::<Table>(table, |table| table.persistence = Attr::Is(persistence, origin.clone()));
        self.set_persistence_of_sequences(table, persistence, origin);
        Ok(())
    }

    /// What `STORAGE` says, if that is not how the type has it.
    pub(super) fn storage_of(&self, of: &TypeName, word: &str) -> Outcome<Option<Storage>> {
        let usual = self.type_storage(of);
        let wanted = match word.to_lowercase().as_str() {
            "" | "default" => return Ok(None),
            "plain" => Storage::Plain,
            "external" => Storage::External,
            "extended" => Storage::Extended,
            "main" => Storage::Main,
            _ => {
                return Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("invalid storage type \"{word}\"")));
            }
        };
        if wanted != Storage::Plain && usual == Some(Storage::Plain) && !self.lenient {
            let message = format!("column data type {of} can only have storage PLAIN");
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        Ok(Some(wanted).filter(|wanted| Some(*wanted) != usual))
    }

    /// `typstorage`, where that is known.
    fn type_storage(&self, of: &TypeName) -> Option<Storage> {
        const MAIN: [&str; 3] = ["numeric", "inet", "cidr"];
        const EXTENDED: [&str; 25] = [
            "text",
            "varchar",
            "bpchar",
            "bytea",
            "json",
            "jsonb",
            "jsonpath",
            "xml",
            "bit",
            "varbit",
            "path",
            "polygon",
            "tsvector",
            "int4range",
            "int8range",
            "numrange",
            "tsrange",
            "tstzrange",
            "daterange",
            "int4multirange",
            "int8multirange",
            "nummultirange",
            "tsmultirange",
            "tstzmultirange",
            "datemultirange",
        ];
        if of.array {
            return Some(Storage::Extended);
        }
        let is_one_of = |names: &[&str]| names.iter().any(|name| of.is_builtin(name));
        let Some(schema) = &of.name.schema else {
            return Some(match (is_one_of(&MAIN), is_one_of(&EXTENDED)) {
                (true, _) => Storage::Main,
                (_, true) => Storage::Extended,
                _ => Storage::Plain,
            });
        };
        let id = ObjectId::in_schema(Class::Type, schema, &of.name.name);
        if let Some(base) = self.database.get::<BaseType>(&id) {
            return base.storage.get().copied();
        }
        if let Some(domain) = self.database.get::<Domain>(&id) {
            return self.type_storage(domain.data_type.get()?);
        }
        match self.catalog().meaning(&id) {
            Some(Meaning::Type(meaning)) => match &meaning.sort {
                TypeSort::Domain(base) => self.type_storage(base),
                TypeSort::Enum => Some(Storage::Plain),
                TypeSort::Composite(_) | TypeSort::Range { .. } | TypeSort::Multirange(_) => Some(Storage::Extended),
                TypeSort::Base | TypeSort::Pseudo => None,
            },
            _ => None,
        }
    }
}

/// `SET STATISTICS`, with the default as none.
pub(super) fn statistics_target(target: Option<&Node>) -> Outcome<Option<i64>> {
    const MAX: i64 = 10_000;
    let target = match target.and_then(|target| target.node.as_ref()) {
        Some(NodeEnum::Integer(number)) => i64::from(number.ival),
        _ => -1,
    };
    match target {
        -1 => Ok(None),
        0.. => Ok(Some(target.min(MAX))),
        _ => Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("statistics target {target} is too low"))),
    }
}

/// What `COMPRESSION` says; the default is none.
pub(super) fn compression_of(of: &TypeName, word: &str) -> Outcome<Option<Compression>> {
    let found = match word.to_lowercase().as_str() {
        "" | "default" => return Ok(None),
        "pglz" => Compression::Pglz,
        "lz4" => Compression::Lz4,
        _ => {
            let message = format!("invalid compression method \"{word}\"");
            return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        }
    };
    const FIXED: [&str; 12] = [
        "int2",
        "int4",
        "int8",
        "bool",
        "date",
        "timestamp",
        "timestamptz",
        "uuid",
        "float4",
        "float8",
        "oid",
        "interval",
    ];
    if !of.array && FIXED.iter().any(|name| of.is_builtin(name)) {
        let message = format!("column data type {of} does not support compression");
        return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
    }
    Ok(Some(found))
}
