//! Scripts as people have them: psql and the replay make the same of them; dumps, folders of every tool, preludes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use schema_check::catalog::Catalog;
use schema_check::snapshot;

use crate::cli::{Folder, Run, run};
use crate::corpus::drop_roles;
use crate::differential::systems;
use crate::server::{Cluster, Database, clusters, on_every_version};
use crate::sql::{apply, differences, on_big_stack, read};

/// What the tool makes of these arguments to `show`.
#[track_caller]
fn shown(arguments: &[&str]) -> Catalog {
    let run = run(&[&["show", "--format", "json"], arguments].concat());
    assert!(run.code < 2, "{}", run.stderr);
    snapshot::read(&run.stdout).unwrap().catalog
}

/// The newest of the client programs that are installed.
fn client(name: &str) -> Option<(u32, PathBuf)> {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = folders
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin").join(name))))
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    found.pop()
}

fn psql(program: &Path, database: &Database<'_>, file: &Path) {
    let status = Command::new(program)
        .args(["--no-psqlrc", "--quiet", "--dbname", &database.url(), "--file"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.is_ok(), "{}", file.display());
}

#[test]
fn scripts_are_run_as_psql_runs_them() {
    let Some((_, program)) = client("psql") else {
        eprintln!("skipped: there is no psql under /usr/lib/postgresql");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/psql");
    let cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!cases.is_empty());
    on_every_version(|cluster| {
        for case in &cases {
            let main = case.join("main.sql");
            let database = cluster.database();
            psql(&program, &database, &main);
            let replayed = shown(&["--postgres", &cluster.version.to_string(), "--sql", main.to_str().unwrap()]);
            let found = on_big_stack(|| differences(&replayed, &read(&database)));
            assert!(found.is_empty(), "PostgreSQL {}, {}: {found:#?}", cluster.version, case.display());
        }
    });
}

/// All ways in which people have their databases written out.
const DUMPS: [&[&str]; 5] =
    [&[], &["--create"], &["--schema-only", "--no-owner"], &["--clean", "--if-exists"], &["--inserts", "--verbose"]];

#[test]
fn dumps_are_replayed_in_full() {
    let Some((newest, program)) = client("pg_dump") else {
        eprintln!("skipped: there is no pg_dump under /usr/lib/postgresql");
        return;
    };
    let folder = Folder::new("dumps");
    let check = |cluster: &Cluster, name: &str, files: &[String]| {
        let database = cluster.database();
        for file in files {
            apply(&database, file);
        }
        let live = read(&database);
        for options in DUMPS {
            let out = folder.0.join(format!("{}-{}{}.sql", cluster.version, name.replace('/', "-"), options.join("")));
            let dumped = Command::new(&program).args(options).arg("--dbname").arg(database.url()).output().unwrap();
            assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
            fs::write(&out, dumped.stdout).unwrap();
            let replayed = shown(&["--postgres", &cluster.version.to_string(), "--sql", out.to_str().unwrap()]);
            let found = differences(&replayed, &live);
            assert!(found.is_empty(), "PostgreSQL {}, {name} {options:?}: {found:#?}", cluster.version);
        }
    };
    for cluster in clusters() {
        if cluster.version > newest {
            eprintln!("skipped PostgreSQL {}: pg_dump is of version {newest}", cluster.version);
            continue;
        }
        on_big_stack(|| {
            for case in systems().iter().filter(|case| !case.name.contains("drifted")) {
                check(cluster, &case.name, &case.files);
            }
        });
    }
}

#[test]
fn what_a_script_gets_wrong_is_told_where_it_stands() {
    let folder = Folder::new("wrong-scripts");
    folder.file("in/part.sql", "select 1;\ncreate tabel u ();\n");
    folder.file("outside.sql", "select 1;");
    for (text, place, words) in [
        ("\\set x tabel\n\ncreate :x t ();", "a.sql:3:8", "syntax error at or near \"tabel\""),
        ("\\ir part.sql", "part.sql:2:8", "syntax error at or near \"tabel\""),
        ("\n\\ir nowhere.sql", "a.sql:2:5", "nowhere.sql is not there"),
        ("\\ir ../outside.sql", "a.sql:1:5", "--include-anywhere lets scripts include any file"),
        ("\\ir a.sql", "a.sql:1:5", "includes itself"),
        ("\\nonsense", "a.sql:1:1", "\\nonsense is no command of psql that is known here"),
        ("\\else", "a.sql:1:1", "there is no \\if before it"),
        ("create table ${schema}.t ();", "a.sql:1:14", "--var schema=VALUE"),
        ("create table {{schema}}.t ();", "a.sql:1:14", "--var schema=VALUE"),
        ("create table :x ();", "a.sql:1:14", "--var x=VALUE"),
    ] {
        let file = folder.file("in/a.sql", text);
        let run = run(&["show", "--sql", &file]);
        assert_eq!(run.code, 2, "{text}: {}", run.stdout);
        assert!(run.stderr.contains(place) && run.stderr.contains(words), "{text}: {}", run.stderr);
    }
    let file = folder.file("in/a.sql", "create table t ();\n\\ir ../outside.sql");
    assert_eq!(run(&["show", "--include-anywhere", "--sql", &file]).code, 0);
}

#[test]
fn refusals_keep_their_places_behind_what_was_put_in() {
    let folder = Folder::new("put-in");
    let file = folder.file("a.sql", "\\set long a_rather_long_name\ncreate table :long (id int, ${x} no_such_type);\n");
    let run = run(&["show", "--sql", &file, "--var", "x=a_column"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("a.sql:2:34"), "{}", run.stderr);
}

#[test]
fn values_are_given_by_name() {
    let folder = Folder::new("values");
    let file = folder.file(
        "a.sql",
        "create schema ${app};\ncreate table {{ app }}.t (:'name' text);\ncreate table {{ index .O \"n\" }}.u (id int default :n);"
            .replace(":'name'", ":\"name\""),
    );
    let vars = ["--var", "app=shop", "--var", "name=a b", "--var", "{{ index .O \"n\" }}=shop", "--var", "n=3"];
    let run = run(&[&["show", "--sql", &file][..], &vars].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    for words in ["shop.t", "\"a b\"", "shop.u"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert_eq!(crate::cli::run(&["show", "--sql", &file, "--var", "x"]).code, 2);
}

#[test]
fn what_is_not_known_is_noted() {
    let folder = Folder::new("not-known");
    for (text, words) in [
        (
            "select now() as t \\gset\n\\if :t\ncreate table t ();\n\\endif\ncreate table u ();",
            "hangs on what is not known",
        ),
        ("\\set x `date`\ncreate table :x ();\ncreate table u ();", "the value of the variable x is not known here"),
        ("select f(x) from y \\gexec\ncreate table u ();", "the statements that this query makes are not known"),
        ("create table u ();\n\\c elsewhere\ncreate table v ();", "is for another database, elsewhere"),
        ("\\! rm x\ncreate table u ();", "what it does outside is not known"),
    ] {
        let file = folder.file("a.sql", text);
        let run = run(&["show", "--sql", &file]);
        assert_eq!(run.code, 0, "{text}: {}", run.stderr);
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
        assert!(run.stdout.contains("public.u") && !run.stdout.contains("table public.v"), "{}", run.stdout);
    }
}

#[test]
fn nothing_is_run_behind_an_error_where_that_is_asked_for() {
    let folder = Folder::new("stop");
    folder.file("m/1.sql", "create table a ();\ncreate table a ();\ncreate table b ();");
    folder.file("m/2.sql", "create table c ();");
    let path = format!("{}/m", folder.path());
    let go_on = run(&["show", "--sql", &path]);
    assert!(go_on.stdout.contains("public.b") && go_on.stdout.contains("public.c"), "{}", go_on.stdout);
    let stop = run(&["show", "--sql", &path, "--on-error", "stop"]);
    assert_eq!(stop.code, 1);
    assert!(!stop.stdout.contains("public.b") && !stop.stdout.contains("public.c"), "{}", stop.stdout);
    assert!(stop.stdout.contains("nothing behind it is replayed"), "{}", stop.stdout);
}

#[test]
fn a_tool_is_told_by_its_folder_and_its_transactions_are_kept() {
    let folder = Folder::new("tools");
    let goose = |body: &str| format!("-- +goose Up\n{body}\n-- +goose Down\ndrop table x;\n");
    folder.file("goose/1_a.sql", goose("create table a ();"));
    folder.file("goose/10_c.sql", goose("create table c ();"));
    folder.file("goose/9_b.sql", goose("create table lost ();\ncreate table a ();"));
    let path = format!("{}/goose", folder.path());
    let Run { code, stdout, stderr } = run(&["show", "--sql", &path]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("layout: goose (3 files)\n") && stderr.contains("9_b.sql:3"), "{stderr}");
    assert!(stdout.contains("public.c") && !stdout.contains("table public.lost"), "{stdout}");
    assert!(stdout.contains("the tool runs this file in one transaction"), "{stdout}");
    let plain = run(&["show", "--sql", &path, "--layout", "plain"]);
    assert!(plain.stdout.contains("table public.lost"), "{}", plain.stdout);
    let spec = folder.file("spec.yaml", "version: 1\ntables: { a: {}, c: {} }\n");
    let checked = run(&["check", "--spec", &spec, "--sql", &path]);
    assert!(checked.stdout.contains("[layout: goose (3 files)]"), "{}", checked.stdout);
    folder.file("both/1_a.up.sql", goose("create table a ();"));
    let both = run(&["show", "--sql", &format!("{}/both", folder.path())]);
    assert_eq!(both.code, 2);
    assert!(both.stderr.contains("--layout goose"), "{}", both.stderr);
    assert_eq!(run(&["show", "--sql", &path, "--layout", "nonsense"]).code, 2);
    folder.file("plan/sqitch.plan", "%project=x\na 2024 A <a>\n");
    folder.file("plan/deploy/b.sql", "select 1");
    let plan = run(&["show", "--sql", &format!("{}/plan", folder.path())]);
    assert!(plan.code == 2 && plan.stderr.contains("sqitch.plan:2:1"), "{}", plan.stderr);
}

#[test]
fn encodings_are_stated() {
    let folder = Folder::new("encodings");
    let latin = folder.file("latin.sql", b"create table t (\"caf\xe9\" int);");
    let refused = run(&["show", "--sql", &latin]);
    assert!(refused.stderr.contains("line 1, byte 20 is 0xE9"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--encoding windows-1252"), "{}", refused.stderr);
    assert!(run(&["show", "--sql", &latin, "--encoding", "latin1"]).stdout.contains("café"));
    let wide: Vec<u8> = "\u{feff}create table \"é\" ();".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = folder.file("wide.sql", wide);
    assert!(run(&["show", "--sql", &wide, "--encoding", "utf-16"]).stdout.contains("\"é\""));
    let marked = folder.file("bom.sql", "\u{feff}create table t ();");
    assert_eq!(run(&["show", "--sql", &marked]).code, 0);
    assert_eq!(run(&["show", "--sql", &marked, "--encoding", "klingon"]).code, 2);
}

#[test]
fn preludes_apply_to_servers_and_replay_alike() {
    let folder = Folder::new("preludes");
    let nothing = folder.file("a.sql", "create table t ();");
    let versions: Vec<u32> = clusters().iter().map(|cluster| cluster.version).collect();
    // Roles belong to all databases of a server, so it has to be one that nobody else uses.
    for cluster in Cluster::own(&versions) {
        for name in ["supabase", "neon", "rds"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/cli/prelude/{name}.sql"));
            let text = fs::read_to_string(path).unwrap();
            let database = cluster.database();
            let refused = apply(&database, &text);
            assert!(refused.is_empty(), "PostgreSQL {}, {name}: {refused:?}", cluster.version);
            database.execute("create table t ()");
            let compared = run(&["diff", &database.url(), &nothing, "--prelude", name]);
            assert_eq!(compared.code, 0, "{}{}", compared.stdout, compared.stderr);
            assert!(compared.stdout.contains("no drift"), "{name}: {}", compared.stdout);
            drop(database);
            drop_roles(&cluster);
        }
    }
}

#[test]
fn what_a_platform_has_is_put_there_first() {
    let folder = Folder::new("platform");
    let sql = folder.file(
        "a.sql",
        "create table notes (id uuid, owner uuid references auth.users (id));\n\
         alter table notes alter id set default uuid_generate_v4();\n\
         alter table notes enable row level security;\n\
         create policy mine on notes to authenticated using (owner = auth.uid());",
    );
    let without = run(&["show", "--sql", &sql]);
    assert_eq!(without.code, 1);
    assert!(without.stderr.contains("supabase has it: --prelude supabase puts it there first"), "{}", without.stderr);
    let spec = folder.file(
        "spec.yaml",
        "version: 1\ntables: { notes: { policies: { mine: { to: [authenticated], using: owner = auth.uid() } } } }\n",
    );
    let with = run(&["check", "--spec", &spec, "--sql", &sql, "--prelude", "supabase", "--strict"]);
    assert_eq!(with.code, 0, "{}{}", with.stdout, with.stderr);
    assert_eq!(run(&["show", "--sql", &sql, "--prelude", "nonsense"]).code, 2);
    let own = folder.file("own.sql", "create schema auth;\ncreate table auth.users (id uuid primary key);");
    let of_file = run(&["show", "--sql", &sql, "--prelude", &own]);
    assert!(!of_file.stderr.contains("auth.users"), "{}", of_file.stderr);
}
