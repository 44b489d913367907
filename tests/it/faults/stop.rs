//! A server that stops what we have begun.

use schema_check::live::LiveError;

use super::{HeldUp, in_one_line};
use crate::cli::{Folder, Run, command, finish};
use crate::server::{Cluster, clusters, on_every_version};

/// Checks a database that is held up, and meanwhile does something about the backend that reads it.
fn check(cluster: &Cluster, flags: &[&str], meanwhile: impl FnOnce(&mut HeldUp, i32)) -> Run {
    let database = cluster.database();
    database.execute("CREATE TABLE t (id int)");
    let folder = Folder::new(&format!("stop-{}-{}", cluster.version, database.name));
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: bigint } } }\n");
    let report = folder.0.join("report.json");
    let (url, output) = (database.url(), format!("json={}", report.display()));
    let mut held_up = HeldUp::new(&database);
    let mut check = command(&[&["check", "--spec", &spec, "--db", &url, "-o", &output], flags].concat());
    let run = std::thread::scope(|scope| {
        let running = scope.spawn(|| finish(&mut check));
        let reader = held_up.reader();
        meanwhile(&mut held_up, reader);
        running.join().unwrap()
    });
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.is_empty() && !report.exists(), "{}", run.stdout);
    run
}

#[track_caller]
fn says(run: &Run, words: &[&str]) {
    let said = in_one_line(&run.stderr);
    for word in words {
        assert!(said.contains(word), "{word}\n{said}");
    }
}

#[test]
fn a_backend_that_is_terminated_is_told() {
    on_every_version(|cluster| {
        let run = check(cluster, &["--lock-timeout", "60"], |held_up, reader| {
            held_up.watcher.execute("SELECT pg_terminate_backend($1)", &[&reader]).unwrap();
        });
        says(&run, &["schema_check::live::lost", "while pg_policy was read"]);
    });
}

#[test]
fn a_statement_that_takes_too_long_is_told_with_the_way_out() {
    on_every_version(|cluster| {
        let run = check(cluster, &["--lock-timeout", "60", "--statement-timeout", "1"], |_, _| {});
        says(&run, &["schema_check::live::too_slow", "reading pg_policy", "--statement-timeout SECONDS"]);
    });
}

#[test]
fn a_lock_that_is_not_given_is_told_with_the_way_out() {
    on_every_version(|cluster| {
        let run = check(cluster, &["--lock-timeout", "1"], |_, _| {});
        says(&run, &["schema_check::live::too_slow", "reading pg_policy", "--lock-timeout SECONDS"]);
    });
}

#[test]
fn a_table_that_is_being_altered_holds_nobody_up() {
    // Of a table, the server's own functions take the weakest lock, and only for the while that they print.
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute("CREATE TABLE t (id int CHECK (id > 0)); CREATE VIEW v AS SELECT id FROM t");
        let mut other = database.connect();
        other.batch_execute("BEGIN; ALTER TABLE t ADD x int").unwrap();
        let begun = std::time::Instant::now();
        match crate::live::try_read(&database.url()) {
            Ok(live) => assert!(crate::live::dump(&live.catalog).contains("column public.t.id")),
            Err(error) => assert!(matches!(error, LiveError::TooSlow { .. }), "{error}"),
        }
        assert!(begun.elapsed().as_secs() < 10);
    });
}

#[test]
fn a_server_that_shuts_down_is_told() {
    let newest = clusters().last().map(|cluster| cluster.version);
    for cluster in newest.map(|version| Cluster::own(&[version])).unwrap_or_default() {
        let run = check(&cluster, &["--lock-timeout", "60"], |_, _| {
            cluster.stop();
        });
        says(&run, &["schema_check::live::lost", "while pg_policy was read"]);
    }
}
