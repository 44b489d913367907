//! Rules that a spec asks for by name.

use crate::pulling;
use crate::server::on_every_version;
use crate::spec::{check, check_phase, wrong};
use crate::sql::read;

/// What breaks one rule in what some SQL makes, by the names in `public`.
#[track_caller]
fn broken(rule: &str, sql: &str, expected: &[&str]) {
    let expected: Vec<String> = expected.iter().map(|name| format!("warning rule::{rule} public.{name}")).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    // A spec that selects nothing would be an error.
    check(&format!("create view one as select 1; {sql}"), &format!("rules: {{ {rule}: warning }}"), &expected);
}

#[test]
fn an_index_that_does_what_another_does() {
    let index = |sql: &str, expected: &[&str]| {
        let table = "create table t (id bigint primary key, a int unique, b int, c text);";
        broken("duplicate-index", &format!("{table} {sql}"), expected);
    };
    index("create index on t (b); create index on t (b desc); create index on t (b) where a > 1;", &[]);
    index("create index on t (b); create index on t (b, c); create index on t (b) include (c);", &[]);
    index("create index on t (b); create index on t using hash (b);", &[]);
    index("create index i on t (b); create index j on t (b);", &["t.j"]);
    index("create index i on t (lower(c)) where b > 1; create index j on t (lower(c)) where b > 1;", &["t.j"]);
    index("create index i on t (b); create unique index j on t (b);", &["t.i"]);
    index("create index i on t (id); create unique index j on t (a);", &["t.i", "t.j"]);
    index("create index i on t (a desc); create index j on t (id, b);", &[]);
}

#[test]
fn a_foreign_key_whose_columns_begin_no_index() {
    let key = |sql: &str, expected: &[&str]| {
        let tables = "create table u (a int, b int, primary key (a, b));
            create table t (id bigint primary key, a int, b int, constraint k foreign key (a, b) references u);";
        broken("foreign-key-without-index", &format!("{tables} {sql}"), expected);
    };
    key("", &["t.k"]);
    key("create index on t (a, b);", &[]);
    key("create index on t (b, a, id);", &[]);
    key("alter table t add unique (b, a);", &[]);
    for other in ["(a)", "(a, id, b)", "(a, b) where id > 0", "(a, (b + 1))"] {
        key(&format!("create index on t {other};"), &["t.k"]);
    }
    // What follows from a partitioned table is told of that.
    let partitioned = "create table u (id int primary key);
        create table p (a int constraint k references u) partition by list (a);
        create table q partition of p for values in (1);";
    broken("foreign-key-without-index", partitioned, &["p.k"]);
}

#[test]
fn row_security_and_policies_go_together() {
    let secured = "create table t (id int); alter table t enable row level security;";
    let policy = "create policy p on t using (true);";
    broken("row-security-without-policy", secured, &["t"]);
    broken("row-security-without-policy", &format!("{secured} {policy}"), &[]);
    broken("row-security-without-policy", "create table t (id int);", &[]);
    broken("policy-without-row-security", &format!("create table t (id int); {policy}"), &["t"]);
    broken("policy-without-row-security", &format!("{secured} {policy}"), &[]);
    broken("table-without-row-security", secured, &[]);
    let partitioned = "create table p (a int) partition by list (a); create table q partition of p for values in (1);
        alter table p enable row level security;";
    broken("table-without-row-security", partitioned, &["q"]);
    let forced = "create table t (id int); alter table t force row level security;";
    broken("policy-without-row-security", &format!("{forced} {policy}"), &["t"]);
}

#[test]
fn a_routine_with_the_rights_of_its_owner() {
    let function = |words: &str| format!("create function f() returns int language sql {words} as 'select 1';");
    broken("security-definer-without-search-path", &function("security definer"), &["f()"]);
    broken("security-definer-without-search-path", &function("security definer set search_path = ''"), &[]);
    broken("security-definer-without-search-path", &function("security definer set work_mem = '1MB'"), &["f()"]);
    broken("security-definer-without-search-path", &function(""), &[]);
    let procedure = "create procedure p() language sql security definer as 'select 1';";
    broken("security-definer-without-search-path", procedure, &["p()"]);
}

#[test]
fn tables_without_a_primary_key() {
    broken("table-without-primary-key", "create table t (id int unique); create table u (id int primary key);", &["t"]);
    let partitioned = "create table p (a int) partition by list (a); create table q partition of p for values in (1);";
    broken("table-without-primary-key", partitioned, &["p"]);
}

#[test]
fn constraints_that_were_never_validated() {
    let sql = "create table u (id int primary key); create domain d as text;
        alter domain d add constraint short check (length(value) < 9) not valid;
        create table t (a int, b d, constraint k check (a > 0));
        alter table t add constraint c check (a < 9) not valid;
        alter table t add constraint f foreign key (a) references u not valid;";
    broken("unvalidated-constraint", sql, &["t.c", "d.short", "t.f"]);
    let validated = "alter table t validate constraint c; alter table t validate constraint f;
        alter domain d validate constraint short;";
    broken("unvalidated-constraint", &format!("{sql} {validated}"), &[]);
}

#[test]
fn an_index_that_may_not_be_used() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute("create table t (a int); create index i on t (a); create index j on t (a) where a > 1");
        let spec = "version: 1\nrules: { invalid-index: error, foreign-key-without-index: warning }\n";
        assert_eq!(pulling::check(spec, &read(&database)), Vec::<String>::new());
        // What a CREATE INDEX CONCURRENTLY leaves that was broken off.
        database.execute("update pg_index set indisvalid = false where indexrelid = 'i'::regclass");
        database.execute(
            "create table u (id int primary key); alter table t add constraint k foreign key (a) references u",
        );
        assert_eq!(
            pulling::check(spec, &read(&database)),
            [
                "rule::foreign-key-without-index no index begins with the columns of foreign key public.t.k: a",
                "rule::invalid-index index public.t.i is not valid",
            ]
        );
    });
}

#[test]
fn rules_are_about_the_schemas_of_the_spec() {
    let sql = "create schema app; create schema tenant_a; create table app.t (); create table tenant_a.t (); create table t ();";
    let rule = "rules: { table-without-primary-key: error }";
    let found = |name: &str| format!("error rule::table-without-primary-key {name}.t");
    check(sql, rule, &[&found("public")]);
    check(sql, &format!("schemas: [app]\n{rule}"), &[&found("app")]);
    let template = "templates: [{ schemas: tenant_*, tables: { t: {} } }]";
    check(sql, &format!("{template}\n{rule}"), &[&found("public"), &found("tenant_a")]);
    check(sql, &format!("schemas: [nowhere]\n{rule}"), &["error drift::schema::missing nowhere"]);
    wrong("create schema app; create table app.t ();", rule, "the spec selects nothing here");
}

#[test]
fn notes_phases_and_waivers_count_for_rules_too() {
    let sql = "create table t ();";
    let rule = |severity: &str| format!("rules: {{ table-without-primary-key: {severity} }}");
    check(
        sql,
        &format!("tables: {{ t: {{ note: to be dropped }} }}\n{}", rule("info")),
        &["info rule::table-without-primary-key public.t (to be dropped)"],
    );
    check(sql, &format!("tables: {{ t: {{}} }}\n{}", rule("ignore")), &[]);
    let phases =
        format!("{}\nphases: [{{ id: a, tables: {{ t: {{}} }} }}, {{ id: b, {} }}]", rule("info"), rule("error"));
    check_phase(sql, &phases, Some("a"), &["info rule::table-without-primary-key public.t"]);
    check_phase(sql, &phases, Some("b"), &["error rule::table-without-primary-key public.t"]);
}
