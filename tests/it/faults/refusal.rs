//! Servers that do not let us in: one line says why, one what to do, and neither repeats a secret.

use std::fs;

use super::in_one_line;
use crate::cli::doctor::{doctor, tells};
use crate::cli::{Folder, Run, command, finish};
use crate::server::{Cluster, clusters};

const SECRET: &str = "hunter22";

/// Shows a database without anything of the environment that could help.
fn show(url: &str, environment: &[(&str, &str)]) -> Run {
    let mut show = command(&["show", "--no-config", "--db", url]);
    for variable in ["PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGPASSFILE", "PGSERVICE"] {
        show.env_remove(variable);
    }
    finish(show.env("HOME", "/nonexistent").envs(environment.iter().copied()))
}

#[track_caller]
fn refused(run: &Run, code: &str, problem: &str) {
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.is_empty() && !run.stderr.contains(SECRET), "{}{}", run.stdout, run.stderr);
    let text = in_one_line(&run.stderr);
    assert!(text.starts_with(&format!("schema_check::live::{code} × ")), "{text}");
    assert!(text.contains(problem), "{problem}\n{text}");
    assert_eq!(text.matches(" help: ").count(), 1, "{text}");
    assert!(!text.contains("os error"), "{text}");
}

#[test]
fn by_what_is_not_there() {
    let there = format!("postgresql://someone:{SECRET}@127.0.0.1:1/db");
    refused(&show(&there, &[]), "cannot_connect", "cannot connect to 127.0.0.1:1: Connection refused");
    let name = format!("postgresql://someone:{SECRET}@no-such-host.invalid/db");
    refused(&show(&name, &[]), "cannot_connect", "cannot connect to no-such-host.invalid:5432:");
    let socket = "host=/nonexistent user=someone dbname=db";
    refused(&show(socket, &[]), "cannot_connect", "cannot connect to /nonexistent:5432: No such file");
}

#[test]
fn by_a_password() {
    let newest = clusters().last().map(|cluster| cluster.version);
    for cluster in newest.map(|version| Cluster::own(&[version])).unwrap_or_default() {
        let database = cluster.database();
        database.execute(&format!(
            "CREATE ROLE by_password LOGIN PASSWORD '{SECRET}'; CREATE ROLE kept_out LOGIN;
             REVOKE CONNECT ON DATABASE {} FROM PUBLIC; GRANT CONNECT ON DATABASE {0} TO by_password",
            database.name
        ));
        let rules = cluster.socket().join("data/pg_hba.conf");
        let before = fs::read_to_string(&rules).unwrap();
        fs::write(&rules, format!("local all by_password scram-sha-256\nlocal all turned_away reject\n{before}"))
            .unwrap();
        database.execute("SELECT pg_reload_conf(); SELECT pg_sleep(0.5)");
        let url = database.url_as("by_password");
        let right = show(&format!("{url} password={SECRET}"), &[]);
        assert_eq!(right.code, 0, "{}", right.stderr);
        refused(&show(&url, &[]), "login", "password missing");
        let folder = Folder::new("refusal-doctor");
        let told = doctor(&folder, &["--db", &format!("{url} password=wrong{SECRET}")]);
        tells(
            &told,
            3,
            &["a password, sslmode=prefer\n✓ reachable ", "✗ login ", "password authentication failed", "next: check"],
        );
        tells(&doctor(&folder, &["--db", &url]), 3, &["no password, sslmode=prefer", "✗ login ", "password missing"]);
        refused(&show(&url, &[("PGPASSWORD", "hunter22x")]), "login", "password authentication failed");
        refused(&show(&format!("{url} password=wrong{SECRET}"), &[]), "login", "password authentication failed");
        refused(&show(&database.url_as("turned_away"), &[]), "login", "pg_hba.conf rejects connection");
        refused(&show(&database.url_as("kept_out"), &[]), "login", "permission denied for database");
        refused(&show(&database.url_as("not_there"), &[]), "login", "role \"not_there\" does not exist");
        refused(&show(&cluster.url("not_there"), &[]), "no_database", "database \"not_there\" does not exist");
    }
}
