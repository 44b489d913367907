//! What the spec of a real move has verified over rows: which assertions fail in which state.

use std::time::Duration;

use schema_check::assertions::{judge, questions};
use schema_check::catalog::FileId;
use schema_check::live::{Options, Session, Target};
use schema_check::spec;

use crate::cli::run;
use crate::differential::{Case, systems};
use crate::server::{Database, on_every_version};
use crate::sql::{apply, on_big_stack};

const SPEC: &str = include_str!("../../specs/single_tier_auth.yaml");

const ACCOUNT: &str = "failed: every active user has an account";
const TABLES: &str = "failed: the tables that know the account, and whether they may leave it open";
const KEYS: &str = "failed: each key to an account is validated and leads to auth.users";
const TOKENS: &str = "failed: no policy asks for a Clerk token";

/// The drifted states of the fixtures that an assertion notices.
const NOTICED: [(&str, &[&str]); 11] = [
    ("audit_log_not_null", &[TABLES]),
    ("auth_user_id_nullable", &[TABLES]),
    ("auth_user_id_text", &[TABLES]),
    ("clerk_id_back", &["failed: of the Clerk id the deprecated column is left"]),
    ("column_missing", &[TABLES]),
    ("foreign_key_not_validated", &[KEYS]),
    ("foreign_key_to_own_users", &[KEYS]),
    ("map_dropped", &[TABLES, "error: the map knows every account"]),
    ("policy_left_behind", &[TOKENS]),
    ("policy_still_clerk", &[TOKENS]),
    // The working table has the column too.
    ("scaffolding_left", &[TABLES]),
];

/// States of rows, which no comparison of schemas can see, and of what is left behind.
const ROWS: [(&str, &[&str]); 9] = [
    ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001');
      insert into users (email, auth_user_id) values ('a@x', '00000000-0000-0000-0000-000000000001');
      insert into clerk_to_auth_map values ('a', '00000000-0000-0000-0000-000000000001', 'a@x')", &[]),
    ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001');
      insert into users (email, auth_user_id) values ('a@x', '00000000-0000-0000-0000-000000000001')",
     &["failed: the map knows every account"]),
    ("alter table users alter auth_user_id drop not null; insert into users (email) values ('a@x')", &[TABLES, ACCOUNT]),
    ("alter table users alter auth_user_id drop not null; insert into users (email, deleted_at) values ('a@x', now())",
     &[TABLES]),
    ("alter table users drop constraint fk_users_auth_user_id;
      insert into users (email, auth_user_id) values ('a@x', gen_random_uuid())",
     &["failed: the map knows every account", "failed: no user points to an account that is gone"]),
    ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-000000000002');
      insert into users (id, email, auth_user_id)
      values ('00000000-0000-0000-0000-000000000003', 'a@x', '00000000-0000-0000-0000-000000000001');
      insert into clerk_to_auth_map values ('a', '00000000-0000-0000-0000-000000000001', 'a@x');
      insert into conversations (user_id, auth_user_id)
      values ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000002')",
     &["failed: a user and what is theirs have one account"]),
    ("create view v_migration_metrics as select 1", &["failed: the scaffolding is taken down"]),
    ("create policy \"Users delete own\" on users for delete using (auth_user_id = auth.uid())",
     &["failed: the policies of users, conversations and chat sessions"]),
    ("delete from migration_milestones where milestone = 'cleanup_done'", &["failed: the milestones say how far it is"]),
];

/// What there is of users before the move. One of them has gone, and two have something of their own.
const USERS: &str = "
    insert into users (id, clerk_id, email, deleted_at) values
    ('00000000-0000-0000-0000-00000000000a', 'clerk_a', 'a@x', null),
    ('00000000-0000-0000-0000-00000000000b', 'clerk_b', 'b@x', null),
    ('00000000-0000-0000-0000-00000000000c', 'clerk_c', 'c@x', now());
    insert into conversations (user_id) values
    ('00000000-0000-0000-0000-00000000000a'), ('00000000-0000-0000-0000-00000000000c');
    insert into chat_sessions (user_id) values ('00000000-0000-0000-0000-00000000000b')";

/// The assertions of a spec up to a phase that do not hold.
pub(crate) fn failed(database: &Database<'_>, spec: &str, phase: Option<usize>) -> Vec<String> {
    let document = spec::read(FileId(0), spec).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let assertions = document.assertions(phase);
    let asked = questions(&assertions, Duration::from_secs(30), 10);
    let target = Target::parse(&database.url(), &|_| None).unwrap();
    let mut session = Session::open(&target, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    session.begin().unwrap_or_else(|error| panic!("{error}"));
    let answers = session.ask(&document.search_path(), &asked).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(answers.len(), assertions.len());
    let told = judge(&assertions, answers, 10).into_iter().map(|finding| {
        let what = finding.code.trim_start_matches("assertion::").to_owned();
        format!("{what}: {}", finding.assertion.unwrap().name)
    });
    told.collect()
}

/// The phase in which the tool says that a database stands, and whether all holds of it.
fn reached(database: &Database<'_>) -> (String, bool) {
    let url = database.url();
    let told = run(&["progress", "--spec", "specs/single_tier_auth.yaml", "--db", &url, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{}", told.stderr));
    let id = json["stands_in"].as_str().unwrap_or_default().to_owned();
    let phase = json["phases"].as_array().unwrap().iter().find(|phase| phase["id"] == id.as_str());
    (id, phase.is_some_and(|phase| phase["holds"] == phase["stated"]))
}

/// The states of the fixtures of this move.
fn states() -> Vec<Case> {
    let of_system = |case: &Case| case.name.contains("/single_tier_auth");
    systems().into_iter().filter(of_system).collect()
}

#[test]
fn each_state_fails_what_was_to_be_verified_of_it() {
    let cases = states();
    on_every_version(|cluster| {
        on_big_stack(|| {
            let made = |files: &[String]| {
                let database = cluster.database();
                for file in files {
                    apply(&database, file);
                }
                database
            };
            for case in &cases {
                let expected = NOTICED.iter().find(|(state, _)| case.name.contains(&format!("/drifted/{state}")));
                let expected = expected.map_or(&[][..], |(_, told)| told);
                let told = failed(&made(&case.files), SPEC, None);
                assert_eq!(told, expected, "PostgreSQL {}: {}", cluster.version, case.name);
            }
            let migrated = cases.iter().find(|case| !case.name.contains("/drifted/")).unwrap();
            for (sql, expected) in ROWS {
                let database = made(&migrated.files);
                database.execute(sql);
                assert_eq!(failed(&database, SPEC, None), expected, "PostgreSQL {}: {sql}", cluster.version);
            }
        });
    });
}

#[test]
fn what_is_verified_behind_each_migration_holds_of_a_database_with_users() {
    let migrated = states().into_iter().find(|case| !case.name.contains("/drifted/")).unwrap();
    let (before, migrations) = migrated.files.split_at(2);
    let document = spec::read(FileId(0), SPEC).unwrap();
    let asked: Vec<usize> = (0..migrations.len()).map(|phase| document.assertions(Some(phase)).len()).collect();
    assert_eq!(asked, [1, 4, 6, 6, 8, 10, 11]);
    on_every_version(|cluster| {
        let database = cluster.database();
        for file in before {
            assert_eq!(apply(&database, file), []);
        }
        database.execute(USERS);
        for (phase, file) in migrations.iter().enumerate() {
            assert_eq!(apply(&database, file), []);
            let at = || format!("PostgreSQL {}, phase {phase}", cluster.version);
            assert_eq!(failed(&database, SPEC, Some(phase)), [""; 0], "{}", at());
            let id = document.phases[phase].id.text.as_str();
            assert_eq!(reached(&database), (id.to_owned(), true), "{}", at());
            // Whoever signs up before the enforcement has to be backfilled as well.
            if (1..4).contains(&phase) {
                database.execute("insert into users (clerk_id, email) values ('late', 'late@x')");
                assert_eq!(failed(&database, SPEC, Some(phase)), [ACCOUNT], "{}", at());
                assert_ne!(reached(&database), (id.to_owned(), true), "{}", at());
                database.execute("delete from users where clerk_id = 'late'");
            }
        }
    });
}
