//! Upload jobs that were made in the neighbour's database: which spec is for which of the two, what is found before
//! they are taken away again, and what has to stay.

use std::fs;

use crate::cli::{Folder, run};
use crate::differential::systems;
use crate::server::{clusters, on_every_version};
use crate::sql::{apply, on_big_stack, read, replay_for};
use crate::systems::{findings, spec_of, told};
use crate::verified::failed;

const TRANSCRIPTION: &str = "ep-silent-waterfall-adtinpn1-pooler.c-2.us-east-1.aws.neon.tech";
const THEMATIC: &str = "ep-shy-truth-adk9d3h7-pooler.c-2.us-east-1.aws.neon.tech";

#[test]
fn each_spec_refuses_the_database_of_the_other() {
    let Some(cluster) = clusters().last() else { return };
    let folder = Folder::new("wrong-database");
    for (system, own, other) in
        [("upload_jobs", TRANSCRIPTION, THEMATIC), ("upload_jobs_cleanup", THEMATIC, TRANSCRIPTION)]
    {
        let case = systems().into_iter().find(|case| case.name == format!("systems/{system}")).unwrap();
        let database = cluster.database();
        for file in &case.files {
            assert_eq!(apply(&database, file), []);
        }
        let snapshot = format!("{}/{system}.json", folder.path());
        assert_eq!(run(&["snapshot", &database.url(), "-o", &snapshot]).code, 0);
        let mut read: serde_json::Value = serde_json::from_str(&fs::read_to_string(&snapshot).unwrap()).unwrap();
        let spec = format!("specs/{system}.yaml");
        for (host, code) in [(own, 0), (other, 3)] {
            // As if it had been read there.
            read["database"] = serde_json::json!({ "name": "neondb", "host": host });
            let there = folder.file("there.json", read.to_string());
            for arguments in [&["check", "--spec", &spec, "--snapshot", &there][..], &["diff", &spec, &there]] {
                let run = run(arguments);
                assert_eq!(run.code, code, "{system} on {host}: {}{}", run.stdout, run.stderr);
                let words = "this is not the database that the spec is for: the host is";
                assert_eq!(run.stderr.contains(words), code == 3, "{}", run.stderr);
                assert_eq!(run.stdout.is_empty(), code == 3, "nothing is compared: {}", run.stdout);
            }
        }
    }
}

/// What is found behind each migration of the neighbour, and which assertion fails.
const FOUND: [(&[&str], &[&str]); 3] = [
    (&[], &[]),
    (
        &[
            "error drift::enum::unexpected public.job_status",
            "error drift::enum::unexpected public.job_type",
            "error drift::enum::unexpected public.jobstatus",
            "error drift::enum::unexpected public.jobtype",
            "error drift::table::unexpected public.upload_jobs",
        ],
        &["failed: pgcrypto is in use, and only by what belongs here"],
    ),
    (&[], &[]),
];

#[test]
fn the_mistake_is_found_and_nothing_else() {
    let case = systems().into_iter().find(|case| case.name == "systems/upload_jobs_cleanup").unwrap();
    let spec = spec_of(&case);
    let text = fs::read_to_string(&spec).unwrap();
    on_every_version(|cluster| {
        on_big_stack(|| {
            let database = cluster.database();
            for (number, (expected, asserted)) in FOUND.iter().enumerate() {
                assert_eq!(apply(&database, &case.files[number]), []);
                let files: Vec<&str> = case.files[..=number].iter().map(String::as_str).collect();
                let at = format!("PostgreSQL {}, migration {}", cluster.version, number + 1);
                assert_eq!(told(&findings(&spec, read(&database))), *expected, "{at}");
                assert_eq!(told(&findings(&spec, replay_for(cluster.version, &files).catalog)), *expected, "{at}");
                assert_eq!(failed(&database, &text, None), *asserted, "{at}");
            }
        });
    });
}

#[test]
fn where_they_belong_they_are_as_it_was_proved() {
    let case = systems().into_iter().find(|case| case.name == "systems/upload_jobs").unwrap();
    let text = fs::read_to_string(spec_of(&case)).unwrap();
    on_every_version(|cluster| {
        let database = cluster.database();
        for file in &case.files {
            assert_eq!(apply(&database, file), []);
            assert_eq!(failed(&database, &text, None), [""; 0]);
        }
        database
            .execute("create type job_status as enum (); alter table upload_jobs alter completed_at type timestamp");
        let expected = ["failed: the types have the names that the ORM derives", "failed: every time has its zone"];
        assert_eq!(failed(&database, &text, None), expected);
    });
}
