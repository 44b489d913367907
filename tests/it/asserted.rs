//! `assertions` and `waivers` of a spec: how they are written, and what a check makes of them.

use schema_check::catalog::FileId;
use schema_check::spec;

use crate::cli::{Folder, Run, run};
use crate::server::clusters;
use crate::spec::{T, wrong};

#[track_caller]
fn wrong_assertion(yaml: &str, words: &str) {
    wrong(T, &format!("assertions: [{yaml}]"), words);
}

#[test]
fn what_is_wrong_with_an_assertion_is_said() {
    wrong(T, "assertions: { a: select 1 }", "`assertions` is a list");
    wrong_assertion("select 1", "an assertion is a mapping");
    wrong_assertion("{ name: a }", "this assertion has no `sql`");
    wrong_assertion("{ sql: select 1 }", "this assertion has no `name`");
    wrong_assertion("{ name: '', sql: select 1 }", "`name` is empty");
    wrong_assertion("{ name: a, sql: select 1, expct: 1 }", "did you mean `expect`?");
    wrong_assertion("{ name: a, sql: select 1, severity: bad }", "\"bad\" is no severity");
    wrong_assertion("{ name: a, sql: select 1, expect: [1] }", "one value was expected here");
    wrong_assertion("{ name: a, sql: select 1, expect: 0xffffffffffffffff }", "no server prints a number like this");
    wrong_assertion("{ name: a, sql: select 1, expect: { row: [1] } }", "did you mean `rows`?");
    wrong_assertion("{ name: a, sql: select 1, expect: { rows: 1 } }", "`rows` is a list of rows");
    wrong_assertion("{ name: a, sql: select 1, expect: { rows: [[[1]]] } }", "one value was expected here");
    for timeout in ["0", "-1", "soon", "1000000", "[1]"] {
        wrong_assertion(
            &format!("{{ name: a, sql: select 1, timeout: {timeout} }}"),
            "`timeout` is a number of seconds",
        );
    }
    wrong_assertion("{ name: a, sql: selct 1 }", "syntax error at or near \"selct\"");
    wrong_assertion("{ name: a, sql: select 1; select 2 }", "one statement was expected here, not 2");
    wrong_assertion("{ name: a, sql: delete from t }", "this is not a query that only reads");
    wrong_assertion("{ name: a, sql: select * from t for update }", "FOR UPDATE");
    wrong_assertion("{ name: a, sql: select 1 }, { name: a, sql: select 2 }", "two assertions are called \"a\"");
    wrong(
        T,
        "templates: [{ schemas: '*', assertions: [{ name: a, sql: select 1 }] }]",
        "a template holds no assertions",
    );
    wrong(
        T,
        "phases: [{ id: p, assertions: [{ name: a, sql: select 1 }, { name: a, sql: select 2 }] }]",
        "two assertions are called \"a\"",
    );
}

#[test]
fn a_later_phase_asks_anew_what_it_calls_by_the_same_name() {
    let text = "version: 1
assertions: [{ name: a, sql: select 1 }, { name: b, sql: select 2 }]
phases:
  - { id: p, assertions: [{ name: a, sql: select 3 }] }
  - { id: q, assertions: [{ name: c, sql: select 4 }] }";
    let document = spec::read(FileId(0), text).unwrap();
    let asked = |phase| -> Vec<String> {
        document.assertions(phase).into_iter().map(|one| format!("{}: {}", one.name.text, one.sql.sql)).collect()
    };
    assert_eq!(asked(Some(0)), ["a: select 3", "b: select 2"]);
    assert_eq!(asked(None), ["a: select 3", "b: select 2", "c: select 4"]);
    assert_eq!(document.assertions_of_all_phases().len(), 4);
}

#[test]
fn what_is_wrong_with_a_waiver_is_said() {
    let wrong = |yaml: &str, words: &str| wrong(T, &format!("tables: {{ t: {{}} }}\nwaivers: [{yaml}]"), words);
    wrong("all", "a waiver is a mapping");
    wrong("{ object: t, reason: r }", "this waiver has no `finding`");
    wrong("{ finding: f, reason: r }", "this waiver has no `object`");
    wrong("{ finding: f, object: t }", "this waiver has no `reason`");
    wrong("{ finding: f, object: t, reason: ' ' }", "`reason` is empty");
    wrong("{ finding: f, object: t, reason: r, expire: 2027-01-01 }", "did you mean `expires`?");
    wrong("{ finding: f, object: t, reason: r, expires: 2027-02-29 }", "\"2027-02-29\" is no date");
    wrong("{ finding: f, object: t, reason: r, expires: next week }", "\"next week\" is no date");
    wrong("{ finding: [f], object: t, reason: r }", "a text was expected here");
}

#[test]
fn a_mistake_is_underlined_where_it_stands_in_the_sql() {
    let folder = Folder::new("asserted-place");
    let sql = folder.file("a.sql", "create table t ()");
    let spec = folder.file(
        "spec.yaml",
        "version: 1\nassertions:\n- name: a\n  sql: |\n    select 1\n      frm t where\n- name: b\n  sql: >-\n    select 'é',\n    2 frm t x\n",
    );
    let run = run(&["check", "--spec", &spec, "--sql", &sql]);
    assert_eq!(run.code, 2);
    for words in ["spec.yaml:6:11", "spec.yaml:10:11"] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
}

const SPEC: &str = "version: 1
tables: { t: {} }
assertions:
- { name: none is left, sql: 'select id, a from t order by id', note: see the plan }
- { name: one is there, sql: 'select count(*) from t', expect: 1, severity: warning }
- { name: it holds, sql: 'select true', expect: true }
";

#[test]
fn without_a_server_assertions_are_not_run_and_not_passed() {
    let folder = Folder::new("asserted-files");
    let (spec, sql) = (folder.file("spec.yaml", SPEC), folder.file("a.sql", "create table t (id int, a text)"));
    let usual = run(&["check", "--spec", &spec, "--sql", &sql]);
    assert_eq!(usual.code, 0, "{}", usual.stdout);
    assert!(usual.stdout.contains("no drift; 3 not covered (exit 0)"), "{}", usual.stdout);
    let note = "spec.yaml:4:11: the assertion \"none is left\" was not run: there is no server to ask";
    assert!(usual.stdout.contains(note), "{}", usual.stdout);
    assert_eq!(run(&["check", "--strict", "--spec", &spec, "--sql", &sql]).code, 1);
    let shown = folder.file("a.json", &run(&["show", "--format", "json", "--sql", &sql]).stdout);
    assert!(run(&["diff", &spec, &shown]).stdout.contains("3 not covered"));
    let nothing = folder.file("only.yaml", "version: 1\nassertions: [{ name: a, sql: select 1 }]\n");
    let run = run(&["check", "--spec", &nothing, "--sql", &sql]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("there is nothing to compare"), "{}", run.stderr);
}

#[test]
fn a_report_shows_what_a_server_answered() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table t (id int, a text)");
    database.execute(
        "insert into t select n, 'row ' || n from generate_series(1, 12) n; update t set a = null where id = 2",
    );
    database.execute("update t set a = E'\\u001b[31m' || repeat('x', 500) where id = 3");
    let folder = Folder::new("asserted-server");
    let spec = folder.file("spec.yaml", SPEC);
    let checked = |more: &[&str]| run(&[&["check", "--spec", &spec, "--db", &database.url()], more].concat());
    let told = |run: &Run, words: &str| assert!(run.stdout.contains(words), "{words}\n{}{}", run.stdout, run.stderr);
    let failed = checked(&[]);
    assert_eq!(failed.code, 1, "{}{}", failed.stdout, failed.stderr);
    for words in [
        "× \"none is left\" does not hold                                                   assertion::failed\n      expected  no rows\n      observed  more than 10 rows",
        "│ 1    row 1 ",
        "│ 2    NULL  ",
        "… and more",
        "note      see the plan",
        "⚠ \"one is there\" does not hold                                                   assertion::failed\n      expected  1\n      observed  12",
        "assertion",
        "1 error, 1 warning (exit 1: findings at or above error)",
        "(505 characters)",
    ] {
        told(&failed, words);
    }
    assert!(!failed.stdout.contains(['\u{1b}']) && !failed.stdout.contains("it holds"), "{}", failed.stdout);
    let silent = checked(&["--assertion-rows", "0"]);
    // A process of that number can stand in the head.
    assert!(!silent.stdout.contains("row 1") && !silent.stdout.contains("observed  12"), "{}", silent.stdout);
    let off = checked(&["--no-assertions"]);
    told(&off, "the assertion \"it holds\" was not run: --no-assertions");
    told(&off, "no drift; 3 not covered (exit 0)");
    assert_eq!(run(&["diff", &spec, &database.url()]).code, 1);

    let json: serde_json::Value = serde_json::from_str(&checked(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["summary"]["assertions"], 3);
    let finding = &json["findings"][0];
    assert_eq!((&finding["code"], &finding["object"]), (&"assertion::failed".into(), &serde_json::Value::Null));
    assert_eq!(finding["assertion"]["name"], "none is left");
    assert_eq!(finding["assertion"]["columns"], serde_json::json!(["id", "a"]));
    assert_eq!(finding["assertion"]["rows"][1], serde_json::json!(["2", null]));
    assert_eq!((&finding["assertion"]["more"], &finding["expected_at"]["line"]), (&true.into(), &4.into()));

    let waived =
        "waivers: [{ finding: 'assertion::*', object: '* is *', reason: we know, owner: db, expires: 2999-12-31 }]\n";
    let waived = folder.file("waived.yaml", format!("{SPEC}{waived}"));
    let run = run(&["check", "--spec", &waived, "--db", &database.url()]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    told(
        &run,
        "waived (2):\n  error assertion::failed: \"none is left\" does not hold\n    we know (db), until 2999-12-31 [",
    );
    told(&run, "no drift; 2 waived (exit 0)");
}

#[test]
fn a_database_that_is_not_meant_is_not_asked() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table asked (n int); create sequence s");
    let folder = Folder::new("asserted-guard");
    // It would end the run another way, if it were run.
    let sql = "assertions: [{ name: a, sql: select pg_terminate_backend(pg_backend_pid()) }]\n";
    let spec = folder.file("spec.yaml", format!("version: 1\ndatabase: {{ name: another }}\n{sql}"));
    let guarded = run(&["check", "--spec", &spec, "--db", &database.url()]);
    assert_eq!(guarded.code, 3);
    assert!(guarded.stderr.contains("this is not the database that the spec is for"), "{}", guarded.stderr);
    let spec = folder.file("other.yaml", format!("version: 1\n{sql}"));
    let lost = run(&["check", "--spec", &spec, "--db", &database.url()]);
    assert_eq!(lost.code, 3);
    assert!(lost.stderr.contains("was lost while the answer to an"), "{}", lost.stderr);
}

#[test]
fn waived_drift_is_listed_and_does_not_count() {
    let folder = Folder::new("waived");
    let sql = folder.file("a.sql", "create table t (a int); create index tmp_1 on t (a); create index tmp_2 on t (a);");
    let waiver = |expires: &str| {
        format!(
            "version: 1\ntables: {{ t: {{ indexes: {{}} }} }}\nwaivers:\n- finding: drift::index::unexpected\n  \
             object: t.tmp_*\n  reason: load test\n  owner: platform\n  expires: {expires}\n"
        )
    };
    let spec = folder.file("spec.yaml", waiver("2999-12-31"));
    let waived = run(&["check", "--strict", "--spec", &spec, "--sql", &sql]);
    assert_eq!(waived.code, 0, "{}", waived.stdout);
    let told = "  error drift::index::unexpected: index public.t.tmp_1 is not expected\n    load test (platform), until 2999-12-31 [";
    assert!(waived.stdout.contains("waived (2):") && waived.stdout.contains(told), "{}", waived.stdout);
    assert!(waived.stdout.contains("no drift; 2 waived (exit 0)"), "{}", waived.stdout);
    let json = run(&["check", "--format", "json", "--spec", &spec, "--sql", &sql]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["summary"]["waived"], &json["findings"]), (&2.into(), &serde_json::json!([])));
    assert_eq!(json["waived"][0]["object"]["name"], "public.t.tmp_1");
    let waiver_of = &json["waived"][0]["waiver"];
    assert_eq!((&waiver_of["reason"], &waiver_of["owner"]), (&"load test".into(), &"platform".into()));
    assert_eq!((&waiver_of["expires"], &waiver_of["at"]["line"]), (&"2999-12-31".into(), &4.into()));

    let expired = folder.file("expired.yaml", waiver("2020-01-31"));
    let expired = run(&["check", "--spec", &expired, "--sql", &sql]);
    assert_eq!(expired.code, 1, "{}", expired.stdout);
    let told = "× the waiver of drift::index::unexpected for t.tmp_* expired on 2020-01-31         waiver::expired\n";
    assert!(expired.stdout.contains(told) && expired.stdout.contains("3 errors"), "{}", expired.stdout);
    let clean = folder.file("clean.sql", "create table t (a int)");
    let unused = run(&["check", "--spec", &spec, "--sql", &clean]);
    assert_eq!(unused.code, 0, "{}", unused.stdout);
    assert!(
        unused.stdout.contains("\nwaivers\n  ⚠ the waiver of drift::index::unexpected for t.tmp_* matches no finding"),
        "{}",
        unused.stdout
    );
}

#[test]
fn assertions_of_later_phases_are_not_run() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table t ()");
    let folder = Folder::new("asserted-phases");
    let spec = folder.file(
        "spec.yaml",
        "version: 1\ntables: { t: {} }\nphases:\n- id: first\n  assertions: [{ name: a, sql: select 1, expect: 1 }]\n\
         - id: second\n  assertions: [{ name: b, sql: select 1, expect: 2 }]\n",
    );
    let checked = |phase: &str| run(&["check", "--spec", &spec, "--db", &database.url(), "--phase", phase]);
    assert_eq!(checked("first").code, 0, "{}", checked("first").stdout);
    assert_eq!(checked("second").code, 1);
}
