//! `init`: what is found, what is written, and that it holds.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::says;
use super::{Folder, Run, command, finish};
use crate::server::{Cluster, clusters};

/// Runs the tool in a folder, with these variables and none that the machine may have for databases.
fn run_in(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    command.current_dir(&folder.0);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().ends_with("_URL") {
            command.env_remove(name);
        }
    }
    finish(command.envs(variables.iter().copied()))
}

fn text(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.0.join(name)).unwrap_or_default()
}

/// All files in a folder, by their paths.
fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_project_with_migrations_gets_what_holds_of_it() {
    let folder = Folder::new("init-flyway");
    let migrations = "src/main/resources/db/migration";
    folder.file(&format!("{migrations}/V1__a.sql"), "create table users (id bigint); create schema app;");
    folder.file(&format!("{migrations}/V2__b.sql"), "create table app.\"Odd. Name\" (); create table app.\"true\" ();");
    folder.file("node_modules/x/migrations/1.sql", "create table not_ours ();");
    folder.file("tests/migrations/1.sql", "create table not_ours ();");
    folder
        .file(".env", "A=1\nexport STAGING_DATABASE_URL='postgres://u:sesame@h/db'\nMYSQL_URL=mysql://u:sesame@h/db\n");
    let made = run_in(&folder, &[("DATABASE_URL", "postgres://u:sesame@h/db")], &["init", "--layout", "flyway"]);
    says(
        &made,
        0,
        &[
            "found  src/main/resources/db/migration [layout: flyway (2 files)] (2 files, 4 statements)\n",
            "found  DATABASE_URL in the environment\nfound  STAGING_DATABASE_URL in .env\n",
            "wrote  schema-check.yaml\nwrote  schema.yaml\nnext   schema-check\n",
        ],
    );
    let config = text(&folder, "schema-check.yaml");
    let expected = "specs: schema.yaml\nsql: src/main/resources/db/migration\nlayout: flyway\n\n\
                    # Databases: `schema-check check --target NAME`. Their URLs stay in the environment.\ntargets:\n  \
                    database: { url: env:DATABASE_URL }\n  staging: { url: env:STAGING_DATABASE_URL }\ntarget: database\n";
    assert!(config.ends_with(expected), "{config}");
    let spec = text(&folder, "schema.yaml");
    let expected = "schemas: [public, app]\n";
    assert!(spec.contains(expected), "{spec}");
    for words in ["  users:\n    columns:\n      id: bigint\n", "  app.\"Odd. Name\":\n", "  app.true:\n"] {
        assert!(spec.contains(words) && !spec.contains("row_sec"), "{words}\n{spec}");
    }
    for said in [&made.stdout, &made.stderr, &config, &spec] {
        assert!(!said.contains("sesame") && !said.contains("mysql"), "{said}");
    }
    says(&run_in(&folder, &[], &[]), 0, &["config    schema-check.yaml\n", "no drift (exit 0)"]);
    folder.file(&format!("{migrations}/V3__c.sql"), "drop table users;");
    says(&run_in(&folder, &[], &[]), 1, &["table public.users is missing"]);
}

#[test]
fn what_is_there_is_kept_unless_it_may_be_replaced() {
    let folder = Folder::new("init-there");
    folder.file("migrations/1.sql", "create table t ();");
    folder.file("schema.yaml", "mine");
    let before = names(&folder.0);
    let refused = run_in(&folder, &[], &["init"]);
    says(&refused, 2, &["schema.yaml is there already", "nothing was written; --force replaces it"]);
    assert_eq!((refused.stdout.as_str(), names(&folder.0)), ("", before));
    assert_eq!(text(&folder, "schema.yaml"), "mine");
    folder.file("schema-check.yaml", "no: configuration");
    says(&run_in(&folder, &[], &["init"]), 2, &["schema-check.yaml and schema.yaml are there already"]);
    says(&run_in(&folder, &[], &["init", "--force"]), 0, &["wrote  schema.yaml"]);
    says(&run_in(&folder, &[], &[]), 0, &["no drift"]);
    // Where one cannot be written, none is.
    let other = Folder::new("init-half");
    other.file("migrations/1.sql", "create table t ();");
    fs::create_dir_all(other.0.join("schema.yaml")).unwrap();
    says(&run_in(&other, &[], &["init", "--force"]), 3, &["schema.yaml cannot be written"]);
    assert_eq!(names(&other.0), ["migrations/1.sql"]);
}

#[test]
fn what_cannot_be_found_out_is_asked_for() {
    let folder = Folder::new("init-asks");
    says(&run_in(&folder, &[], &["init"]), 2, &["neither SQL files nor a DATABASE_URL", "--sql PATH"]);
    folder.file(".env", "DATABASE_URL=postgres://u:sesame@h/db\n");
    let unset = run_in(&folder, &[], &["init"]);
    says(&unset, 2, &["DATABASE_URL is not set in the environment", "set -a; . ./.env; set +a"]);
    says(&run_in(&folder, &[], &["init", "--db", "postgres://u:sesame@h/db"]), 2, &["env:NAME was expected"]);
    folder.file("a/migrations/1.sql", "create table t ();");
    folder.file("b/migrations/1.sql", "create table {{ name }} ();");
    let two = run_in(&folder, &[], &["init"]);
    says(&two, 2, &["could be those of a/migrations, b/migrations", "say which it is: --sql a/migrations"]);
    says(&run_in(&folder, &[], &["init", "--sql", "b/migrations"]), 2, &["give it one by --var name=VALUE"]);
    let arguments = ["init", "--sql", "b/migrations", "--var", "name=off", "--postgres", "15", "--role", "me"];
    says(&run_in(&folder, &[], &arguments), 0, &["wrote  schema-check.yaml"]);
    let config = text(&folder, "schema-check.yaml");
    assert!(config.contains("variables: { name: 'off' }\npostgres: 15\nrole: me\n"), "{config}");
    says(&run_in(&folder, &[], &[]), 0, &["no drift"]);
}

#[test]
fn the_ci_that_is_in_use_gets_a_job() {
    for (mark, path, words) in [
        (".github/workflows/test.yml", ".github/workflows/schema-check.yml", "schema-check init --ci writes"),
        (".gitlab-ci.yml", ".gitlab/schema-check.yml", "GitLab CI: schema-check init --ci writes"),
    ] {
        let folder = Folder::new(&format!("init-ci-{}", path.len()));
        folder.file(mark, "");
        folder.file("migrations/1.sql", "create table t ();");
        says(&run_in(&folder, &[], &["init"]), 0, &[words, path]);
        assert_eq!(text(&folder, path), "");
        // What was made before stays as it is.
        folder.file("schema.yaml", "version: 1\ntables: { t: {} }\n");
        says(&run_in(&folder, &[], &["init", "--ci"]), 0, &[&format!("wrote  {path}\n")]);
        assert!(text(&folder, path).contains("schema-check"), "{}", text(&folder, path));
        assert_eq!(text(&folder, "schema.yaml"), "version: 1\ntables: { t: {} }\n");
        says(&run_in(&folder, &[], &["init", "--ci"]), 2, &[&format!("{path} is there already")]);
        let job: serde_yaml::Value = serde_yaml::from_str(&text(&folder, path)).unwrap();
        assert!(job.is_mapping());
    }
    let folder = Folder::new("init-ci-none");
    folder.file("migrations/1.sql", "create table t ();");
    says(&run_in(&folder, &[], &["init", "--ci"]), 2, &["there is no CI that is known here", "--ci=github"]);
    assert_eq!(names(&folder.0), ["migrations/1.sql"]);
    says(
        &run_in(&folder, &[], &["init", "--ci=circleci"]),
        0,
        &["what belongs there:", "/schema-check check -o junit="],
    );
}

#[test]
fn the_jobs_are_those_of_the_docs() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md")).unwrap();
    let page = page.replace("v0.1.0", concat!("v", env!("CARGO_PKG_VERSION")));
    let folder = Folder::new("init-ci-docs");
    folder.file("schema-check.yaml", "specs: schema.yaml\nsql: migrations\n");
    for (ci, path) in [
        ("github", ".github/workflows/schema-check.yml"),
        ("gitlab", ".gitlab/schema-check.yml"),
        ("circleci", ".circleci/config.yml"),
    ] {
        let told = run_in(&folder, &[], &["init", &format!("--ci={ci}")]);
        says(&told, 0, &["note   OWNER stands there for"]);
        let (_, block) = page.split_once(&format!("```yaml {path}\n")).unwrap();
        let block = block.split_once("```").unwrap().0;
        let job = if ci == "circleci" { told.stdout } else { text(&folder, path) };
        assert!(job.ends_with(block), "{path}: {job}");
    }
}

#[test]
fn the_hooks_of_pre_commit_check_such_a_project() {
    let hooks = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Vec<serde_yaml::Value> = serde_yaml::from_str(&hooks).unwrap();
    let folder = Folder::new("init-hooks");
    folder.file("migrations/1.sql", "create table t (id bigint);");
    says(&run_in(&folder, &[], &["init"]), 0, &[]);
    for hook in &hooks {
        let arguments = hook["args"].as_sequence().unwrap().iter().map(|argument| argument.as_str().unwrap());
        let command: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').chain(arguments).collect();
        assert_eq!(command[0], "schema-check");
        // No server is asked, whatever the variables say.
        let variables = [("DATABASE_URL", "postgres://127.0.0.1:1/none"), ("PGHOST", "127.0.0.1"), ("PGPORT", "1")];
        says(&run_in(&folder, &variables, &command[1..]), 0, &["no drift"]);
        folder.file("migrations/2.sql", "alter table t add at timestamptz;");
        says(&run_in(&folder, &variables, &command[1..]), 1, &["migrations/2.sql:1"]);
        fs::remove_file(folder.0.join("migrations/2.sql")).unwrap();
    }
    assert_eq!(hooks.len(), 2);
}

#[test]
fn a_database_alone_is_a_project_too() {
    let Some(cluster) = clusters().last() else { return };
    let folder = Folder::new("init-database");
    let database = cluster.database();
    database
        .execute("create table t (); alter table t enable row level security; create schema x; create table x.t (); alter table x.t enable row level security");
    let url = database.url();
    let variables = [("SHOP_DATABASE_URL", url.as_str())];
    let made = run_in(&folder, &variables, &["init", "--ci=github"]);
    says(&made, 0, &["found  SHOP_DATABASE_URL in the environment", "wrote  .github/workflows/schema-check.yml"]);
    assert!(!text(&folder, "schema-check.yaml").contains(&url) && !text(&folder, "schema.yaml").contains(&url));
    assert!(text(&folder, "schema-check.yaml").contains("targets:\n  shop: { url: env:SHOP_DATABASE_URL }\n"));
    let job = text(&folder, ".github/workflows/schema-check.yml");
    assert!(job.ends_with("env:\n          SHOP_DATABASE_URL: ${{ secrets.SHOP_DATABASE_URL }}\n"), "{job}");
    let spec = text(&folder, "schema.yaml");
    assert!(spec.contains("schemas: [public, x]"), "{spec}");
    assert!(spec.contains("each:\n  - tables: '*'\n    row_security: enabled\n"), "{spec}");
    says(&run_in(&folder, &variables, &[]), 0, &["config    schema-check.yaml, target shop\n", "no drift"]);
    database.execute("create table u ()");
    says(&run_in(&folder, &variables, &[]), 1, &["1 error, 1 warning"]);
}

/// By whatever door: the tables of a platform are its own business, and what stands on them is not.
#[test]
fn what_a_platform_has_is_left_to_it() {
    let newest = clusters().iter().map(|cluster| cluster.version).max();
    let own = Cluster::own(&newest.into_iter().collect::<Vec<_>>());
    let Some(cluster) = own.first() else { return };
    let migration = "create table public.notes (id bigint primary key, owner uuid references auth.users (id));
        create policy mine on storage.objects for select to authenticated using (owner = auth.uid());";
    let folder = Folder::new("init-platform");
    folder.file("supabase/migrations/20260101000000_notes.sql", migration);
    says(&run_in(&folder, &[], &["init"]), 0, &["wrote  schema.yaml"]);
    let by_files = text(&folder, "schema.yaml");
    says(&run_in(&folder, &[], &["check", "--fail-on", "info"]), 0, &["no drift"]);
    let database = cluster.database();
    database.execute(include_str!("../../../src/cli/prelude/supabase.sql"));
    database.execute(migration);
    let url = database.url();
    let variables = [("DATABASE_URL", url.as_str())];
    let pulled = run_in(&folder, &variables, &["pull", "--db", "env:DATABASE_URL"]);
    for spec in [&by_files, &pulled.stdout] {
        assert!(spec.contains("schemas: [public]\n"), "{spec}");
        let expected =
            "  storage.objects:\n    policies:\n      mine: for select to authenticated using (owner = auth.uid())\n";
        assert!(spec.contains(expected), "{spec}");
        for foreign in ["auth.users:", "supabase_admin", "buckets"] {
            assert!(!spec.contains(foreign), "{foreign}: {spec}");
        }
    }
    folder.file("live.yaml", &pulled.stdout);
    let arguments = ["check", "--spec", "live.yaml", "--db", "env:DATABASE_URL", "--fail-on", "info"];
    says(&run_in(&folder, &variables, &arguments), 0, &["no drift"]);
    database.execute("drop policy mine on storage.objects");
    says(&run_in(&folder, &variables, &arguments), 1, &["table storage.objects\n  × policy mine is missing"]);
}

/// Every system of the fixtures is a project, and what is written holds of it.
#[test]
fn what_is_written_holds_of_every_system() {
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/systems");
    for system in fs::read_dir(systems).unwrap() {
        let system = system.unwrap().path();
        let name = system.file_name().unwrap().to_str().unwrap().to_owned();
        let folder = Folder::new(&format!("init-{name}"));
        let mut preludes = vec!["init".to_owned()];
        let copied: Vec<PathBuf> =
            fs::read_dir(system.join("migrations")).unwrap().map(|file| file.unwrap().path()).collect();
        for file in copied {
            let inside = file.file_name().unwrap().to_str().unwrap();
            folder.file(&format!("db/migrations/{inside}"), fs::read(&file).unwrap());
        }
        if system.join("prelude.sql").exists() {
            folder.file("db/before/prelude.sql", fs::read(system.join("prelude.sql")).unwrap());
            preludes.extend(["--prelude".to_owned(), "db/before/prelude.sql".to_owned()]);
        }
        let arguments: Vec<&str> = preludes.iter().map(String::as_str).collect();
        says(&run_in(&folder, &[], &arguments), 0, &["found  db/migrations"]);
        says(&run_in(&folder, &[], &["check", "--fail-on", "info"]), 0, &["no drift"]);
    }
}
