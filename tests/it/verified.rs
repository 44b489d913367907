//! What the spec of a real move has verified over rows: which assertions fail in which state.

use std::time::Duration;

use schema_check::assertions::{judge, questions};
use schema_check::catalog::FileId;
use schema_check::live::{Options, Session, Target};
use schema_check::spec;

use crate::differential::systems;
use crate::server::{Database, on_every_version};
use crate::sql::{apply, on_big_stack};

const SPEC: &str = include_str!("../../specs/single_tier_auth.yaml");

/// The drifted states of the fixtures that an assertion notices.
const NOTICED: [(&str, &str); 9] = [
    ("auth_user_id_text", "failed: thirteen tables know the account"),
    ("clerk_id_back", "failed: of the Clerk id the deprecated column is left"),
    ("column_missing", "failed: thirteen tables know the account"),
    ("foreign_key_not_validated", "failed: each key to an account is validated and leads to auth.users"),
    ("foreign_key_to_own_users", "failed: each key to an account is validated and leads to auth.users"),
    ("map_dropped", "failed: thirteen tables know the account"),
    ("policy_left_behind", "failed: no policy asks for a Clerk token"),
    ("policy_still_clerk", "failed: no policy asks for a Clerk token"),
    // The working table has the column too.
    ("scaffolding_left", "failed: thirteen tables know the account"),
];

/// States of rows, which no comparison of schemas can see, and of what is left behind.
const ROWS: [(&str, &str); 7] = [
    ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001');
      insert into users (email, auth_user_id) values ('a@x', '00000000-0000-0000-0000-000000000001')", ""),
    ("alter table users alter auth_user_id drop not null; insert into users (email) values ('a@x')",
     "failed: every active user signs in by auth.users"),
    ("alter table users alter auth_user_id drop not null; insert into users (email, deleted_at) values ('a@x', now())", ""),
    ("alter table users drop constraint fk_users_auth_user_id;
      insert into users (email, auth_user_id) values ('a@x', gen_random_uuid())",
     "failed: no user points to an account that is gone"),
    ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-000000000002');
      insert into users (id, email, auth_user_id)
      values ('00000000-0000-0000-0000-000000000003', 'a@x', '00000000-0000-0000-0000-000000000001');
      insert into conversations (user_id, auth_user_id)
      values ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000002')",
     "failed: a user and what is theirs have one account"),
    ("create view v_migration_metrics as select 1", "failed: the scaffolding is taken down"),
    ("delete from migration_milestones where milestone = 'cleanup_done'", "failed: the milestones say that it is done"),
];

/// The assertions that do not hold.
fn verified(database: &Database<'_>) -> String {
    let document = spec::read(FileId(0), SPEC).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let assertions = document.assertions(None);
    let asked = questions(&assertions, Duration::from_secs(30), 10);
    let target = Target::parse(&database.url(), &|_| None).unwrap();
    let mut session = Session::open(&target, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let (_, _, answers) =
        session.read_and_ask(&document.search_path(), &asked).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(answers.len(), 9);
    let told = judge(&assertions, answers, 10).into_iter().map(|finding| {
        let what = finding.code.trim_start_matches("assertion::").to_owned();
        format!("{what}: {}", finding.assertion.unwrap().name)
    });
    told.collect::<Vec<_>>().join("; ")
}

#[test]
fn each_state_fails_what_was_to_be_verified_of_it() {
    let of_system = |name: &str| name.contains("/single_tier_auth");
    let cases: Vec<_> = systems().into_iter().filter(|case| of_system(&case.name)).collect();
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
                let told = verified(&made(&case.files));
                assert_eq!(
                    told,
                    expected.map_or("", |(_, told)| told),
                    "PostgreSQL {}: {}",
                    cluster.version,
                    case.name
                );
            }
            let migrated = cases.iter().find(|case| !case.name.contains("/drifted/")).unwrap();
            for (sql, expected) in ROWS {
                let database = made(&migrated.files);
                database.execute(sql);
                assert_eq!(verified(&database), expected, "PostgreSQL {}: {sql}", cluster.version);
            }
        });
    });
}
