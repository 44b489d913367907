//! How far a database is in the plan of a spec.

use schema_check::catalog::FileId;
use schema_check::progress::{Progress, progress};
use schema_check::spec;
use schema_check::spec::waiver::Date;

use crate::sql::{on_big_stack, replay};

const PLAN: &str = "version: 1
tables: { users: { columns: { id: bigint not null, clerk_id: text not null } } }
phases:
  - id: allow
    allowed: { columns: users.auth_id }
  - id: expand
    title: both side by side
    each: [{ tables: users, columns: { auth_id: uuid } }]
    tables: { map: { columns: { clerk_id: text, auth_id: uuid } } }
  - id: enforce
    each: [{ tables: users, columns: { auth_id: { nullable: false } } }]
    absent: { columns: users.clerk_id, tables: map }
";

fn of(sql: &str) -> Progress {
    on_big_stack(|| {
        let document = spec::read(FileId(1), PLAN).unwrap();
        progress(&document, &replay(&[sql]).catalog, &[], Date::parse("2026-11-29").unwrap()).unwrap()
    })
}

/// Where the database stands, how much of each phase holds, and what is open in the next.
#[track_caller]
fn check(sql: &str, stands_in: Option<&str>, holds: [(usize, usize); 3], open: &[&str]) {
    let progress = of(sql);
    let found: Vec<(usize, usize)> = progress.steps.iter().map(|step| (step.holds, step.stated)).collect();
    assert_eq!(found, holds);
    assert_eq!(progress.stands_in.map(|at| progress.steps[at].id.as_str()), stands_in);
    let messages: Option<Vec<&str>> =
        progress.next().map(|step| step.open.iter().map(|finding| finding.message.as_str()).collect());
    assert_eq!(messages.unwrap_or_default(), open);
}

#[test]
fn the_last_phase_that_holds_is_where_a_database_stands() {
    check(
        "create table users (id bigint not null, clerk_id text not null);",
        Some("allow"),
        [(0, 0), (1, 5), (2, 5)],
        &["table public.map is missing", "column public.users.auth_id is missing"],
    );
    check(
        "create table users (id bigint not null, clerk_id text not null, auth_id uuid);
         create table map (clerk_id text, auth_id uuid);",
        Some("expand"),
        [(0, 0), (5, 5), (2, 5)],
        &[
            "table public.map must not be there",
            "column public.users.auth_id differs in nullable",
            "column public.users.clerk_id must not be there",
        ],
    );
    check(
        "create table users (id bigint not null, auth_id uuid not null);",
        Some("enforce"),
        [(0, 0), (1, 5), (5, 5)],
        &[],
    );
}

/// The phases that are done and the one after, and how much of each holds.
fn holds(plan: &str, sql: &str) -> (Option<String>, Vec<(usize, usize)>) {
    on_big_stack(|| {
        let document = spec::read(FileId(1), &format!("version: 1\n{plan}")).unwrap();
        let progress = progress(&document, &replay(&[sql]).catalog, &[], Date::parse("2026-11-29").unwrap()).unwrap();
        let counts = progress.steps.iter().map(|step| (step.holds, step.stated)).collect();
        (progress.stands_in.map(|at| progress.steps[at].id.clone()), counts)
    })
}

#[test]
fn a_phase_of_warnings_is_not_done_before_it_holds() {
    let plan = "
phases:
  - { id: a, tables: { t: {} } }
  - { id: b, tables: { t: { columns: { i: { type: bigint, severity: warning } } } } }";
    assert_eq!(holds(plan, "create table t (i int);"), (Some("a".into()), vec![(1, 1), (1, 2)]));
    assert_eq!(holds(plan, "create table t (i bigint);"), (Some("b".into()), vec![(1, 1), (2, 2)]));
    // Where no phase holds, it stands in the first of which nothing is an error.
    let plan = "
phases:
  - { id: a, tables: { t: { columns: { j: int } } } }
  - { id: b, absent: { columns: t.j }, tables: { t: { columns: { i: { type: bigint, severity: warning } } } } }";
    assert_eq!(holds(plan, "create table t (i int);"), (Some("b".into()), vec![(1, 2), (2, 3)]));
}

#[test]
fn a_legacy_name_is_what_is_open() {
    let plan = "
tables: { users: { columns: { id: int } } }
phases: [{ id: a, tables: { people: { renamed_from: users } } }]";
    assert_eq!(holds(plan, "create table users (id int);"), (None, vec![(1, 2)]));
    assert_eq!(holds(plan, "create table people (id int);"), (Some("a".into()), vec![(2, 2)]));
}

#[test]
fn what_a_waiver_puts_up_with_is_not_open() {
    let plan = |expires: &str| {
        format!(
            "
phases: [{{ id: a, tables: {{ t: {{ columns: {{ i: {{ type: bigint }} }} }}, u: {{ columns: {{ i: int }} }} }} }}]
waivers:
  - {{ finding: 'drift::column::type', object: t.i, reason: later, expires: {expires} }}
  - {{ finding: 'drift::table::missing', object: u, reason: elsewhere }}
  - {{ finding: 'drift::index::*', object: '*', reason: for another phase }}"
        )
    };
    let sql = "create table t (i int);";
    assert_eq!(holds(&plan("2026-11-29"), sql), (Some("a".into()), vec![(5, 5)]));
    assert_eq!(holds(&plan("2026-11-28"), sql), (None, vec![(4, 5)]));
}

#[test]
fn a_database_may_stand_in_no_phase() {
    let progress = of("create table users (id bigint not null, auth_id uuid);");
    assert_eq!((progress.stands_in, progress.is_before, progress.is_somewhere()), (None, false, false));
    let progress = of("create table users (id bigint not null, clerk_id text not null, other int);");
    assert_eq!((progress.stands_in, progress.is_before), (None, false));
}
