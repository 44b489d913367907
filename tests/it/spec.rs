//! What a spec means: SQL and YAML in, findings out.

use schema_check::catalog::{Catalog, FileId, Origin};
use schema_check::compare::compare;
use schema_check::findings::{Finding, group, judge};
use schema_check::{expr, spec};

use crate::sql::{on_big_stack, replay};

/// The findings of a spec against what some SQL makes, a line each: severity, code, object, and
/// what is expected and observed where it is an attribute.
#[track_caller]
pub(crate) fn findings(sql: &str, yaml: &str) -> Vec<String> {
    findings_in(sql, yaml, false)
}

/// The same; `is_whole` where there is nothing beside what the SQL makes, as in a live database.
#[track_caller]
fn findings_in(sql: &str, yaml: &str, is_whole: bool) -> Vec<String> {
    findings_of(sql, yaml, None, is_whole)
}

/// With one finding for what is found in several schemas of a template alike.
#[track_caller]
pub(crate) fn grouped(sql: &str, yaml: &str) -> Vec<Finding> {
    on_big_stack(|| {
        let mut observed = replay(&[sql]).catalog;
        let document = spec::read(FileId(1), &format!("version: 1\n{yaml}")).unwrap();
        let mut bound = spec::bind(&document, &mut observed, None).unwrap();
        expr::settle(&mut bound.expected, &mut observed);
        group(judge(compare(&bound.expected, &observed), &bound.remarks), &bound.remarks.templates)
    })
}

/// Up to a phase of the spec.
#[track_caller]
pub(crate) fn check_phase(sql: &str, yaml: &str, phase: Option<&str>, expected: &[&str]) {
    assert_eq!(findings_of(sql, yaml, phase, false), expected);
}

#[track_caller]
fn findings_of(sql: &str, yaml: &str, phase: Option<&str>, is_whole: bool) -> Vec<String> {
    crate::schema::is_taken(&format!("version: 1\n{yaml}"));
    on_big_stack(|| {
        let replayed = replay(&[sql]);
        assert!(replayed.refusals.is_empty(), "{:?}", replayed.refusals);
        let mut observed = Catalog { is_whole, ..replayed.catalog };
        let document =
            spec::read(FileId(1), &format!("version: 1\n{yaml}")).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let phase = spec::phase(&document, phase).unwrap();
        let mut bound = spec::bind(&document, &mut observed, phase).unwrap_or_else(|errors| panic!("{errors:#?}"));
        expr::settle(&mut bound.expected, &mut observed);
        let mut found = std::mem::take(&mut bound.remarks.findings);
        found.extend(judge(compare(&bound.expected, &observed), &bound.remarks));
        found
            .into_iter()
            .map(|finding| {
                let object = finding.object.map_or_else(String::new, |(_, id)| format!(" {id}"));
                let values =
                    finding.expected.zip(finding.observed).map(|(e, o)| format!(": {e} / {o}")).unwrap_or_default();
                let notes: String = finding.notes.iter().map(|note| format!(" ({note})")).collect();
                format!("{} {}{object}{values}{notes}", finding.severity.word(), finding.code)
            })
            .collect()
    })
}

#[track_caller]
pub(crate) fn check(sql: &str, yaml: &str, expected: &[&str]) {
    assert_eq!(findings(sql, yaml), expected);
}

pub(crate) const T: &str = "create table t (id bigint primary key, a text not null default 'x', b integer);";

#[test]
fn what_is_not_stated_is_not_asserted() {
    check(T, "tables: { t: {} }", &[]);
    check(T, "tables: { t: { primary_key: [id] } }", &[]);
    check(T, "each: [{ tables: t, columns: { a: { type: text } } }]", &[]);
}

#[test]
fn a_written_section_lists_everything() {
    check(T, "tables: { t: { columns: { id: {}, a: {} } } }", &["error drift::column::unexpected public.t.b"]);
    check(T, "tables: { t: { indexes: {} } }", &[]);
    check(
        &format!("{T} create index i on t (a);"),
        "tables: { t: { indexes: } }",
        &["error drift::index::unexpected public.t.i"],
    );
    check(T, "tables: {}", &["warning drift::table::unexpected public.t"]);
    check(T, "tables: { t: { primary_key: } }", &["error drift::primary_key::unexpected public.t.t_pkey"]);
    check(T, "tables: { u: {} }\nunlisted: { tables: ignore }", &["error drift::table::missing public.u"]);
    check(T, "tables: {}\nunlisted: { tables: error }", &["error drift::table::unexpected public.t"]);
    check(
        T,
        "tables: { t: { columns: {}, unlisted: { columns: info } } }",
        &[
            "info drift::column::unexpected public.t.a",
            "info drift::column::unexpected public.t.b",
            "info drift::column::unexpected public.t.id",
        ],
    );
}

#[test]
fn the_sql_form_asserts_all_that_it_means() {
    let columns = |a: &str| format!("tables: {{ t: {{ columns: {{ id: bigint not null, a: \"{a}\", b: int }} }} }}");
    check(T, &columns("text not null default 'x'"), &[]);
    check(
        T,
        &columns("varchar not null default 'x'"),
        &[
            "error drift::column::type public.t.a: character varying / text",
            "error drift::column::default public.t.a: 'x'::character varying / 'x'::text",
        ],
    );
    check(T, &columns("text default 'x'"), &["error drift::column::nullable public.t.a: yes / no"]);
    check(T, &columns("text not null"), &["error drift::column::default public.t.a: none / 'x'::text"]);
    check(T, &columns("text not null default 'x' check (a > '')"), &["error drift::check::missing public.t.t_a_check"]);
}

#[test]
fn the_mapping_form_asserts_its_keys_alone() {
    let columns = |a: &str| format!("tables: {{ t: {{ columns: {{ id: {{}}, a: {{ {a} }}, b: {{}} }} }} }}");
    check(T, &columns("type: text"), &[]);
    check(T, &columns("nullable: true"), &["error drift::column::nullable public.t.a: yes / no"]);
    check(T, &columns("default: null"), &["error drift::column::default public.t.a: none / 'x'::text"]);
    check(T, &columns("default: \"'x'\""), &[]);
    check(
        T,
        &columns("type: int, severity: warning, note: later"),
        &["warning drift::column::type public.t.a: integer / text (later)"],
    );
}

#[test]
fn constraints_without_a_name_match_by_what_they_are() {
    let sql = "create table u (id int primary key, n int unique);
        create table t (id int constraint odd primary key, n int constraint other_name references u (id) on delete cascade,
            m int constraint third check (m > 0));";
    let table = |columns: &str| {
        format!("tables:\n  u: {{}}\n  t:\n    primary_key: [id]\n    constraints: {{}}\n    columns: {{ {columns} }}")
    };
    check(sql, &table("id: int not null, n: int references u (id) on delete cascade, m: int check (m > 0)"), &[]);
    check(
        sql,
        &table("id: int not null, n: int references u (id), m: int check (m > 0)"),
        &["error drift::foreign_key::on_delete public.t.other_name: no action / cascade"],
    );
    check(
        sql,
        &table("id: int not null, n: int references u (id) on delete cascade, m: int check (m > 1)"),
        &["error drift::check::missing public.t.t_m_check", "error drift::check::unexpected public.t.third"],
    );
    check(
        sql,
        "tables: { u: {}, t: { primary_key: [id, n] } }",
        &["error drift::primary_key::columns public.t.odd: id, n / id"],
    );
    check(
        sql,
        "tables: { u: {}, t: { primary_key: { columns: [id], name: t_pkey } } }",
        &["error drift::primary_key::unexpected public.t.odd", "error drift::primary_key::missing public.t.t_pkey"],
    );
}

#[test]
fn a_foreign_key_without_columns_means_the_primary_key() {
    let sql = "create table u (id int primary key, n int unique);
        create table t (a int constraint f references u, b int constraint g references u (n));";
    for (spec, wrong) in [
        (
            "tables: { u: {}, t: { constraints: { f: foreign key (a) references u, g: { foreign_key: b, references: u (n) } } } }",
            false,
        ),
        (
            "tables: { u: { primary_key: n }, t: { constraints: { f: { foreign_key: a, references: u }, g: foreign key (b) references u (n) } } }",
            true,
        ),
    ] {
        let found = findings(sql, spec);
        assert_eq!(!found.is_empty(), wrong, "{found:#?}");
    }
}

#[test]
fn the_nearest_severity_decides() {
    let each =
        |column: &str| format!("each: [{{ tables: t, severity: warning, columns: {{ a: {{ type: int{column} }} }} }}]");
    check(T, &each(""), &["warning drift::column::type public.t.a: integer / text"]);
    check(T, &each(", severity: info"), &["info drift::column::type public.t.a: integer / text"]);
}

#[test]
fn a_name_that_a_whole_database_does_not_have_is_drift() {
    let sql = "create table t (total numeric constraint positive check (total::integer <= 10));";
    let yaml = "tables: { t: { constraints: { positive: check (total::itn <= 10) } } }";
    assert!(findings(sql, yaml)[0].starts_with("warning uncertain::check::expression"));
    assert!(findings_in(sql, yaml, true)[0].starts_with("error drift::check::expression"));
}

#[test]
fn a_star_means_the_columns_in_the_order_that_is_there() {
    let sql = "create table m (id int, org int, role text, n int generated always as (id + 1) stored);
        create table d (id int);
        create policy p on d using (exists (select * from m where m.org = d.id));";
    let policy = "d: { policies: { p: { using: exists (select * from m where org = d.id) } } }";
    for columns in [
        "{ org: int, role: text, id: int, n: int generated always as (id + 1) stored }",
        "{ n: { generated: id + 1 }, id: int, org: int, role: text }",
    ] {
        check(sql, &format!("tables: {{ m: {{ columns: {columns} }}, {policy} }}"), &[]);
    }
    check(
        sql,
        &format!(
            "tables: {{ m: 'create table m (role text, id int, org int, n int generated always as (id + 1) stored)', {policy} }}"
        ),
        &[],
    );
    check(
        sql,
        &format!("tables: {{ m: {{ columns: {{ org: int }}, unlisted: {{ columns: ignore }} }}, {policy} }}"),
        &[],
    );
}

#[test]
fn what_hangs_on_an_unknown_name_is_uncertain_and_what_surely_differs_is_drift() {
    // No file makes auth.role().
    let sql = format!("{T} create policy p on t using (auth.role() = 'x' and b > 1);");
    let using = |text: &str| format!("tables: {{ t: {{ policies: {{ p: {{ using: {text:?} }} }} }} }}");
    check(&sql, &using("auth.role() = 'x' and b > 1"), &[]);
    let found = findings(&sql, &using("auth.role() = 'x'::text and b > 1"));
    assert!(found[0].starts_with("warning uncertain::policy::using public.t.p: "), "{found:?}");
    for different in [
        "auth.role() = 'y' and b > 1",
        "auth.role() = 'x' and b > 2",
        "auth.role() = 'x'",
        "auth.uid() = 'x' and b > 1",
    ] {
        let found = findings(&sql, &using(different));
        assert!(found[0].starts_with("error drift::policy::using public.t.p: "), "{different}: {found:?}");
    }
    // What a text means to the type of an extension is not known.
    let hstore = "create extension hstore; create table t (h hstore default 'a=>1')";
    let found = findings(hstore, "tables: { t: { columns: { h: { default: \"'a=>2'\" } } } }");
    assert!(found[0].starts_with("warning uncertain::column::default public.t.h: "), "{found:?}");
    let as_error =
        "tables: { t: { severity: error, policies: { p: { using: \"auth.role() = 'x'::text and b > 1\" } } } }";
    assert!(findings(&sql, as_error)[0].starts_with("warning uncertain::policy::using"));
}

/// What is wrong with a spec, found when it is read or when it is bound to some SQL.
#[track_caller]
pub(crate) fn wrong(sql: &str, yaml: &str, words: &str) {
    let errors = on_big_stack(|| {
        let mut observed = replay(&[sql]).catalog;
        let errors = match spec::read(FileId(1), &format!("version: 1\n{yaml}")) {
            Ok(document) => spec::bind(&document, &mut observed, None).err().unwrap_or_default(),
            Err(errors) => errors,
        };
        errors
            .into_iter()
            .map(|error| format!("{} ({})\n", error.message, error.help.unwrap_or_default()))
            .collect::<String>()
    });
    assert!(errors.contains(words), "{words}: {errors:?}");
}

#[test]
fn what_cannot_be_checked_is_an_error_and_not_passed() {
    wrong(T, "tables: { t: \"create table t (like u)\" }", "relation \"u\" does not exist");
    wrong(T, "tables: { t: \"create table u (id int)\" }", "this makes a table of another name");
    wrong(T, "types: { e: [true, [a]] }", "expected a list");
    wrong(T, "each: [{ tables: '*', policies: {} }]", "an empty `policies` says nothing here");
    wrong(T, "each: [{ tables: '*', primary_key: }]", "an empty `primary_key` says nothing here");
    wrong(T, "tables: { a.b.c: {} }", "more parts than it can have");
    wrong(T, "tables: { t: { columns: { a: int, id: bigint; drop table t } } }", "one statement was expected");
    wrong(T, "tables: { t: { columns: { a: 'int, drop column b' } } }", "more than one entry");
    wrong(T, "unlisted: { colums: error }\ntables: { t: }", "did you mean `columns`?");
}

#[test]
fn an_exclusion_constraint_is_asserted_with_its_operators() {
    let spec = "tables: { b: { constraints: { c: exclude using gist (room with ~=) where (n > 0) } } }";
    let made = |clause: &str| format!("create table b (room box, n int, constraint c {clause});");
    check(&made("exclude using gist (room with ~=) where (n > 0)"), spec, &[]);
    check(
        &made("exclude using gist (room with &&) where (n > 0)"),
        spec,
        &["error drift::exclusion::operators public.b.c: ~=(box, box) / &&(box, box)"],
    );
    check(
        &made("exclude using gist (room with ~=)"),
        "tables: { b: { constraints: {} } }",
        &["error drift::exclusion::unexpected public.b.c"],
    );
}

#[test]
fn dots_in_the_name_of_a_part_are_its_own() {
    let sql = format!("{T} create policy \"Read, e.g. this.\" on t using (true);");
    check(&sql, "tables: { t: { policies: { 'Read, e.g. this.': using (true) } } }", &[]);
}

#[test]
fn the_tables_own_word_goes_over_each() {
    let each = "each: [{ tables: '*', unlisted: { columns: ignore } }]\n";
    check(
        T,
        &format!("{each}tables: {{ t: {{ columns: {{ id: {{}}, a: {{}} }}, unlisted: {{ columns: error }} }} }}"),
        &["error drift::column::unexpected public.t.b"],
    );
}

#[test]
fn a_serial_column_is_one_whatever_its_sequence_is_called() {
    let sql = "create table old (id serial, n int); alter table old rename to t;";
    check(sql, "tables: { t: { columns: { id: serial, n: int } } }", &[]);
    check(
        sql,
        "tables: { t: { columns: { id: int not null, n: int } } }",
        &["error drift::column::default public.t.id: none / nextval('public.old_id_seq'::regclass)"],
    );
}

#[test]
fn constraints_indexes_and_policies_in_both_forms() {
    let sql = format!(
        "{T} alter table t add constraint c check (b in (1, 2)); create index i on t (a, b desc) where b > 0;
         alter table t enable row level security; create policy p on t for select to public using (a = 'x');"
    );
    let sections = |c: &str, i: &str, p: &str| {
        format!(
            "tables: {{ t: {{ row_security: enabled, constraints: {{ c: {c} }}, indexes: {{ i: {i} }}, policies: {{ p: {p} }} }} }}"
        )
    };
    check(&sql, &sections("\"check (b in (1, 2))\"", "\"(a, b desc) where b > 0\"", "for select using (a = 'x')"), &[]);
    check(
        &sql,
        &sections(
            "{ check: \"b in (1, 2)\" }",
            "{ columns: [a, b desc], where: b > 0 }",
            "{ for: select, to: [public], using: a = 'x' }",
        ),
        &[],
    );
    check(
        &sql,
        &sections(
            "{ check: \"b in (1, 3)\" }",
            "{ columns: [a, b], unique: true }",
            "{ for: all, with_check: a = 'x' }",
        ),
        &[
            "error drift::check::expression public.t.c: b in (1, 3) / (b = ANY (ARRAY[1, 2]))",
            "error drift::index::unique public.t.i: yes / no",
            "error drift::index::columns public.t.i: a, b / a, b DESC",
            "error drift::policy::for public.t.p: all / select",
            "error drift::policy::with_check public.t.p: a = 'x' / none",
        ],
    );
}

#[test]
fn a_whole_table_in_sql() {
    check(T, "tables: { t: \"create table t (id bigint primary key, a text not null default 'x', b integer)\" }", &[]);
    check(
        T,
        "tables: { t: \"(id bigint primary key, a text not null default 'x', c integer)\" }",
        &["error drift::column::unexpected public.t.b", "error drift::column::missing public.t.c"],
    );
}

#[test]
fn enum_values_exactly_or_at_least() {
    let sql = "create type e as enum ('a', 'b', 'c');";
    check(sql, "types: { e: { enum: [a, b, c] } }", &[]);
    check(sql, "types: { e: \"enum ('a', 'b', 'c')\" }", &[]);
    check(sql, "types: { e: [a, c] }", &["error drift::enum::values public.e: a, c / a, b, c"]);
    check(sql, "types: { e: { enum: [a, c], values: ordered } }", &[]);
    check(sql, "types: { e: { enum: [c, a], values: at_least } }", &[]);
    check(
        sql,
        "types: { e: { enum: [c, a], values: ordered } }",
        &["error drift::enum::values public.e: c, a / a, b, c"],
    );
    check(
        "create view e as select 1; create domain d as int;",
        "types: { d: [a] }",
        &["error drift::enum::kind public.d: enum type / domain"],
    );
}

#[test]
fn each_speaks_of_many_tables() {
    let sql = "create table a (x int); create table b (x int); create table spatial_ref_sys ();
        alter table a enable row level security;";
    check(
        sql,
        "each: [{ tables: '*', except: [spatial_ref_sys], row_security: enabled }]",
        &["error drift::table::row_security public.b: enabled / disabled"],
    );
    check(sql, "each: [{ tables: [a, c], columns: { x: { type: int } } }]", &["error drift::table::missing public.c"]);
    check(sql, "each: [{ tables: [a, b], count: 3 }]", &["error drift::each::count: 3 / 2: a, b"]);
    check(sql, "each: [{ tables: '?', count: 2 }]", &[]);
    // A pattern selects; it does not say that what it selects belongs there.
    check(
        sql,
        "each: [{ tables: '*', row_security: disabled, except: a }]\ntables: { a: {} }",
        &["warning drift::table::unexpected public.b", "warning drift::table::unexpected public.spatial_ref_sys"],
    );
    // A name does.
    check(sql, "each: [{ tables: [b, spatial_ref_sys] }]\ntables: { a: {} }", &[]);
}

#[test]
fn absent_forbids() {
    let sql = "create table users (id int, clerk_id text); create index idx_users_clerk_id on users (clerk_id);
        create table tmp_1 (); create type job_status as enum ('a'); create domain job_type as text;
        create policy \"Clerk read\" on users using (true); create view v as select 1 as tmp_2;";
    let absent = |what: &str, expected: &[&str]| check(sql, &format!("absent: {{ {what} }}"), expected);
    absent("columns: [users.clerk_id]", &["error drift::column::unexpected public.users.clerk_id"]);
    absent("indexes: [users.idx_users_clerk_id]", &["error drift::index::unexpected public.users.idx_users_clerk_id"]);
    absent("indexes: [idx_users_clerk_id]", &["error drift::index::unexpected public.users.idx_users_clerk_id"]);
    absent("tables: ['tmp_*']", &["error drift::table::unexpected public.tmp_1"]);
    absent("tables: [v]", &[]);
    absent("policies: ['*.Clerk *']", &["error drift::policy::unexpected public.users.\"Clerk read\""]);
    // A type of that name is one, whatever its kind.
    absent(
        "types: [job_status, job_type]",
        &["error drift::enum::unexpected public.job_status", "error drift::domain::unexpected public.job_type"],
    );
    absent("tables: [nowhere], schemas: [nothing]", &[]);
}

#[test]
fn names_carry_their_schema_or_are_looked_up() {
    let sql = "create schema auth; create table auth.users (id uuid primary key); create table t (id uuid references auth.users);";
    check(sql, "tables: { t: { columns: { id: uuid references auth.users (id) } } }", &[]);
    check(sql, "schemas: [auth]\ntables: { users: { columns: { id: uuid not null } } }", &[]);
    check(sql, "schemas: [public, auth]\ntables: { users: {}, t: {} }", &[]);
    check(sql, "tables: { auth.users: { primary_key: id }, t: {} }", &[]);
    check(sql, "schemas: [missing]\ntables: { t: {} }", &["error drift::schema::missing missing"]);
    check("create table \"a.b\" (\"C\" int);", "tables: { '\"a.b\"': { columns: { C: int } } }", &[]);
}

#[test]
fn severity_and_note_reach_what_is_inside() {
    check(
        T,
        "tables: { t: { severity: info, note: old, columns: { id: {}, a: { type: int, note: new }, b: { type: text, severity: error } } } }",
        &[
            "info drift::column::type public.t.a: integer / text (new) (old)",
            "error drift::column::type public.t.b: text / integer (old)",
        ],
    );
}

#[test]
fn a_table_that_is_missing_says_it_all() {
    check(
        "create table x ();",
        "tables: { t: { columns: { a: int }, indexes: { i: (a) } }, x: {} }",
        &["error drift::table::missing public.t"],
    );
    check(
        "create view t as select 1;",
        "tables: { t: { columns: { a: int } } }",
        &["error drift::table::kind public.t: table / view"],
    );
}

#[test]
fn constraints_that_are_not_listed_are_those_of_tables_and_of_domains() {
    check(
        "create table t (id int, constraint c check (id > 0)); create domain d as int constraint e check (value > 0);",
        "tables: { t: }\ntypes: { d: }\nunlisted: { constraints: error }",
        &["error drift::domain_check::unexpected public.d.e", "error drift::check::unexpected public.t.c"],
    );
}

#[test]
fn extensions() {
    let sql = "create extension pgcrypto; create extension citext;";
    check(sql, "extensions: { pgcrypto: {}, citext: { schema: public } }", &[]);
    check(sql, "extensions: { pgcrypto: {} }", &["warning drift::extension::unexpected citext"]);
    check(
        sql,
        "extensions: { pgcrypto: {}, citext: { schema: ext }, hstore: }",
        &["error drift::extension::schema citext: ext / public", "error drift::extension::missing hstore"],
    );
    check(&format!("{sql} create table t (c citext);"), "tables: { t: { columns: { c: citext } } }", &[]);
}

#[test]
fn findings_point_at_the_statement_that_renamed_or_dropped() {
    let sql = "create table t (note text, a integer, b integer, constraint c check (note <> ''));
        create index i on t (note);
        alter table t rename column note to remark;
        alter table t drop column b;
        drop index i;";
    let yaml = "tables: { t: { columns: { note: text, a: integer, b: integer }, constraints: { c: check (note <> '') }, \
                indexes: { i: (note) } } }";
    let place = |code: &str, object: &str| {
        on_big_stack(|| {
            let mut observed = replay(&[sql]).catalog;
            let document = spec::read(FileId(1), &format!("version: 1\n{yaml}")).unwrap();
            let mut bound = spec::bind(&document, &mut observed, None).unwrap();
            expr::settle(&mut bound.expected, &mut observed);
            let found = judge(compare(&bound.expected, &observed), &bound.remarks);
            let is_it = |finding: &&schema_check::findings::Finding| {
                finding.code == code && finding.object.as_ref().is_some_and(|(_, id)| id.to_string() == object)
            };
            match found.iter().find(is_it).and_then(|finding| finding.observed_at.clone()) {
                Some(Origin::File { span, .. }) => sql[span].trim().to_owned(),
                other => format!("{code} {object}: {other:?}"),
            }
        })
    };
    let renamed = "alter table t rename column note to remark";
    assert_eq!(place("drift::column::missing", "public.t.note"), renamed);
    assert_eq!(place("drift::column::unexpected", "public.t.remark"), renamed);
    assert_eq!(place("drift::check::expression", "public.t.c"), renamed);
    assert_eq!(place("drift::column::missing", "public.t.b"), "alter table t drop column b");
    assert_eq!(place("drift::index::missing", "public.t.i"), "drop index i");
}

#[test]
fn a_not_null_constraint_that_has_a_name_is_asserted() {
    let t = "create table t (id bigint constraint has_id not null, a text not null);";
    check(t, "tables: { t: { columns: { id: bigint not null, a: text not null } } }", &[]);
    check(t, "tables: { t: { columns: { id: bigint constraint has_id not null, a: text not null } } }", &[]);
    check(t, "tables: { t: { constraints: { has_id: not null id } } }", &[]);
    check(t, "tables: { t: '(id bigint constraint has_id not null, a text not null)' }", &[]);
    let another = "error drift::column::not_null_constraint public.t.id: has_number / has_id";
    check(t, "tables: { t: { columns: { id: bigint constraint has_number not null, a: text not null } } }", &[another]);
    check(t, "tables: { t: { constraints: { has_number: not null id } } }", &[another]);
    check(t, "tables: { t: '(id bigint, a text not null, constraint has_number not null id)' }", &[another]);
    let alone = "error drift::column::not_null_constraint public.t.id: has_id NO INHERIT / has_id";
    check(t, "tables: { t: { constraints: { has_id: not null id no inherit } } }", &[alone]);
    check(
        "create table t (id bigint, a text constraint has_id not null);",
        "tables: { t: { constraints: { has_id: not null id } } }",
        &[
            "error drift::column::nullable public.t.id: no / yes",
            "error drift::column::not_null_constraint public.t.id: has_id / none",
        ],
    );
}
