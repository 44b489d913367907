//! The spec language: every kind in both forms, what goes over what, phases, templates, legacy names.

use crate::spec::{T, check, check_phase, grouped, wrong};

#[test]
fn sql_with_more_said_beside_it() {
    let sql = format!("{T} comment on column t.a is 'the letter';");
    let columns = |a: &str| format!("tables: {{ t: {{ columns: {{ id: {{}}, b: {{}}, a: {{ {a} }} }} }} }}");
    check(&sql, &columns("sql: text not null default 'x', comment: the letter"), &[]);
    check(
        &sql,
        &columns("sql: text not null, comment: another, severity: { default: info }, note: see above"),
        &[
            "info drift::column::default public.t.a: none / 'x'::text (see above)",
            "error drift::column::comment public.t.a: another / the letter (see above)",
        ],
    );
    let table = "create table t (id bigint primary key, a text not null default 'x', b integer)";
    check(
        T,
        &format!("tables: {{ t: {{ sql: \"{table}\", row_security: enabled }} }}"),
        &["error drift::table::row_security public.t: enabled / disabled"],
    );
}

#[test]
fn types_of_every_sort() {
    let sql = "create type e as enum ('a', 'b'); create domain d as text not null check (value <> '');
        create type c as (street text, zip varchar(5)); create type r as range (subtype = date);";
    let spec = |e: &str, d: &str, c: &str, r: &str| format!("types: {{ e: {e}, d: {d}, c: {c}, r: {r} }}");
    check(
        sql,
        &spec(
            "\"enum ('a', 'b')\"",
            "domain text not null check (value <> '')",
            "\"(street text, zip varchar(5))\"",
            "\"range (subtype = date, multirange_type_name = r_multirange)\"",
        ),
        &[],
    );
    check(
        sql,
        &spec(
            "{ enum: [a, b] }",
            "{ domain: text, nullable: false, constraints: { d_check: check (value <> '') } }",
            "{ attributes: [street text, \"zip varchar(5)\"] }",
            "{ range: date }",
        ),
        &[],
    );
    check(
        sql,
        &spec("{ owner: app }", "domain text check (value <> 'x')", "{ composite: [street text] }", "{ subtype: int }"),
        &[
            "error drift::composite::attributes public.c: street text / street text, zip character varying(5)",
            "error drift::domain::nullable public.d: yes / no",
            "error drift::domain_check::expression public.d.d_check: (VALUE <> 'x'::text) / (VALUE <> ''::text)",
            "error drift::enum::owner public.e: app / postgres",
            "error drift::range::subtype public.r: integer / date",
        ],
    );
    check(sql, "types: { e: {}, d: {}, c: {} }", &["warning drift::range::unexpected public.r"]);
}

#[test]
fn routines_are_told_by_what_they_take() {
    let sql = "create function f(a int) returns int language sql immutable as 'select a';
        create function f(a text) returns text language sql as 'select a';
        create function g(a int, b int default 1) returns int language sql as 'select a + b';
        create procedure p(a int) language sql as 'select a';
        create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');";
    let all = |rest: &str| format!("functions:\n  f(text): {{}}\n  f(int): {{ volatility: immutable }}\n{rest}");
    check(
        sql,
        &all(
            "  g: (a int, b int default 1) returns int language sql as 'select a + b'\nprocedures: { p: (a int) language sql as 'select a' }\naggregates: { total(int): \"(sfunc = int4pl, stype = int, initcond = '0')\" }",
        ),
        &[],
    );
    check(
        sql,
        &all(
            "  g(int, int): returns int language sql as 'select a - b'\nprocedures: {}\naggregates: { total: { initial: '1' } }",
        ),
        &[
            "error drift::function::parameters public.g(integer, integer): integer, integer / a integer, parameter: b integer, default: 1",
            "error drift::function::source public.g(integer, integer): select a - b / select a + b",
            "warning drift::procedure::unexpected public.p(integer)",
            "error drift::aggregate::initial public.total(integer): 1 / 0",
        ],
    );
    wrong(sql, "functions: { f: { strict: true } }", "say what it takes: public.f(integer), public.f(text)");
    check(
        sql,
        "functions: { \"f(bigint)\": {} }\nunlisted: { functions: ignore }",
        &["error drift::function::missing public.f(bigint)"],
    );
}

#[test]
fn views_by_their_query() {
    let sql = format!(
        "{T} create view v with (security_barrier) as select id, a from t where b > 0;
        create materialized view m as select count(*) as n from t; create unique index i on m (n);"
    );
    let spec = |v: &str, m: &str| format!("views: {{ v: {v} }}\nmaterialized_views: {{ m: {m} }}");
    check(
        &sql,
        &spec(
            "\"with (security_barrier) as select id, a from t where b > 0\"",
            "{ sql: select count(*) as n from t, indexes: { i: unique (n) } }",
        ),
        &[],
    );
    check(
        &sql,
        &spec("\"select id, a from t where b > 1\"", "{ indexes: }"),
        &[
            "error drift::index::unexpected public.m.i",
            "error drift::view::query public.v: SELECT t.id, t.a FROM public.t WHERE (t.b > 1) / SELECT t.id, t.a FROM public.t WHERE (t.b > 0)",
            "error drift::view::security_barrier public.v: no / yes",
        ],
    );
    check(
        &sql,
        "views: { v: { query: \"select t.id, t.a from public.t where b > 0\", columns: { id: { type: bigint }, a: {} } } }",
        &[],
    );
}

#[test]
fn operator_classes_are_found_along_the_schemas() {
    let sql = "create schema ext; create extension pg_trgm with schema ext; create table t (id int, name text);
        create operator class by_size for type int using btree as
            operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
        create index i on t (id by_size desc); create index j on t using gin (name ext.gin_trgm_ops);
        create index k on t (name text_pattern_ops);";
    let spec = |i: &str, j: &str| {
        format!(
            "schemas: [public, ext]\ntables: {{ t: {{ indexes: {{ i: {{ columns: {i} }}, j: {{ columns: {j} }}, k: {{ columns: name text_pattern_ops }} }} }} }}"
        )
    };
    check(sql, &spec("id by_size desc", "name gin_trgm_ops"), &[]);
    check(sql, &spec("id public.by_size desc", "name ext.gin_trgm_ops"), &[]);
    check(
        sql,
        &spec("id desc", "name"),
        &[
            "error drift::index::columns public.t.i: id DESC / id public.by_size DESC",
            "error drift::index::columns public.t.j: name / name ext.gin_trgm_ops",
        ],
    );
    check(sql, "operator_classes: { btree.by_size: { family: by_size } }", &[]);
}

#[test]
fn the_default_operator_class_may_be_named() {
    let sql = "create domain word as text; create table t (id int, name varchar(20), w word, tags int[]);
        create index i on t (id, name, w, (lower(w))); create index k on t (name varchar_pattern_ops);
        create index g on t using gin (tags);";
    let spec = |i: &str, k: &str, g: &str| {
        format!(
            "tables: {{ t: {{ indexes: {{ i: {{ columns: [{i}] }}, k: {{ columns: [{k}] }}, g: {{ columns: [{g}] }} }} }} }}"
        )
    };
    check(sql, &spec("id, name, w, (lower(w))", "name varchar_pattern_ops", "tags"), &[]);
    check(
        sql,
        &spec(
            "id int4_ops, name text_ops, w text_ops, (lower(w)) text_ops",
            "name pg_catalog.varchar_pattern_ops",
            "tags array_ops",
        ),
        &[],
    );
    check(
        sql,
        &spec("id pg_catalog.int4_ops, name pg_catalog.text_ops, w, (lower(w))", "name varchar_pattern_ops", "tags"),
        &[],
    );
    // To a server these are classes of their own, even where they do the same.
    check(
        sql,
        &spec("id, name varchar_ops, w text_pattern_ops, (lower(w))", "name text_ops", "tags"),
        &[
            "error drift::index::columns public.t.i: id, name varchar_ops, w text_pattern_ops, lower(w) / id, name, w, lower((w)::text)",
            "error drift::index::columns public.t.k: name / name varchar_pattern_ops",
        ],
    );
}

#[test]
fn triggers_and_rules_without_their_table() {
    let sql = format!(
        "{T} create function f() returns trigger language plpgsql as 'begin return new; end';
        create trigger g before update of a on t for each row when (new.a > '') execute function f();
        create view v as select * from t; create rule r as on insert to v do instead nothing;"
    );
    let spec = |g: &str, r: &str| {
        format!("tables: {{ t: {{ triggers: {{ g: {g} }} }} }}\nviews: {{ v: {{ rules: {{ r: {r} }} }} }}")
    };
    check(
        &sql,
        &spec("before update of a for each row when (new.a > '') execute function f()", "on insert do instead nothing"),
        &[],
    );
    check(
        &sql,
        &spec(
            "{ timing: before, events: [update], columns: [a], function: f(), enabled: always }",
            "{ event: insert, instead: true, actions: [] }",
        ),
        &["error drift::trigger::enabled public.t.g: always / origin"],
    );
    check(
        &sql,
        &spec("after update of a on t for each row execute function f()", "on update do instead nothing"),
        &[
            "error drift::trigger::timing public.t.g: after / before",
            "error drift::trigger::when public.t.g: none / (new.a > ''::text)",
            "error drift::rule::event public.v.r: update / insert",
        ],
    );
}

#[test]
fn grants_are_all_there_are() {
    let sql = format!(
        "create role anon; create role web; {T} grant select, insert on t to web; grant select (a) on t to anon;"
    );
    check(&sql, "tables: { t: { grants: { web: [insert, select] } } }", &[]);
    check(
        &sql,
        "tables: { t: { grants: { web: insert, anon: [select with grant option] } } }",
        &["error drift::table::grants public.t: anon: select with grant option, web: insert / web: insert, select"],
    );
    check(&sql, "tables: { t: { grants: {} } }", &["error drift::table::grants public.t: none / web: insert, select"]);
    check(&sql, "tables: { t: { columns: { id: { grants: {} }, a: { grants: { anon: select } }, b: {} } } }", &[]);
}

#[test]
fn what_is_said_of_a_part_goes_over_what_is_said_of_many() {
    let each = "each: [{ columns: \"*\", nullable: true, comment: null }, { indexes: \"*\", unique: false }]";
    let columns = "columns: { id: { nullable: false }, a: text not null default 'x', b: {} }";
    let sql = format!("{T} create unique index i on t (a); comment on column t.b is 'x';");
    check(
        &sql,
        &format!("tables: {{ t: {{ {columns}, indexes: {{ i: {{ unique: true }} }} }} }}\n{each}"),
        &["error drift::column::comment public.t.b: none / x"],
    );
    check(
        &sql,
        each,
        &[
            "error drift::column::nullable public.t.a: yes / no",
            "error drift::column::comment public.t.b: none / x",
            "error drift::index::unique public.t.i: no / yes",
            "error drift::column::nullable public.t.id: yes / no",
        ],
    );
}

/// What is expected may bear the name of something else that is there: that is drift, and the spec is as it should be.
#[test]
fn a_name_that_something_else_has() {
    let gone =
        "create table new (a int); create index ix on new (a); create table t (a int constraint k unique, b int);";
    check(
        gone,
        "tables: { old: { indexes: { ix: (a) } }, t: {} }",
        &["warning drift::table::unexpected public.new", "error drift::table::missing public.old"],
    );
    check(gone, "tables: { t: { indexes: { ix: (b) } }, new: {} }", &["error drift::index::missing public.t.ix"]);
    check(
        gone,
        "tables: { t: {}, new: { constraints: { k: unique (a) } } }",
        &["error drift::unique::missing public.new.k"],
    );
    for (section, sql, kind) in [
        ("tables", "(a int)", "table"),
        ("views", "select 1 as a", "view"),
        ("materialized_views", "select 1 as a", "materialized_view"),
        ("sequences", "start 3", "sequence"),
        ("types", "(a int)", "composite"),
    ] {
        let found = format!("error drift::{kind}::missing public.ix");
        check(gone, &format!("unlisted: {{ tables: ignore }}\n{section}: {{ ix: \"{sql}\" }}"), &[&found]);
    }
}

#[test]
fn what_is_missing_is_called_by_its_kind() {
    check(
        "",
        "types: { d: domain text, c: \"(a int)\", r: \"range (subtype = date)\", e: \"enum ('a')\", m: { domain: text } }",
        &[
            "error drift::composite::missing public.c",
            "error drift::domain::missing public.d",
            "error drift::enum::missing public.e",
            "error drift::domain::missing public.m",
            "error drift::range::missing public.r",
        ],
    );
}

#[test]
fn the_order_of_columns() {
    let spec = |order: &str, columns: &str| {
        format!(
            "tables: {{ t: {{ column_order: {order}, unlisted: {{ columns: ignore }}, columns: {{ {columns} }} }} }}"
        )
    };
    check(T, &spec("ignore", "b: {}, id: {}"), &[]);
    check(T, &spec("relative", "id: {}, b: {}"), &[]);
    check(T, &spec("relative", "b: {}, id: {}"), &["error drift::table::column_order public.t: b, a, id / id, a, b"]);
    check(T, &spec("exact", "id: {}, a: {}"), &[]);
    check(T, &spec("exact", "id: {}, b: {}"), &["error drift::table::column_order public.t: id, b, a / id, a, b"]);
    let table = "{ sql: \"(a text not null default 'x', b int, id bigint primary key)\", column_order: exact }";
    check("create table t (\"Id\" int, \"order\" int, a int);", &spec("exact", "Id: {}, order: {}, a: {}"), &[]);
    check(T, &format!("tables: {{ t: {table} }}"), &["error drift::table::column_order public.t: a, b, id / id, a, b"]);
}

#[test]
fn each_can_be_about_anything() {
    let sql = format!(
        "{T} create table u (id int, created_at timestamp); create view v as select 1 as one;
        create function f() returns int language sql security definer as 'select 1';"
    );
    check(
        &sql,
        "each: [{ columns: '*.*_at', type: timestamptz }]",
        &["error drift::column::type public.u.created_at: timestamp with time zone / timestamp without time zone"],
    );
    check(
        &sql,
        "each: [{ functions: '*', security_definer: false, note: nobody else's rights }]",
        &["error drift::function::security_definer public.f(): no / yes (nobody else's rights)"],
    );
    check(
        &sql,
        "each: [{ views: '*', except: [w*], security_invoker: true }]",
        &["error drift::view::security_invoker public.v: yes / no"],
    );
    check(
        &sql,
        "each: [{ columns: [t.id, u.id], count: 2, sql: bigint not null }]",
        &[
            "error drift::column::type public.u.id: bigint / integer",
            "error drift::column::nullable public.u.id: no / yes",
        ],
    );
    wrong(&sql, "each: [{ row_security: enabled }]", "does not say what it is about");
}

/// What was found out of a column is not taken for what it would be elsewhere.
#[test]
fn columns_in_the_same_words_are_each_their_own() {
    let sql = "create schema a; create schema b; create type a.s as enum ('x'); create type b.s as enum ('y');
        create table a.t (id int not null, s a.s, n text default 'x');
        create table a.u (id int, s a.s, n text default 'y');
        create table b.t (id int not null, s a.s, n text default 'x', k int);
        create table b.u (id int not null, s b.s, n text default 'x');
        create table b.v (id int not null unique, s b.s, n varchar default 'x');";
    let columns = "columns: { id: int not null, s: s, n: \"text default 'x'\" }";
    let tables = ["a.t", "a.u", "b.t", "b.u", "b.v"].map(|table| format!("{table}: {{ {columns} }}")).join(", ");
    check(
        sql,
        &format!("schemas: [a, b]\ntables: {{ {tables} }}"),
        &[
            "error drift::column::nullable a.u.id: no / yes",
            "error drift::column::default a.u.n: 'x'::text / 'y'::text",
            "error drift::column::unexpected b.t.k",
            "error drift::column::type b.t.s: b.s / a.s",
            "error drift::column::type b.v.n: text / character varying",
            "error drift::column::default b.v.n: 'x'::text / 'x'::character varying",
        ],
    );
}

#[test]
fn allowed_need_not_be_there_and_may() {
    let spec = |rest: &str| format!("tables: {{ t: {{ columns: {{ id: {{}}, a: {{}} }} }} }}\n{rest}");
    check(T, &spec(""), &["error drift::column::unexpected public.t.b"]);
    check(T, &spec("allowed: { columns: [t.b, t.c], tables: tmp_* }"), &[]);
    check(
        &format!("{T} create table tmp_1 (i int); create table u (i int);"),
        &spec("allowed: { columns: t.b, tables: tmp_* }"),
        &["warning drift::table::unexpected public.u"],
    );
    // What is there must be as it is stated.
    let stated = "tables: { t: { columns: { id: {}, a: {}, b: bigint, c: int } } }\nallowed: { columns: [t.b, t.c] }";
    check(T, stated, &["error drift::column::type public.t.b: bigint / integer"]);
}

#[test]
fn a_name_is_not_both_stated_and_absent() {
    wrong(T, "tables: { t: {} }\nabsent: { tables: t }", "is stated, and said to be absent");
    check(T, "tables: { t: {} }\nabsent: { tables: '*' }", &[]);
    check(
        T,
        "each: [{ tables: '*', row_security: disabled }]\nabsent: { tables: t }",
        &["error drift::table::unexpected public.t"],
    );
}

const PLAN: &str = "
tables: { users: { columns: { id: bigint not null, clerk_id: text not null } } }
phases:
  - id: add
    allowed: { columns: users.auth_id }
  - id: expand
    each: [{ tables: users, columns: { auth_id: uuid } }]
    tables: { map: }
  - id: enforce
    each: [{ tables: users, columns: { auth_id: { nullable: false } } }]
    absent: { columns: users.clerk_id, tables: map }
";

#[test]
fn phases_lie_over_each_other() {
    let before = "create table users (id bigint not null, clerk_id text not null);";
    let between =
        "create table users (id bigint not null, clerk_id text not null, auth_id uuid); create table map (i int);";
    let after = "create table users (id bigint not null, auth_id uuid not null);";
    let phase = |sql: &str, phase: Option<&str>, expected: &[&str]| check_phase(sql, PLAN, phase, expected);
    phase(before, Some("add"), &[]);
    phase(
        before,
        Some("expand"),
        &["error drift::table::missing public.map", "error drift::column::missing public.users.auth_id"],
    );
    phase(between, Some("expand"), &[]);
    phase(
        between,
        None,
        &[
            "error drift::table::unexpected public.map",
            "error drift::column::nullable public.users.auth_id: no / yes",
            "error drift::column::unexpected public.users.clerk_id",
        ],
    );
    phase(after, None, &[]);
    phase(after, Some("add"), &["error drift::column::missing public.users.clerk_id"]);
    wrong(before, "phases: [{ title: x }]", "this phase has no id");
    wrong(
        before,
        "phases: [{ id: a, absent: { tables: x } }, { id: a, absent: { tables: x } }]",
        "two phases with the id `a`",
    );
}

/// A plan that gives a table and a column other names.
const RENAMING: &str = "
tables:
  users:
    columns: { id: bigint not null, clerk_id: text not null }
    primary_key: [id]
    constraints: { users_named: check (clerk_id <> '') }
    policies: { own: for select using (clerk_id = current_user) }
  notes: { columns: { owner: bigint references users } }
views: { names: select clerk_id from users }
each: [{ tables: '*', row_security: enabled }]
phases:
  - id: column
    tables: { users: { columns: { old_id: { renamed_from: clerk_id, nullable: true } } } }
  - id: table
    tables: { people: { renamed_from: users, columns: { key: { renamed_from: id } } } }
";

#[test]
fn what_earlier_phases_say_goes_by_the_new_name() {
    let before = "create table users (id bigint primary key, clerk_id text not null constraint users_named check (clerk_id <> ''));
        create table notes (owner bigint references users);
        create view names as select clerk_id from users;
        create policy own on users for select using (clerk_id = current_user);
        alter table users enable row level security; alter table notes enable row level security;";
    let column =
        format!("{before} alter table users rename clerk_id to old_id; alter table users alter old_id drop not null;");
    let table = format!("{column} alter table users rename to people; alter table people rename id to key;");
    let phase = |sql: &str, phase: &str, expected: &[&str]| check_phase(sql, RENAMING, Some(phase), expected);
    phase(&column, "column", &[]);
    phase(&table, "table", &[]);
    phase(
        before,
        "column",
        &[
            "error drift::column::legacy_name public.users.old_id: old_id / clerk_id",
            "error drift::column::nullable public.users.old_id: yes / no",
        ],
    );
    phase(
        &column,
        "table",
        &[
            "error drift::table::legacy_name public.people: people / users",
            "error drift::column::legacy_name public.people.key: key / id",
        ],
    );
    // What refers to the name of a later phase is compared all the same.
    phase(
        &format!("{table} alter policy own on people using (old_id = 'x'); alter table people add more int;"),
        "table",
        &[
            "error drift::column::unexpected public.people.more",
            "error drift::policy::using public.people.own: (old_id = CURRENT_USER) / (old_id = 'x'::text)",
        ],
    );
    // Both names at once are one too many.
    phase(
        &format!("{column} alter table users add clerk_id text;"),
        "column",
        &["error drift::column::unexpected public.users.clerk_id"],
    );
}

#[test]
fn a_plan_may_rename_more_than_once() {
    let plan = "
types: { mood: [sad, ok] }
tables: { t: { columns: { a: mood default 'ok' }, constraints: { c: check (a <> 'sad') } } }
phases:
  - { id: one, types: { feeling: { renamed_from: mood } }, tables: { t: { columns: { b: { renamed_from: a } } } } }
  - { id: two, tables: { t: { columns: { c: { renamed_from: b } } } } }";
    let start = "create type mood as enum ('sad', 'ok'); create table t (a mood default 'ok', constraint c check (a <> 'sad'));";
    let one = format!("{start} alter type mood rename to feeling; alter table t rename a to b;");
    let two = format!("{one} alter table t rename b to c;");
    check_phase(&one, plan, Some("one"), &[]);
    check_phase(&two, plan, Some("two"), &[]);
    check_phase(&one, plan, Some("two"), &["error drift::column::legacy_name public.t.c: c / b"]);
    check_phase(
        start,
        plan,
        Some("two"),
        &[
            "error drift::enum::legacy_name public.feeling: feeling / mood",
            "error drift::column::legacy_name public.t.b: b / a",
            "error drift::column::legacy_name public.t.c: c / b",
        ],
    );
    let drifted = format!("{two} alter table t drop constraint c, add constraint c check (c <> 'ok');");
    check_phase(
        &drifted,
        plan,
        Some("two"),
        &["error drift::check::expression public.t.c: (c <> 'sad'::public.feeling) / (c <> 'ok'::public.feeling)"],
    );
}

#[test]
fn a_new_name_may_be_known_before_the_old_one_goes() {
    let plan = "
tables: { t: { columns: { id: bigint, old: bigint } } }
phases:
  - id: both
    tables: { t: { columns: { new: {} }, policies: { own: for select using (new > 0) } } }
  - id: renamed
    tables: { t: { columns: { new: { renamed_from: old } } } }
    absent: { columns: t.old }";
    let both = "create table t (id bigint, old bigint, new bigint); create policy own on t for select using (new > 0);";
    check_phase(both, plan, Some("both"), &[]);
    check_phase(both, plan, None, &["error drift::column::unexpected public.t.old"]);
    check_phase(&format!("{both} alter table t drop old;"), plan, None, &[]);
}

#[test]
fn a_legacy_name_is_as_bad_as_what_is_said_around_it() {
    check(
        "create table t (old int);",
        "tables: { t: { severity: info, note: later, columns: { new: { renamed_from: old } } } }",
        &["info drift::column::legacy_name public.t.new: new / old (later)"],
    );
}

#[test]
fn a_legacy_name_is_one_finding() {
    let sql = "create table users (id bigint primary key, mail text); create table notes (user_id bigint references users (id));
        create view v as select mail from users;";
    let spec = "
tables:
  app_users:
    renamed_from: users
    columns: { id: bigint not null, email: { sql: text, renamed_from: mail, severity: warning } }
    primary_key: [id]
  notes:
    columns: { user_id: bigint references app_users (id) }
views: { v: select email as mail from app_users }";
    check(
        sql,
        spec,
        &[
            "error drift::table::legacy_name public.app_users: app_users / users",
            "warning drift::column::legacy_name public.app_users.email: email / mail",
        ],
    );
    let renamed = format!("{sql} alter table users rename to app_users; alter table app_users rename mail to email;");
    check(&renamed, spec, &[]);
    // Where both are there, the old one is one too many.
    let both = format!("{renamed} create table users (id int);");
    check(&both, spec, &["warning drift::table::unexpected public.users"]);
    // Said of a column of each, or in each schema of a template.
    let old = "create schema a; create table a.t (old int); create table u (old int); create table other ();";
    check(
        old,
        "each: [{ tables: u, columns: { new: { type: int, renamed_from: old } } }]",
        &["error drift::column::legacy_name public.u.new: new / old"],
    );
    check(
        old,
        "templates: [{ schemas: a, tables: { t: { columns: { new: { sql: int, renamed_from: old } } } } }]",
        &["error drift::column::legacy_name a.t.new: new / old"],
    );
    wrong("create role old;", "roles: { new: { renamed_from: old } }", "cannot be given by its legacy name");
}

#[test]
fn a_template_holds_in_every_schema() {
    let tenant = |name: &str, rest: &str| {
        format!(
            "create schema {name}; create table {name}.notes (id bigint primary key, body text); create index on {name}.notes (body); {rest}"
        )
    };
    let sql = [tenant("tenant_a", ""), tenant("tenant_b", "drop index tenant_b.notes_body_idx;"), tenant("other", "")]
        .concat();
    let spec = "
templates:
  - schemas: tenant_*
    note: one schema a tenant
    tables:
      notes: { columns: { id: bigint not null, body: text }, primary_key: [id], indexes: { notes_body_idx: (body) } }";
    check(&sql, spec, &["error drift::index::missing tenant_b.notes.notes_body_idx (one schema a tenant)"]);
    check(
        &format!("{sql} create table tenant_a.extra (i int);"),
        spec,
        &[
            "warning drift::table::unexpected tenant_a.extra (one schema a tenant)",
            "error drift::index::missing tenant_b.notes.notes_body_idx (one schema a tenant)",
        ],
    );
    wrong(&sql, "templates: [{ tables: { a: } }]", "does not say which schemas it is for");
    wrong(&sql, "templates: [{ schemas: a, roles: { a: } }]", "is not a key that can stand here");
}

#[test]
fn what_stands_in_no_schema() {
    let sql = "create role web login; create extension pgcrypto; create schema app; grant usage on schema app to web;
        create publication p for all tables; alter default privileges in schema app grant select on tables to web;
        create cast (text as date) with inout as assignment;";
    let spec = "
schemas: { app: { grants: { web: usage } }, public: }
roles: { web: login }
extensions: { pgcrypto: { schema: app } }
publications: { p: for all tables }
casts: { (text as date): with inout as assignment }
default_privileges: { postgres.app.tables: { grants: { web: [select] } } }";
    check(sql, &spec.replace("schema: app", "schema: public"), &[]);
    check(
        sql,
        &spec
            .replace("roles: { web: login", "roles: { web: nologin")
            .replace("for all tables", "\"\"")
            .replace("[select]", "insert"),
        &[
            "error drift::publication::all_tables p: no / yes",
            "error drift::extension::schema pgcrypto: app / public",
            "error drift::default_privileges::grants postgres.app.tables: web: insert / web: select",
            "error drift::role::login web: no / yes",
        ],
    );
}

#[test]
fn what_many_schemas_lack_alike_is_one_finding() {
    let schema = |number: u32, index: &str| {
        format!("create schema tenant_{number}; create table tenant_{number}.notes (id bigint, body text); {index}")
    };
    let sql: String = (0..5)
        .map(|number| match number {
            0 => schema(number, "create index by_body on tenant_0.notes (body);"),
            1 => schema(number, "alter table tenant_1.notes add extra int;"),
            _ => schema(number, ""),
        })
        .collect();
    let spec = "templates: [{ schemas: tenant_*, tables: { notes: { columns: { id: bigint, body: varchar }, indexes: { by_body: (body) } } } }]";
    let expected = [
        "drift::column::unexpected column tenant_1.notes.extra is not expected: ",
        "drift::column::type column notes.body differs in type in 5 of 5 schemas: tenant_0 tenant_1 tenant_2 tenant_3 tenant_4",
        "drift::index::missing index notes.by_body is missing in 4 of 5 schemas: tenant_1 tenant_2 tenant_3 tenant_4",
    ];
    let mut found: Vec<String> = grouped(&sql, spec)
        .into_iter()
        .map(|finding| {
            let schemas: Vec<String> = finding.schemas.iter().map(ToString::to_string).collect();
            format!("{} {}: {}", finding.code, finding.message, schemas.join(" "))
        })
        .collect();
    found.sort_by_key(|line| !line.contains("unexpected"));
    assert_eq!(found, expected);
}
