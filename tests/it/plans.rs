//! Systems that have a plan: behind each migration a database stands in the phase that it should, by files and on
//! servers alike, and what is open in the next phase is what the next migration does.

use std::path::{Path, PathBuf};
use std::process::Command;

use schema_check::catalog::{Catalog, FileId};
use schema_check::progress::{Progress, progress};
use schema_check::spec::waiver::Date;
use schema_check::spec::{self, Document};

use crate::differential::{Case, systems};
use crate::server::on_every_version;
use crate::sql::{apply, on_big_stack, read, replay_for};

/// A system, and behind each of its migrations the phase in which it stands; none before the first phase.
const PLANS: [(&str, &[Option<&str>]); 3] = [
    (
        "canonical_core",
        &[
            Some("safety-baseline"),
            // Only a part of the next phase.
            Some("safety-baseline"),
            Some("safety-baseline"),
            Some("canonical-core"),
            Some("event-tables"),
            Some("extended"),
            Some("legacy-cleanup"),
        ],
    ),
    (
        "single_tier_auth",
        &[
            None,
            Some("001_add_auth_user_id_columns"),
            Some("002_mapping_and_backfill"),
            Some("003_constraints_not_valid_then_validate"),
            Some("004_compat_layer"),
            Some("005_enforce_single_tier"),
            Some("006_rls_policies_update"),
            Some("007_final_cleanup"),
        ],
    ),
    ("upload_jobs", &[None, Some("002_add_pg_user_id")]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Without its assertions, which servers alone can answer.
fn plan(system: &str) -> Document {
    let text = std::fs::read_to_string(root().join("specs").join(format!("{system}.yaml"))).unwrap();
    let mut document = spec::read(FileId(99), &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    document.forget_assertions();
    document
}

/// All migrations, with how many files stand before them.
fn migrations(system: &str) -> (Case, usize) {
    let case = systems().into_iter().find(|case| case.name == format!("systems/{system}")).unwrap();
    let before = case.paths.iter().filter(|path| path.ends_with("prelude.sql")).count();
    (case, before)
}

fn of(document: &Document, catalog: &Catalog) -> Progress {
    progress(document, catalog, &[], Date::parse("2026-11-29").unwrap()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Of each phase, how much holds and what a check up to it finds.
fn told(progress: &Progress) -> Vec<String> {
    let of_step = |step: &schema_check::progress::Step| {
        let found: Vec<&str> = step.findings.iter().map(|finding| finding.message.as_str()).collect();
        format!("{}: {} of {}; {}", step.id, step.holds, step.stated, found.join(", "))
    };
    progress.steps.iter().map(of_step).collect()
}

#[test]
fn behind_each_migration_a_database_stands_in_its_phase() {
    on_every_version(|cluster| {
        on_big_stack(|| {
            for (system, phases) in PLANS {
                let (document, (case, before)) = (plan(system), migrations(system));
                assert_eq!(case.files.len() - before, phases.len(), "{system}: a phase for each migration");
                let database = cluster.database();
                for (number, file) in case.files.iter().enumerate() {
                    assert_eq!(apply(&database, file), []);
                    let Some(expected) = number.checked_sub(before).map(|migration| phases[migration]) else {
                        continue;
                    };
                    let at = format!("PostgreSQL {}: {}", cluster.version, case.paths[number].display());
                    let files: Vec<&str> = case.files[..=number].iter().map(String::as_str).collect();
                    let live = of(&document, &read(&database));
                    assert_eq!(told(&live), told(&of(&document, &replay_for(cluster.version, &files).catalog)), "{at}");
                    stands(&live, expected, &at);
                }
            }
        });
    });
}

/// A check up to the phase finds nothing, and up to its neighbours it finds something.
#[track_caller]
fn stands(progress: &Progress, expected: Option<&str>, at: &str) {
    let stands_in = progress.stands_in.map(|number| progress.steps[number].id.as_str());
    assert_eq!((stands_in, progress.is_before), (expected, expected.is_none()), "{at}: {:#?}", told(progress));
    let here = progress.stands_in.map_or(-1, |number| i64::try_from(number).unwrap());
    for (number, step) in (0..).zip(&progress.steps) {
        let is_clean = step.findings.is_empty();
        match number - here {
            0 => assert!(is_clean, "{at}, in {}: {:#?}", step.id, step.findings),
            -1 | 1 => assert!(!is_clean, "{at}: nothing is found of {}", step.id),
            _ => {}
        }
    }
}

/// Runs the tool on files as a user would, from the root of the project.
fn report(system: &str, sql: &[PathBuf]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schema-check"));
    command.current_dir(root()).args(["progress", "--no-assertions", "--color", "never", "--spec"]);
    command.arg(format!("specs/{system}.yaml")).arg("--sql");
    command.args(sql.iter().map(|path| path.strip_prefix(root()).unwrap())).env("COLUMNS", "110");
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    // Which assertions were not run is the same of every step.
    let lines = text.split_once("\n\nnot covered:").map_or(text.as_str(), |(lines, _)| lines);
    format!("{}\nexit code {}\n", lines.trim_end(), output.status.code().unwrap())
}

#[test]
fn progress_reads_as_it_was_read_before() {
    for (system, phases) in PLANS {
        let (case, before) = migrations(system);
        let reports = (0..phases.len()).map(|migration| report(system, &case.paths[..=before + migration]));
        let all: Vec<String> = reports.collect();
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots", omit_expression => true }, {
            insta::assert_snapshot!(format!("{system}__progress"), all.join("\n\n"));
        });
    }
}
