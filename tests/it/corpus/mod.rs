//! Real schemas of other people, applied to real servers.
//!
//! They are not part of the repository. They are looked for beside the checkout, or where
//! `SCHEMA_CHECK_CORPUS` says; without them there is nothing to test.

mod expressions;
mod fidelity;
mod pins;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use postgres::{Client, NoTls};

use schema_check::catalog::NEWEST_VERSION;

use crate::differential::{self, small_cases, systems};
use crate::server::{Cluster, Database};
use crate::sql::{Refused, apply};

/// The versions that are tried unless `SCHEMA_CHECK_CORPUS_PG` lists others.
const VERSIONS: &str = "15,18";

/// Whole systems of other people, by their migrations and by their dumps.
const SYSTEMS: &str = "A_migrations,B_dumps";

/// All there are, the project's own first; `SCHEMA_CHECK_CORPUS_SETS` can choose among them.
const ALL_SETS: &str = "fixtures,A_migrations,B_dumps,C_pairs,D_regress";

struct Case {
    set: String,
    name: String,
    /// What a connection finds set.
    settings: Vec<(String, String)>,
    /// The roles that have to be there first.
    roles: Vec<String>,
    /// What was there before; then the files, in their order.
    files: Vec<PathBuf>,
    versions: Vec<u32>,
}

impl Case {
    /// Applies it to a database of its own: its files as a replay is to read them, with what was refused of each.
    fn apply<'a>(&self, cluster: &'a Cluster) -> (Database<'a>, Vec<(String, Vec<Refused>)>) {
        let database = cluster.database();
        for (name, value) in &self.settings {
            database.execute(&format!("ALTER DATABASE {} SET {name} = {value}", database.name));
        }
        let roles: String = self.roles.iter().map(|role| format!("CREATE ROLE \"{role}\" LOGIN;\n")).collect();
        apply(&database, &roles);
        // A replay has no database to keep settings in.
        let before: String = self.settings.iter().map(|(name, value)| format!("SET {name} = {value};\n")).collect();
        let applied = self.files.iter().map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let mut refused = apply(&database, &text);
            refused.iter_mut().for_each(|(at, _)| *at += before.len());
            (format!("{before}{text}"), refused)
        });
        let applied: Vec<_> = std::iter::once((roles, Vec::new())).chain(applied).collect();
        (database, applied)
    }
}

/// The versions and the cases that are asked for, of `usual` sets if nothing else is said; none where there is
/// no corpus.
fn asked_for(usual: &str) -> Option<(Vec<u32>, Vec<Case>)> {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: there is no corpus; SCHEMA_CHECK_CORPUS can say where it is");
        return None;
    };
    let setting = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    let versions = setting("SCHEMA_CHECK_CORPUS_PG", VERSIONS);
    let versions = versions.split(',').map(|version| version.trim().parse().unwrap()).collect();
    let sets = setting("SCHEMA_CHECK_CORPUS_SETS", usual);
    let sets: Vec<&str> = sets.split(',').collect();
    let mut cases = cases(&corpus, &sets);
    if sets.contains(&"fixtures") {
        cases.extend(fixtures());
    }
    if let Some(only) = only() {
        cases.retain(|case| case.name == only);
    }
    Some((versions, cases))
}

/// The one case that is asked for.
fn only() -> Option<String> {
    std::env::var("SCHEMA_CHECK_CORPUS_CASE").ok()
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
    let rows = lines.map(|line| names.iter().copied().zip(line.split('\t')).collect::<BTreeMap<_, _>>());
    rows.filter(|row| sets.contains(&row["set"])).flat_map(|row| cases_of(corpus, &row)).collect()
}

/// The cases that a line of the manifest stands for.
fn cases_of(corpus: &Path, row: &BTreeMap<&str, &str>) -> Vec<Case> {
    let folder = corpus.join(row["set"]).join(row["case"]);
    let before = row["preludes"].split(',').map(|prelude| match prelude {
        "prelude.sql" => folder.join(prelude),
        _ => corpus.join("prelude").join(format!("{prelude}.sql")),
    });
    let before: Vec<PathBuf> = before.filter(|path| path.is_file()).collect();
    let mut settings = Vec::new();
    if !row["search_path"].is_empty() {
        settings.push(("search_path".to_owned(), row["search_path"].replace("$user", "\"$user\"")));
    }
    let options = row["options"].split("-c ").filter_map(|option| option.trim().split_once('='));
    settings.extend(options.map(|(name, value)| (name.to_owned(), format!("'{value}'"))));
    let case = |suffix: &str, files: Vec<PathBuf>, versions: &str| Case {
        set: row["set"].to_owned(),
        name: format!("{}{suffix}", row["case"]),
        settings: settings.clone(),
        roles: row["roles"].split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        files: [before.clone(), files].concat(),
        versions: versions.split(',').filter_map(|version| version.parse().ok()).collect(),
    };
    if row["set"] != "C_pairs" {
        return vec![case("", entries(&folder.join("up")), row["applies_on"])];
    }
    let file = |name: &str| folder.join(name);
    let pair = vec![file("old.sql"), file("diff.sql")];
    let mut found = vec![
        case("/old", vec![file("old.sql")], row["old_on"]),
        case("/new", vec![file("new.sql")], row["new_on"]),
        case("/diff", pair, row["old_plus_diff_on"]),
    ];
    found.retain(|case| !case.versions.is_empty());
    found
}

/// The project's own fixtures, as cases.
fn fixtures() -> Vec<Case> {
    let all = [small_cases(false), small_cases(true), systems()].into_iter().flatten();
    let case = |one: differential::Case| Case {
        set: "fixtures".to_owned(),
        name: one.name,
        settings: Vec::new(),
        roles: Vec::new(),
        files: one.paths,
        versions: (one.requires..=NEWEST_VERSION).collect(),
    };
    all.map(case).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Roles outlive their database, and the next case makes them again.
pub(crate) fn drop_roles(cluster: &Cluster) {
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
    let query = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'";
    for row in client.query(query, &[]).unwrap() {
        let role: String = row.try_get(0).unwrap();
        client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
    }
}
