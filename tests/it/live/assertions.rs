//! Assertions as servers answer them.

use std::time::{Duration, Instant};

use schema_check::assertions::{judge, questions};
use schema_check::catalog::FileId;
use schema_check::findings::Finding;
use schema_check::live::{LiveError, Options, Session};
use schema_check::spec;

use super::target;
use crate::server::on_every_version;

const TABLES: &str = "
    CREATE TABLE users (id int PRIMARY KEY, email text, score numeric(5, 2), active boolean, gone_at timestamptz);
    INSERT INTO users VALUES (1, 'a@x', 100, true, NULL), (2, NULL, 99.50, false, '2026-01-02 03:04:05+00');
    CREATE SCHEMA app;
    CREATE TABLE app.users (id int);
    CREATE TABLE many AS SELECT generate_series(1, 100000) AS n;
";

/// The findings of a spec's assertions, each where it points in the spec.
pub(super) fn asked(url: &str, yaml: &str, shown: usize) -> Result<Vec<(Finding, String)>, LiveError> {
    let text = format!("version: 1\n{yaml}");
    let document = spec::read(FileId(0), &text).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let assertions = document.assertions(None);
    let asked = questions(&assertions, Duration::from_secs(20), shown);
    let mut session = Session::open(&target(url), &Options::default())?;
    let (catalog, _) = session.begin()?;
    let answers = session.ask(&document.search_path(), &asked)?;
    session.end()?;
    assert!(!catalog.objects.is_empty());
    let findings = judge(&assertions, answers, shown);
    Ok(findings.into_iter().map(|finding| (at(&finding, &text), finding)).map(|(at, finding)| (finding, at)).collect())
}

fn at(finding: &Finding, text: &str) -> String {
    match &finding.expected_at {
        schema_check::catalog::Origin::File { span, .. } => text[span.clone()].to_owned(),
        schema_check::catalog::Origin::Server => String::new(),
    }
}

/// The findings, a line each.
fn lines(url: &str, yaml: &str) -> Vec<String> {
    let found = asked(url, yaml, 10).unwrap_or_else(|error| panic!("{error}"));
    found
        .into_iter()
        .map(|(finding, at)| match finding.expected.zip(finding.observed) {
            Some((expected, observed)) => format!("{}: {expected} / {observed}", finding.message),
            None => format!("{} {} [{at}]", finding.code, finding.message),
        })
        .collect()
}

/// One assertion: its query and what it expects.
fn one(sql: &str, expect: &str) -> String {
    format!("assertions:\n- name: rule\n  expect: {expect}\n  sql: |\n    {}\n", sql.replace('\n', "\n    "))
}

#[test]
fn answers_are_compared_as_servers_print_them() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        let holds = |sql: &str, expect: &str| {
            assert_eq!(lines(&database.url(), &one(sql, expect)), [""; 0], "PostgreSQL {}", cluster.version);
        };
        let fails = |sql: &str, expect: &str, words: &str| {
            let expected = format!("\"rule\" does not hold: {words}");
            assert_eq!(lines(&database.url(), &one(sql, expect)), [expected], "PostgreSQL {}", cluster.version);
        };
        holds("select count(*) from users where email is null", "1");
        fails("select count(*) from users where email is null", "0", "0 / 1");
        holds("select * from users where id = 3 -- nobody", "no_rows");
        fails("select id from users", "no_rows", "no rows / 2 rows");
        fails("select n from many", "no_rows", "no rows / more than 10 rows");
        holds("select score from users where id = 1;", "100");
        holds("select active from users where id = 1", "true");
        fails("select active from users where id = 2", "true", "true / f");
        holds("select convalidated from pg_constraint where conname = 'users_pkey'", "true");
        holds("select email from users where id = 2", "null");
        fails("select email from users where id = 1", "null", "NULL / a@x");
        holds("select gone_at from users where id = 2", "2026-01-02 03:04:05+00");
        holds("values (1, 'x'), (2, null)", "{ rows: [[2, ~], [1, x]] }");
        fails(
            "values (1, 'x'), (2, null) order by 1",
            "{ rows: [[2, ~], [1, x]] }",
            "(2, NULL), (1, x) / (1, x), (2, NULL)",
        );
        holds("select id as a, id as a from users order by id", "{ rows: [[1, 1], [2, 2]] }");
        holds("select id from users", "{ rows: [1, 2] }");
        holds("table app.users", "{ rows: [] }");
        holds("with a as (select 1) select * from a", "1");
        holds("show transaction_read_only", "'on'");
        holds("explain (costs off) select 1", "Result");
        holds("select count(*) from many", "100000");
        fails("select 'é\u{1f600}' || chr(27)", "é", "é / é\u{1f600}\u{1b}");
    });
}

#[test]
fn an_error_is_told_where_it_is_and_ends_no_other() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        let yaml = "assertions:\n\
            - { name: a, sql: select 1, expect: 1 }\n\
            - { name: b, sql: \"select 'é', nme\\tfrom users\" }\n\
            - { name: c, sql: select 1 / (id - 1) from users }\n\
            - name: d\n  sql: |\n    select 1\n    from nowhere\n\
            - { name: e, sql: 'select ''x''::int' }\n\
            - { name: f, sql: \"select nextval('app.s')\" }\n\
            - { name: g, sql: \"select set_config('search_path', 'app', false)\", expect: app }\n\
            - { name: h, sql: select count(*) from users, expect: 2 }\n";
        database.execute("CREATE SEQUENCE app.s");
        assert_eq!(
            lines(&database.url(), yaml),
            [
                "assertion::error \"b\" could not be judged: column \"nme\" does not exist (SQLSTATE 42703) [nme]",
                "assertion::error \"c\" could not be judged: division by zero (SQLSTATE 22012) [select 1 / (id - 1) from users]",
                "assertion::error \"d\" could not be judged: relation \"nowhere\" does not exist (SQLSTATE 42P01) [nowhere]",
                "assertion::error \"e\" could not be judged: invalid input syntax for type integer: \"x\" (SQLSTATE 22P02) [''x'']",
                "assertion::error \"f\" could not be judged: cannot execute nextval() in a read-only transaction (SQLSTATE 25006) [\"select nextval('app.s')\"]",
            ]
        );
    });
}

#[test]
fn one_that_takes_too_long_ends_no_other() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        let yaml = "assertions:\n\
            - { name: slow, sql: select pg_sleep(60), timeout: 0.2, severity: warning }\n\
            - { name: after, sql: select pg_sleep(0.5), expect: '' }\n";
        let began = Instant::now();
        let found = asked(&database.url(), yaml, 10).unwrap();
        assert!(began.elapsed() < Duration::from_secs(20));
        let [(finding, _)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((finding.code.as_str(), finding.severity.word()), ("assertion::timeout", "warning"));
        assert_eq!(finding.message, "\"slow\" took longer than 0.2 s");
    });
}

#[test]
fn somebody_who_ends_the_connection_ends_the_run() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let error =
            asked(&database.url(), &one("select pg_terminate_backend(pg_backend_pid())", "true"), 10).unwrap_err();
        assert!(matches!(error, LiveError::Lost { .. }), "{error}");
        assert_eq!(error.exit_code(), 3);
    });
}

#[test]
fn names_are_looked_up_in_the_schemas_of_the_spec() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        let count = one("select count(*) from users", "0");
        assert_eq!(lines(&database.url(), &count).len(), 1);
        assert_eq!(lines(&database.url(), &format!("schemas: [app, public]\n{count}")), [""; 0]);
        let path = one("select current_schemas(true)::text", "'{pg_catalog,app,public}'");
        assert_eq!(lines(&database.url(), &format!("schemas: [app, public]\n{path}")), [""; 0]);
        database.execute("CREATE SCHEMA \"Odd, one\"; CREATE TABLE \"Odd, one\".here AS SELECT 7");
        let odd = one("table here", "7");
        assert_eq!(lines(&database.url(), &format!("schemas: ['Odd, one']\n{odd}")), [""; 0]);
    });
}

#[test]
fn nothing_is_written_and_nothing_stays() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        database.execute(
            "CREATE FUNCTION sneaky() RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO users VALUES (9); RETURN 1; END';
             CREATE FUNCTION sneakier() RETURNS int LANGUAGE plpgsql AS
                 'BEGIN SET LOCAL transaction_read_only = off; INSERT INTO users VALUES (9); RETURN 1; END';
             CREATE FUNCTION committing() RETURNS int LANGUAGE plpgsql AS 'BEGIN COMMIT; RETURN 1; END';",
        );
        let refused = |sql: &str, sqlstate: &str| {
            let found = lines(&database.url(), &one(sql, "1"));
            assert!(found.len() == 1 && found[0].contains(sqlstate), "PostgreSQL {}: {found:?}", cluster.version);
        };
        refused("select sneaky()", "25006");
        refused("select sneakier()", "25001");
        refused("select committing()", "2D000");
        assert_eq!(lines(&database.url(), &one("select count(*) from users", "2")), [""; 0]);
    });
}

#[test]
fn rows_are_shown_as_many_as_asked_for() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        let yaml = one("select id, email from users order by id", "no_rows");
        let shown = |rows| {
            let (finding, _) = asked(&database.url(), &yaml, rows).unwrap().remove(0);
            let assertion = finding.assertion.unwrap();
            (assertion.columns, assertion.rows, assertion.is_cut)
        };
        let text = |text: &str| Some(text.to_owned());
        let (columns, rows, is_cut) = shown(10);
        assert_eq!((columns, is_cut), (vec!["id".to_owned(), "email".to_owned()], false));
        assert_eq!(rows, [[text("1"), text("a@x")], [text("2"), None]]);
        assert_eq!(shown(1).1.len(), 1);
        assert!(shown(1).2);
        assert_eq!((shown(0).1.len(), shown(0).2), (0, true));
    });
}

#[test]
fn a_role_without_privileges_is_told_what_it_may_not_read() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(TABLES);
        cluster.ensure_role("bare");
        let url = database.url_as("bare");
        assert_eq!(lines(&url, &one("select count(*) > 0 from pg_class", "true")), [""; 0]);
        let found = lines(&url, &one("select count(*) from users", "2"));
        let expected = "\"rule\" could not be judged: permission denied for table users (SQLSTATE 42501)";
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    });
}
