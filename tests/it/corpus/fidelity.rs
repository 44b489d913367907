//! How far a replay comes to what a server has: catalogs in both directions, refusals statement by statement.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use schema_check::ddl;

use super::{ALL_SETS, Case, asked_for, drop_roles, pins};
use crate::printing::{not_made_again, without_roles};
use crate::pulling;
use crate::server::Cluster;
use crate::sql::{differences, on_big_stack, read, refused, replay_for};

/// What became of the cases of one set on one version.
#[derive(Default)]
struct Tally {
    cases: usize,
    statements: usize,
    /// Cases without any difference between the catalogs.
    equal: usize,
    /// Of those without a note.
    complete: usize,
    complete_and_equal: usize,
    /// Of those that are equal, where what is printed makes the same again, to `pg_dump` too where it can judge.
    printed: usize,
    /// Of which a check finds nothing against the spec that was pulled.
    pulled: usize,
    different: usize,
    uncertain: usize,
    refused_by_both: usize,
    refused_by_server: usize,
    refused_by_replay: usize,
    /// By what they say, without names.
    notes: BTreeMap<String, usize>,
}

/// What of a case is not the same, a line each.
fn measure(cluster: &Cluster, case: &Case, tally: &mut Tally) -> Vec<String> {
    let (database, files) = case.apply(cluster);
    let texts: Vec<&str> = files.iter().map(|(text, _)| text.as_str()).collect();
    let replayed = replay_for(cluster.version, &texts);
    let catalog = read(&database);
    let found = differences(&replayed.catalog, &catalog);
    let not_printed = match found.is_empty() {
        true => not_made_again(
            cluster,
            &database,
            &without_roles(&catalog),
            &ddl::print(&without_roles(&replayed.catalog)).text,
        ),
        false => Vec::new(),
    };
    drop(database);
    drop_roles(cluster);
    let not_pulled = pulling::own_failures(&replayed.catalog, &catalog, found.is_empty());
    tally.cases += 1;
    tally.pulled += usize::from(not_pulled.is_empty());
    tally.printed += usize::from(found.is_empty() && not_printed.is_empty());
    tally.statements += replayed.statements;
    tally.equal += usize::from(found.is_empty());
    if replayed.notes.is_empty() {
        tally.complete += 1;
        tally.complete_and_equal += usize::from(found.is_empty());
    }
    let uncertain = found.iter().filter(|line| line.contains("(uncertain: ")).count();
    tally.uncertain += uncertain;
    tally.different += found.len() - uncertain;
    for note in &replayed.notes {
        *tally.notes.entry(without_names(&note.message)).or_default() += 1;
    }
    let mut lines = found;
    lines.extend(not_printed.into_iter().map(|line| format!("{PRINTED}{line}")));
    lines.extend(not_pulled);
    let (ours, theirs) = refusals(&replayed, &files);
    tally.refused_by_both += ours.intersection(&theirs).count();
    for (refused, by, count) in [
        (ours.difference(&theirs), "the replay", &mut tally.refused_by_replay),
        (theirs.difference(&ours), "the server", &mut tally.refused_by_server),
    ] {
        for (file, at, sqlstate) in refused {
            *count += 1;
            let statement = texts[*file][*at..].lines().next().unwrap_or_default();
            lines.push(format!("{sqlstate} by {by} alone: {statement}"));
        }
    }
    lines.into_iter().map(|line| format!("{}: {line}", case.name)).collect()
}

/// How a line about what was printed begins.
pub(super) const PRINTED: &str = "printed, ";

type Refusals = BTreeSet<(usize, usize, String)>;

/// The statements that the replay and the server refused, by file and place.
fn refusals(
    replayed: &schema_check::replay::Replayed,
    files: &[(String, Vec<(usize, String)>)],
) -> (Refusals, Refusals) {
    let mut ours = Refusals::new();
    let mut theirs = Refusals::new();
    for (number, (text, by_server)) in files.iter().enumerate() {
        ours.extend(refused(replayed, number, text).into_iter().map(|(at, sqlstate)| (number, at, sqlstate)));
        // The rest of a failed transaction fails for that reason.
        let own = by_server.iter().filter(|(_, sqlstate)| sqlstate != "25P02");
        theirs.extend(own.map(|(at, sqlstate)| (number, *at, sqlstate.clone())));
    }
    (ours, theirs)
}

/// What a message says, whatever it is about.
fn without_names(message: &str) -> String {
    let message = message.split_once('(').map_or(message.to_owned(), |(before, rest)| {
        let after = rest.rsplit_once(')').map_or("", |(_, after)| after);
        format!("{before}{after}")
    });
    let is_word =
        |word: &&str| word.trim_end_matches([':', ',', ';']).chars().all(|c| c.is_ascii_lowercase() || c == '-');
    message.split_whitespace().filter(is_word).take(9).collect::<Vec<_>>().join(" ")
}

fn table(tallies: &BTreeMap<(String, u32), Tally>) -> String {
    let mut out = String::from(
        "| set | server | cases | statements | equal catalogs | without a note: equal | made again | pulled | differences | uncertain | \
         refused by both | by the server alone | by the replay alone | notes |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for ((set, version), tally) in tallies {
        let notes: usize = tally.notes.values().sum();
        // In tenths of a percent.
        let share = notes * 1000 / tally.statements.max(1);
        let _ = writeln!(
            out,
            "| {set} | {version} | {} | {} | {} | {} of {} | {} of {} | {} | {} | {} | {} | {} | {} | {notes} ({}.{} %) |",
            tally.cases,
            tally.statements,
            tally.equal,
            tally.complete_and_equal,
            tally.complete,
            tally.printed,
            tally.equal,
            tally.pulled,
            tally.different,
            tally.uncertain,
            tally.refused_by_both,
            tally.refused_by_server,
            tally.refused_by_replay,
            share / 10,
            share % 10,
        );
    }
    out
}

fn notes(tallies: &BTreeMap<(String, u32), Tally>) -> String {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for (note, count) in tallies.values().flat_map(|tally| &tally.notes) {
        *all.entry(note).or_default() += count;
    }
    let mut all: Vec<(&str, usize)> = all.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.into_iter().map(|(note, count)| format!("{count:>6}  {note}\n")).collect()
}

/// Prints the figures, and writes them and all that differs to `target/fidelity`; those of all sets to the docs.
#[test]
#[ignore = "takes minutes: make fidelity"]
fn fidelity() {
    let Some((versions, cases)) = asked_for(ALL_SETS) else { return };
    let tallies = Mutex::new(BTreeMap::new());
    let lines = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for cluster in Cluster::own(&versions) {
            let (cases, tallies, lines) = (&cases, &tallies, &lines);
            scope.spawn(move || {
                on_big_stack(|| {
                    for case in cases.iter().filter(|case| case.versions.contains(&cluster.version)) {
                        let mut tally =
                            tallies.lock().unwrap().remove(&(case.set.clone(), cluster.version)).unwrap_or_default();
                        let begun = Instant::now();
                        for line in measure(&cluster, case, &mut tally) {
                            lines.lock().unwrap().entry(line).or_insert_with(Vec::new).push(cluster.version);
                        }
                        if begun.elapsed() > Duration::from_secs(10) {
                            println!("{} on {}: {:.0?}", case.name, cluster.version, begun.elapsed());
                        }
                        tallies.lock().unwrap().insert((case.set.clone(), cluster.version), tally);
                    }
                });
            });
        }
    });
    let tallies = tallies.into_inner().unwrap();
    let lines = lines.into_inner().unwrap();
    let (table, notes) = (table(&tallies), notes(&tallies));
    println!("{table}\n{notes}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fidelity");
    fs::create_dir_all(&folder).unwrap();
    let (pinned, unknown): (Vec<_>, Vec<_>) = lines.keys().partition(|line| pins::reason(line).is_some());
    let differing: String = lines.iter().map(|(line, versions)| format!("{versions:?} {line}\n")).collect();
    let is_all = ["SETS", "CASE"].iter().all(|name| std::env::var_os(format!("SCHEMA_CHECK_CORPUS_{name}")).is_none());
    if is_all {
        let told = include_str!("fidelity.md").replace("{table}", &table).replace("{notes}", &notes);
        let told = told.replace("{pinned}", &reasons(&pinned)).replace("{unknown}", &unknown.len().to_string());
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fidelity.md"), told).unwrap();
    }
    for (name, content) in [("table.md", &table), ("notes.txt", &notes), ("differences.txt", &differing)] {
        fs::write(folder.join(name), content).unwrap();
    }
    assert!(unknown.is_empty(), "nobody knows why these differ: {unknown:#?}");
}

/// Why what differs does so, and how often that is the reason.
fn reasons(pinned: &[&String]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in pinned.iter().filter_map(|line| pins::reason(line)) {
        *counts.entry(reason).or_default() += 1;
    }
    counts.into_iter().map(|(reason, count)| format!("- {count}: {reason}.\n")).collect()
}
