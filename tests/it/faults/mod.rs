//! What can go wrong between us and a server. Whatever it is, a run ends soon, with exit code 3 and no report, or
//! with the complete right one. The faults, and where each is tried:
//!
//! | | |
//! |---|---|
//! | a server that never answers; a port that speaks something else | `live::connecting` |
//! | nobody there, no such host, a password, no such database | `refusal` |
//! | a connection that is cut after any number of bytes | `cut` |
//! | a backend that is terminated; timeouts of statements and locks | `stop` |
//! | a schema that changes while it is read | `live::reading`, and how often it is tried in `read_only` |
//! | a pooler in transaction mode | `live::pooler` |
//! | signals while connecting, reading and writing | `signal` |
//! | stdout closed, full disks | `output` |
//! | servers that mean harm, or only speak the protocol | `hostile` |

mod cut;
mod hostile;
mod output;
mod refusal;
mod signal;
mod stop;

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::server::Database;

/// What holds a read up until it is dropped: a lock on a catalog that nobody needs to connect.
struct HeldUp {
    _holder: Client,
    /// Sees in each statement what goes on then, which a transaction does not.
    watcher: Client,
}

impl HeldUp {
    fn new(database: &Database<'_>) -> Self {
        let mut holder = database.connect();
        holder.batch_execute("BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE").unwrap();
        Self { _holder: holder, watcher: database.connect() }
    }

    /// Waits for a reader to be held up, and says which backend that is.
    fn reader(&mut self) -> i32 {
        let waiting = "SELECT pid FROM pg_catalog.pg_stat_activity WHERE datname = current_database()
            AND application_name LIKE 'schema-check/%' AND wait_event_type = 'Lock'";
        eventually("a reader is held up", || {
            self.watcher.query(waiting, &[]).unwrap().first().map(|row| row.try_get(0).unwrap())
        })
    }

    /// Whether that backend is still there.
    fn is_there(&mut self, backend: i32) -> bool {
        let there = "SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1";
        !self.watcher.query(there, &[&backend]).unwrap().is_empty()
    }
}

/// A message as it was before it was wrapped.
fn in_one_line(message: &str) -> String {
    message.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What comes about in the next ten seconds.
#[track_caller]
fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "in ten seconds it has not come about that {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
