//! Files that are none, or not what they should be.

use std::fs::File;
use std::process::Command;

use crate::cli::{Folder, Run, command, finish, run};

#[track_caller]
fn is_refused(run: &Run, words: &[&str]) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    for words in words {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
}

#[test]
fn what_is_no_spec_is_said_to_be_none() {
    let folder = Folder::new("hostile-specs");
    let validate = |path: &str| run(&["validate", "--no-config", "--spec", path]);
    for (bytes, words) in [
        (&b""[..], "the spec is empty"),
        (b"# only this\n", "the spec is empty"),
        (b"version: 1\n---\nversion: 1\n", "several documents"),
        (b"\xff\xfev\0e\0r\0", "is not UTF-8: line 1, byte 0 is 0xFF"),
        (b"version: 1\ntables: { caf\xe9: }\n", "is not UTF-8: line 2"),
        (b"version: 2\ntables: { t: }\n", "this version of the spec language is not known"),
        (b"\0\0\0\0", "spec.yaml"),
    ] {
        is_refused(&validate(&folder.file("spec.yaml", bytes)), &[words]);
    }
    let marked = validate(&folder.file("spec.yaml", "\u{feff}version: 1\ntables: { t: }\n"));
    assert_eq!(marked.code, 0, "a byte order mark is nothing: {}", marked.stderr);

    is_refused(&validate("/dev/zero"), &["/dev/zero is not a file"]);
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    is_refused(&validate(&format!("{}/empty", folder.path())), &["there is no .yaml file in "]);
    let fifo = format!("{}/fifo", folder.path());
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    is_refused(&validate(&fifo), &["is not a file"]);
    for (name, words) in [("large.yaml", "is larger than 64 MiB"), ("large.sql", "is larger than 256 MiB")] {
        // Ten gigabytes, of which nothing is written.
        let path = folder.file(name, "");
        File::options().write(true).open(&path).unwrap().set_len(10 << 30).unwrap();
        let run = if name.ends_with("sql") { run(&["show", "--sql", &path]) } else { validate(&path) };
        is_refused(&run, &[words]);
    }
}

#[test]
fn what_is_no_sql_is_said_to_be_none() {
    let folder = Folder::new("hostile-sql");
    let show = |bytes: &[u8]| run(&["show", "--sql", &folder.file("a.sql", bytes)]);
    for (bytes, words) in [
        (&b"create table t ();\n-- caf\xe9\ncreate table u ();"[..], &["is not UTF-8: line 2", "windows-1252"][..]),
        (b"create table t (a\0b int);", &["NUL", "a.sql:1:18]"]),
        (b"create table t ();\nselect $$ a;\ncreate table u ();", &["unterminated dollar-quoted string", "a.sql:2:8]"]),
        (b"create table t ();\nselect (1;\ncreate table u ();", &["syntax error at or near \";\"", "a.sql:2:10]"]),
        (b"create table t ();\nselect 'a;\ncreate table u ();", &["unterminated quoted string", "a.sql:2:8]"]),
        (b"create table t ();\n/* a;\ncreate table u ();", &["unterminated /* comment", "a.sql:2:1]"]),
        (b"{% if x %}\ncreate table t ();\n{% endif %}\n", &["this looks like a template", "a.sql:1:1]"]),
        (b"create table {{ name }} ();", &["--var name=VALUE", "a.sql:1:14]"]),
        (b"create table t ();\n)\ncreate table u ();", &["syntax error at or near \")\"", "a.sql:2:1]"]),
        (
            b"create table t (a int);\ncopy t from stdin;\n1\ncreate table u ();\n",
            &["the rows of this COPY do not end", "a.sql:2:1]"],
        ),
        (b"\\copy t from stdin\n1\ncreate table u ();\n", &["the rows of this COPY do not end", "a.sql:1:1]"]),
    ] {
        is_refused(&show(bytes), words);
    }
    let fine = show(b"\xef\xbb\xbfcreate table t (a int);\ncopy t from stdin;\n1\n\\.\ncreate table u (b int);\n");
    assert_eq!(fine.code, 0, "{}", fine.stderr);
    assert!(fine.stdout.contains("table public.t") && fine.stdout.contains("table public.u"), "{}", fine.stdout);
}

#[test]
fn what_a_newer_version_wrote_is_refused() {
    let folder = Folder::new("hostile-newer");
    folder.file("spec.yaml", "version: 1\ntables: { t: }\n");
    folder.file("a.sql", "create table t ();");
    folder.file("schema-check.yaml", "specs: spec.yaml\nsql: a.sql\nshards: 3\n");
    let mut bare = command(&[]);
    is_refused(&finish(bare.current_dir(&folder.0)), &["`shards` is not a key", "schema-check.yaml:3:1]"]);
}

#[test]
fn a_comparison_with_nothing_is_none() {
    let folder = Folder::new("hostile-nothing");
    let sql = folder.file("a.sql", "create table t ();");
    let check = |spec: &str, sql: &str| run(&["check", "--spec", &folder.file("spec.yaml", spec), "--sql", sql]);
    is_refused(&check("version: 1\n", &sql), &["the spec asserts nothing"]);
    is_refused(&check("version: 1\nabsent: {}\n", &sql), &["the spec asserts nothing"]);
    is_refused(
        &check("version: 1\neach: [{ tables: 'no_*', row_security: enabled }]\n", &sql),
        &["there is nothing to compare"],
    );
    is_refused(
        &check("version: 1\ntables: { t: }\n", &folder.file("b.sql", "-- nothing\n")),
        &["there is no statement"],
    );
    is_refused(&check("version: 1\ntables: { t: }\n", &format!("{}/*.sql", folder.path())), &[]);
}
