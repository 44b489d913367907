//! Where the database is, when it is said in one way or another, and that what was used is told, but for secrets.

use std::io::Write;
use std::process::Stdio;

use super::{Folder, SPEC, command, finish};
use crate::server::{Cluster, Database, clusters};

/// The words for a cluster's newest database, in a folder of its own.
fn with_database(test: impl FnOnce(&Cluster, &Database<'_>, &str)) {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("create table t (id bigint not null)");
    let folder = Folder::new(&format!("connection-{}", database.name));
    test(cluster, &database, &folder.file("spec.yaml", SPEC));
}

#[test]
fn the_first_variable_that_is_set_is_taken_and_told() {
    with_database(|cluster, database, spec| {
        let check = |variables: &[(&str, &str)]| {
            let mut command = command(&["--no-config", "check", "--spec", spec]);
            let run = finish(command.envs(variables.iter().copied()));
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
            run.stdout
        };
        let socket = cluster.socket().to_str().unwrap();
        let url = format!("postgresql://postgres@/{}?host={socket}", database.name);
        let nowhere = "postgresql://127.0.0.1:1/nowhere";
        let both = check(&[("SCHEMA_CHECK_DATABASE_URL", &url), ("DATABASE_URL", nowhere), ("PGHOST", "127.0.0.1")]);
        assert!(both.contains("(from SCHEMA_CHECK_DATABASE_URL)"), "{both}");
        let usual = check(&[("SCHEMA_CHECK_DATABASE_URL", ""), ("DATABASE_URL", &url)]);
        assert!(usual.contains("(from DATABASE_URL)"), "{usual}");
        let libpq = check(&[("PGHOST", socket), ("PGUSER", "postgres"), ("PGDATABASE", &database.name)]);
        assert!(libpq.contains("(from PGDATABASE, PGHOST, PGUSER)"), "{libpq}");
        let said = format!("database {} at {socket}:5432 as postgres", database.name);
        assert!(libpq.split_whitespace().collect::<Vec<_>>().join(" ").contains(&said), "{libpq}");
    });
}

#[test]
fn services_and_standard_input() {
    with_database(|cluster, database, spec| {
        let folder = Folder::new("service");
        let socket = cluster.socket().to_str().unwrap();
        let services = format!("[shop]\nhost={socket}\nuser=postgres\ndbname={}\npassword=s3cret99\n", database.name);
        let services = folder.file("services", services);
        let run = finish(
            command(&["--no-config", "check", "--spec", spec]).env("PGSERVICE", "shop").env("PGSERVICEFILE", &services),
        );
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("(from service shop in {services})")), "{words}");
        assert!(!run.stdout.contains("s3cret99"));

        let mut command = command(&["--no-config", "check", "--spec", spec, "--db", "-"]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all((database.url() + "\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("standard input"));
    });
}

#[test]
fn where_nothing_says_where_the_ways_are_told() {
    let folder = Folder::new("nowhere");
    let spec = folder.file("spec.yaml", SPEC);
    let run = finish(command(&["--no-config", "check", "--spec", &spec]).env("DATABASE_URL", ""));
    assert_eq!(run.code, 2);
    let words = run.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in ["there is nothing to look at", "DATABASE_URL is there, and empty", "PGHOST", "give --db URL"] {
        assert!(words.contains(expected), "{expected}\n{words}");
    }
    let run = finish(command(&["--no-config", "check", "--spec", &spec]).env("DATABASE_URL", "mysql://u:s3cret99@h/d"));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("DATABASE_URL: the connection string cannot be read"), "{}", run.stderr);
    assert!(!run.stderr.contains("s3cret99"), "{}", run.stderr);
}

/// A password that slipped into another place, mostly for want of a `%40`.
const ASTRAY: &[&str] = &[
    "postgresql://u:hunter22@p@127.0.0.1:1/d",
    "postgresql://u:p@hunter22@127.0.0.1:1/d",
    "postgresql://u:hunter22/p@127.0.0.1:1/d",
    "postgresql://u:p/hunter22@127.0.0.1:1/d",
    "postgresql://u:hun%ter22hunter22@127.0.0.1:1/d",
    "postgresql://u:hunter22 hunter22@127.0.0.1:1/d",
    "postgresql://u:hunter22",
    "postgresql://u:p@127.0.0.1:hunter22/d",
    "postgresql://127.0.0.1:1/d?password=a&hunter22",
    "postgresql://127.0.0.1:1/d?password=a&hunter22=b",
    "postgresql://127.0.0.1:1/d?password=a=hunter22",
    "postgresql://127.0.0.1:1/d?sslmode=hunter22",
    "postgresql://127.0.0.1:1/d?options=-c%20x=hunter22",
    "postgresql://u:hunter22@127.0.0.1:1/d?sslpassword=hunter22",
    "jdbc:postgresql://127.0.0.1:1/d?user=u&password=hunter22",
    "mysql://u:hunter22@127.0.0.1:1/d",
    "host=127.0.0.1 port=1 password=hunter22",
    "host=127.0.0.1 port=1 password=a hunter22",
    "host=127.0.0.1 port=1 password='hunter22",
    "host=127.0.0.1 port=hunter22",
    "host=u:hunter22@127.0.0.1 port=1",
    "host=127.0.0.1 port=1 dbname=postgresql://u:hunter22@h/d",
    "host=127.0.0.1 port=1 dbname='user=u password=hunter22'",
    "host=127.0.0.1 hostaddr=hunter22",
    "host=127.0.0.1 port=1 connect_timeout=hunter22",
    "hunter22@127.0.0.1",
    "u:hunter22@127.0.0.1:1/d",
];

#[test]
fn a_password_that_went_astray_is_shown_nowhere() {
    let folder = Folder::new("astray");
    let spec = folder.file("spec.yaml", SPEC);
    for text in ASTRAY {
        let ways: [(&[&str], &str); 3] = [
            (&["--no-config", "check", "--spec", &spec, "--db", text], ""),
            (&["--no-config", "check", "--spec", &spec], text),
            (&["--no-config", "diff", &spec, text], ""),
        ];
        for (arguments, variable) in ways {
            let run = finish(command(arguments).env("DATABASE_URL", variable).env("RUST_BACKTRACE", "1"));
            assert!(run.code == 2 || run.code == 3, "{text}: {}{}", run.stdout, run.stderr);
            for shown in [&run.stdout, &run.stderr] {
                assert!(!shown.contains("hunter22"), "{text}: {arguments:?}: {shown}");
            }
        }
    }
}
