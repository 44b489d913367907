//! The same run elsewhere: the report is the same, byte by byte.

use std::fs;
use std::process::Command;

use crate::cli::{Folder, command};

#[test]
fn a_report_hangs_on_nothing_around_it() {
    let folder = Folder::new("hostile-same");
    let sql = folder.file("a.sql", "create table t (id bigint, \"é😀\" text);\ncreate index on t (id);\n");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: int, name: text } } }\n");
    let locked = folder.0.join("locked");
    fs::create_dir(&locked).unwrap();
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    type Change<'a> = &'a dyn for<'c> Fn(&'c mut Command) -> &'c mut Command;
    let changes: [(&str, Change<'_>); 6] = [
        ("a locale", &|run| run.env("LC_ALL", "tr_TR.UTF-8").env("LANG", "de_DE").env("LANGUAGE", "de")),
        ("a time zone", &|run| run.env("TZ", "Pacific/Kiritimati")),
        ("no home", &|run| run.env_remove("HOME").env_remove("USER").env_remove("XDG_CONFIG_HOME")),
        ("a folder that cannot be written to", &|run| run.current_dir(&locked)),
        ("a dumb terminal", &|run| run.env("TERM", "dumb")),
        ("no environment", &|run| run.env_clear().env("COLUMNS", "100")),
    ];
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "tap", "html"] {
        let run = |change: Change<'_>| {
            let mut run = command(&["check", "--spec", &spec, "--sql", &sql, "--format", format]);
            run.env("SOURCE_DATE_EPOCH", "1700000000");
            change(&mut run);
            let out = run.output().unwrap();
            assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8(out.stdout).unwrap()
        };
        let usual = run(&|run| run);
        assert_eq!(run(&|run| run), usual, "{format}: again");
        for (name, change) in &changes {
            assert_eq!(run(change), usual, "{format}: {name}");
        }
        // Who reads is on a terminal of that width, or no one is.
        let is_for_people = format == "human";
        let narrow = run(&|run| run.env("COLUMNS", "80"));
        assert!(is_for_people || narrow == usual, "{format}: 80 columns");
    }
}

/// What hangs on the day is asked of `SOURCE_DATE_EPOCH`, where that is set.
#[test]
fn the_day_can_be_stated() {
    let folder = Folder::new("hostile-day");
    let sql = folder.file("a.sql", "create table t (id bigint);");
    let waiver = "{ finding: 'drift::*', object: '*', reason: known, expires: 2024-01-01 }";
    let text = format!("version: 1\ntables: {{ t: {{ columns: {{ id: int }} }} }}\nwaivers: [{waiver}]\n");
    let spec = folder.file("spec.yaml", text);
    let code = |seconds: &str| {
        let mut check = command(&["check", "--spec", &spec, "--sql", &sql]);
        check.env("SOURCE_DATE_EPOCH", seconds).output().unwrap().status.code()
    };
    assert_eq!([code("1700000000"), code("1710000000")], [Some(0), Some(1)], "in 2023, and in 2024");
    let snapshot = || command(&["snapshot", &sql, "-o", "-"]).env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap();
    let kept = String::from_utf8(snapshot().stdout).unwrap();
    assert!(kept.contains("2023-11-14T22:13:20Z"), "{kept}");
    assert_eq!(snapshot().stdout, kept.into_bytes());
}
