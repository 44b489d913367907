//! `snapshot`, and snapshots as sources.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Folder, SPEC, run};
use crate::server::clusters;

#[test]
fn a_snapshot_says_what_its_source_says() {
    let system = "fixtures/systems/single_tier_auth";
    let sql = [format!("{system}/prelude.sql"), format!("{system}/migrations")];
    let shown = run(&["show", "--format", "json", "--sql", &sql[0], &sql[1]]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let folder = Folder::new("snapshot");
    let snapshot = folder.file("catalog.json", &shown.stdout);
    // One file with all of it, for diff takes one path.
    let names = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&sql[1])).unwrap();
    let mut paths: Vec<PathBuf> = names.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.insert(0, Path::new(env!("CARGO_MANIFEST_DIR")).join(&sql[0]));
    let whole: String = paths.iter().map(|path| fs::read_to_string(path).unwrap() + "\n").collect();
    let whole = folder.file("all.sql", whole);
    for (one, other) in [(&snapshot, &whole), (&whole, &snapshot), (&snapshot, &snapshot)] {
        let run = run(&["diff", one, other]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }
    let other = folder.file("other.json", shown.stdout.replace("clerk_id_deprecated", "clerk_id"));
    assert_eq!(run(&["diff", &snapshot, &other]).code, 1);
    let broken = folder.file("broken.json", "{}");
    assert_eq!(run(&["diff", &broken, &whole]).code, 2);
}

#[test]
fn a_snapshot_of_what_inherits_is_read_back() {
    let folder = Folder::new("inherits");
    let sql = folder.file(
        "a.sql",
        "create table p (a int); create table c () inherits (p); grant connect on database d to public;",
    );
    let shown = run(&["show", "--sql", &sql, "--format", "json"]);
    let snapshot = folder.file("a.json", &shown.stdout);
    let same = run(&["diff", &snapshot, &snapshot]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    assert!(same.stdout.contains("a.sql:1: privileges on a database are not compared"), "{}", same.stdout);
    assert_eq!(run(&["diff", &snapshot, &snapshot, "--strict"]).code, 1);
}

#[test]
fn sql_files_are_meant_for_what_a_snapshot_is_of() {
    let folder = Folder::new("versions");
    let sql = folder.file("a.sql", "create table t (id bigint not null);");
    let snapshot = format!("{}/old.json", folder.path());
    assert_eq!(run(&["snapshot", &sql, "--postgres", "13", "-o", &snapshot]).code, 0);
    for (one, other) in [(&sql, &snapshot), (&snapshot, &sql)] {
        let run = run(&["diff", one, other]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
    // What everybody may do in the schema public is another thing since 15.
    let newer = run(&["diff", &sql, &snapshot, "--postgres", "18"]);
    assert!(newer.stdout.contains("drift::schema::grants"), "{}", newer.stdout);
}

#[test]
fn a_snapshot_is_checked_and_shown_as_its_source_is() {
    let folder = Folder::new("kept");
    let spec = folder.file("spec.yaml", SPEC);
    let sql = folder.file("a.sql", "create table t (id bigint);\ncreate table t ();\n\nalter table u add x int;\n");
    let snapshot = format!("{}/a.json", folder.path());
    fs::write(&snapshot, "what was there before").unwrap();
    let made = run(&["snapshot", &sql, "--postgres", "15", "-o", &snapshot]);
    assert_eq!((made.code, made.stdout.as_str()), (1, ""), "{}", made.stderr);
    assert!(made.stderr.contains("relation \"t\" already exists"), "{}", made.stderr);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3, "nothing is left beside it");

    let json = |source: &[&str]| {
        let checked = run(&[&["check", "--spec", &spec, "--format", "json"], source].concat());
        let report: serde_json::Value = serde_json::from_str(&checked.stdout).unwrap();
        let finding = |one: &serde_json::Value| format!("{} {} {}", one["code"], one["message"], one["expected"]);
        let found: Vec<String> = report["findings"].as_array().unwrap().iter().map(finding).collect();
        (checked.code, found, report["summary"]["checked"].clone())
    };
    let from_sql = json(&["--sql", &sql]);
    assert_eq!((from_sql.0, from_sql.1.len()), (1, 3), "{from_sql:?}");
    assert_eq!(json(&["--snapshot", &snapshot]), from_sql);
    let told = run(&["check", "--spec", &spec, "--snapshot", &snapshot]).stdout;
    let header = format!("observed snapshot {snapshot} of {sql} (1 file, 3 statements), read 2");
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&header) && told.contains(&format!("note      {sql}:4")), "{told}");

    let shown = |source: &[&str]| run(&[&["show"], source].concat()).stdout;
    assert_eq!(shown(&["--snapshot", &snapshot]), shown(&["--sql", &sql]));
    let by_sql = |source: &[&str]| run(&[&["show", "--format", "sql"], source].concat()).stdout;
    assert_eq!(by_sql(&["--snapshot", &snapshot]), by_sql(&["--sql", &sql]));
    // To take one again changes nothing, the time among it; what `show` prints has none.
    let again = run(&["snapshot", &snapshot, "-o", "-"]);
    assert_eq!(again.stdout, fs::read_to_string(&snapshot).unwrap());
    let text = run(&["show", "--sql", &sql, "--postgres", "15", "--format", "json"]).stdout;
    let without_time: Vec<&str> = again.stdout.lines().filter(|line| !line.contains("\"read_at\"")).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), without_time);
}

#[test]
fn a_bad_snapshot_is_wrong_input_with_a_way_out() {
    let folder = Folder::new("bad");
    let sql = folder.file("a.sql", "create table t (id bigint);");
    let good = run(&["snapshot", &sql, "-o", "-"]).stdout;
    for (text, words) in [
        ("", "this is not JSON: EOF"),
        ("{}", "this is not a snapshot"),
        (&good[..good.len() / 2], "this is not JSON: EOF"),
        (&good.replace("\"table\"", "\"tabel\""), "kind: \"tabel\" is no kind of object"),
        (&good.replace("\"version\": 5", "\"version\": 6"), "it takes a newer tool"),
    ] {
        let bad = folder.file("bad.json", text);
        for arguments in [&["show", "--snapshot", &bad][..], &["diff", &bad, &sql], &["snapshot", &bad, "-o", "-"]] {
            let run = run(arguments);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
            assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
            assert!(run.stderr.contains("make it anew: schema-check snapshot SOURCE -o"), "{}", run.stderr);
        }
    }
    let spec = folder.file("spec.yaml", SPEC);
    let of_spec = run(&["snapshot", &spec, "-o", "-"]);
    assert_eq!(of_spec.code, 2);
    assert!(of_spec.stderr.contains("a spec is nothing to make a snapshot of"), "{}", of_spec.stderr);
    let nowhere = run(&["snapshot", &sql, "-o", &format!("{}/no/a.json", folder.path())]);
    assert_eq!(nowhere.code, 3);
    assert!(nowhere.stderr.contains("no/a.json cannot be written"), "{}", nowhere.stderr);
    assert_eq!(run(&["snapshot", &sql, "-o", folder.path()]).code, 3);
}

#[test]
#[cfg(unix)]
fn what_a_snapshot_replaces_keeps_its_mode_and_its_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("mode");
    let sql = folder.file("a.sql", "create table t (id bigint);");
    let kept = folder.file("kept.json", "");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    let link = format!("{}/link.json", folder.path());
    symlink(&kept, &link).unwrap();
    assert_eq!(run(&["snapshot", &sql, "-o", &link]).code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&["show", "--snapshot", &kept]).code, 0);
    assert!(run(&["snapshot", &sql, "-o", "/dev/stdout"]).stdout.starts_with("{\n  \"format\""));
}

#[test]
fn the_guard_of_a_spec_holds_for_a_snapshot_and_no_user_is_kept() {
    let Some(cluster) = clusters().last() else { return };
    let folder = Folder::new("guard");
    let database = cluster.database();
    database.execute("create table t (id bigint not null)");
    let url = database.url();
    let snapshot = format!("{}/a.json", folder.path());
    assert_eq!(run(&["snapshot", &url, "-o", &snapshot]).code, 0);
    let text = fs::read_to_string(&snapshot).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let name = json["database"]["name"].as_str().unwrap();
    assert!(url.contains(name) && json["is_whole"] == true && !text.contains(&url), "{}", json["source"]);
    assert!(!json["source"].as_str().unwrap().contains("postgres "), "{}", json["source"]);
    for (guard, code) in [(name, 0), ("somewhere_else", 3)] {
        let spec = folder.file("spec.yaml", format!("{SPEC}database: {{ name: {guard}, server_version: '>=13' }}\n"));
        for arguments in [&["check", "--spec", &spec, "--snapshot", &snapshot][..], &["diff", &spec, &snapshot]] {
            let run = run(arguments);
            assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
            assert_eq!(run.stderr.contains("this is not the database that the spec is for"), code == 3);
        }
    }
}
