//! The heart of the suite: every SQL fixture, applied to a real server and read, is the very
//! catalog that the replay makes of it without one.

use std::fs;
use std::path::{Path, PathBuf};

use schema_check::catalog::{Catalog, Class, Kind};

use crate::server::{Cluster, on_every_version};
use crate::sql::{apply, differences, on_big_stack, read, refused, replay_for};
use crate::{meanings, pulling, snapshots};

/// A case is a file, or the files of some folders in their order.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) files: Vec<String>,
    /// The first server version that understands it.
    pub(crate) requires: u32,
    /// Why it is known to differ, and up to which server version.
    pin: Option<(u32, String)>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The entries of a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

pub(crate) fn name(path: &Path) -> String {
    path.strip_prefix(fixtures()).unwrap().display().to_string()
}

fn one_file(path: &Path) -> Case {
    let text = text(path);
    assert!(text.starts_with("-- "), "{}: the first line says what the case shows", path.display());
    let marks: Vec<&str> = text.lines().skip(1).map_while(|line| line.strip_prefix("-- ")).collect();
    let requires = marks.iter().find_map(|mark| mark.strip_prefix("requires: "));
    let requires = requires.map_or(13, |version| version.trim().parse().unwrap());
    let pin = marks.iter().find_map(|mark| mark.strip_prefix("differs up to ")?.split_once(": "));
    let pin = pin.map(|(version, why)| (version.parse().unwrap(), why.to_owned()));
    Case { name: name(path), requires, pin, files: vec![text], paths: vec![path.to_owned()] }
}

/// The cases of `fixtures/replay` that are to be refused in part, or those that are not.
pub(crate) fn small_cases(are_refused: bool) -> Vec<Case> {
    let areas = entries(&fixtures().join("replay"));
    let wanted = areas.iter().filter(|area| area.ends_with("refused") == are_refused);
    wanted.flat_map(|area| entries(area)).map(|path| one_file(&path)).collect()
}

/// What a replay cannot know: the version and the words of an extension come with the server, the collation of a
/// column can be one that a query gives, and `public` belongs, up to 14, to who made the database.
const NOT_STATED: [(Kind, &str); 4] =
    [(Kind::Extension, "version"), (Kind::Extension, "comment"), (Kind::Column, "collation"), (Kind::Schema, "owner")];

/// The systems of `fixtures/systems`: migrated, and in each of their drifted states.
pub(crate) fn systems() -> Vec<Case> {
    let mut cases = Vec::new();
    for system in entries(&fixtures().join("systems")) {
        let prelude: Vec<PathBuf> = Some(system.join("prelude.sql")).filter(|path| path.exists()).into_iter().collect();
        let migrations = entries(&system.join("migrations"));
        let case = |path: &Path, paths: Vec<PathBuf>| Case {
            name: name(path),
            files: paths.iter().map(|path| text(path)).collect(),
            paths,
            requires: 13,
            pin: None,
        };
        cases.push(case(&system, [prelude.clone(), migrations.clone()].concat()));
        for drifted in entries(&system.join("drifted")) {
            let paths = if drifted.is_dir() {
                [prelude.clone(), entries(&drifted)].concat()
            } else {
                [prelude.clone(), migrations.clone(), vec![drifted.clone()]].concat()
            };
            cases.push(case(&drifted, paths));
        }
    }
    cases
}

/// What of a case differs between the server and the replay.
fn failures(cluster: &Cluster, case: &Case) -> Vec<String> {
    let _roles = cluster.keep_roles();
    let database = cluster.database();
    let mut found = Vec::new();
    let mut by_server = Vec::new();
    for file in &case.files {
        by_server.extend(apply(&database, file));
    }
    let files: Vec<&str> = case.files.iter().map(String::as_str).collect();
    let replayed = replay_for(cluster.version, &files);
    let by_replay = match case.files.as_slice() {
        [only] => refused(&replayed, 0, only),
        _ => replayed.refusals.iter().map(|refusal| (0, refusal.sqlstate.to_owned())).collect(),
    };
    if case.files.len() > 1 {
        by_server.iter_mut().for_each(|(place, _)| *place = 0);
    }
    // A server refuses everything else in a failed transaction too. The replay tells the one
    // statement that failed, and notes how many were not run after it.
    by_server.retain(|(_, sqlstate)| sqlstate != "25P02");
    if by_server != by_replay {
        found.push(format!(
            "refused by the server {by_server:?}, by the replay {by_replay:?}: {:?}",
            replayed.refusals.iter().map(|r| &r.message).collect::<Vec<_>>()
        ));
    }
    let live = read(&database);
    found.extend(differences(&replayed.catalog, &live));
    found.extend(unstated(&replayed.catalog, &live));
    let mut found = match &case.pin {
        // A pin that nothing needs any more hides the next mistake.
        Some((version, why)) if cluster.version <= *version && found.is_empty() => {
            vec![format!("does not differ any more, so take out the mark: {why}")]
        }
        Some((version, _)) if cluster.version <= *version => Vec::new(),
        _ => found,
    };
    found.extend(meanings::failures(case, &replayed.catalog, &live));
    found.extend(snapshots::failures(&replayed.catalog, &live));
    // Two versions tell what there is to tell; the drifted states of a system are as large as that, and as good as it.
    if [15, 18].contains(&cluster.version) && case.pin.is_none() && !case.name.contains("/drifted/") {
        found.extend(pulling::failures(&replayed.catalog, &live));
    }
    drop(database);
    drop_roles(cluster, case, &replayed.catalog);
    found
}

/// What the server states of an object and the replay passes over in silence, so that nothing compares it.
fn unstated(replayed: &Catalog, live: &Catalog) -> Vec<String> {
    let mut found = Vec::new();
    for (id, object) in &replayed.objects {
        let Some(theirs) = live.facts(id).filter(|theirs| theirs.kind() == object.facts.kind()) else { continue };
        for ((attribute, ours), (_, theirs)) in object.facts.attributes().into_iter().zip(theirs.attributes()) {
            let is_known = NOT_STATED.contains(&(object.facts.kind(), attribute.name));
            if ours.is_none() && theirs.is_some() && !is_known {
                found.push(format!("{:?} {id}: {} is not stated", object.facts.kind(), attribute.name));
            }
        }
    }
    found
}

/// Roles outlive their database; systems share theirs.
pub(crate) fn drop_roles(cluster: &Cluster, case: &Case, made: &Catalog) {
    if case.files.len() == 1 {
        let roles = made.objects.keys().filter(|id| id.class() == Class::Role);
        roles.for_each(|role| cluster.drop_role(&role.to_string()));
    }
}

#[track_caller]
fn check(cases: &[Case]) {
    assert!(!cases.is_empty());
    on_every_version(|cluster| {
        let failed: Vec<String> = on_big_stack(|| {
            let runnable = cases.iter().filter(|case| case.requires <= cluster.version);
            let told = runnable
                .flat_map(|case| failures(cluster, case).into_iter().map(move |line| format!("{}: {line}", case.name)));
            told.collect()
        });
        assert!(failed.is_empty(), "PostgreSQL {}: replay / server\n{}", cluster.version, failed.join("\n"));
    });
}

#[test]
fn small_fixtures_replay_as_they_apply() {
    check(&small_cases(false));
}

#[test]
fn what_a_server_refuses_the_replay_refuses() {
    check(&small_cases(true));
}

#[test]
fn systems_replay_as_they_apply() {
    check(&systems());
}
