//! What stands in the way of a connection is said, in time and without secrets.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use schema_check::catalog::{Class, ObjectId};
use schema_check::live::{LiveError, Options, Session, Target};

use super::{target, try_read};
use crate::server::{Cluster, clusters, on_every_version};

fn url(port: u16) -> String {
    format!("postgresql://someone:hunter22@127.0.0.1:{port}/db")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[track_caller]
fn fails(url: &str) -> LiveError {
    let Err(error) = try_read(url) else { panic!("{url} can be read") };
    assert!(!error.to_string().contains("hunter22"), "{error}");
    assert_eq!(error.exit_code(), 3);
    error
}

#[test]
fn nobody_listens() {
    let port = free_port();
    let error = fails(&url(port));
    assert!(matches!(error, LiveError::CannotConnect { .. }), "{error}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}

#[test]
fn a_server_that_stays_silent_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = target(&url(listener.local_addr().unwrap().port()));
    let options = Options { connect_timeout: Some(Duration::from_millis(300)), ..Options::default() };
    let begun = Instant::now();
    let Err(error) = Session::open(&silent, &options) else { panic!("it is silent") };
    assert!(matches!(error, LiveError::NoAnswer { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_web_server_is_not_a_database() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 256];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let error = fails(&url(port));
    assert!(matches!(error, LiveError::NotPostgres { .. }), "{error:?}");
    let error = fails(&format!("{}?sslmode=require", url(port)));
    assert!(matches!(error, LiveError::Tls { .. }), "{error:?}");
}

#[test]
fn the_server_says_what_it_is() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let session = Session::open(&target(&database.url()), &Options::default()).unwrap();
        let server = session.server();
        assert_eq!(server.server_version_num / 10_000, cluster.version);
        assert_eq!((&server.database, server.user.as_str()), (&database.name, "postgres"));
        assert_eq!(server.tls, "no TLS (local socket)");
    });
}

#[test]
fn no_such_database_and_no_such_role() {
    on_every_version(|cluster| {
        let error = fails(&cluster.url("nowhere"));
        assert!(matches!(error, LiveError::NoDatabase { .. }), "{error:?}");
        let error = fails(&cluster.url_as("nobody_at_all", "postgres"));
        assert!(matches!(error, LiveError::Login { .. }), "{error:?}");
    });
}

#[test]
fn nothing_is_left_behind_on_the_connection() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let mut session = Session::open(&target(&database.url()), &Options::default()).unwrap();
        let first = session.read().unwrap();
        database.execute("CREATE TABLE t (a int)");
        let second = session.read().unwrap();
        let is_new = |id: &&ObjectId| !first.0.objects.contains_key(id);
        // Roles are of the whole cluster: other tests make some.
        let new: Vec<&ObjectId> =
            second.0.objects.keys().filter(is_new).filter(|id| id.class() != Class::Role).collect();
        assert_eq!(new.len(), 2, "{new:?}");
    });
}

#[test]
fn what_other_tools_put_into_the_string_is_noted() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let target = target(&format!("{} pgbouncer=true", database.url()));
        let session = Session::open(&target, &Options::default()).unwrap();
        assert!(session.remarks()[0].contains("pgbouncer"), "{:?}", session.remarks());
    });
}

#[test]
fn the_environment_fills_in_what_is_open() {
    on_every_version(|cluster| {
        let database = cluster.database();
        let environment = |variable: &str| match variable {
            "PGUSER" => Some("postgres".to_owned()),
            "PGHOST" => cluster.url("").split_whitespace().next()?.strip_prefix("host=").map(str::to_owned),
            "PGDATABASE" => Some(database.name.clone()),
            _ => None,
        };
        let target = Target::from_environment(&environment).unwrap();
        let session = Session::open(&target, &Options::default()).unwrap();
        assert_eq!(session.server().database, database.name);
    });
}

#[test]
fn of_several_servers_the_first_of_the_right_sort_is_taken() {
    let Some(writable) = clusters().last() else { return };
    let Some(read_only) = Cluster::on_tcp("default_transaction_read_only = on") else { return };
    let (first, second) = (writable.socket().display(), read_only.socket().display());
    let nobody = free_port();
    let text =
        format!("host=127.0.0.1,{second},{first} port={nobody},{},5432 user=postgres dbname=postgres", read_only.port);
    let port_of = |attributes: &str| {
        let target = target(&format!("{text} target_session_attrs={attributes}"));
        Session::open(&target, &Options::default()).map(|session| session.server().port)
    };
    assert_eq!(port_of("any").unwrap(), read_only.port);
    assert_eq!(port_of("primary").unwrap(), read_only.port);
    assert_eq!(port_of("prefer-standby").unwrap(), read_only.port);
    assert_eq!(port_of("read-only").unwrap(), read_only.port);
    assert_eq!(port_of("read-write").unwrap(), 5432);
    let Err(error) = port_of("standby") else { panic!("there is no standby") };
    let words = error.to_string();
    for expected in [format!("127.0.0.1:{nobody}: Connection refused"), format!("{second}"), format!("{first}")] {
        assert!(words.contains(&expected), "{expected}: {words}");
    }
    assert_eq!(error.exit_code(), 3);
}

#[test]
fn a_server_that_stays_silent_leaves_time_for_the_next() {
    on_every_version(|cluster| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = listener.local_addr().unwrap().port();
        let database = cluster.database();
        let text = format!(
            "host=127.0.0.1,{} port={silent},5432 user=postgres dbname={}",
            cluster.socket().display(),
            database.name
        );
        let options = Options { connect_timeout: Some(Duration::from_millis(500)), ..Options::default() };
        let session = Session::open(&target(&text), &options).unwrap();
        assert_eq!(session.server().database, database.name);
    });
}

#[test]
fn a_password_file_that_others_can_read_is_left_out_and_said() {
    let folder = std::env::temp_dir().join(format!("schema-check-passfile-{}", std::process::id()));
    std::fs::write(&folder, "*:*:*:*:s3cret99\n").unwrap();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let target = target(&format!("host=h user=u passfile={}", folder.display()));
    assert!(target.notes()[0].contains("others can read it (chmod 600"), "{:?}", target.notes());
    std::fs::remove_file(folder).unwrap();
}
