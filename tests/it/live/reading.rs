//! What is read does not depend on who reads, and says what it leaves out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use schema_check::catalog::{Class, Facts, ObjectId};
use schema_check::live::LiveError;
use schema_check::sql::Ident;

use super::{dump, read, try_read};
use crate::server::{Database, on_every_version};

const SCHEMA: &str = r#"
    CREATE SCHEMA app;
    CREATE TYPE app.state AS ENUM ('on', 'off');
    CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
    CREATE TABLE app.u (id bigint PRIMARY KEY, made timestamptz DEFAULT '2020-01-01 12:00+00');
    CREATE TABLE app.t (
        id serial PRIMARY KEY, "Odd Name" text DEFAULT E'back\\slash', state app.state DEFAULT 'on',
        n app.positive, tags text[], cost money DEFAULT '1', wait interval DEFAULT '1 day 2 hours',
        u_id bigint REFERENCES app.u, CHECK (n > 1 OR state = 'off'), EXCLUDE (n WITH =)
    );
    CREATE INDEX ON app.t (lower("Odd Name")) WHERE n > 5;
    CREATE POLICY p ON app.t USING ("Odd Name" = current_user);
    CREATE VIEW app.v AS SELECT id FROM app.t;
    CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t;
    CREATE INDEX ON app.m (id);
    CREATE SEQUENCE app.s;
    CREATE TYPE app.pair AS (a int, b int);
    CREATE TYPE app.span AS RANGE (subtype = int);
    CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION app.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION app.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER tr AFTER INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.tr();
    CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.tr();
    CREATE TABLE app.parted (a int, PRIMARY KEY (a)) PARTITION BY RANGE (a);
    CREATE TABLE app.part PARTITION OF app.parted FOR VALUES FROM (1) TO (2);
    CREATE TABLE app.refers (a int REFERENCES app.parted);
    CREATE TABLE app.child () INHERITS (app.u);
    CREATE TEMPORARY TABLE passing (a int);
"#;

#[test]
fn a_role_without_any_privilege_reads_the_same() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(SCHEMA);
        cluster.ensure_role("bare");
        assert_eq!(dump(&read(&database.url_as("bare")).catalog), dump(&read(&database.url()).catalog));
    });
}

#[test]
fn neither_settings_nor_traps_on_the_search_path_reach_the_result() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(SCHEMA);
        let plain = dump(&read(&database.url()).catalog);
        let set = |setting: &str| database.execute(&format!("ALTER DATABASE {} SET {setting}", database.name));
        database.execute(
            "CREATE SCHEMA trap;
             CREATE FUNCTION trap.spring() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''sprung''; END';
             CREATE FUNCTION trap.format_type(oid, integer) RETURNS text LANGUAGE sql AS 'SELECT trap.spring()';
             CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS 'SELECT trap.spring()';
             CREATE FUNCTION trap.same(name, name) RETURNS bool LANGUAGE sql AS 'SELECT trap.spring() = '''' ';
             CREATE FUNCTION trap.same(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT trap.spring() = '''' ';
             CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.same);
             CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap.same);",
        );
        let trapped = dump(&read(&database.url()).catalog);
        for setting in [
            "search_path = trap, app, pg_catalog",
            "standard_conforming_strings = off",
            "escape_string_warning = off",
            "quote_all_identifiers = on",
            "timezone = 'Asia/Kolkata'",
            "datestyle = 'German'",
            "intervalstyle = 'sql_standard'",
        ] {
            set(setting);
        }
        assert_eq!(dump(&read(&database.url()).catalog), trapped);
        database.execute("DROP SCHEMA trap CASCADE");
        assert_eq!(dump(&read(&database.url()).catalog), plain);
    });
}

#[test]
fn what_belongs_to_an_extension_is_left_out() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(
            "CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE EXTENSION pg_stat_statements;
             CREATE TABLE t (email citext)",
        );
        let live = read(&database.url());
        // The roles of the cluster are those of other tests.
        let own = live.catalog.objects.keys().filter(|id| id.class() != Class::Role);
        let ids: Vec<String> = own.map(ToString::to_string).collect();
        assert_eq!(ids, ["citext", "pg_stat_statements", "pgcrypto", "public", "public.t", "public.t.email"]);
        let compared: Vec<_> = live.catalog.unmodelled.values().filter(|one| !one.is_brought_along()).collect();
        assert!(compared.is_empty(), "{compared:?}");
        assert!(live.notes.is_empty(), "{:?}", live.notes);
        assert!(dump(&live.catalog).contains("type: public.citext"));
    });
}

#[test]
fn what_is_not_compared_is_noted() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(SCHEMA);
        database.execute(
            "CREATE TRANSFORM FOR int LANGUAGE sql (
                 FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal)
             );",
        );
        let live = read(&database.url());
        let notes: Vec<&str> = live.notes.iter().map(|note| note.message.as_str()).collect();
        let expected = ["1 transform is not compared yet: integer"];
        assert_eq!(notes, expected);
    });
}

#[test]
fn a_foreign_key_to_a_partitioned_table_is_one() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(SCHEMA);
        let dumped = dump(&read(&database.url()).catalog);
        assert_eq!(dumped.matches("foreign_key app.refers").count(), 1, "{dumped}");
    });
}

#[test]
fn index_keys_are_read_as_the_server_prints_them() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(
            "CREATE DOMAIN d AS int; CREATE TYPE e AS ENUM ('a'); CREATE COLLATION \"My C\" (locale = 'C');
             CREATE TABLE t (a text, b text COLLATE \"C\", v varchar(9), n int, o oid, d d, e e, l int[], ts tsvector)",
        );
        let check = |keys: &str, expected: &str| {
            database.execute(&format!("DROP INDEX IF EXISTS i; CREATE INDEX i ON t {keys}"));
            assert_eq!(keys_of_i(&database), expected, "PostgreSQL {}: {keys}", cluster.version);
        };
        check("(a, n DESC)", "a, n DESC");
        check("(a DESC NULLS LAST, n NULLS FIRST)", "a DESC NULLS LAST, n NULLS FIRST");
        check("(v, d, e, l, o)", "v, d, e, l, o");
        check("(v varchar_pattern_ops)", "v varchar_pattern_ops");
        check("(n int4_ops, n oid_ops)", "n, n oid_ops");
        check("(v bpchar_ops)", "v bpchar_ops");
        check("(a COLLATE \"C\", b COLLATE \"C\")", "a COLLATE \"C\", b");
        check("(b COLLATE \"default\")", "b COLLATE \"default\"");
        check("(a COLLATE \"My C\" text_pattern_ops DESC)", "a COLLATE public.\"My C\" text_pattern_ops DESC");
        check("(lower(a), (a || b COLLATE \"C\") DESC)", "(lower(a)), ((a || (b COLLATE \"C\"))) DESC");
        check("(lower(a) COLLATE \"C\", lower(b))", "(lower(a)) COLLATE \"C\", (lower(b))");
        check("((n + 1), a) INCLUDE (b)", "((n + 1)), a");
        check("USING gist (ts)", "ts");
        check("USING gist (ts tsvector_ops (siglen = 100))", "ts tsvector_ops (siglen=100)");
        check("USING gin (l)", "l");
        check("USING brin (n)", "n");
    });
}

fn keys_of_i(database: &Database<'_>) -> String {
    let table = ObjectId::in_schema(Class::Relation, &Ident::from("public"), &Ident::from("t"));
    let live = read(&database.url());
    match live.catalog.facts(&table.part(Class::Index, &Ident::from("i"))) {
        Some(Facts::Index(index)) => {
            let keys: Vec<String> = index.keys.get().unwrap().iter().map(ToString::to_string).collect();
            keys.join(", ")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_schema_that_changes_meanwhile_is_read_right_or_not_at_all() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute("CREATE TABLE t (a text CHECK (a <> ''), b int DEFAULT 1)");
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    database
                        .execute("CREATE TABLE u (a text CHECK (a <> '')); CREATE INDEX i ON t (lower(a)) WHERE b > 1");
                    database.execute("CREATE VIEW v AS SELECT * FROM t");
                    database.execute("DROP VIEW v; DROP INDEX i; DROP TABLE u");
                }
            });
            let outcomes: Vec<_> = (0..20).map(|_| try_read(&database.url())).collect();
            // First, for who fails does not come back to it.
            done.store(true, Ordering::Relaxed);
            for outcome in outcomes {
                match outcome {
                    Ok(live) => {
                        assert!(dump(&live.catalog).contains("check public.t.t_a_check\n  expression: (a <> ''::text)"))
                    }
                    Err(error) => assert!(matches!(error, LiveError::Changing { .. }), "{error}"),
                }
            }
        });
    });
}
