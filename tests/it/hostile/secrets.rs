//! A password is in no output, wherever it was put.

use std::fs;

use crate::cli::{Folder, command, run};

const SECRET: &str = "Sesame-77";

/// No server listens there; a connection is refused at once.
const NOWHERE: &str = "127.0.0.1:1";

#[track_caller]
fn is_kept(name: &str, output: std::process::Output) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(SECRET), "{name}: {stream}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
    assert!(matches!(output.status.code(), Some(2 | 3)), "{name}: {:?}", output.status);
}

/// Connection strings with the password where it belongs and where it does not.
fn strings() -> Vec<String> {
    [
        "postgresql://u:SECRET@NOWHERE/db",
        "postgresql://u:pa@SECRET@NOWHERE/db",
        "postgresql://u:SECRET@x@NOWHERE/db",
        "postgresql://u:a/SECRET@NOWHERE/db",
        "postgresql://u:a#SECRET@NOWHERE/db",
        "postgresql://u:a?SECRET@NOWHERE/db",
        "postgresql://u:a:SECRET@NOWHERE/db",
        "postgresql://u:%53esame-77@NOWHERE/db",
        "postgresql://NOWHERE/db?user=u&password=SECRET",
        "postgresql://u:x@NOWHERE/db?passwort=SECRET",
        "postgresql://u:x@NOWHERE/db?options=-c%20app.key%3DSECRET",
        "postgresql://u@NOWHERE/db?sslpassword=SECRET",
        "postgresql://u:x&SECRET=1@NOWHERE/db",
        "postgresql://u@NOWHERE/db?sslmode=SECRET",
        "postgresql://u@NOWHERE/db?connect_timeout=SECRET",
        "postgresql://u@127.0.0.1:SECRET/db",
        "host=127.0.0.1 port=1 user=u password=SECRET dbname=d",
        "host=127.0.0.1 port=1 user=u password='SECRET dbname=d",
        "host=127.0.0.1 port=1 user=u password SECRET",
        "host=127.0.0.1 port=SECRET user=u",
        "host=127.0.0.1 port=1 dbname=postgres://u:SECRET@h",
        "host=postgres://u:SECRET@h port=1",
        "host=u:SECRET@127.0.0.1 port=1",
        "jdbc:postgresql://NOWHERE/db?user=u&password=SECRET",
        "mysql://u:SECRET@NOWHERE/db",
        "postgres:/u:SECRET@NOWHERE/db",
    ]
    .iter()
    .map(|text| text.replace("SECRET", SECRET).replace("NOWHERE", NOWHERE))
    .collect()
}

#[test]
fn a_password_in_a_connection_string_is_never_printed() {
    let folder = Folder::new("hostile-secrets");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: }\n");
    for text in strings() {
        let quick = |arguments: &[&str]| {
            let mut command = command(arguments);
            command.args(["--connect-timeout", "1", "--no-config"]).env("RUST_BACKTRACE", "1").env("DB", &text);
            command.output().unwrap()
        };
        is_kept(&text, quick(&["show", "--db", &text]));
        is_kept(&text, quick(&["check", "--spec", &spec, "--db", "env:DB"]));
        is_kept(&text, quick(&["diff", &text, &text]));
    }
    let from_environment = |name: &str, value: &str| {
        let mut command = command(&["show", "--no-config", "--db", "port=1 user=u connect_timeout=1"]);
        command.env(name, value).output().unwrap()
    };
    for name in ["PGPASSWORD", "PGOPTIONS", "PGDATABASE", "PGSSLMODE", "PGPORT", "PGCONNECT_TIMEOUT"] {
        is_kept(name, from_environment(name, SECRET));
    }
    for name in ["PGSERVICE", "PGHOST", "PGUSER", "PGSERVICEFILE", "PGPASSFILE", "PGSSLROOTCERT"] {
        is_kept(name, from_environment(name, &format!("postgres://u:{SECRET}@h/d")));
    }
}

/// As a path, a name, a value: clap, and who opens files, repeat what they were given.
#[test]
fn a_password_in_another_place_is_not_repeated() {
    let folder = Folder::new("hostile-places");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: }\n");
    let sql = folder.file("a.sql", "create table t ();");
    let url = format!("postgresql://u:{SECRET}@h/db");
    for arguments in [
        &["check", "--spec", &spec, "--sql", &url][..],
        &["check", "--spec", &url, "--sql", &sql],
        &["check", "--spec", &spec, "--snapshot", &url],
        &["check", "--spec", &spec, "--target", &url],
        &["check", "--spec", &spec, "--sql", &sql, "--phase", &url],
        &["check", "--spec", &spec, "--sql", &sql, "--format", &url],
        &["check", "--config", &url],
        &["show", "--db", &format!("env:{url}")],
        &["show", &url],
        &[&url],
        &["explain", &url],
    ] {
        is_kept(&arguments.join(" "), command(arguments).output().unwrap());
    }
}

/// A target in schema-check.yaml that is read from a variable: reports say what it is called.
#[test]
fn a_report_names_a_target_and_not_its_url() {
    let folder = Folder::new("hostile-target");
    folder.file("spec.yaml", "version: 1\ntables: { t: }\n");
    folder.file("schema-check.yaml", "specs: spec.yaml\ntargets: { prod: { url: env:DB } }\n");
    for format in ["human", "json", "html", "github"] {
        let mut command = command(&["check", "--target", "prod", "--format", format]);
        command.current_dir(&folder.0).env("DB", format!("postgresql://u:{SECRET}@{NOWHERE}/db"));
        is_kept(format, command.output().unwrap());
    }
    let snapshot = folder.file("kept.json", format!("{{\"source\": \"postgresql://u:{SECRET}@h/db\"}}"));
    let refused = run(&["show", "--snapshot", &snapshot]);
    assert!(!refused.stderr.contains(SECRET), "{}", refused.stderr);
    assert!(fs::metadata(&snapshot).is_ok());
}
