//! How far a database is in the plan of a spec.

use schema_check::catalog::FileId;
use schema_check::progress::{Progress, progress};
use schema_check::spec;

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
        progress(&document, &replay(&[sql]).catalog, &[]).unwrap()
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

#[test]
fn a_database_may_stand_in_no_phase() {
    let progress = of("create table users (id bigint not null, auth_id uuid);");
    assert_eq!((progress.stands_in, progress.is_before, progress.is_somewhere()), (None, false, false));
    let progress = of("create table users (id bigint not null, clerk_id text not null, other int);");
    assert_eq!((progress.stands_in, progress.is_before), (None, false));
}
