//! `doctor`: each step in a line, and the first that does not go well with what to do.

use super::{Folder, Run, command, finish};
use crate::live::Pooler;
use crate::server::clusters;

/// Of a folder, without anything of the environment that could help.
pub(crate) fn doctor(folder: &Folder, arguments: &[&str]) -> Run {
    let mut doctor = command(&[&["doctor"], arguments].concat());
    for variable in ["PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGPASSFILE", "PGSERVICE"] {
        doctor.env_remove(variable);
    }
    finish(doctor.current_dir(&folder.0).env("HOME", "/nonexistent").env("USER", "somebody").env("SHOP_URL", "host=h"))
}

/// The mark of each step that was looked at, and what was told of it.
#[track_caller]
pub(crate) fn tells(run: &Run, code: i32, lines: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(&format!("(exit {code})")) && !run.stdout.contains("hunter22"), "{}", run.stdout);
    let spaced = run.stdout.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for line in lines {
        assert!(spaced.contains(line), "{line}\n{}", run.stdout);
    }
}

#[test]
fn all_is_well() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute(
        "CREATE TABLE t (id int); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
         CREATE USER MAPPING FOR postgres SERVER s OPTIONS (password 'hunter22')",
    );
    cluster.ensure_role("bare");
    let folder = Folder::new("doctor-well");
    folder.file("schema.yaml", "version: 1\ntables: { t: {} }\n");
    folder.file(
        "schema-check.yaml",
        format!("specs: schema.yaml\ntargets: {{ here: {{ url: \"{}\" }} }}\n", database.url_as("bare")),
    );
    let by_config = doctor(&folder, &[]);
    let name = &database.name;
    tells(
        &by_config,
        0,
        &[
            "✓ config schema-check.yaml, target here\n✓ spec schema.yaml\n✓ connection from target here: ",
            &format!("database {name} as bare, no password, sslmode=prefer\n"),
            &format!("✓ login as bare to the database {name}, in "),
            "– encryption no TLS (local socket)\n✓ server PostgreSQL ",
            "– pooler none that shows\n✓ reading every catalog may be read; ",
            "– not visible the options of 1 user mapping, if any: their owner, or a superuser, is shown them\n",
            "– timeouts to connect 10 s, a query 30 s, a lock 2 s\n",
            "all is well (exit 0)\n next: schema-check check",
        ],
    );
    let by_flag = doctor(&folder, &["--no-config", "--lock-timeout", "5", "--db", &database.url()]);
    tells(&by_flag, 0, &["– config no schema-check.yaml", "✓ connection from --db: ", "a lock 5 s"]);
    assert!(!by_flag.stdout.contains("user mapping"), "{}", by_flag.stdout);
}

#[test]
fn nobody_listens() {
    let folder = Folder::new("doctor-port");
    let url = "postgresql://u:hunter22@127.0.0.1:1/db";
    tells(
        &doctor(&folder, &["--db", url]),
        3,
        &[
            "✓ connection from --db: database db as u, a password, sslmode=prefer\n✓ host 127.0.0.1:1 is 127.0.0.1\n",
            "✗ reachable 127.0.0.1:1: Connection refused\n",
            "next: check that the server is running",
        ],
    );
    let unknown = doctor(&folder, &["--db", "postgresql://u:hunter22@no-such-host.invalid/db"]);
    tells(&unknown, 3, &["✗ host no-such-host.invalid:5432: "]);
}

#[test]
fn what_is_wrong_with_the_input_is_told_where_it_is_from() {
    let folder = Folder::new("doctor-input");
    let wrong = doctor(&folder, &["--db", "postgresql://u:hunter22@h/db?sslmode=never"]);
    tells(&wrong, 2, &["✗ connection from --db: the connection string cannot be read: sslmode is none of"]);
    let unset = doctor(&folder, &["--db", "env:NOT_SET_ANYWHERE"]);
    tells(&unset, 2, &["✗ connection from --db: the environment variable NOT_SET_ANYWHERE is not set"]);
    assert_eq!(doctor(&folder, &["--target", "prod"]).code, 2);
}

#[test]
fn a_catalog_that_may_not_be_read_is_named() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    database.execute("REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC");
    cluster.ensure_role("bare");
    let folder = Folder::new("doctor-permission");
    tells(
        &doctor(&folder, &["--db", &database.url_as("bare")]),
        3,
        &[
            "✓ login as bare",
            "✗ reading not permitted to read pg_policy on ",
            "next: pg_catalog is readable for every role",
        ],
    );
}

#[test]
fn a_pooler_in_statement_mode_is_the_culprit() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    let Some(pooler) = Pooler::in_mode(cluster, "statement") else {
        eprintln!("skipped: there is no PgBouncer on this machine");
        return;
    };
    let folder = Folder::new("doctor-pooler");
    tells(
        &doctor(&folder, &["--db", &pooler.url(&database.name)]),
        3,
        &[
            "– pooler there seems to be a pooler or a proxy in between: by its port, 6432\n✗ pooler ",
            "pool_mode = transaction",
        ],
    );
}
