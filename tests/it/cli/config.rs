//! `schema-check.yaml`: what is said once for a project.

use std::fs;
use std::path::Path;

use super::{Folder, Run, SPEC, command, finish, run};
use crate::server::clusters;

/// Runs the tool in a folder, with a variable that holds the URL of a database.
fn run_in(folder: &Path, url: &str, arguments: &[&str]) -> Run {
    finish(command(arguments).current_dir(folder).env("THE_URL", url).env_remove("NOT_SET_ANYWHERE"))
}

/// A project with a spec, migrations that fit it, and this configuration.
fn project(name: &str, config: &str) -> Folder {
    let folder = Folder::new(&format!("config-{name}"));
    folder.file("db/spec.yaml", SPEC);
    folder.file("db/migrations/1.sql", "create table t (id bigint not null);");
    folder.file("schema-check.yaml", config);
    folder
}

#[track_caller]
pub(super) fn says(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    for words in words {
        assert!(run.stdout.contains(words) || run.stderr.contains(words), "{words}\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_project_is_checked_without_any_argument_from_wherever_in_it() {
    let folder = project("bare", "specs: db/spec.yaml\nsql: [db/migrations]\npostgres: 15\n");
    let here = run_in(&folder.0, "", &[]);
    let header =
        "config    schema-check.yaml\nexpected  spec db/spec.yaml\nobserved  db/migrations (1 file, 1 statement)\n";
    says(&here, 0, &[header, "no drift (exit 0)"]);
    assert_eq!(run_in(&folder.0, "", &["check"]).stdout, here.stdout);
    let inside = run_in(&folder.0.join("db"), "", &[]);
    says(&inside, 0, &["config    ../schema-check.yaml\nexpected  spec ../db/spec.yaml\n"]);
    says(&run_in(&folder.0, "", &["show"]), 0, &["table public.t"]);
    says(&run_in(&folder.0, "", &["explain-expr", "id = 1", "--table", "t"]), 0, &["(id = 1)"]);
    assert!(run_in(&folder.0, "", &["show", "--format", "json"]).stdout.contains("\"server\": 15"));
    let json: serde_json::Value =
        serde_json::from_str(&run_in(&folder.0, "", &["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["config"], "schema-check.yaml");

    // A spec in the folder of the configuration is one; the configuration is none.
    folder.file("other.yaml", "version: 1\ntables: { t: { row_security: enabled } }");
    says(&run_in(&folder.0, "", &["check", "--spec", "."]), 2, &["db/spec.yaml", "other.yaml"]);
    // Nobody else's configuration is taken.
    fs::create_dir_all(folder.0.join("db/.git")).unwrap();
    let apart = run_in(&folder.0.join("db"), "", &[]);
    says(&apart, 2, &["there is no command, and no schema-check.yaml here or above"]);
    says(&run_in(&folder.0.join("db"), "", &["--config", "../schema-check.yaml"]), 0, &["no drift"]);
    says(&run_in(&folder.0, "", &["--no-config"]), 2, &["there is no command"]);
    says(
        &run_in(&folder.0, "", &["check", "--no-config", "--sql", "db"]),
        2,
        &["there is no spec", "give --spec PATH"],
    );
    says(&run_in(&folder.0, "", &["--config", "nowhere.yaml"]), 2, &["nowhere.yaml cannot be read"]);
}

#[test]
fn arguments_win_and_a_target_before_what_holds_for_all() {
    let folder = project(
        "wins",
        "specs: db/spec.yaml\nsql: db/migrations\nfail_on: warning\nstrict: true\nformat: json\n\
         targets:\n  old: { snapshot: db/old.json, fail_on: never, strict: false, format: human }\n",
    );
    folder.file("more.sql", "create table t (id bigint not null); create table u ();");
    let more = run_in(&folder.0, "", &["check", "--sql", "more.sql"]);
    says(&more, 1, &["exit 1: findings at or above warning", "\"format_version\""]);
    says(
        &run_in(&folder.0, "", &["check", "--sql", "more.sql", "--fail-on", "error", "--format", "human"]),
        0,
        &["• 1 warning"],
    );
    folder.file("noted.sql", "create table t (id bigint not null); grant connect on database d to public;");
    says(&run_in(&folder.0, "", &["check", "--sql", "noted.sql"]), 1, &["--strict"]);
    says(&run_in(&folder.0, "", &["check", "--sql", "noted.sql", "--strict=false"]), 0, &["exit 0"]);

    says(&run_in(&folder.0, "", &["snapshot", "more.sql", "-o", "db/old.json"]), 0, &[]);
    let old = run_in(&folder.0, "", &["check", "--target", "old"]);
    says(
        &old,
        0,
        &["config    schema-check.yaml, target old\n", "snapshot db/old.json of more.sql", "--fail-on never"],
    );
    says(&run_in(&folder.0, "", &["check", "--target", "old", "--fail-on", "warning"]), 1, &["1 warning"]);
    says(&run_in(&folder.0, "", &["diff", "more.sql", "target:old"]), 0, &["no drift"]);
    says(&run_in(&folder.0, "", &["check", "--target", "odl"]), 2, &["there is no target odl", "did you mean old?"]);
    says(&run_in(&folder.0, "", &["diff", "target:new", "more.sql"]), 2, &["there is no target new", "there are old"]);
    says(&run(&["check", "--target", "x", "--spec", "specs"]), 2, &["targets stand in schema-check.yaml"]);
}

#[test]
fn what_is_said_of_sql_files_holds_for_them() {
    let config = "specs: db/spec.yaml\nsql: db/migrations\nprelude: [supabase, db/before.sql]\nlayout: flyway\n\
                  variables: { name: t, id: 1 }\nrole: owner\non_error: stop\n";
    let folder = project("sql", config);
    folder.file("db/before.sql", "create role owner;");
    folder.file("db/migrations/V2__b.sql", "create table ${name} (id bigint not null);\nselect * from ;\n");
    folder.file("db/migrations/V1__a.sql", "comment on schema auth is 'there already';");
    fs::remove_file(folder.0.join("db/migrations/1.sql")).unwrap();
    says(&run_in(&folder.0, "", &[]), 2, &["V2__b.sql:2"]);
    folder.file("db/migrations/V2__b.sql", "create table ${name} (id bigint not null);");
    let shown = run_in(&folder.0, "", &["show", "--format", "sql"]).stdout;
    assert!(shown.contains("CREATE TABLE public.t") && shown.contains("there already"), "{shown}");
    assert!(shown.contains("ALTER TABLE public.t OWNER TO owner"), "{shown}");
    let other = run_in(&folder.0, "", &["show", "--format", "sql", "--var", "name=v"]).stdout;
    assert!(other.contains("CREATE TABLE public.v"), "{other}");
}

#[test]
fn the_usual_target_is_checked_where_there_are_no_files() {
    let folder = project("target", "specs: db/spec.yaml\ntargets: { staging: { url: env:NOT_SET_ANYWHERE } }\n");
    says(&run_in(&folder.0, "", &[]), 2, &["the environment variable NOT_SET_ANYWHERE is not set"]);
    let two = "specs: db/spec.yaml\ntargets:\n  staging: { url: env:NOT_SET_ANYWHERE }\n  prod: { url: env:THE_URL }\n";
    folder.file("schema-check.yaml", two);
    says(&run_in(&folder.0, "", &[]), 2, &["there are several targets", "--target NAME names one of staging, prod"]);
    folder.file("schema-check.yaml", format!("{two}target: prod\n"));
    let closed = run_in(&folder.0, "postgres://u:sesame@127.0.0.1:1/db", &[]);
    says(&closed, 3, &["127.0.0.1"]);
    assert!(!closed.stderr.contains("sesame"), "{}", closed.stderr);
    folder.file("schema-check.yaml", "specs: db/spec.yaml\n");
    says(&run_in(&folder.0, "", &[]), 2, &["there is nothing to look at", "or state `sql:` in schema-check.yaml"]);

    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table t (id bigint)");
    folder.file("schema-check.yaml", format!("{two}target: prod\n"));
    let found = run_in(&folder.0, &database.url(), &[]);
    says(&found, 1, &["config    schema-check.yaml, target prod\n", "drift::column::nullable"]);
    says(&run_in(&folder.0, &database.url(), &["diff", "db/migrations", "target:prod"]), 1, &["differs in nullable"]);
}

#[test]
fn each_target_is_in_a_phase_of_its_own() {
    let config = "specs: db/spec.yaml\nsql: db/migrations\nphase: before\ntargets:\n  old: { snapshot: old.json, phase: after }\n";
    let folder = project("phases", config);
    let table = |columns: &str| format!("tables: {{ t: {{ columns: {{ id: bigint not null{columns} }} }} }}");
    let phase = |id: &str, columns: &str| format!("  - id: {id}\n    {}\n", table(columns));
    folder.file("db/spec.yaml", format!("version: 1\nphases:\n{}{}", phase("before", ""), phase("after", ", x: int")));
    says(&run_in(&folder.0, "", &[]), 0, &["up to phase before", "no drift"]);
    says(&run_in(&folder.0, "", &["--phase", "after"]), 2, &["unexpected argument"]);
    says(&run_in(&folder.0, "", &["check", "--phase", "after"]), 1, &["table public.t\n  × column x is missing"]);
    says(&run_in(&folder.0, "", &["snapshot", "db/migrations", "-o", "old.json"]), 0, &[]);
    says(&run_in(&folder.0, "", &["check", "--target", "old"]), 1, &["up to phase after", "column x is missing"]);
    // A spec that is named has phases of its own, or none.
    folder.file("other.yaml", SPEC);
    says(&run_in(&folder.0, "", &["check", "--spec", "other.yaml"]), 0, &["no drift"]);
}

/// What is said of a configuration, at which place, and how else it could be written.
#[test]
fn mistakes_are_told_at_their_places() {
    let folder = project("mistakes", "");
    for (config, words) in [
        ("", &["schema-check.yaml says nothing"][..]),
        ("- a\n", &["expected a mapping", "the keys that can stand here: specs"]),
        ("spec: x\n", &["`spec` is not a key that can stand here", "did you mean `specs`?", "yaml:1:1"]),
        ("specs: x\nwhatever: 1\n", &["the keys that can stand here: specs, phase, fail_on", "yaml:2:1"]),
        ("specs: []\n", &["expected a text, or a list of them"]),
        ("specs: [{}]\n", &["expected a text", "yaml:1:9"]),
        ("fail_on: eror\n", &["expected one of: error, warning, info, never", "did you mean `error`?", "yaml:1:10"]),
        ("strict: yes\n", &["expected true or false"]),
        ("format: xml\n", &["expected one of: human, concise, json"]),
        ("connect_timeout: -1\n", &["expected a number of seconds"]),
        ("layout: fly\n", &["there is no layout of this name; there are plain, supabase"]),
        ("postgres: 12\n", &["expected a major version of PostgreSQL from 13 to 18"]),
        ("encoding: klingon\n", &["this is no encoding"]),
        ("variables: [a]\n", &["expected values by the names of variables"]),
        ("targets: []\n", &["expected targets by their names", "targets: { staging: { url: env:STAGING_URL } }"]),
        ("targets: { a: {} }\n", &["the target `a` has no url"]),
        ("targets: { a: { url: env:A, snapshot: a.json } }\n", &["has a url and a snapshot"]),
        ("targets: { a: { url: env:A, sql: x } }\n", &["`sql` is not a key", "url"]),
        ("targets: { a: { url: STAGING_URL } }\n", &["expected env:NAME", "did you mean env:STAGING_URL?"]),
        ("targets: { a: { url: 'env:' } }\n", &["expected the name of a variable"]),
        (
            "targets: { stage: { url: env:A } }\ntarget: staeg\n",
            &["no target `staeg`", "did you mean `stage`?", "yaml:2:9"],
        ),
        ("specs: a\nspecs: b\n", &["duplicate"]),
        ("specs: [\n", &["yaml:"]),
    ] {
        folder.file("schema-check.yaml", config);
        let run = run_in(&folder.0, "", &["check"]);
        says(&run, 2, words);
        assert_eq!(run.stdout, "");
    }
    folder.file("schema-check.yaml", "spec: x\nstrict: 1\ntargets: { a: { ulr: x } }\n");
    says(&run_in(&folder.0, "", &[]), 2, &["`spec` is not", "true or false", "did you mean `url`?", "has no url"]);
}

#[test]
fn a_password_in_a_configuration_is_refused_and_not_repeated() {
    let folder = project("password", "");
    for (config, words) in [
        ("targets:\n  a:\n    url: postgresql://u:sesame@h/db\n", "yaml:3: the URL of this target holds a password"),
        ("targets: { a: { url: 'host=h password=sesame', nme: 1 } }\n", "yaml:1: `nme` is not a key"),
        ("targets: { a: { url: env:A } }\ntarget: postgresql://u:sesame@h/db\n", "a password stands where none can"),
        ("url: postgresql://u:sesame@h/db\n", "yaml:1: `url` is not a key"),
        ("targets: { a: { url: 'env:postgresql://u:sesame@h/db' } }\n", "put the URL into a variable"),
    ] {
        folder.file("schema-check.yaml", config);
        let run = run_in(&folder.0, "", &["check"]);
        says(&run, 2, &[words]);
        assert!(!run.stderr.contains("sesame"), "{}", run.stderr);
    }
}
