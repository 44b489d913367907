//! A connection that is cut after any number of bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::{Folder, run};
use crate::live::{dump, read, try_read};
use crate::server::{Cluster, Database, clusters};

const SCHEMA: &str = "
    CREATE TABLE t (id int PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''));
    CREATE INDEX ON t (lower(name));
    CREATE VIEW v AS SELECT id FROM t;
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    COMMENT ON TABLE t IS 'with a comment';
";

/// Lets one client through to a server, and no more than so many bytes back. Returns its port, and what tells how many
/// bytes there were once the client is gone.
fn proxy(cluster: &Cluster, bytes: usize) -> (u16, thread::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = cluster.socket().join(".s.PGSQL.5432");
    let thread = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = UnixStream::connect(socket).unwrap();
        let (mut asking, mut asked) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let forth = thread::spawn(move || {
            let _ = std::io::copy(&mut asking, &mut asked);
            let _ = asked.shutdown(Shutdown::Both);
        });
        let sent = forward(&mut server, &mut client, bytes);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        forth.join().unwrap();
        sent
    });
    (port, thread)
}

fn forward(server: &mut UnixStream, client: &mut TcpStream, bytes: usize) -> usize {
    let mut buffer = [0; 4096];
    let mut sent = 0;
    while sent < bytes {
        match server.read(&mut buffer) {
            Ok(read) if read > 0 => {
                let part = read.min(bytes - sent);
                if client.write_all(&buffer[..part]).is_err() {
                    break;
                }
                sent += part;
            }
            _ => break,
        }
    }
    sent
}

fn url(database: &Database<'_>, port: u16) -> String {
    format!("host=127.0.0.1 port={port} user=postgres dbname={} sslmode=disable", database.name)
}

/// Each byte of the beginning and of the end, where the protocol changes hands, and every 97th between.
fn cuts(whole: usize) -> Vec<usize> {
    let (early, late) = (600.min(whole), whole.saturating_sub(100));
    (0..early).chain((early..late).step_by(97)).chain(late..whole).collect()
}

#[test]
fn a_connection_that_is_cut_anywhere_gives_no_catalog_or_the_right_one() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute(SCHEMA);
    let right = dump(&read(&database.url()).catalog);
    let (port, proxied) = proxy(cluster, usize::MAX);
    read(&url(&database, port));
    let whole = proxied.join().unwrap();
    let cuts = cuts(whole);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(bytes) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let (port, proxied) = proxy(cluster, *bytes);
                    match try_read(&url(&database, port)) {
                        Ok(live) => assert_eq!(dump(&live.catalog), right, "cut after {bytes} of {whole} bytes"),
                        Err(error) => assert_eq!(error.exit_code(), 3, "cut after {bytes} of {whole} bytes: {error}"),
                    }
                    assert!(begun.elapsed() < Duration::from_secs(5), "cut after {bytes} of {whole} bytes");
                    proxied.join().unwrap();
                }
            });
        }
    });
}

#[test]
fn a_connection_that_is_cut_leaves_no_report() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute(SCHEMA);
    let folder = Folder::new("cut");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: bigint } } }\n");
    let report = folder.0.join("report.json");
    let check = |bytes| {
        let (port, proxied) = proxy(cluster, bytes);
        let output = format!("json={}", report.display());
        let run = run(&["check", "--spec", &spec, "--db", &url(&database, port), "-o", &output]);
        (run, proxied.join().unwrap())
    };
    let (right, whole) = check(usize::MAX);
    assert_eq!(right.code, 1, "{}{}", right.stdout, right.stderr);
    assert!(report.exists());
    for part in 0..24 {
        std::fs::remove_file(&report).unwrap_or_default();
        let (run, _) = check(whole * part / 24);
        assert_eq!(run.code, 3, "{}", run.stdout);
        assert!(run.stdout.is_empty() && run.stderr.contains("schema_check::live::"), "{}{}", run.stdout, run.stderr);
        let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["spec.yaml"]);
    }
}
