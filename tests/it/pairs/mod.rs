//! The claim, by the thousand: two expressions are equal to us exactly when a server stores the same
//! for both. Pairs are drawn as people write them, one being a small change of the other; a real
//! server stores both and says what is the same (`node_tree.rs`).
//!
//! `make test` runs a fixed sample. `make soak` runs for as long as it is told, from a new seed each
//! time, and goes on behind what it finds.

mod expression;
mod forms;
mod grammar;
mod judge;
mod mutate;
mod report;
mod shrink;
mod store;
mod views;

use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use crate::random::Random;
use expression::Generator;
use judge::{Family, Judge, Written};
use report::Report;
use store::{DEFAULTS, Place};

use crate::server::{Cluster, on_every_version};
use crate::sql::on_big_stack;

/// How many families go to the server at once.
const BATCH: usize = 60;

/// How many members a family has.
const MEMBERS: usize = 4;

/// Draws an expression, and makes small changes of it.
fn family(random: &mut Random, version: u32) -> Family {
    let number = random.below(DEFAULTS.len());
    let (place, of) = match random.below(24) {
        0..11 => (Place::Check, "boolean"),
        11..16 => (Place::Policy, "boolean"),
        16 => (Place::Predicate, "boolean"),
        // A collation at the top is kept beside the key, so it is of a type that has none.
        17 => (Place::Key, *random.pick(&["integer", "numeric", "jsonb", "boolean", "date"])),
        18 => (Place::Default(number), DEFAULTS[number]),
        19 | 20 => (Place::View, "qview"),
        21 if version >= 14 => (Place::Body, "qstatement"),
        21 | 22 => (Place::Action, "qstatement"),
        _ => (Place::Generated(number), DEFAULTS[number]),
    };
    let is_default = matches!(place, Place::Default(_));
    let depth = if is_default { random.below(3) } else { 1 + random.below(3) };
    let mut generator = Generator {
        random,
        version,
        columns: !is_default,
        queries: matches!(place, Place::Policy | Place::View | Place::Body | Place::Action),
    };
    let mut nodes = vec![generator.node(of, depth)];
    while nodes.len() < MEMBERS {
        let from = if generator.random.chance(70) { 0 } else { nodes.len() - 1 };
        nodes.extend(mutate::mutated(&nodes[from], &mut generator));
    }
    let members = nodes.into_iter().map(|node| Written { node, lower: random.chance(50) }).collect();
    Family { place, members }
}

/// Draws and judges until `enough` says so of the number of pairs.
fn run(cluster: &Cluster, seed: u64, report: &Mutex<Report>, enough: impl Fn(usize) -> bool) {
    let database = cluster.database();
    let mut judge = Judge::new(&database);
    let mut random = Random(seed);
    let mut pairs = 0;
    while !enough(pairs) {
        let families: Vec<Family> = (0..BATCH).map(|_| family(&mut random, cluster.version)).collect();
        let found = judge.judge(&families);
        pairs += found.pairs;
        {
            let mut report = report.lock().unwrap();
            report.add(&found);
            report.progress();
        }
        for wrong in found.wrong {
            let is_new = report.lock().unwrap().is_new(&wrong);
            if is_new {
                let small = judge.shrunk(wrong);
                report.lock().unwrap().keep(small);
            }
        }
    }
}

/// Says what was found, and fails if that is anything.
fn conclude(report: &Report) {
    eprintln!("{report}");
    if std::env::var_os("SOAK_REFUSED").is_some() {
        eprintln!("refused:\n{}", report.reasons().join("\n"));
        eprintln!("misprinted:\n{}", report.misprinted.join("\n"));
    }
    let causes: Vec<String> = report
        .kept
        .iter()
        .map(|wrong| format!("{:?} ({:?}, PostgreSQL {})\n{}", wrong.kind, wrong.place, wrong.version, wrong.told))
        .collect();
    assert!(causes.is_empty(), "{} causes\n\n{}", causes.len(), causes.join("\n"));
    assert!(report.refused * 10 < report.expressions, "too much is refused: see with SOAK_REFUSED=1");
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn equal_exactly_when_the_server_stores_the_same() {
    let report = Mutex::new(Report::new(5));
    on_every_version(|cluster| {
        let sample = if matches!(cluster.version, 15 | 18) { 2000 } else { 1000 };
        on_big_stack(|| run(cluster, cluster.version.into(), &report, |pairs| pairs >= sample));
    });
    conclude(&report.into_inner().unwrap());
}

#[test]
#[ignore = "runs for as long as it is told: make soak"]
fn soak() {
    let minutes: f64 = setting("SOAK_MINUTES").unwrap_or(10.0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed: u64 = setting("SOAK_SEED").unwrap_or(now.as_secs());
    eprintln!("SOAK_SEED={seed}");
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let report = Mutex::new(Report::new(setting("SOAK_CAUSES").unwrap_or(20)));
    on_every_version(|cluster| {
        on_big_stack(|| run(cluster, seed ^ u64::from(cluster.version) << 32, &report, |_| Instant::now() > until));
    });
    conclude(&report.into_inner().unwrap());
}
