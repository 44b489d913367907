//! Through PgBouncer in transaction mode: several runs at once over a pool of two.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use schema_check::live::{LiveError, Options, Session};

use super::assertions::asked;
use super::{dump, read, target, try_read};
use crate::server::{Cluster, as_nobody, clusters, give_to_nobody};

pub(crate) struct Pooler {
    process: Child,
    folder: PathBuf,
}

impl Pooler {
    /// In transaction mode; `None` where there is no PgBouncer on this machine.
    fn start(cluster: &Cluster) -> Option<Self> {
        Self::in_mode(cluster, "transaction")
    }

    pub(crate) fn in_mode(cluster: &Cluster, mode: &str) -> Option<Self> {
        let program =
            ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| Path::new(path).exists())?;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!(
            "schema-check-pooler-{}-{}-{number}",
            std::process::id(),
            cluster.version
        ));
        fs::create_dir_all(&folder).unwrap();
        let settings = format!(
            "[databases]\n* = host={} port=5432 user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\n\
             unix_socket_dir = {}\nauth_type = any\npool_mode = {mode}\nadmin_users = postgres\ndefault_pool_size = 2\n",
            cluster.socket().display(),
            folder.display()
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        give_to_nobody(&folder);
        let mut command = as_nobody(Command::new(program));
        let process = command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Self { process, folder };
        let deadline = Instant::now() + Duration::from_secs(10);
        while Client::connect(&pooler.url("postgres"), NoTls).is_err() {
            assert!(Instant::now() < deadline, "PgBouncer does not start");
            thread::sleep(Duration::from_millis(50));
        }
        Some(pooler)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("host={} port=6432 user=postgres dbname={database}", self.folder.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_pool_of_two_serves_four_at_once_and_keeps_nothing() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute(
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'a', CHECK (id > 0))",
    );
    let Some(pooler) = Pooler::start(cluster) else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    let direct = dump(&read(&database.url()).catalog);
    let url = pooler.url(&database.name);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let live = try_read(&url).unwrap_or_else(|error| panic!("{error}"));
                    assert_eq!(dump(&live.catalog), direct);
                }
            });
        }
    });
    // What the next client of the pool finds: the server's own settings.
    let settings =
        "SELECT current_setting('search_path'), current_setting('statement_timeout'), current_setting('timezone')";
    let of = |url: &str| {
        let rows = Client::connect(url, NoTls).unwrap().simple_query(settings).unwrap();
        rows.into_iter()
            .filter_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..3).map(|n| row.get(n).map(str::to_owned)).collect::<Vec<_>>())
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&url), of(&database.url()));
}

#[test]
fn assertions_through_a_pool_leave_nothing_to_the_next() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS id");
    let Some(pooler) = Pooler::start(cluster) else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    let url = pooler.url(&database.name);
    // What another client left in its session is not what is meant.
    let mut other = Client::connect(&url, NoTls).unwrap();
    other.batch_execute("CREATE TEMPORARY TABLE t AS SELECT 1 AS id").unwrap();
    let yaml = "assertions:\n\
        - { name: slow, sql: select pg_sleep(60), timeout: 0.1 }\n\
        - { name: wrong, sql: select 1 / 0 }\n\
        - { name: many, sql: select id from t }\n\
        - { name: set, sql: \"select set_config('search_path', 'elsewhere', false)\", expect: elsewhere }\n\
        - { name: all, sql: select count(*) from t, expect: 1000 }\n";
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let codes: Vec<String> =
                        asked(&url, yaml, 10).unwrap().into_iter().map(|(finding, _)| finding.code).collect();
                    assert_eq!(codes, ["assertion::timeout", "assertion::error", "assertion::failed"]);
                }
            });
        }
    });
    for _ in 0..4 {
        let mut next = Client::connect(&url, NoTls).unwrap();
        let row = next
            .query_one("SELECT current_setting('search_path'), count(*) FROM pg_cursors WHERE name <> ''", &[])
            .unwrap();
        let (path, cursors): (String, i64) = (row.try_get(0).unwrap(), row.try_get(1).unwrap());
        assert_eq!((path.as_str(), cursors), ("\"$user\", public", 0));
    }
}

#[test]
fn a_pooler_in_statement_mode_is_recognised_and_explained() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    let Some(pooler) = Pooler::in_mode(cluster, "statement") else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    for _ in 0..5 {
        let Err(error) = try_read(&pooler.url(&database.name)) else { panic!("it has no transactions") };
        assert_eq!(error.exit_code(), 3);
        assert!(matches!(error, LiveError::StatementMode { .. }), "{error:?}");
    }
}

#[test]
fn the_console_of_a_pooler_is_no_database() {
    let Some(cluster) = clusters().last() else { return };
    let Some(pooler) = Pooler::start(cluster) else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    let Err(error) = try_read(&pooler.url("pgbouncer")) else { panic!("it has no catalog") };
    assert!(matches!(error, LiveError::Unsupported { .. }), "{error:?}");
    assert!(error.to_string().contains("console of PgBouncer"), "{error}");
}

#[test]
fn a_pooler_is_told_in_the_header() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    let Some(pooler) = Pooler::start(cluster) else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    let why = |url: &str| Session::open(&target(url), &Options::default()).unwrap().server().pooler.clone();
    assert_eq!(why(&database.url()), None);
    assert_eq!(why(&pooler.url(&database.name)).unwrap(), "by its port, 6432");
}
