//! How much memory input can make the tool take: what it takes for nothing, and so much more for each byte
//! (`docs/performance.md` tells the figures of a release; they hold of a build for tests as well).
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::cli::{Folder, command};
use crate::server::on_every_version;

/// For nothing.
const BASE: usize = 96 << 20;
/// For each byte of a spec, and of SQL.
const PER_BYTE: usize = 1_200;

/// The most memory that a command has held, in bytes, and its exit code.
fn peak(command: &mut Command) -> (usize, i32) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    loop {
        // The kernel keeps the most that it ever was, as long as the process is there.
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let figure = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = most.max(figure.map_or(0, |figure| figure.parse::<usize>().unwrap() << 10));
        if let Some(ended) = child.try_wait().unwrap() {
            return (most, ended.code().unwrap());
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn is_bounded(name: &str, text: &str, arguments: &dyn Fn(&str) -> Vec<String>) {
    let folder = Folder::new(&format!("hostile-memory-{}", name.replace(' ', "-")));
    let path = folder.file(if text.starts_with("version:") { "spec.yaml" } else { "a.sql" }, text);
    let arguments = arguments(&path);
    let (most, code) = peak(&mut command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    let bound = BASE + PER_BYTE * text.len();
    eprintln!("{name}: {} bytes, {} MiB of {}, exit {code}", text.len(), most >> 20, bound >> 20);
    assert!(code < 3 && most > 0, "{name}: {code}");
    assert!(most < bound, "{name}: {} MiB of {}", most >> 20, bound >> 20);
}

#[test]
fn of_a_spec() {
    let many = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<String>();
    let laughs: String = "bcdefgh"
        .chars()
        .zip("abcdefg".chars())
        .map(|(name, before)| format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")))
        .collect();
    for (name, text) in [
        ("many tables", format!("tables:\n{}", many(20_000, &|n| format!("  t{n}:\n")))),
        ("many columns", format!("tables:\n  t:\n    columns:\n{}", many(1_500, &|n| format!("      c{n}: text\n")))),
        ("a long text", format!("tables: {{ t: {{ comment: \"{}\" }} }}\n", "x".repeat(5_000_000))),
        ("aliases", format!("a: &a [l, l, l, l, l, l, l, l, l]\n{laughs}")),
        (
            "many aliases",
            format!("tables:\n  a: &a {{ columns: {{ id: int }} }}\n{}", many(20_000, &|n| format!("  t{n}: *a\n"))),
        ),
        ("many anchors", format!("tables:\n{}", many(20_000, &|n| format!("  t{n}: &a{n} {{}}\n")))),
        ("brackets", format!("a: {}", "[".repeat(1_000_000))),
        ("mistakes", many(5_000, &|n| format!("k{n}: 1\n"))),
    ] {
        let folder = Folder::new("hostile-memory-of-a-spec");
        let sql = folder.file("a.sql", "create table t (a int);");
        is_bounded(name, &format!("version: 1\n{text}"), &|spec| {
            ["check", "--spec", spec, "--sql", &sql].map(str::to_owned).to_vec()
        });
    }
}

#[test]
fn of_sql() {
    let many = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<String>();
    for (name, text) in [
        ("many statements", many(3_000, &|n| format!("create table t{n} (a int);\n"))),
        (
            "one table altered",
            format!("create table t (a int);{}", many(3_000, &|_| "alter table t alter a set not null;".into())),
        ),
        ("many columns", format!("create table t ({}a int);", many(1_500, &|n| format!("c{n} text, ")))),
        ("rows", format!("create table t (a int);insert into t values (0){};", many(50_000, &|n| format!(",({n})")))),
        ("a list", format!("create table t (a int check (a in (0{})));", many(50_000, &|n| format!(",{n}")))),
        ("a sum", format!("create table t (a int default 1{});", " + 1".repeat(64_000))),
        ("queries in queries", format!("create view v as select {}1{};", "(select ".repeat(5_000), ")".repeat(5_000))),
        ("parentheses", format!("select {}1{};", "(".repeat(200_000), ")".repeat(200_000))),
        ("a long text", format!("create table t (); comment on table t is '{}';", "x".repeat(5_000_000))),
        ("a long comment", format!("/* {} */ create table t ();", "x".repeat(5_000_000))),
        ("semicolons", format!("{}create table t ();", ";".repeat(1_000_000))),
        ("commands", format!("{}create table t ();", "\\x\n".repeat(20_000))),
        ("syntax errors", many(2_000, &|n| format!("create tabel t{n};\n"))),
        ("an endless loop", "do $$ begin loop execute 'select 1'; end loop; end $$;".to_owned()),
    ] {
        is_bounded(name, &text, &|sql| ["show", "--sql", sql].map(str::to_owned).to_vec());
    }
}

/// Ten megabytes are read as their beginning, how many they are, and a sum by which two are told apart.
#[test]
fn a_comment_in_a_database_is_cut() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(
            "CREATE TABLE t (a int); CREATE TABLE u (a int);
             DO $$ BEGIN
                 EXECUTE format('COMMENT ON TABLE t IS %L', repeat('é', 5000000));
                 EXECUTE format('COMMENT ON TABLE u IS %L', repeat('é', 4999999) || 'ee');
             END $$",
        );
        let mut show = command(&["show", "--db", &database.url()]);
        let out = show.output().unwrap();
        let told = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(told.len() < 100_000, "{}", told.len());
        let sums: Vec<&str> = told.split("10000000 bytes, MD5 ").skip(1).map(|rest| &rest[..32]).collect();
        assert!(sums.len() == 2 && sums[0] != sums[1], "{sums:?}\n{told}");
        let (most, code) = peak(&mut command(&["show", "--db", &database.url()]));
        assert!(code == 0 && most < BASE, "{} MiB", most >> 20);
    });
}
