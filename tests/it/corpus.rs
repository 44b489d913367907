//! Real schemas, applied to real servers: every expression in the files means to us what the server
//! prints of it.
//!
//! The corpus is not part of the repository. It is looked for beside the checkout, or where
//! `SCHEMA_CHECK_CORPUS` says; without it there is nothing to test. Whatever kind of object has an
//! attribute with an expression takes part by itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use postgres::{Client, NoTls};
use schema_check::catalog::{Catalog, Expr, ObjectId, Value};
use schema_check::expr;

use crate::server::Cluster;
use crate::sql::{apply, on_big_stack, read, replay_for, words};

/// What is known to differ, and why: the start of a finding. One that is not found any more fails the test.
const KNOWN: &[(&str, &str)] = &[(
    "supabase-auth: auth.oauth_authorizations.oauth_auth_pending_exp_idx.where uncertain",
    "the type of the column is made by a DO block, which is not run",
)];

/// The versions that are tried unless `SCHEMA_CHECK_CORPUS_PG` lists others.
const VERSIONS: &str = "15,18";

/// The sets that are tried unless `SCHEMA_CHECK_CORPUS_SETS` lists others.
const SETS: &str = "A_migrations,B_dumps";

struct Case {
    name: String,
    /// What a connection finds set.
    settings: Vec<(String, String)>,
    /// What was there before; then the files, in their order.
    files: Vec<PathBuf>,
    versions: Vec<u32>,
}

#[derive(Default)]
struct Count {
    expressions: usize,
    equal: usize,
    /// Different where something could not be looked up.
    uncertain: usize,
    different: usize,
    /// Files and server do not have the same objects: a DO block has made them.
    alone: usize,
}

/// Where the corpus is unpacked, if there is one.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("SCHEMA_CHECK_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let packed = folder.join("open.tar.gz");
    let target = root.join("target/corpus");
    if !packed.exists() {
        return None;
    }
    if !target.join("manifest.tsv").exists() {
        fs::create_dir_all(&target).unwrap();
        let done = Command::new("tar").arg("-xzf").arg(&packed).arg("-C").arg(&target).status().unwrap();
        assert!(done.success(), "{} cannot be unpacked", packed.display());
    }
    Some(target)
}

/// The cases of some sets, as the manifest lists them.
fn cases(corpus: &Path, sets: &[&str]) -> Vec<Case> {
    let manifest = fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| names.iter().copied().zip(line.split('\t')).collect::<BTreeMap<_, _>>())
        .filter(|row| sets.contains(&row["set"]))
        .map(|row| {
            let folder = corpus.join(row["set"]).join(row["case"]);
            let before = row["preludes"].split(',').map(|prelude| match prelude {
                "prelude.sql" => folder.join(prelude),
                _ => corpus.join("prelude").join(format!("{prelude}.sql")),
            });
            let mut files: Vec<PathBuf> = before.filter(|path| path.is_file()).collect();
            files.extend(entries(&folder.join("up")));
            let mut settings = Vec::new();
            if !row["search_path"].is_empty() {
                settings.push(("search_path".to_owned(), row["search_path"].replace("$user", "\"$user\"")));
            }
            let options = row["options"].split("-c ").filter_map(|option| option.trim().split_once('='));
            settings.extend(options.map(|(name, value)| (name.to_owned(), format!("'{value}'"))));
            let versions = row["applies_on"].split(',').filter_map(|version| version.parse().ok()).collect();
            Case { name: row["case"].to_owned(), settings, files, versions }
        })
        .collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// The expressions in a value, in their order.
fn expressions<'a>(value: &'a Value, found: &mut Vec<&'a Expr>) {
    match value {
        Value::Expr(expr) => found.push(expr),
        Value::List(items) => items.iter().for_each(|item| expressions(item, found)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| expressions(value, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => {}
    }
}

/// Every attribute with an expression in it.
fn attributes(catalog: &Catalog) -> BTreeMap<(ObjectId, &'static str), Value> {
    let mut found = BTreeMap::new();
    for (id, object) in &catalog.objects {
        for (definition, stated) in object.facts.attributes() {
            let value = stated.map_or(Value::Null, |(value, _)| value);
            let mut inside = Vec::new();
            expressions(&value, &mut inside);
            if !inside.is_empty() {
                found.insert((id.clone(), definition.name), value);
            }
        }
    }
    found
}

/// Compares the expressions of two catalogs; what is different, a line each.
fn compare(mut files: Catalog, mut server: Catalog, count: &mut Count) -> Vec<String> {
    expr::settle(&mut files, &mut server);
    let (files, mut server) = (attributes(&files), attributes(&server));
    let mut found = Vec::new();
    for ((id, attribute), value) in files {
        let Some(theirs) = server.remove(&(id.clone(), attribute)) else {
            count.alone += 1;
            continue;
        };
        let (mut ours, mut printed) = (Vec::new(), Vec::new());
        expressions(&value, &mut ours);
        expressions(&theirs, &mut printed);
        for (ours, theirs) in ours.iter().zip(&printed) {
            count.expressions += 1;
            let is_unknown = |expr: &Expr| expr.tree().is_some_and(|tree| !tree.unresolved.is_empty());
            if ours == theirs {
                count.equal += 1;
                continue;
            }
            let what = if is_unknown(ours) || is_unknown(theirs) {
                count.uncertain += 1;
                "uncertain"
            } else {
                count.different += 1;
                "different"
            };
            found.push(format!("{id}.{attribute} {what}\n    {}\n    {}", shown(ours), shown(theirs)));
        }
    }
    count.alone += server.len();
    found
}

fn shown(expr: &Expr) -> String {
    let unknown = expr.tree().map(|tree| words(&tree.unresolved)).unwrap_or_default();
    let text = format!("{} => {}", expr.text(), expr.tree().map_or_else(String::new, ToString::to_string));
    if unknown.is_empty() { text } else { format!("{text} (unknown: {unknown})") }
}

/// Applies a case to a server, and compares what is there with what its files make.
fn check(cluster: &Cluster, case: &Case, count: &mut Count) -> Vec<String> {
    let database = cluster.database();
    for (name, value) in &case.settings {
        database.execute(&format!("ALTER DATABASE {} SET {name} = {value}", database.name));
    }
    let path = case.settings.iter().find(|(name, _)| name == "search_path");
    let before = path.map_or_else(String::new, |(_, path)| format!("SET search_path = {path};\n"));
    let mut texts = Vec::new();
    for file in &case.files {
        let text = fs::read_to_string(file).unwrap();
        apply(&database, &text);
        texts.push(format!("{before}{text}"));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = compare(replay_for(cluster.version, &texts).catalog, read(&database), count);
    drop(database);
    drop_roles(cluster);
    found.into_iter().map(|line| format!("{}: {line}", case.name)).collect()
}

/// Roles outlive their database, and the next case makes them again.
fn drop_roles(cluster: &Cluster) {
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
    let query = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'";
    for row in client.query(query, &[]).unwrap() {
        let role: String = row.try_get(0).unwrap();
        client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
    }
}

#[test]
fn real_schemas_mean_what_servers_print_of_them() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: there is no corpus; SCHEMA_CHECK_CORPUS can say where it is");
        return;
    };
    let versions = std::env::var("SCHEMA_CHECK_CORPUS_PG").unwrap_or_else(|_| VERSIONS.to_owned());
    let versions: Vec<u32> = versions.split(',').map(|version| version.trim().parse().unwrap()).collect();
    let only = std::env::var("SCHEMA_CHECK_CORPUS_CASE").ok();
    let sets = std::env::var("SCHEMA_CHECK_CORPUS_SETS").unwrap_or_else(|_| SETS.to_owned());
    let mut cases = cases(&corpus, &sets.split(',').collect::<Vec<_>>());
    cases.retain(|case| only.as_ref().is_none_or(|only| case.name == *only));
    let found = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for cluster in Cluster::own(&versions) {
            let (cases, found) = (&cases, &found);
            scope.spawn(move || {
                on_big_stack(|| {
                    let mut count = Count::default();
                    for case in cases.iter().filter(|case| case.versions.contains(&cluster.version)) {
                        for line in check(&cluster, case, &mut count) {
                            found.lock().unwrap().entry(line).or_insert_with(Vec::new).push(cluster.version);
                        }
                    }
                    let Count { expressions, equal, uncertain, different, alone } = count;
                    eprintln!(
                        "PostgreSQL {}: {expressions} expressions, {equal} equal, {uncertain} uncertain, \
                         {different} different; {alone} on one side alone",
                        cluster.version
                    );
                });
            });
        }
    });
    let found = found.into_inner().unwrap();
    let is_known = |line: &&String| KNOWN.iter().any(|(start, _)| line.starts_with(start));
    let new: Vec<String> = found
        .iter()
        .filter(|(line, _)| !is_known(line))
        .map(|(line, versions)| format!("{versions:?} {line}"))
        .collect();
    assert!(new.is_empty(), "{} expressions\n{}", new.len(), new.join("\n"));
    for (start, why) in KNOWN {
        let is_needed = only.is_some() || found.keys().any(|line| line.starts_with(start));
        assert!(is_needed, "{start} does not differ any more, so take it out: {why}");
    }
}
