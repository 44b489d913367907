//! What a bug of our own comes to.

use crate::cli::{Folder, command};

/// One rule panics, with words that hold all of the catalog: the others are told, and nothing is certain.
#[test]
fn a_bug_in_a_rule_is_told_and_leaves_the_others() {
    let folder = Folder::new("hostile-bug");
    let sql = folder.file("a.sql", "create table t (a text default 'sesame');");
    let spec = folder.file(
        "spec.yaml",
        "version: 1\nrules: { duplicate-index: warning, table-without-primary-key: warning, invalid-index: error }\n",
    );
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "tap", "html"] {
        let mut command = command(&["check", "--spec", &spec, "--sql", &sql, "--format", format]);
        let out = command.env("SCHEMA_CHECK_BUG_IN", "duplicate-index").env_remove("RUST_BACKTRACE").output().unwrap();
        let (stdout, stderr) = (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
        assert_eq!(out.status.code(), Some(3), "{stdout}{stderr}");
        assert!(stderr.contains("this is a bug in schema-check") && stderr.contains("src/rules.rs:"), "{stderr}");
        assert!(stderr.contains("help: report it"), "{stderr}");
        assert!(!stderr.contains("sesame"), "{stderr}");
        assert!(stdout.contains("could not be judged"), "{format}: {stdout}");
        assert!(stdout.contains("table-without-primary-key"), "{format}: {stdout}");
    }
}
