//! The promise of SECURITY.md: nothing is sent but what stands in `src/live/*.sql`, and nobody's function is run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use postgres::{Client, NoTls, SimpleQueryMessage};
use schema_check::live::LiveError;

use crate::cli::{Folder, run};
use crate::live::{Pooler, dump, read, try_read};
use crate::server::{Cluster, as_nobody, clusters, on_every_version};

const SCHEMA: &str = "
    CREATE TYPE state AS ENUM ('on', 'off');
    CREATE TABLE t (id int PRIMARY KEY, state state DEFAULT 'on', name text CHECK (name <> ''), tags text[]);
    CREATE INDEX ON t (lower(name)) WHERE id > 1;
    CREATE POLICY p ON t USING (name = current_user);
    CREATE VIEW v AS SELECT id FROM t WHERE state IN ('on', 'off') AND name LIKE 'a%';
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE SEQUENCE s;
    COMMENT ON TABLE t IS 'with a comment';
";

/// Queries of the user's own, and how each is asked.
const QUERIES: [&str; 4] = ["select count(*) from t", "select 1 / 0", "show server_version", "select pg_sleep(9)"];

/// A text of SQL without comments and spaces that say nothing.
fn plain(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// All that may be sent: the name of each file, and its text.
fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/live");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), plain(&fs::read_to_string(path).unwrap())))
        .collect()
}

const PLACEHOLDERS: [&str; 6] = ["query", "search_path", "rows", "step", "statement_timeout", "lock_timeout"];

/// What may stand in the place of one of these in a file.
fn may_stand(placeholder: &str, text: &str) -> bool {
    match placeholder {
        "query" => QUERIES.contains(&text),
        "search_path" => text.is_empty() || text == "public, ",
        "rows" | "step" => text.parse::<u32>().is_ok(),
        "statement_timeout" | "lock_timeout" => text.strip_suffix("ms").is_some_and(|ms| ms.parse::<u32>().is_ok()),
        _ => false,
    }
}

/// What of a statement is left behind a file that it begins with.
fn behind<'a>(statement: &'a str, file: &str) -> Option<&'a str> {
    let first = PLACEHOLDERS.iter().filter_map(|name| Some((file.find(&format!("{{{name}}}"))?, *name))).min();
    let Some((at, placeholder)) = first else { return statement.strip_prefix(file) };
    let statement = statement.strip_prefix(&file[..at])?;
    let rest = &file[at + placeholder.len() + 2..];
    let ends = statement.char_indices().map(|(at, _)| at).chain([statement.len()]);
    ends.filter(|at| may_stand(placeholder, &statement[..*at])).find_map(|at| behind(&statement[at..], rest))
}

/// The files that make up a statement, one behind the other; none where it is made up of anything else.
fn made_of<'f>(statement: &str, files: &'f BTreeMap<String, String>) -> Option<Vec<&'f str>> {
    let statement = statement.trim_start_matches([' ', ';']);
    if statement.is_empty() {
        return Some(Vec::new());
    }
    // The query of a user alone is a file too, which must not take the place of others.
    files.iter().rev().find_map(|(name, text)| {
        let rest = behind(statement, text)?;
        (rest.len() < statement.len()).then(|| made_of(rest, files)).flatten().map(|mut more| {
            more.insert(0, name);
            more
        })
    })
}

#[test]
fn a_statement_that_is_made_of_files_is_told_from_another() {
    let files: BTreeMap<String, String> = [("a", "SELECT 1"), ("b", "SET x = '{lock_timeout}'"), ("c", "{query}")]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    assert_eq!(made_of("SELECT 1", &files), Some(vec!["a"]));
    assert_eq!(made_of("SELECT 1; SET x = '20ms'", &files), Some(vec!["a", "b"]));
    assert_eq!(made_of(QUERIES[0], &files), Some(vec!["c"]));
    for other in ["SELECT 2", "SET x = '20ms' + 1", "SET x = '20'", "DROP TABLE t", "SELECT 1, 2"] {
        assert_eq!(made_of(other, &files), None, "{other}");
    }
}

/// A server that writes down every statement that it is sent, from whom, and how it is called.
struct Listening(Cluster);

impl Listening {
    fn new() -> Vec<Self> {
        let versions: BTreeSet<u32> =
            [clusters().first(), clusters().last()].into_iter().flatten().map(|cluster| cluster.version).collect();
        let own = Cluster::own(&versions.into_iter().collect::<Vec<_>>());
        own.into_iter().map(Self).inspect(Self::listen).collect()
    }

    fn listen(&self) {
        let mut client = Client::connect(&self.0.url("postgres"), NoTls).unwrap();
        for setting in
            ["log_statement = 'all'", "log_min_duration_statement = 0", "log_line_prefix = '@%a@'", "lc_messages = 'C'"]
        {
            client.batch_execute(&format!("ALTER SYSTEM SET {setting}")).unwrap();
        }
        client.batch_execute("SELECT pg_reload_conf(); SELECT pg_sleep(0.5)").unwrap();
    }

    /// What we have sent: how each was called, and its text.
    fn heard(&self) -> Vec<(String, String)> {
        let log = fs::read_to_string(self.0.socket().join("log")).unwrap();
        // A message goes on in lines that begin with a tab.
        let records = log.replace("\n\t", "\n\r").replace("\n@", "\u{1}@");
        let ours = records.split('\u{1}').filter_map(|record| record.strip_prefix("@schema-check/"));
        let mut heard = Vec::new();
        for record in ours.filter_map(|record| record.split_once("@LOG:  ").map(|(_, text)| text)) {
            // What took how long is said with its text: so are statements that are prepared and never run.
            let text = match record.strip_prefix("duration: ") {
                Some(timed) => timed.split_once(" ms").map_or("", |(_, text)| text.trim_start()),
                None => record,
            };
            if let Some((how, statement)) = text.split_once(": ") {
                heard.push((how.to_owned(), plain(statement)));
            }
        }
        heard
    }
}

#[test]
fn nothing_is_sent_but_what_stands_in_the_files() {
    for server in Listening::new() {
        let database = server.0.database();
        database.execute(SCHEMA);
        let folder = Folder::new(&format!("sent-{}", server.0.version));
        let assertions: String =
            QUERIES.iter().map(|sql| format!("  - {{ name: \"{sql}\", sql: \"{sql}\", timeout: 0.2 }}\n")).collect();
        let spec = folder.file("spec.yaml", format!("version: 1\ntables: {{ t: {{}} }}\nassertions:\n{assertions}"));
        let phases = "version: 1\ntables: { t: {} }\nphases: [{ id: one, absent: { tables: old } }]\n";
        let plan = folder.file("plan.yaml", phases);
        let url = database.url();
        let out = |name: &str| folder.0.join(name).to_str().unwrap().to_owned();
        for (arguments, code) in [
            (&["check", "--spec", &spec, "--db", &url][..], 1),
            (&["progress", "--spec", &plan, "--db", &url], 0),
            (&["doctor", "--no-config", "--db", &url], 0),
            (&["diff", &url, &url], 0),
            (&["show", "--db", &url], 0),
            (&["show", "--format", "sql", "--db", &url], 0),
            (&["snapshot", &url, "-o", &out("kept.json")], 0),
            (&["pull", "--db", &url, "-o", &out("pulled.yaml")], 0),
            (&["explain-expr", "--db", &url, "--table", "t", "id > 1"], 0),
        ] {
            let run = run(arguments);
            assert_eq!(run.code, code, "{arguments:?}: {}{}", run.stdout, run.stderr);
        }
        let files = files();
        let mut sent = BTreeSet::new();
        let heard = server.heard();
        assert!(heard.len() > 200, "{}", heard.len());
        for (how, statement) in heard {
            // Behind a pooler, a statement with a name is lost or doubled.
            let is_unnamed = how == "statement" || how.ends_with(" <unnamed>");
            assert!(is_unnamed, "it has a name: {how}: {statement}");
            let made_of = made_of(&statement, &files);
            sent.extend(made_of.unwrap_or_else(|| panic!("it stands in no file: {how}: {statement}")));
        }
        let unsent: Vec<&String> = files.keys().filter(|name| !sent.contains(name.as_str())).collect();
        assert!(unsent.is_empty(), "nobody sends {unsent:?}");
    }
}

#[test]
fn a_pooler_passes_on_nothing_else_and_its_next_clients_find_no_setting_of_ours() {
    for server in Listening::new() {
        let Some(pooler) = Pooler::in_mode(&server.0, "transaction") else {
            eprintln!("skipped: there is no PgBouncer on this machine");
            return;
        };
        let database = server.0.database();
        database.execute(SCHEMA);
        let url = pooler.url(&database.name);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(run(&["show", "--db", &url]).code, 0));
            }
        });
        let files = files();
        for (how, statement) in server.heard() {
            assert!(how == "statement" || how.ends_with(" <unnamed>"), "it has a name: {how}: {statement}");
            // The pooler itself tells the server who is served.
            let is_the_poolers = statement.starts_with("SET ") && statement.contains("application_name");
            assert!(
                is_the_poolers || made_of(&statement, &files).is_some(),
                "it stands in no file: {how}: {statement}"
            );
        }
        // Two transactions at once are on both of the connections that it has.
        let settings = "SELECT name || ' = ' || setting FROM pg_settings
            WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone',
                'standard_conforming_strings')";
        let mut clients = [0, 1].map(|_| Client::connect(&url, NoTls).unwrap());
        for client in &mut clients {
            client.batch_execute("BEGIN").unwrap();
        }
        for client in &mut clients {
            let left: Vec<String> = client
                .simple_query(settings)
                .unwrap()
                .iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.try_get(0).unwrap().map(str::to_owned),
                    _ => None,
                })
                .collect();
            assert_eq!(left, [""; 0]);
        }
    }
}

#[test]
fn a_schema_that_never_holds_still_is_tried_three_times() {
    for server in Listening::new() {
        let database = server.0.database();
        // A view whose table has lost its columns: the server says of it what it says of one that was dropped meanwhile.
        database.execute(
            "CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t;
             DELETE FROM pg_catalog.pg_attribute WHERE attrelid = 't'::regclass",
        );
        let Err(error) = try_read(&database.url()) else { panic!("it cannot be read") };
        assert!(matches!(error, LiveError::Changing { .. }), "{error}");
        let begun =
            server.heard().iter().filter(|(how, sql)| how == "statement" && sql.contains("BEGIN ISOLATION")).count();
        assert_eq!(begun, 3);
    }
}

/// Traps for whoever does not say where a name is to be looked up: each raises an error, and keeps a record of it.
const TRAPS: &str = "
    CREATE SEQUENCE sprung;
    CREATE FUNCTION spring() RETURNS text LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_catalog.nextval('public.sprung'); RAISE 'sprung'; END $$;
    CREATE FUNCTION format_type(oid, integer) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION current_database() RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION pg_get_expr(text, oid) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION pg_get_userbyid(oid) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION trap(name, name) RETURNS bool LANGUAGE sql AS 'SELECT public.spring() = ''''';
    CREATE FUNCTION trap(name, text) RETURNS bool LANGUAGE sql AS 'SELECT public.spring() = ''''';
    CREATE FUNCTION trap(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT public.spring() = ''''';
    CREATE FUNCTION trap(text, text) RETURNS bool LANGUAGE sql AS 'SELECT public.spring() = ''''';
    CREATE FUNCTION trap(\"char\", \"char\") RETURNS bool LANGUAGE sql AS 'SELECT public.spring() = ''''';
    CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE FUNCTION joined(name, text) RETURNS text LANGUAGE sql AS 'SELECT public.spring()';
    CREATE OPERATOR = (LEFTARG = name, RIGHTARG = name, FUNCTION = trap);
    CREATE OPERATOR = (LEFTARG = name, RIGHTARG = text, FUNCTION = trap);
    CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap);
    CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = trap);
    CREATE OPERATOR = (LEFTARG = \"char\", RIGHTARG = \"char\", FUNCTION = trap);
    CREATE OPERATOR <> (LEFTARG = name, RIGHTARG = text, FUNCTION = trap);
    CREATE OPERATOR !~ (LEFTARG = name, RIGHTARG = text, FUNCTION = trap);
    CREATE OPERATOR || (LEFTARG = text, RIGHTARG = text, FUNCTION = joined);
    CREATE OPERATOR || (LEFTARG = name, RIGHTARG = text, FUNCTION = joined);
    CREATE TYPE text AS (a int);
    CREATE DOMAIN regclass AS int CHECK (VALUE < 0);
    CREATE VIEW pg_class AS SELECT public.spring();
    CREATE VIEW pg_settings AS SELECT public.spring();
";

#[test]
fn a_schema_full_of_traps_is_read_as_any_other_and_none_is_sprung() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(SCHEMA);
        database.execute(TRAPS);
        let role = format!("trapped_{}", cluster.version);
        cluster.ensure_role(&role);
        let before = dump(&read(&database.url()).catalog);
        assert!(before.contains("function public.format_type"), "{before}");
        database.execute(&format!("ALTER DATABASE {} SET search_path = public, pg_catalog", database.name));
        let on_database = dump(&read(&database.url_as(&role)).catalog);
        assert_eq!(on_database, before);
        database
            .execute(&format!("ALTER ROLE {role} IN DATABASE {} SET search_path = public, pg_catalog", database.name));
        assert_eq!(dump(&read(&database.url_as(&role)).catalog), before);
        let mut client = database.connect();
        let row = client.query_one("SELECT is_called FROM public.sprung", &[]).unwrap();
        assert!(!row.try_get::<_, bool>(0).unwrap(), "a trap was sprung");
        database.execute(&format!("ALTER ROLE {role} IN DATABASE {} RESET search_path", database.name));
    });
}

/// A server that only follows, gone with its handle.
struct Standby(Child);

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

impl Standby {
    /// The same server, begun again as one that waits for what another sends.
    fn of(cluster: &Cluster) -> Self {
        let data = cluster.socket().join("data");
        cluster.stop();
        while data.join("postmaster.pid").exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        fs::write(data.join("standby.signal"), "").unwrap();
        let mut server = as_nobody(Command::new(cluster.installation().join("bin/postgres")));
        server.arg("-D").arg(&data).arg("-k").arg(cluster.socket()).current_dir("/");
        let server = Self(server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while Client::connect(&cluster.url("postgres"), NoTls).is_err() {
            assert!(std::time::Instant::now() < deadline, "the standby does not start");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        server
    }
}

#[test]
fn a_standby_is_read_as_the_server_that_it_follows() {
    let versions: Vec<u32> = clusters().iter().map(|cluster| cluster.version).collect();
    for cluster in Cluster::own(&versions) {
        let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
        client.batch_execute("CREATE DATABASE followed").unwrap();
        let url = cluster.url("followed");
        Client::connect(&url, NoTls).unwrap().batch_execute(SCHEMA).unwrap();
        drop(client);
        let primary = dump(&read(&url).catalog);
        let _standby = Standby::of(&cluster);
        let live = read(&url);
        assert!(live.server.is_standby);
        assert_eq!(dump(&live.catalog), primary);
        let shown = run(&["check", "--spec", "specs/job_queue.yaml", "--db", &url]);
        assert!(shown.stdout.contains(", a standby"), "{}{}", shown.stdout, shown.stderr);
    }
}

#[test]
fn what_a_role_is_not_shown_is_never_said_to_be_missing() {
    on_every_version(|cluster| {
        let database = cluster.database();
        cluster.ensure_role("bare");
        let name = &database.name;
        database.execute(&format!(
            "CREATE SCHEMA shut; REVOKE ALL ON SCHEMA shut FROM PUBLIC;
             CREATE TABLE shut.t (id int PRIMARY KEY, secret text DEFAULT 'x' CHECK (secret <> ''));
             ALTER TABLE shut.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON shut.t USING (secret = current_user);
             CREATE FUNCTION shut.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION shut.f FROM PUBLIC;
             CREATE SEQUENCE shut.s; CREATE VIEW shut.v AS SELECT id FROM shut.t;
             CREATE STATISTICS shut.st ON id, secret FROM shut.t;
             COMMENT ON TABLE shut.t IS 'kept from others';
             CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w OPTIONS (host 'h');
             CREATE USER MAPPING FOR postgres SERVER srv OPTIONS (password 'hunter22', \"user\" 'u');
             CREATE SUBSCRIPTION {name}_sub CONNECTION 'password=hunter22' PUBLICATION p WITH (connect = false)"
        ));
        let folder = Folder::new(&format!("unseen-{}", cluster.version));
        let spec = folder.0.join("all.yaml");
        let spec = spec.to_str().unwrap();
        // All that the owner is shown, as a spec.
        let pulled = run(&["pull", "--db", &database.url(), "-o", spec]);
        assert_eq!(pulled.code, 0, "{}{}", pulled.stdout, pulled.stderr);
        let text = fs::read_to_string(spec).unwrap();
        assert!(text.contains("kept from others") && text.contains("password") && !text.contains("hunter22"), "{text}");
        let _keeping = cluster.keep_roles();
        for role in ["postgres", "bare"] {
            let checked = run(&["check", "--spec", spec, "--db", &database.url_as(role), "--no-assertions"]);
            assert_eq!(checked.code, 0, "{role}, {}: {}{}", cluster.version, checked.stdout, checked.stderr);
            assert!(!checked.stdout.contains("missing"), "{role}: {}", checked.stdout);
        }
    });
}
