//! The rows of the server's own relations, as far as code asks for them: `pg_catalog` and `information_schema`.
//! A column that is not here is not known; neither is a relation.

use std::collections::BTreeSet;

use super::value::{Row, Value, name, text};
use crate::catalog::kind::{Composite, References};
use crate::catalog::{Attr, Class, Facts, Kind, Object, ObjectId};
use crate::library::Library;
use crate::replay::Replay;
use crate::replay::extension::PLPGSQL;
use crate::sql::{Ident, TypeName};

fn row<const N: usize>(columns: [(&str, Value); N]) -> Row {
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn schema_of(id: &ObjectId) -> Value {
    name(&id.path()[0])
}

fn namespace_of(id: &ObjectId) -> Value {
    Value::Object(ObjectId::top(Class::Schema, &id.path()[0]))
}

/// A type, as `regtype` has it.
fn type_value(id: &ObjectId) -> Value {
    let name = id.qualified_name();
    let is_system = name.schema.as_ref().is_some_and(|schema| *schema == "pg_catalog");
    Value::Type(if is_system {
        TypeName::builtin(name.name.as_str())
    } else {
        TypeName { name, ..TypeName::default() }
    })
}

/// A relation, with its `relkind`.
type Relation = (ObjectId, &'static str);

impl Replay {
    pub(super) fn system_relation(&self, relation: &str) -> Option<Vec<Row>> {
        let of_kind = |kind: &'static str, column: &'static str| {
            let relations = self.relations().into_iter().filter(move |(_, relkind)| *relkind == kind);
            relations.map(move |(id, _)| row([("schemaname", schema_of(&id)), (column, name(id.name()))])).collect()
        };
        Some(match relation {
            "pg_namespace" => {
                let schemas = self.schemas().map(|schema| {
                    row([("oid", Value::Object(ObjectId::top(Class::Schema, &schema))), ("nspname", name(&schema))])
                });
                schemas.collect()
            }
            "pg_class" => {
                let indexes = self.indexes().into_iter().map(|id| (id, "i"));
                let composites = self.composites().map(|(id, _)| (id, "c"));
                let relations = self.relations().into_iter().chain(indexes).chain(composites).map(|(id, relkind)| {
                    row([
                        ("relname", name(id.name())),
                        ("relnamespace", namespace_of(&id)),
                        ("relkind", text(relkind)),
                        ("oid", Value::Object(id)),
                    ])
                });
                relations.collect()
            }
            "pg_tables" => of_kind("r", "tablename"),
            "pg_views" => of_kind("v", "viewname"),
            "pg_matviews" => of_kind("m", "matviewname"),
            "pg_sequences" => of_kind("S", "sequencename"),
            "pg_indexes" => {
                let indexes = self.indexes().into_iter().map(|id| {
                    row([
                        ("schemaname", schema_of(&id)),
                        ("tablename", name(&id.path()[1])),
                        ("indexname", name(id.name())),
                    ])
                });
                indexes.collect()
            }
            "pg_type" => self.types(),
            "pg_enum" => self.labels(),
            "pg_constraint" => self.constraint_rows(),
            "pg_attribute" => {
                let columns = self.columns().into_iter().chain(self.attributes()).map(|column| {
                    row([
                        ("attrelid", Value::Object(column.relation)),
                        ("attname", column.name),
                        ("attnum", Value::Number(column.position)),
                        ("attnotnull", column.not_null),
                        ("attisdropped", Value::Bool(false)),
                    ])
                });
                columns.collect()
            }
            "pg_policies" => {
                let policies = self.parts(Class::Policy).map(|id| {
                    row([
                        ("schemaname", schema_of(id)),
                        ("tablename", name(&id.path()[1])),
                        ("policyname", name(id.name())),
                    ])
                });
                policies.collect()
            }
            "pg_policy" => {
                let policies = self.parts(Class::Policy);
                let policies = policies.map(|id| {
                    row([("polname", name(id.name())), ("polrelid", id.parent().map_or(Value::Null, Value::Object))])
                });
                policies.collect()
            }
            "pg_proc" => {
                let routines = self.ids(Class::Routine).into_iter().map(|id| {
                    row([("proname", name(id.name())), ("pronamespace", namespace_of(&id)), ("oid", Value::Object(id))])
                });
                routines.collect()
            }
            "pg_trigger" => {
                let triggers = self.parts(Class::Trigger);
                let triggers = triggers.map(|id| {
                    row([("tgname", name(id.name())), ("tgrelid", id.parent().map_or(Value::Null, Value::Object))])
                });
                triggers.collect()
            }
            "pg_publication" => {
                self.ids(Class::Publication).into_iter().map(|id| row([("pubname", name(id.name()))])).collect()
            }
            "pg_ts_parser" => self.text_search_rows(Class::TextSearchParser, "prsname", "prsnamespace"),
            "pg_ts_template" => self.text_search_rows(Class::TextSearchTemplate, "tmplname", "tmplnamespace"),
            "pg_ts_dict" => self.text_search_rows(Class::TextSearchDictionary, "dictname", "dictnamespace"),
            "pg_ts_config" => self.text_search_rows(Class::TextSearchConfiguration, "cfgname", "cfgnamespace"),
            // A platform has roles that no file makes.
            "pg_roles" | "pg_authid" if self.knows_all => self.role_rows("rolname"),
            "pg_user" if self.knows_all => self.role_rows("usename"),
            "pg_extension" => {
                let own = self.ids(Class::Extension).into_iter().map(|id| row([("extname", name(id.name()))]));
                own.chain([row([("extname", text(PLPGSQL))])]).collect()
            }
            _ => return None,
        })
    }

    pub(super) fn information_schema(&self, relation: &str) -> Option<Vec<Row>> {
        Some(match relation {
            "schemata" => self.schemas().map(|schema| row([("schema_name", name(&schema))])).collect(),
            "tables" => {
                let relations = self.relations().into_iter().filter_map(|(id, relkind)| {
                    let sort = match relkind {
                        "r" => "BASE TABLE",
                        "v" => "VIEW",
                        "f" => "FOREIGN",
                        _ => return None,
                    };
                    Some(row([
                        ("table_schema", schema_of(&id)),
                        ("table_name", name(id.name())),
                        ("table_type", text(sort)),
                    ]))
                });
                relations.collect()
            }
            "views" => {
                let views = self.relations().into_iter().filter(|(_, relkind)| *relkind == "v");
                views.map(|(id, _)| row([("table_schema", schema_of(&id)), ("table_name", name(id.name()))])).collect()
            }
            "sequences" => {
                let sequences = self.relations().into_iter().filter(|(_, relkind)| *relkind == "S");
                let sequences = sequences
                    .map(|(id, _)| row([("sequence_schema", schema_of(&id)), ("sequence_name", name(id.name()))]));
                sequences.collect()
            }
            "columns" => {
                let columns = self.columns().into_iter().map(|column| {
                    row([
                        ("table_schema", schema_of(&column.relation)),
                        ("table_name", name(column.relation.name())),
                        ("column_name", column.name),
                        ("ordinal_position", Value::Number(column.position)),
                        (
                            "is_nullable",
                            match column.not_null {
                                Value::Bool(not_null) => text(if not_null { "NO" } else { "YES" }),
                                _ => Value::Unknown,
                            },
                        ),
                        ("data_type", column.data_type),
                        ("udt_name", column.udt_name),
                        ("column_default", column.default),
                    ])
                });
                columns.collect()
            }
            "table_constraints" => {
                let constraints = self.constraints().into_iter().filter_map(|(id, object)| {
                    let sort = match &object.facts {
                        Facts::PrimaryKey(_) => "PRIMARY KEY",
                        Facts::Unique(_) => "UNIQUE",
                        Facts::ForeignKey(_) => "FOREIGN KEY",
                        Facts::Check(_) => "CHECK",
                        _ => return None,
                    };
                    Some(row([
                        ("constraint_schema", schema_of(id)),
                        ("constraint_name", name(id.name())),
                        ("table_schema", schema_of(id)),
                        ("table_name", name(&id.path()[1])),
                        ("constraint_type", text(sort)),
                    ]))
                });
                let not_nulls = self.not_nulls().map(|(id, _)| {
                    row([
                        ("constraint_schema", schema_of(&id)),
                        ("constraint_name", name(id.name())),
                        ("table_schema", schema_of(&id)),
                        ("table_name", name(&id.path()[1])),
                        ("constraint_type", text("CHECK")),
                    ])
                });
                constraints.chain(not_nulls).collect()
            }
            "key_column_usage" => self.column_usage(false),
            "constraint_column_usage" => self.column_usage(true),
            "routines" => {
                let routines = self.ids(Class::Routine).into_iter();
                let routines =
                    routines.map(|id| row([("routine_schema", schema_of(&id)), ("routine_name", name(id.name()))]));
                routines.collect()
            }
            _ => return None,
        })
    }

    /// The roles that there are, under this name for their names.
    fn role_rows(&self, column: &str) -> Vec<Row> {
        let own = self.ids(Class::Role).into_iter().map(|id| id.name().clone());
        let all: BTreeSet<Ident> = own.chain(self.role.clone()).collect();
        all.iter().map(|role| row([(column, name(role))])).collect()
    }

    /// All of a class, with those of the server.
    fn text_search_rows(&self, class: Class, name_column: &str, namespace_column: &str) -> Vec<Row> {
        let system = Ident::new("pg_catalog");
        let builtin = Library::of(self.catalog().version).text_search_names(class);
        let builtin = builtin.map(|one| ObjectId::in_schema(class, &system, &one.into()));
        let all = self.ids(class).into_iter().chain(builtin);
        let rows = all.map(|id| {
            row([(name_column, name(id.name())), (namespace_column, namespace_of(&id)), ("oid", Value::Object(id))])
        });
        rows.collect()
    }

    fn schemas(&self) -> impl Iterator<Item = Ident> {
        let own = self.ids(Class::Schema).into_iter().map(|id| id.name().clone());
        own.chain(["pg_catalog", "information_schema", "pg_toast"].map(Ident::new))
    }

    /// All of one class, modelled or not.
    fn ids(&self, class: Class) -> Vec<ObjectId> {
        let modelled = self.catalog().objects.keys();
        modelled.chain(self.catalog().unmodelled.keys()).filter(|id| id.class() == class).cloned().collect()
    }

    fn parts(&self, class: Class) -> impl Iterator<Item = &ObjectId> {
        self.catalog().objects.keys().filter(move |id| id.class() == class)
    }

    fn relations(&self) -> Vec<Relation> {
        let is_relation = |(id, _): &(&ObjectId, &Object)| id.class() == Class::Relation;
        let modelled = self.catalog().objects.iter().filter(is_relation).map(|(id, object)| {
            let relkind = match object.facts {
                Facts::View(_) => "v",
                Facts::MaterializedView(_) => "m",
                Facts::ForeignTable(_) => "f",
                Facts::Sequence(_) => "S",
                _ => "r",
            };
            (id.clone(), relkind)
        });
        let others = self.catalog().unmodelled.iter().filter(|(id, _)| id.class() == Class::Relation);
        let others = others.map(|(id, other)| {
            let relkind = match other.what.as_str() {
                "view" => "v",
                "materialized view" => "m",
                "foreign table" => "f",
                _ => "r",
            };
            (id.clone(), relkind)
        });
        modelled.chain(others).collect()
    }

    /// Indexes, and those behind constraints.
    fn indexes(&self) -> Vec<ObjectId> {
        let objects = self.catalog().objects.iter();
        let is_index = |kind: Kind| kind == Kind::Index || kind.stands_on_index();
        objects.filter(|(_, object)| is_index(object.facts.kind())).map(|(id, _)| id.clone()).collect()
    }

    fn constraints(&self) -> Vec<(&ObjectId, &Object)> {
        self.catalog().objects.iter().filter(|(id, _)| id.class() == Class::Constraint).collect()
    }

    fn constraint_rows(&self) -> Vec<Row> {
        let constraints = self.constraints().into_iter().map(|(id, object)| constraint(id, &object.facts, self));
        let not_nulls = self.not_nulls().map(|(id, column)| {
            let conkey = positions(&id, std::slice::from_ref(column), self);
            constraint_row(&id, "n", conkey, Value::Number(0))
        });
        constraints.chain(not_nulls).collect()
    }

    /// The constraints that make columns NOT NULL, with the column of each; servers before 18 have none.
    fn not_nulls(&self) -> impl Iterator<Item = (ObjectId, &Ident)> {
        self.catalog().objects.iter().filter_map(|(id, object)| {
            let Facts::Column(column) = &object.facts else { return None };
            let name = &column.not_null_constraint.get()?.as_ref()?.name;
            Some((id.parent()?.part(Class::Constraint, name), id.name()))
        })
    }

    fn types(&self) -> Vec<Row> {
        let made = |id: ObjectId, typtype: Value| {
            let is_of_rows = matches!(&typtype, Value::Text(kind) if kind == "c");
            let typrelid = if is_of_rows { Value::Object(relation_of_type(&id)) } else { Value::Unknown };
            row([
                ("typrelid", typrelid),
                ("typname", name(id.name())),
                ("typnamespace", namespace_of(&id)),
                ("typtype", typtype),
                ("oid", type_value(&id)),
            ])
        };
        let own = self.catalog().objects.iter().filter(|(id, _)| id.class() == Class::Type);
        let own = own.map(|(id, object)| {
            let typtype = match &object.facts {
                Facts::Enum(_) => text("e"),
                Facts::Domain(_) => text("d"),
                Facts::Composite(_) => text("c"),
                Facts::Range(_) => text("r"),
                Facts::BaseType(base) if base.defined.get() == Some(&false) => text("p"),
                _ => text("b"),
            };
            made(id.clone(), typtype)
        });
        let others = self.catalog().unmodelled.iter().filter(|(id, _)| id.class() == Class::Type);
        let others = others.map(|(id, other)| {
            let typtype = if other.what == "multirange type" { text("m") } else { Value::Unknown };
            made(id.clone(), typtype)
        });
        let rows = self.relations().into_iter().filter(|(_, relkind)| *relkind != "S");
        let rows = rows.map(|(id, _)| made(id, text("c")));
        let system = Ident::new("pg_catalog");
        let builtin = Library::of(self.catalog().version).type_names();
        let builtin = builtin.map(|one| made(ObjectId::in_schema(Class::Type, &system, &one.into()), Value::Unknown));
        own.chain(others).chain(rows).chain(builtin).collect()
    }

    fn labels(&self) -> Vec<Row> {
        let mut found = Vec::new();
        for (id, object) in &self.catalog().objects {
            let Facts::Enum(facts) = &object.facts else { continue };
            for (at, label) in facts.values.get().into_iter().flatten().enumerate() {
                found.push(row([
                    ("enumtypid", type_value(id)),
                    ("enumlabel", text(label)),
                    ("enumsortorder", Value::Number(i64::try_from(at + 1).unwrap_or_default())),
                ]));
            }
        }
        found
    }

    fn columns(&self) -> Vec<Column> {
        let mut found = Vec::new();
        for (relation, _) in self.relations().into_iter().filter(|(_, relkind)| *relkind != "S") {
            let Some(columns) = self.relation_columns(&relation) else {
                // Some column of it may be called whatever is asked for.
                found.push(Column::unknown(relation));
                continue;
            };
            for (at, (column, of)) in columns.into_iter().enumerate() {
                let facts = self.catalog().column(&relation, &column);
                let stated = |attr: Option<&Attr<bool>>| attr.and_then(|attr| attr.get().copied());
                found.push(Column {
                    name: name(&column),
                    position: i64::try_from(at + 1).unwrap_or_default(),
                    not_null: stated(facts.map(|facts| &facts.nullable))
                        .map_or(Value::Unknown, |nullable| Value::Bool(!nullable)),
                    default: match facts.map(|facts| facts.default.get()) {
                        Some(Some(None)) => Value::Null,
                        Some(Some(Some(default))) => text(default.text()),
                        _ => Value::Unknown,
                    },
                    data_type: text(&data_type(&of)),
                    udt_name: text(&if of.array {
                        format!("_{}", of.name.name.as_str())
                    } else {
                        of.name.name.as_str().to_owned()
                    }),
                    relation: relation.clone(),
                });
            }
        }
        found
    }

    /// The composite types that stand by themselves, as the relations that the server keeps for them.
    fn composites(&self) -> impl Iterator<Item = (ObjectId, &Composite)> {
        self.catalog().objects.iter().filter_map(|(id, object)| match &object.facts {
            Facts::Composite(composite) => Some((relation_of_type(id), &**composite)),
            _ => None,
        })
    }

    /// The rows of `pg_attribute` for composite types.
    fn attributes(&self) -> Vec<Column> {
        let mut found = Vec::new();
        for (relation, composite) in self.composites() {
            let Some(attributes) = composite.attributes.get() else {
                found.push(Column::unknown(relation));
                continue;
            };
            for (at, attribute) in attributes.iter().enumerate() {
                found.push(Column {
                    name: name(&attribute.name),
                    position: i64::try_from(at + 1).unwrap_or_default(),
                    not_null: Value::Bool(false),
                    ..Column::unknown(relation.clone())
                });
            }
        }
        found
    }

    /// The columns of keys; or those that a constraint uses, of a foreign key the referenced ones.
    fn column_usage(&self, used: bool) -> Vec<Row> {
        let mut found = Vec::new();
        for (id, object) in self.constraints() {
            let own = id.parent().unwrap_or_else(|| id.clone());
            let (table, columns) = match &object.facts {
                Facts::PrimaryKey(key) => (own, key.columns.get().cloned()),
                Facts::Unique(key) => (own, key.columns.get().cloned()),
                Facts::ForeignKey(key) if used => match key.references.get() {
                    Some(References { relation, columns }) => {
                        let schema = relation.schema.clone().unwrap_or_default();
                        (ObjectId::in_schema(Class::Relation, &schema, &relation.name), Some(columns.clone()))
                    }
                    None => (own, None),
                },
                Facts::ForeignKey(key) => (own, key.columns.get().cloned()),
                Facts::Check(check) if used => {
                    let tree = check.expression.get().and_then(|expr| expr.tree());
                    let columns = tree.map(|tree| tree.columns().into_iter().map(|(_, column)| column).collect());
                    (own, columns)
                }
                _ => continue,
            };
            for column in columns.into_iter().flatten() {
                found.push(row([
                    ("constraint_schema", schema_of(id)),
                    ("constraint_name", name(id.name())),
                    ("table_schema", schema_of(&table)),
                    ("table_name", name(table.name())),
                    ("column_name", name(&column)),
                ]));
            }
        }
        found
    }
}

fn relation_of_type(id: &ObjectId) -> ObjectId {
    ObjectId::in_schema(Class::Relation, &id.path()[0], id.name())
}

/// A row of `pg_attribute`.
struct Column {
    relation: ObjectId,
    name: Value,
    position: i64,
    not_null: Value,
    data_type: Value,
    udt_name: Value,
    default: Value,
}

impl Column {
    fn unknown(relation: ObjectId) -> Self {
        let unknown = || Value::Unknown;
        Self {
            relation,
            name: unknown(),
            position: 0,
            not_null: unknown(),
            data_type: unknown(),
            udt_name: unknown(),
            default: unknown(),
        }
    }
}

/// `information_schema.columns.data_type`
fn data_type(of: &TypeName) -> String {
    if of.array {
        "ARRAY".to_owned()
    } else if of.name.schema.is_some() {
        "USER-DEFINED".to_owned()
    } else {
        of.base().to_string()
    }
}

/// The numbers of columns of the table that a constraint is at (`conkey`).
fn positions(constraint: &ObjectId, columns: &[Ident], replay: &Replay) -> Value {
    let Some(order) = constraint.parent().and_then(|table| replay.relation_columns(&table)) else {
        return Value::Unknown;
    };
    let position = |column: &Ident| order.iter().position(|(known, _)| known == column);
    let numbers = columns.iter().filter_map(position);
    Value::Array(numbers.map(|at| Value::Number(i64::try_from(at + 1).unwrap_or_default())).collect())
}

fn constraint(id: &ObjectId, facts: &Facts, replay: &Replay) -> Row {
    let positions = |columns: &Attr<Vec<Ident>>| positions(id, columns.get().map_or(&[], Vec::as_slice), replay);
    let (contype, conkey, confrelid) = match facts {
        Facts::PrimaryKey(key) => ("p", positions(&key.columns), Value::Number(0)),
        Facts::Unique(key) => ("u", positions(&key.columns), Value::Number(0)),
        Facts::Check(_) => ("c", Value::Unknown, Value::Number(0)),
        Facts::ForeignKey(key) => {
            let to = key.references.get().and_then(|to| {
                Some(ObjectId::in_schema(Class::Relation, to.relation.schema.as_ref()?, &to.relation.name))
            });
            ("f", positions(&key.columns), to.map_or(Value::Unknown, Value::Object))
        }
        _ => ("x", Value::Unknown, Value::Number(0)),
    };
    constraint_row(id, contype, conkey, confrelid)
}

fn constraint_row(id: &ObjectId, contype: &str, conkey: Value, confrelid: Value) -> Row {
    row([
        ("conname", name(id.name())),
        ("connamespace", namespace_of(id)),
        ("conrelid", id.parent().map_or(Value::Null, Value::Object)),
        ("contype", text(contype)),
        ("conkey", conkey),
        ("confrelid", confrelid),
        ("oid", Value::Object(id.clone())),
    ])
}
