//! Real systems: each spec holds of its migrations, from files and on servers alike, and each
//! drifted state is told as it is kept in a snapshot.

use std::path::{Path, PathBuf};
use std::process::Command;

use schema_check::catalog::{Catalog, FileId};
use schema_check::compare::compare;
use schema_check::findings::{Finding, judge};
use schema_check::{expr, spec};

use crate::differential::{Case, name, systems};
use crate::server::on_every_version;
use crate::snapshots;
use crate::sql::{apply, on_big_stack, read, replay_for};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn spec_of(case: &Case) -> PathBuf {
    let system = case.name.split('/').nth(1).unwrap();
    root().join("specs").join(format!("{system}.yaml"))
}

pub(crate) fn findings(spec_file: &Path, mut observed: Catalog) -> Vec<Finding> {
    let text = std::fs::read_to_string(spec_file).unwrap();
    let document = spec::read(FileId(99), &text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut bound = spec::bind(&document, &mut observed, None).unwrap_or_else(|errors| panic!("{errors:?}"));
    expr::settle(&mut bound.expected, &mut observed);
    let mut findings = std::mem::take(&mut bound.remarks.findings);
    findings.extend(judge(compare(&bound.expected, &observed), &bound.remarks));
    findings
}

/// What is found, a line each.
pub(crate) fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let object = finding.object.as_ref().map_or_else(String::new, |(_, id)| id.to_string());
            format!("{} {} {object}", finding.severity.word(), finding.code)
        })
        .collect()
}

#[test]
fn both_doors_tell_the_same_of_each_state() {
    let cases = systems();
    on_every_version(|cluster| {
        on_big_stack(|| {
            for case in &cases {
                let spec_file = spec_of(case);
                let files: Vec<&str> = case.files.iter().map(String::as_str).collect();
                let database = cluster.database();
                for file in &files {
                    apply(&database, file);
                }
                let (read, replayed) = (read(&database), replay_for(cluster.version, &files).catalog);
                for catalog in [&read, &replayed] {
                    let (kept, _) = snapshots::reread(catalog);
                    let of_source = told(&findings(&spec_file, catalog.clone()));
                    assert_eq!(told(&findings(&spec_file, kept)), of_source, "a snapshot of {}", case.name);
                }
                let live = told(&findings(&spec_file, read));
                let from_files = told(&findings(&spec_file, replayed));
                assert_eq!(live, from_files, "PostgreSQL {} / files: {}", cluster.version, case.name);
                let is_drifted = case.name.contains("/drifted/");
                assert_eq!(!live.is_empty(), is_drifted, "PostgreSQL {}: {}: {live:#?}", cluster.version, case.name);
            }
        });
    });
}

/// Runs the tool on files as a user would, from the root of the project.
fn report(spec_file: &Path, sql: &[PathBuf]) -> String {
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_schema-check"));
    command.current_dir(root()).args(["check", "--color", "never", "--spec"]).arg(relative(spec_file));
    command.arg("--sql").args(sql.iter().map(|path| relative(path))).env("COLUMNS", "100");
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    format!("{stdout}{stderr}exit code {}\n", output.status.code().unwrap())
}

#[test]
fn reports_read_as_they_were_read_before() {
    for case in systems() {
        let spec_file = spec_of(&case);
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots", omit_expression => true }, {
            let name = case.name.trim_start_matches("systems/").replace('/', "__").replace(".sql", "");
            insta::assert_snapshot!(name, report(&spec_file, &case.paths));
        });
    }
}

#[test]
fn thirteen_tables_where_twelve_are_listed_do_not_go_unseen() {
    let system = root().join("fixtures/systems/single_tier_auth");
    let report = report(&system.join("as_documented.yaml"), &[system.join("prelude.sql"), system.join("migrations")]);
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots", omit_expression => true }, {
        insta::assert_snapshot!("single_tier_auth__as_documented", report);
    });
    assert_eq!(name(&system), "systems/single_tier_auth");
}
