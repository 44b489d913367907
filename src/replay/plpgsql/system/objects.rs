//! What is neither a relation nor a type: schemas, roles, routines, policies, triggers, publications, extensions.

use std::collections::BTreeSet;

use super::{Thing, as_text, code, flag, or_null, role, rows, schema_of, stated};
use crate::catalog::kind::{Policy, PolicyType, Publication, Role};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId};
use crate::library::Library;
use crate::replay::Replay;
use crate::replay::extension::PLPGSQL;
use crate::replay::plpgsql::value::{Row, Value, name, text};
use crate::sql::Ident;

impl Replay {
    fn schemas(&self) -> impl Iterator<Item = Thing<'_>> {
        let system = ["pg_catalog", "information_schema", "pg_toast"];
        let system = system.map(|schema| ObjectId::top(Class::Schema, &schema.into()));
        self.of_class(Class::Schema).chain(system.map(|id| Thing { id, facts: None }))
    }

    /// The roles that there are; none where a platform may have some that no file makes.
    fn known_roles(&self) -> Option<Vec<Thing<'_>>> {
        let own = self.of_class(Class::Role).map(|of| of.id);
        let at_work = self.role.iter().map(|role| ObjectId::top(Class::Role, role));
        let all: BTreeSet<ObjectId> = own.chain(at_work).collect();
        self.knows_all.then(|| all.into_iter().map(|id| Thing::new(self, id)).collect())
    }

    fn extensions(&self) -> impl Iterator<Item = Thing<'_>> {
        let plpgsql = ObjectId::top(Class::Extension, &PLPGSQL.into());
        let own = self.of_class(Class::Extension).filter(|of| *of.id.name() != PLPGSQL);
        own.chain([Thing { id: plpgsql, facts: None }])
    }

    fn policies(&self) -> impl Iterator<Item = (Thing<'_>, &Policy)> {
        self.of_class(Class::Policy).filter_map(|of| match of.facts {
            Some(Facts::Policy(policy)) => Some((of, &**policy)),
            _ => None,
        })
    }
}

pub(super) fn pg_namespace(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.schemas(),
        &[("oid", |_, one| one.oid()), ("nspname", |_, one| one.name()), ("nspowner", |_, one| one.owner())],
    )
}

pub(super) fn schemata(replay: &Replay) -> Option<Vec<Row>> {
    rows(replay, replay.schemas(), &[("schema_name", |_, one| one.name()), ("schema_owner", |_, one| one.owner_name())])
}

fn of_role(one: &Thing<'_>, attr: fn(&Role) -> &Attr<bool>) -> Value {
    match one.facts {
        Some(Facts::Role(role)) => flag(attr(role)),
        _ => Value::Unknown,
    }
}

pub(super) fn pg_roles(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.known_roles()?,
        &[
            ("oid", |_, one| one.oid()),
            ("rolname", |_, one| one.name()),
            ("rolsuper", |_, one| of_role(one, |role| &role.superuser)),
            ("rolinherit", |_, one| of_role(one, |role| &role.inherit)),
            ("rolcreaterole", |_, one| of_role(one, |role| &role.create_role)),
            ("rolcreatedb", |_, one| of_role(one, |role| &role.create_db)),
            ("rolcanlogin", |_, one| of_role(one, |role| &role.login)),
            ("rolreplication", |_, one| of_role(one, |role| &role.replication)),
            ("rolbypassrls", |_, one| of_role(one, |role| &role.bypass_rls)),
        ],
    )
}

/// Those that can log in.
pub(super) fn pg_user(replay: &Replay) -> Option<Vec<Row>> {
    let roles = replay.known_roles()?.into_iter().filter(|one| of_role(one, |role| &role.login) != Value::Bool(false));
    rows(
        replay,
        roles,
        &[
            // Whether it can is not known.
            ("usename", |_, one| match of_role(one, |role| &role.login) {
                Value::Bool(_) => one.name(),
                _ => Value::Unknown,
            }),
            ("usesuper", |_, one| of_role(one, |role| &role.superuser)),
        ],
    )
}

/// All of a class, with those of the server.
pub(super) fn text_search(
    replay: &Replay,
    class: Class,
    name_column: &'static str,
    namespace_column: &'static str,
) -> Option<Vec<Row>> {
    let system = Ident::new("pg_catalog");
    let builtin = Library::of(replay.catalog().version).text_search_names(class);
    let builtin = builtin.map(|one| Thing { id: ObjectId::in_schema(class, &system, &one.into()), facts: None });
    rows(
        replay,
        replay.of_class(class).chain(builtin),
        &[
            ("oid", |_, one| one.oid()),
            (name_column, |_, one| one.name()),
            (namespace_column, |_, one| one.namespace()),
        ],
    )
}

/// NULL, or what is not printed just as the server does.
fn clause(attr: &Attr<Option<Expr>>) -> Value {
    or_null(attr, |_| Value::Unknown)
}

pub(super) fn pg_policy(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.policies(),
        &[
            ("oid", |_, (of, _)| of.oid()),
            ("polname", |_, (of, _)| of.name()),
            ("polrelid", |_, (of, _)| of.parent()),
            ("polcmd", |_, (_, policy)| stated(&policy.command, |command| code(command.code()))),
            ("polpermissive", |_, (_, policy)| {
                stated(&policy.policy_type, |of| Value::Bool(*of == PolicyType::Permissive))
            }),
            ("polroles", |_, (_, policy)| {
                // Everybody is no role.
                let oid = |one: &Ident| if *one == "public" { Value::Number(0) } else { role(one) };
                stated(&policy.roles, |roles| Value::Array(roles.iter().map(oid).collect()))
            }),
            ("polqual", |_, (_, policy)| clause(&policy.using)),
            ("polwithcheck", |_, (_, policy)| clause(&policy.with_check)),
        ],
    )
}

pub(super) fn pg_policies(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.policies(),
        &[
            ("schemaname", |_, (of, _)| of.schema()),
            ("tablename", |_, (of, _)| of.table()),
            ("policyname", |_, (of, _)| of.name()),
            ("permissive", |_, (_, policy)| stated(&policy.policy_type, |of| text(&of.word().to_uppercase()))),
            ("roles", |_, (_, policy)| stated(&policy.roles, |roles| Value::Array(roles.iter().map(name).collect()))),
            ("cmd", |_, (_, policy)| stated(&policy.command, |command| text(&command.word().to_uppercase()))),
            ("qual", |_, (_, policy)| clause(&policy.using)),
            ("with_check", |_, (_, policy)| clause(&policy.with_check)),
        ],
    )
}

pub(super) fn pg_rules(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_class(Class::Rule),
        &[
            ("schemaname", |_, one| one.schema()),
            ("tablename", |_, one| one.table()),
            ("rulename", |_, one| one.name()),
        ],
    )
}

impl Replay {
    fn publications(&self) -> impl Iterator<Item = (Thing<'_>, &Publication)> {
        self.of_class(Class::Publication).filter_map(|of| match of.facts {
            Some(Facts::Publication(publication)) => Some((of, &**publication)),
            _ => None,
        })
    }
}

fn publishes(publication: &Publication, operation: &str) -> Value {
    stated(&publication.operations, |all| Value::Bool(all.iter().any(|one| one == operation)))
}

pub(super) fn pg_publication(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.publications(),
        &[
            ("oid", |_, (of, _)| of.oid()),
            ("pubname", |_, (of, _)| of.name()),
            ("pubowner", |_, (of, _)| of.owner()),
            ("puballtables", |_, (_, publication)| flag(&publication.all_tables)),
            ("pubinsert", |_, (_, publication)| publishes(publication, "insert")),
            ("pubupdate", |_, (_, publication)| publishes(publication, "update")),
            ("pubdelete", |_, (_, publication)| publishes(publication, "delete")),
            ("pubtruncate", |_, (_, publication)| publishes(publication, "truncate")),
            ("pubviaroot", |_, (_, publication)| flag(&publication.via_partition_root)),
        ],
    )
}

/// The tables that are named, each with its publication.
fn published(replay: &Replay) -> Vec<(ObjectId, ObjectId)> {
    let mut found = Vec::new();
    for (of, publication) in replay.publications() {
        let tables = publication.tables.get().into_iter().flatten();
        let tables = tables.filter_map(|table| {
            Some(ObjectId::in_schema(Class::Relation, table.relation.schema.as_ref()?, &table.relation.name))
        });
        found.extend(tables.map(|table| (of.id.clone(), table)));
    }
    found
}

pub(super) fn pg_publication_rel(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        published(replay),
        &[
            ("prpubid", |_, (publication, _)| Value::Object(publication.clone())),
            ("prrelid", |_, (_, table)| Value::Object(table.clone())),
        ],
    )
}

/// Of a partitioned table its partitions are shown, and of ALL TABLES whatever there is: which these are is not said.
pub(super) fn pg_publication_tables(replay: &Replay) -> Option<Vec<Row>> {
    let open = replay.publications().filter(|(_, publication)| {
        publication.all_tables.get() != Some(&false) || publication.schemas.get().is_none_or(|all| !all.is_empty())
    });
    let open = open.map(|(of, _)| (of.id, None));
    let tables = published(replay).into_iter().map(|(of, table)| {
        let is_plain = !replay.is_partitioned(&table);
        (of, is_plain.then_some(table))
    });
    rows(
        replay,
        open.chain(tables),
        &[
            ("pubname", |_, (publication, _)| name(publication.name())),
            ("schemaname", |_, (_, table)| table.as_ref().map_or(Value::Unknown, schema_of)),
            ("tablename", |_, (_, table)| table.as_ref().map_or(Value::Unknown, |table| name(table.name()))),
        ],
    )
}

fn version_of(one: &Thing<'_>) -> Value {
    match one.facts {
        Some(Facts::Extension(extension)) => stated(&extension.version, |version| text(version)),
        _ if *one.id.name() == PLPGSQL => text("1.0"),
        _ => Value::Unknown,
    }
}

pub(super) fn pg_extension(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.extensions(),
        &[
            ("oid", |_, one| one.oid()),
            ("extname", |_, one| one.name()),
            ("extversion", |_, one| version_of(one)),
            ("extnamespace", |_, one| {
                let in_schema = |schema: &Ident| Value::Object(ObjectId::top(Class::Schema, schema));
                match one.facts {
                    Some(Facts::Extension(extension)) => stated(&extension.schema, in_schema),
                    _ if *one.id.name() == PLPGSQL => in_schema(&"pg_catalog".into()),
                    _ => Value::Unknown,
                }
            }),
            ("extowner", |_, one| one.owner()),
        ],
    )
}

/// What is installed is available. What else there is hangs on the machine: it may be called anything.
pub(super) fn pg_available_extensions(replay: &Replay) -> Option<Vec<Row>> {
    let installed = replay.extensions().map(Some);
    rows(
        replay,
        installed.chain([None]),
        &[
            ("name", |_, one| one.as_ref().map_or(Value::Unknown, Thing::name)),
            ("installed_version", |_, one| one.as_ref().map_or(Value::Null, |one| as_text(&version_of(one)))),
        ],
    )
}

pub(super) fn pg_foreign_server(replay: &Replay) -> Option<Vec<Row>> {
    rows(
        replay,
        replay.of_class(Class::ForeignServer),
        &[
            ("oid", |_, one| one.oid()),
            ("srvname", |_, one| one.name()),
            ("srvowner", |_, one| one.owner()),
            ("srvfdw", |_, one| match one.facts {
                Some(Facts::ForeignServer(server)) => {
                    stated(&server.wrapper, |name| Value::Object(ObjectId::top(Class::ForeignDataWrapper, name)))
                }
                _ => Value::Unknown,
            }),
        ],
    )
}

/// The comment on a column is one on its table, with a number.
pub(super) fn pg_description(replay: &Replay) -> Option<Vec<Row>> {
    let comments = replay.catalog().objects.keys().filter_map(|id| match replay.comment_of(id) {
        Some(None) => None,
        Some(Some(comment)) => Some((id, Value::Text(comment))),
        None => Some((id, Value::Unknown)),
    });
    rows(
        replay,
        comments,
        &[
            ("objoid", |_, (id, _)| match (id.class(), id.parent()) {
                (Class::Column, Some(table)) => Value::Object(table),
                (Class::Type, _) => super::type_value(id),
                _ => Value::Object((*id).clone()),
            }),
            ("objsubid", |replay, (id, _)| match (id.class(), id.parent()) {
                (Class::Column, Some(table)) => {
                    match super::positions(replay, &table, std::slice::from_ref(id.name())) {
                        Value::Array(at) => at.into_iter().next().unwrap_or(Value::Unknown),
                        _ => Value::Unknown,
                    }
                }
                _ => Value::Number(0),
            }),
            ("description", |_, (_, comment)| comment.clone()),
        ],
    )
}
