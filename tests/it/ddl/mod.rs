//! The claim, by the thousand: a replay leads where a server is led. Statements are drawn over a schema that grows,
//! most of them right and some not, and sent to both; after each, both must have refused the same and hold the same.
//!
//! A fixed sample runs by its name. `make soak` runs for as long as it is told, from a new seed each time, and goes on
//! behind what it finds.

mod draw;
mod grammar;
mod walk;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use draw::Draw;
use grammar::GRAMMAR;
use walk::{Step, Walk, retrace, shrink};

use crate::random::Random;
use crate::server::{Cluster, on_every_version};
use crate::sql::on_big_stack;

/// How many statements a database sees.
const LENGTH: usize = 40;

/// What a run has found.
#[derive(Default)]
struct Report {
    statements: usize,
    refused: usize,
    /// What is refused, by the line it comes from, the SQLSTATE, and how often.
    refusals: BTreeMap<String, usize>,
    /// What the replay says that it does not know, and how often.
    noted: BTreeMap<String, usize>,
    /// The first case of each cause, made small.
    apart: BTreeMap<String, String>,
}

impl Report {
    /// Whether a cause has not been seen, and is not looked for any more from now on.
    fn is_new(&mut self, cause: &str) -> bool {
        let is_new = !self.apart.contains_key(cause);
        self.apart.entry(cause.to_owned()).or_default();
        is_new
    }
}

/// How many statements the sample has on each version.
const SAMPLE: usize = 250;

fn run(cluster: &Cluster, seed: u64, areas: &[&'static str], report: &Mutex<Report>, enough: impl Fn(usize) -> bool) {
    let mut random = Random(seed);
    let mut statements = 0;
    while !enough(statements) {
        statements += walk(cluster, &mut random, areas, report);
    }
}

fn areas(is_wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    GRAMMAR.areas.keys().copied().filter(|area| is_wanted(area)).collect()
}

/// Leads one database on until something is not the same; the number of statements it has seen.
fn walk(cluster: &Cluster, random: &mut Random, areas: &[&'static str], report: &Mutex<Report>) -> usize {
    let mut walk = Walk::begin(cluster);
    let mut texts = Vec::new();
    for number in 1..=LENGTH {
        let catalog = walk.replay.catalog().clone();
        let mut draw = Draw { random, catalog: &catalog, version: cluster.version, areas, is_short: false };
        let (text, line) = draw.statement();
        texts.push(text);
        let before = walk.replay.refusals().len();
        let step = walk.step(&texts[number - 1]);
        {
            let refused = &walk.replay.refusals()[before..];
            let mut report = report.lock().unwrap();
            report.statements += 1;
            report.refused += usize::from(!refused.is_empty());
            for refusal in refused {
                *report.refusals.entry(format!("{}  {line}", refusal.sqlstate)).or_default() += 1;
            }
        }
        match step {
            Step::Same => {}
            Step::Noted(note) => {
                if std::env::var_os("SOAK_NOTED").is_some() {
                    eprintln!("{note}:\n{};\n", texts.join(";\n"));
                }
                *report.lock().unwrap().noted.entry(format!("{}  [{line}]", without_names(&note))).or_default() += 1;
                return number;
            }
            Step::Apart(found) => {
                let cause = format!("{line} :: {}", without_names(&found[0]));
                if report.lock().unwrap().is_new(&cause) {
                    let small = shrink(cluster, texts);
                    let found = retrace(cluster, &small).unwrap_or(found);
                    let told = format!("{};\n    {}\n", small.join(";\n"), found.join("\n    "));
                    eprintln!("{cause}\n{told}");
                    report.lock().unwrap().apart.insert(cause, told);
                }
                return number;
            }
        }
    }
    LENGTH
}

/// What a difference is about, whatever it is called.
fn without_names(line: &str) -> String {
    line.split(['.', '"', '(']).next().unwrap_or_default().to_owned()
        + line.split(": ").nth(1).filter(|word| word.len() < 30).unwrap_or_default()
}

/// Says what was found, and fails if that is anything.
fn conclude(report: &Report, version: &str) {
    let Report { statements, refused, refusals, noted, apart } = report;
    let mut out = String::new();
    let _ = writeln!(out, "{statements} statements, {refused} refused by both, {} causes of a difference", apart.len());
    if std::env::var_os("SOAK_REFUSED").is_some() {
        for (refusal, count) in refusals {
            let _ = writeln!(out, "{count:>5}  {refusal}");
        }
    }
    for (note, count) in noted {
        let _ = writeln!(out, "{count:>5}  {note}");
    }
    for (cause, told) in apart {
        let _ = writeln!(out, "\n{cause}\n{told}");
    }
    eprintln!("{version}{out}");
    assert!(apart.is_empty(), "{out}");
}

#[test]
fn a_sample_of_statements_leads_to_the_same() {
    let areas = areas(|_| true);
    let report = Mutex::default();
    on_every_version(|cluster| {
        on_big_stack(|| run(cluster, u64::from(cluster.version), &areas, &report, |seen| seen >= SAMPLE));
    });
    conclude(&report.into_inner().unwrap(), "");
}

#[test]
#[ignore = "runs for as long as it is told: make soak"]
fn soak() {
    let minutes: f64 = std::env::var("SOAK_MINUTES").map_or(10.0, |text| text.parse().unwrap());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed: u64 = std::env::var("SOAK_SEED").map_or(now.as_secs(), |text| text.parse().unwrap());
    eprintln!("SOAK_SEED={seed}");
    let named = std::env::var("SOAK_AREAS").unwrap_or_default();
    let areas = areas(|area| named.is_empty() || named.split(',').any(|one| one == area));
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let wanted: usize = std::env::var("SOAK_STATEMENTS").map_or(usize::MAX, |text| text.parse().unwrap());
    let report = Mutex::default();
    on_every_version(|cluster| {
        on_big_stack(|| {
            run(cluster, seed ^ u64::from(cluster.version) << 32, &areas, &report, |seen| {
                seen >= wanted || Instant::now() > until
            })
        });
    });
    conclude(&report.into_inner().unwrap(), &format!("SOAK_SEED={seed} "));
}
