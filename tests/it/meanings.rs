//! What uncompared objects mean to expressions is the same whichever door it came through, which
//! `differential.rs` asks of each of its cases, and what the library says of extensions is what servers say.

use std::collections::BTreeMap;

use schema_check::catalog::kind::Extension;
use schema_check::catalog::{Catalog, Class, Meaning, ObjectId, Origin, Unmodelled};
use schema_check::library;
use schema_check::sql::Ident;

use crate::differential::Case;
use crate::server::on_every_version;
use crate::sql::read;

/// What the replay is known not to tell as the server does: part of the name of a case, part of the line that is
/// found, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("extension/update.sql", "", "the library has the version that an extension is installed in by default"),
    ("extension/version.sql", "", "the same"),
    ("extension/version_of_another.sql", "", "the same"),
    ("lexing/views_and_triggers.sql", "public.mv", "queries of more than columns and casts are not resolved"),
    ("refused/wrong_kind.sql", "public.v", "the same"),
];

/// What can be named, and what it means. Indexes and constraints mean nothing beyond their names.
fn meanings(catalog: &Catalog) -> BTreeMap<ObjectId, &Meaning> {
    let means = |id: &&ObjectId| !matches!(id.class(), Class::Constraint | Class::Index);
    let named = catalog.unmodelled.iter().filter(|(id, _)| means(id));
    named.map(|(id, one)| (id.clone(), &one.meaning)).collect()
}

/// A line for each thing that means something else on the other side.
fn differences(here: &Catalog, there: &Catalog) -> Vec<String> {
    let (one, other) = (meanings(here), meanings(there));
    let mut ids: Vec<&ObjectId> = one.keys().chain(other.keys()).collect();
    ids.sort();
    ids.dedup();
    let differ = ids.into_iter().filter(|id| one.get(*id) != other.get(*id));
    differ.map(|id| format!("{:?} {id}: {:?} / {:?}", id.class(), one.get(id), other.get(id))).collect()
}

/// What the replay of a case tells otherwise than the server that it was applied to.
pub(crate) fn failures(case: &Case, replayed: &Catalog, live: &Catalog) -> Vec<String> {
    let is_known = |line: &String| KNOWN.iter().any(|(name, part, _)| case.name.contains(name) && line.contains(part));
    differences(replayed, live).into_iter().filter(|line| !is_known(line)).collect()
}

/// Those of contrib everywhere; pgvector and `PostGIS` where a server has them (see CONTRIBUTING.md).
#[test]
fn the_library_knows_the_extensions_as_servers_do() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let mut client = database.connect();
        client.batch_execute("CREATE SCHEMA \"Else where\"; SET client_min_messages = error").unwrap();
        let rows = client.query("SELECT name FROM pg_available_extensions ORDER BY name", &[]).unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.try_get(0).unwrap()).collect();
        let mut told = 0;
        for name in names.iter().filter(|name| library::extension(name, cluster.version).is_some()) {
            let place = match library::extension(name, cluster.version).and_then(|known| known.schema) {
                Some(_) => "",
                // Those of PostGIS have to stand together.
                None if name.len() % 2 == 0 && !name.starts_with("postgis") => "SCHEMA \"Else where\"",
                None => "SCHEMA public",
            };
            // What it needs may not be there: a library, a package.
            if let Err(error) =
                client.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS \"{name}\" {place} CASCADE"))
            {
                eprintln!("PostgreSQL {}: {name} is skipped: {error}", cluster.version);
                continue;
            }
            told += 1;
        }
        assert!(told > 0, "PostgreSQL {} has no extensions", cluster.version);
        let live = read(&database);
        let schema_of = |name: &str| {
            let id = ObjectId::top(Class::Extension, &Ident::new(name));
            live.get::<Extension>(&id).and_then(|extension| extension.schema.get().cloned())
        };
        let mut expected: BTreeMap<ObjectId, Meaning> = BTreeMap::new();
        for id in live.objects.keys().filter(|id| id.class() == Class::Extension) {
            let Some(known) = library::extension(id.name().as_str(), cluster.version) else { continue };
            if known.schema != Some("pg_catalog") {
                expected.extend(known.members(&schema_of));
            }
        }
        let mut known = Catalog::new(live.coverage.clone());
        for (id, meaning) in expected {
            let what = live.unmodelled.get(&id).map_or("missing", |one| &one.what);
            let one = Unmodelled::new(what, Origin::Server);
            known.unmodelled.insert(id, Unmodelled { meaning, ..one });
        }
        let different = differences(&known, &live);
        assert!(different.is_empty(), "PostgreSQL {}: library / server\n{}", cluster.version, different.join("\n"));
    });
}
