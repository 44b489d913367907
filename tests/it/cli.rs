//! The tool as a user meets it: arguments in, exit code, stdout and stderr out.

mod config;
mod connection;
pub(crate) mod doctor;
mod include;
mod init;
mod manual;
mod snapshot;
mod spec_errors;

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::server::clusters;

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schema-check"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).env_remove("NO_COLOR").env("COLUMNS", "100");
    // Where the tests themselves are run, reports go nowhere else.
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_REPOSITORY", "CI_PROJECT_URL"] {
        command.env_remove(name);
    }
    // Nor is a database of the machine looked at.
    for name in ["SCHEMA_CHECK_DATABASE_URL", "DATABASE_URL", "PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    finish(&mut command(arguments))
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let run = Run { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) };
    assert!(!run.stderr.contains("schema_check::bug"), "{}", run.stderr);
    run
}

/// A folder for one test, gone with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("schema-check-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const SPEC: &str = "version: 1\ntables:\n  t:\n    columns:\n      id: bigint not null\n";

/// The spec above is checked against this SQL; what is said ends in these words.
#[track_caller]
fn check(sql: &str, more: &[&str], code: i32, words: &str) -> Run {
    let folder = Folder::new(&format!("check-{:x}", sql.len() * 31 + more.len()));
    let (spec, sql) = (folder.file("spec.yaml", SPEC), folder.file("a.sql", sql));
    let run = run(&[&["check", "--spec", &spec, "--sql", &sql], more].concat());
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(words) || run.stderr.contains(words), "{words}\n{}{}", run.stdout, run.stderr);
    run
}

#[test]
fn exit_codes_tell_clean_from_drift() {
    check("create table t (id bigint not null)", &[], 0, "no drift (exit 0)");
    check("create table t (id bigint)", &[], 1, "1 error (exit 1: findings at or above error)");
    check("create table t (id bigint)", &["--fail-on", "never"], 0, "exit 0: --fail-on never");
    check(
        "create table t (id bigint not null); create table u ()",
        &[],
        0,
        "1 warning (exit 0: nothing at or above error)",
    );
    check("create table t (id bigint not null); grant connect on database d to public", &["--strict"], 1, "--strict");
}

#[test]
fn what_could_not_be_told_fails_with_strict() {
    let folder = Folder::new("uncertain");
    let spec =
        folder.file("spec.yaml", "version: 1\ntables: { t: { policies: { p: { using: auth.f()::text = 'x' } } } }\n");
    let sql = folder.file("a.sql", "create table t ();\ncreate policy p on t using (auth.f() = 'x');");
    let usual = run(&["check", "--spec", &spec, "--sql", &sql]);
    assert_eq!(usual.code, 0, "{}", usual.stdout);
    assert!(usual.stdout.contains("stands for: the function auth.f; what makes it"), "{}", usual.stdout);
    let strict = run(&["check", "--strict", "--spec", &spec, "--sql", &sql]);
    assert_eq!(strict.code, 1, "{}", strict.stdout);
    assert!(strict.stdout.contains("(exit 1: --strict, and not everything could be told)"), "{}", strict.stdout);
}

#[test]
fn other_aliases_are_not_marked() {
    let folder = Folder::new("aliases");
    let policy =
        |alias: &str, n: u32| format!("exists (select from t {alias} where {alias}.id = {n} and {alias}.id <> u.id)");
    let spec = folder.file(
        "spec.yaml",
        format!("version: 1\ntables: {{ u: {{ policies: {{ p: {{ using: \"{}\" }} }} }} }}\n", policy("x", 1)),
    );
    let sql = folder.file(
        "a.sql",
        format!(
            "create table t (id int);\ncreate table u (id int);\ncreate policy p on u using ({});",
            policy("other", 2)
        ),
    );
    let text = run(&["check", "--spec", &spec, "--sql", &sql]).stdout;
    let marks: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && line.trim_matches('^').is_empty()).collect();
    assert_eq!(marks, ["^", "^"], "{text}");
}

#[test]
fn warnings_fail_only_when_asked_to() {
    let folder = Folder::new("warnings");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: {} }\n");
    let sql = folder.file("a.sql", "create table t (); create table u ();");
    assert_eq!(run(&["check", "--spec", &spec, "--sql", &sql]).code, 0);
    let strict = run(&["check", "--spec", &spec, "--sql", &sql, "--fail-on", "warning"]);
    assert_eq!(strict.code, 1);
    assert!(strict.stdout.contains("⚠ table public.u is not expected"), "{}", strict.stdout);
}

#[test]
fn wrong_input_is_2_and_names_the_place() {
    let refused = check("create table t (id bigint);\nselect form;\ncreate tabel u", &[], 2, "a.sql:3:8");
    assert_eq!(refused.stdout, "", "stdout is for the report");
    check("-- nothing\n", &[], 2, "there is no statement in these SQL files");
    check("\\i other.sql\n", &[], 2, "other.sql is not there");
    check(
        "create table {{ name }} ()",
        &[],
        2,
        "name is a placeholder without a value: give it one by --var name=VALUE",
    );
    check("create table {% if x %} t ()", &[], 2, "this looks like a template");
    check("select 'open", &[], 2, "unterminated quoted string");
    assert_eq!(run(&["check"]).code, 2);
    assert_eq!(run(&["check", "--spec", "specs", "--sql"]).code, 2);
    assert_eq!(run(&["check", "--spec", "nowhere.yaml", "--sql", "nowhere.sql"]).code, 2);
    assert_eq!(run(&["--help"]).code, 0);
}

#[test]
fn files_that_are_none_are_said_to_be() {
    let folder = Folder::new("files");
    let spec = folder.file("spec.yaml", SPEC);
    let checked = |path: &str| run(&["check", "--spec", &spec, "--sql", path]);
    let latin = folder.file("latin.sql", b"create table t ();\n-- caf\xe9\n");
    assert!(checked(&latin).stderr.contains("is not UTF-8: line 2"));
    let utf16 = folder.file("utf16.sql", b"\xff\xfes\0");
    assert!(checked(&utf16).stderr.contains("--encoding utf-16 reads it"));
    assert_eq!(checked("/dev/zero").code, 2);
    fs::create_dir_all(folder.0.join("empty")).unwrap();
    assert!(checked(&format!("{}/empty", folder.path())).stderr.contains("there is no .sql file"));
    let nul = folder.file("nul.sql", b"create table t (id\0 bigint);");
    assert!(checked(&nul).stderr.contains("NUL"));
}

#[test]
fn all_mistakes_of_a_spec_show_in_one_run() {
    let folder = Folder::new("mistakes");
    let spec = folder.file(
        "spec.yaml",
        "version: 1\ntabels: {}\ntables:\n  é😀:\n    columns:\n      a: itneger nto null\n      b: { type: int, nulable: true }\n      c: { nullable: maybe }\n    polices: {}\nrules: { foreign-key-without-indices: error }\n",
    );
    let sql = folder.file("a.sql", "create table t ()");
    let run = run(&["check", "--spec", &spec, "--sql", &sql]);
    assert_eq!(run.code, 2);
    for words in [
        "did you mean `tables`?",
        "syntax error at or near \"nto\"",
        "spec.yaml:6:18",
        "did you mean `nullable`?",
        "spec.yaml:7:23",
        "expected true or false",
        "did you mean `policies`?",
        "did you mean `foreign-key-without-index`?",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
}

#[test]
fn a_spec_that_could_not_fail_is_wrong_input() {
    let folder = Folder::new("nothing");
    let sql = folder.file("a.sql", "create table t ()");
    for (content, words) in [
        ("", "the spec is empty"),
        ("# only this\n", "the spec is empty"),
        ("version: 1\n", "the spec asserts nothing"),
        ("version: 1\neach: [{ tables: 'nothing_*', row_security: enabled }]\n", "there is nothing to compare"),
        ("version: 1\ntables: { t: {} }\ntables: { u: {} }\n", "duplicate"),
        ("version: 2\ntables: { t: {} }\n", "not known"),
        ("tables: { t: {} }\n", "does not say its version"),
        ("version: 1\n---\nversion: 1\n", "several documents"),
    ] {
        let spec = folder.file("spec.yaml", content);
        let run = run(&["check", "--spec", &spec, "--sql", &sql]);
        assert_eq!(run.code, 2, "{content}: {}", run.stdout);
        assert!(run.stderr.to_lowercase().contains(words), "{words}\n{}", run.stderr);
    }
}

#[test]
fn two_files_may_not_state_one_object() {
    let folder = Folder::new("twice");
    folder.file("specs/a.yaml", "version: 1\ntables: { t: {} }\n");
    folder.file("specs/b.yaml", "version: 1\ntables: { t: { row_security: enabled } }\n");
    let sql = folder.file("a.sql", "create table t ()");
    let run = run(&["check", "--spec", &format!("{}/specs", folder.path()), "--sql", &sql]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("a.yaml:2:11") && run.stderr.contains("b.yaml:2:11"), "{}", run.stderr);
}

#[test]
fn json_is_one_document_with_the_same_verdict() {
    let run = check("create table t (id bigint)", &["--format", "json"], 1, "\"format_version\": \"1.0\"");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["exit_code"], 1);
    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "drift::column::nullable");
    assert_eq!((&finding["expected"], &finding["observed"]), (&false.into(), &true.into()));
    assert_eq!((&finding["expected_at"]["line"], &finding["expected_at"]["column"]), (&5.into(), &11.into()));
    assert_eq!(finding["observed_at"]["line"], 1);
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let plain = check("create table t (id bigint)", &[], 1, "1 error");
    assert!(!plain.stdout.contains('\u{1b}'));
    let colourful = check("create table t (id bigint)", &["--color", "always"], 1, "1 error");
    assert!(colourful.stdout.contains('\u{1b}'));
}

#[test]
fn names_cannot_steer_the_terminal() {
    let sql = "create table t (id bigint not null, \"a\u{1b}[31m::error::b\u{202e}\" int)";
    let run = check(sql, &[], 1, "drift::column::unexpected");
    assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stdout);
    assert!(run.stdout.contains("a\\u{1b}[31m::error::b\\u{202e}"), "{}", run.stdout);
}

#[test]
fn a_closed_pipe_does_not_hide_the_verdict() {
    let folder = Folder::new("pipe");
    let (spec, sql) = (folder.file("spec.yaml", SPEC), folder.file("a.sql", "create table t (id bigint)"));
    let mut child = command(&["check", "--spec", &spec, "--sql", &sql])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{stderr}");
}

/// The exit code of comparing what two texts of SQL make, and the report.
#[track_caller]
fn diff(name: &str, expected: &str, observed: &str, code: i32, words: &str) {
    let folder = Folder::new(name);
    let (one, other) = (folder.file("one.sql", expected), folder.file("other.sql", observed));
    let run = run(&["diff", &one, &other]);
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(words), "{words}\n{}", run.stdout);
}

#[test]
fn a_view_that_became_a_table_is_told_either_way_round() {
    let (view, table) = ("create view v as select 1 a", "create table v (a int)");
    diff("view", view, table, 1, "public.v should be a view and is a table");
    diff("table", table, view, 1, "public.v should be a table and is a view");
    diff("made", "create table v as select 1 a", table, 0, "no drift");
}

#[test]
fn a_server_is_checked_or_no_verdict_is_reached() {
    let folder = Folder::new("server");
    let spec = folder.file("spec.yaml", SPEC);
    let refused = run(&["check", "--spec", &spec, "--db", "postgres://u:sesame@127.0.0.1:1/db"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stdout.is_empty() && !refused.stderr.contains("sesame"), "{}", refused.stderr);
    assert_eq!(run(&["check", "--spec", &spec, "--db", "env:NOT_SET_ANYWHERE"]).code, 2);
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table t (id bigint)");
    let url = database.url();
    let drifted = run(&["check", "--spec", &spec, "--db", &url]);
    assert_eq!(drifted.code, 1, "{}{}", drifted.stdout, drifted.stderr);
    assert!(drifted.stdout.contains("drift::column::nullable"), "{}", drifted.stdout);
    database.execute("alter table t alter id set not null");
    assert_eq!(run(&["check", "--spec", &spec, "--db", &url]).code, 0);
    let sql = folder.file("a.sql", "create table t (id bigint not null)");
    let same = run(&["diff", &url, &sql]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    let shown = run(&["show", "--db", &url]);
    assert!(shown.stdout.contains("table public.t") && shown.stdout.contains("bigint"), "{}", shown.stdout);

    let guarded =
        folder.file("guarded.yaml", format!("{SPEC}database: {{ name: somewhere_else, server_version: '>=13' }}\n"));
    let wrong = run(&["check", "--spec", &guarded, "--db", &url]);
    assert_eq!(wrong.code, 3);
    assert!(
        wrong.stderr.contains("this is not the database that the spec is for")
            && wrong.stderr.contains("guarded.yaml:6:19"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_misplaced_connection_string_is_not_repeated() {
    let url = "postgresql://u:sesame@127.0.0.1:1/db";
    for arguments in [
        &["show", url][..],
        &[url],
        &["show", "--sql", url],
        &["check", "--spec", url, "--sql", "fixtures"],
        &["show", "--db", "env:postgresql://u:sesame@h/db"],
        &["diff", "u:sesame@127.0.0.1/db", "fixtures"],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(!run.stderr.contains("sesame") && !run.stdout.contains("sesame"), "{}", run.stderr);
    }
}

#[test]
fn json_holds_no_character_that_acts() {
    let folder = Folder::new("acts");
    let sql = folder.file("a.sql", "create table t (a int); comment on table t is E'x\\u009b1m\\u202e';");
    let shown = run(&["show", "--format", "json", "--sql", &sql]);
    assert!(shown.stdout.contains("x\\u009b1m\\u202e"), "{}", shown.stdout);
    let unclosed = folder.file("b.sql", "create table t (a int);\n/* create table u ();");
    assert!(run(&["show", "--sql", &unclosed]).stderr.contains("unterminated /* comment"));
    let long = folder.file("c.sql", format!("select {} form;", "1 + ".repeat(50_000)));
    assert!(run(&["show", "--sql", &long]).stderr.len() < 10_000);
}

#[test]
fn migrations_come_in_order_and_ways_back_stay_out() {
    let folder = Folder::new("order");
    let spec = folder.file("spec.yaml", SPEC);
    folder.file("m/10_b.up.sql", "alter table t alter id set not null");
    folder.file("m/9_a.up.sql", "create table t (id bigint)");
    folder.file("m/9_a.down.sql", "drop table t");
    folder.file("m/R__comments.sql", "comment on table t is 'last'");
    folder.file("m/V12__more.sql", "alter table t add y int; alter table t drop y;");
    folder.file(
        "m/11_goose.sql",
        "-- +goose Up\nalter table t add x int;\nalter table t drop x;\n-- +goose Down\ndrop table t;\n",
    );
    let run = run(&["check", "--spec", &spec, "--sql", &format!("{}/m", folder.path())]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("9_a.down.sql was left out"), "{}", run.stdout);
}

#[test]
fn an_expression_is_explained_and_compared_with_another() {
    let folder = Folder::new("explain");
    let sql = folder.file("a.sql", "create table t (status varchar(20), total numeric)");
    let explain = |more: &[&str]| run(&[&["explain-expr", "--sql", &sql, "--table", "t"], more].concat());
    let one = explain(&["status in ('a') and total > 0"]);
    assert_eq!(one.code, 0, "{}", one.stderr);
    let means = "means     (((status)::text = 'a'::text) AND (total > (0)::numeric))\n";
    assert!(one.stdout.contains(means), "{}", one.stdout);
    assert!(one.stdout.contains("  AND\n  ├─ operator pg_catalog.=\n  │  ├─ cast to text\n"), "{}", one.stdout);
    for (other, code, words) in [
        ("(status)::text = 'a'::text", 0, "the same (exit 0)"),
        ("status = 'b'", 1, "different (exit 1)"),
        ("status = auth.role()", 1, "different (exit 1)"),
    ] {
        let two = explain(&["status = 'a'", other]);
        assert_eq!(two.code, code, "{}", two.stdout);
        assert!(two.stdout.trim_end().ends_with(words), "{}", two.stdout);
    }
    let open = explain(&["status = auth.role()", "(status)::text = auth.role()"]);
    assert_eq!(open.code, 3, "{}", open.stdout);
    assert!(open.stdout.contains("unknown   the function auth.role\n"), "{}", open.stdout);
    let hint = run(&["explain-expr", "status in ('a')", "status = 'a'::text"]);
    assert!(hint.stdout.ends_with("--table NAME says whose columns it names\n"), "{}", hint.stdout);
    let refused = explain(&["total::date > '2020-01-01'"]);
    assert!(refused.stdout.contains("refused   cannot cast type numeric to date (42846)\n"), "{}", refused.stdout);
    for (wrong, words) in [
        (&[""][..], "the expression is empty"),
        (&["a, b"], "one expression was expected here"),
        (&["--search-path", "a b", "1"], "\"a b\" is no list of schemas"),
        (&[sql.as_str(), "1"], "is a file, not an expression"),
        (&["status = "], "this is not an expression: syntax error at end of input"),
        (&["--table", "nowhere", "true"], "there is no table nowhere in public"),
        (&["--type", "nothing", "1"], "there is no type nothing"),
    ] {
        let run = run(&[&["explain-expr", "--sql", &sql], wrong].concat());
        assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn sql_is_meant_for_the_version_that_is_named() {
    let means = |version: &str| {
        let expression = "extract(epoch from now())";
        let run = run(&["explain-expr", "--postgres", version, expression]);
        run.stdout.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(means("13"), "means     date_part('epoch'::text, now())");
    assert_eq!(means("14"), "means     EXTRACT(epoch FROM now())");
    assert_eq!(run(&["explain-expr", "--postgres", "12", "1"]).code, 2);
}

#[test]
fn deep_nesting_ends_in_an_error_at_any_depth() {
    let shapes: [(&str, &str, &str); 7] = [
        ("(", "1", ")"),
        ("not ", "true", ""),
        ("abs(", "1", ")"),
        ("1 + ", "1", ""),
        ("", "1", " + 1"),
        ("case when true then ", "true", " end"),
        ("(select ", "true", ")"),
    ];
    for (before, middle, after) in shapes {
        for depth in [10, 100, 1_000, 10_000, 100_000] {
            let expression = format!("{}{middle}{}", before.repeat(depth), after.repeat(depth));
            let folder = Folder::new(&format!("deep-{depth}"));
            let sql = folder.file("a.sql", format!("create table t (a text default ({expression}));"));
            let run = run(&["show", "--sql", &sql]);
            let is_told = run.stderr.contains("this is nested too deeply");
            // A boolean is no text: refused, but read.
            assert!(run.code == 2 && is_told || run.code < 2, "{before}{depth}: {} {}", run.code, run.stderr);
            assert!(depth > 100 || run.code < 2, "{before}{depth}: {}", run.stderr);
        }
    }
}

/// Spec and database are read at once, and what is wrong with the spec need not wait for the other.
#[test]
fn a_mistake_in_a_spec_does_not_wait_for_a_server() {
    let folder = Folder::new("spec-first");
    let spec = folder.file("schema.yaml", "version: 1\ntables: { t: { columns: { id: bigint nut null } } }\n");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://me@127.0.0.1:{}/shop", silent.local_addr().unwrap().port());
    let begun = std::time::Instant::now();
    let run = run(&["check", "--connect-timeout", "60", "--db", &url, "--spec", &spec]);
    assert!(run.code == 2 && run.stderr.contains("nut"), "{} {}", run.code, run.stderr);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// A server that accepts and says nothing is waited for; on a terminal that is told, and then taken away.
#[test]
fn who_waits_on_a_terminal_is_told_for_what() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://me@127.0.0.1:{}/shop", silent.local_addr().unwrap().port());
    let arguments = ["show", "--connect-timeout", "2", "--db", &url];
    let piped = run(&arguments);
    assert_eq!(piped.code, 3, "{}", piped.stderr);
    assert!(!piped.stderr.contains("connecting"), "{}", piped.stderr);
    let tool = env!("CARGO_BIN_EXE_schema-check");
    let line = format!("{tool} {}", arguments.join(" "));
    let mut script = Command::new("script");
    script.args(["-qefc", &line, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null());
    let Ok(told) = script.output() else {
        eprintln!("skipped: there is no script(1) to give it a terminal");
        return;
    };
    let told = String::from_utf8(told.stdout).unwrap();
    let erased = "\r\u{1b}[2K";
    let (before, after) =
        told.split_once(&format!("{erased}connecting to the database …")).unwrap_or_else(|| panic!("{told:?}"));
    assert_eq!(before, "", "nothing for the first second");
    assert!(after.contains(erased) && after.contains("no answer"), "{after:?}");
}
