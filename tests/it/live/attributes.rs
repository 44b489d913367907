//! Each attribute is changed on a server, and it alone is seen to differ.

mod collation;
mod exclusion;
mod operator;
mod operator_class;
mod routine;
mod rule;
mod sequence;
mod statistics;
mod table;
mod text_search;
mod types;

use std::collections::BTreeSet;

use schema_check::catalog::{Catalog, Class, Kind, Value};
use schema_check::compare::compare;
use schema_check::findings::{Remarks, judge};
use schema_check::live::{Options, Session};
use schema_check::{expr, pull, spec};

use super::target;
use crate::pulling;
use crate::server::on_every_version;

/// A change to a schema, and what is to be seen of it: `kind.attribute`, or `+kind` and `-kind`
/// for what comes and goes.
pub(crate) struct Change {
    /// The oldest major version that has the feature.
    pub(crate) since: u32,
    setup: &'static str,
    change: &'static str,
    pub(crate) seen: &'static [&'static str],
}

const fn change(setup: &'static str, change: &'static str, seen: &'static [&'static str]) -> Change {
    Change { since: 0, setup, change, seen }
}

const fn since(since: u32, change: Change) -> Change {
    Change { since, ..change }
}

/// What every case begins with.
const BASE: &str = "
    CREATE SCHEMA app;
    CREATE TABLE app.u (id bigint PRIMARY KEY, code text CONSTRAINT u_code UNIQUE, n int NOT NULL);
    CREATE TABLE app.t (id int NOT NULL, a text, b text, c int, u_id bigint);
    CREATE INDEX i ON app.t (a);
";

const CLEAR: &str = "
    DROP SCHEMA app CASCADE;
    DROP SCHEMA IF EXISTS other CASCADE;
    DROP EXTENSION IF EXISTS hstore;
    DROP ACCESS METHOD IF EXISTS other;
    DROP PUBLICATION IF EXISTS app_p;
    UPDATE pg_subscription SET subenabled = false, subslotname = NULL WHERE subname = 'app_s';
    DROP FOREIGN DATA WRAPPER IF EXISTS app_w, app_x CASCADE;
    DROP EXTENSION IF EXISTS postgres_fdw CASCADE;
";

/// The roles of these cases; those of other tests come and go beside them.
const OWN_ROLES: &str = "app_";
const ROLE: &str = "CREATE ROLE app_one";
const ROLES: &str = "CREATE ROLE app_one; CREATE ROLE app_two";
const FAR: &str = "CREATE FOREIGN TABLE app.far (a int) SERVER app_s";
const FOREIGN: &str = "CREATE ROLE app_one; CREATE FOREIGN DATA WRAPPER app_w;
    CREATE SERVER app_s FOREIGN DATA WRAPPER app_w; CREATE SERVER app_o FOREIGN DATA WRAPPER app_w;
    CREATE TABLE app.parent (a int); CREATE FOREIGN TABLE app.far (a int) SERVER app_s";
const FOREIGN_PARTITION: &str = "CREATE FOREIGN DATA WRAPPER app_w; CREATE SERVER app_s FOREIGN DATA WRAPPER app_w;
    CREATE TABLE app.whole (a int) PARTITION BY LIST (a); CREATE FOREIGN TABLE app.far (a int) SERVER app_s";
const ROLE_AND_ENUM: &str = "CREATE ROLE app_one; CREATE TYPE app.e AS ENUM ('a', 'b')";
const ROLE_AND_SEQUENCE: &str = "CREATE ROLE app_one; CREATE SEQUENCE app.s";
const DEFAULTS: &str = "CREATE ROLE app_one; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_one";
const WRAPPER: &str =
    "CREATE ROLE app_one SUPERUSER; CREATE EXTENSION postgres_fdw; CREATE FOREIGN DATA WRAPPER app_w OPTIONS (a '1')";
const SERVER: &str =
    "CREATE ROLE app_one SUPERUSER; CREATE FOREIGN DATA WRAPPER app_w; CREATE FOREIGN DATA WRAPPER app_x;
    CREATE SERVER app_s TYPE 'a' VERSION '1' FOREIGN DATA WRAPPER app_w OPTIONS (a '1');
    CREATE USER MAPPING FOR CURRENT_USER SERVER app_s OPTIONS (a '1')";
const PUBLICATION: &str = "CREATE ROLE app_one SUPERUSER; CREATE PUBLICATION app_p FOR TABLE app.u";
const SUBSCRIPTION: &str =
    "CREATE ROLE app_one SUPERUSER; CREATE SUBSCRIPTION app_s CONNECTION 'dbname=x' PUBLICATION p
    WITH (connect = false, slot_name = NONE)";
const ALL_TABLES: &str = "UPDATE pg_publication SET puballtables = true WHERE pubname = 'app_p'";
const DEFAULTS_ALONE: &str = "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_one";
const OWNED_EXTENSION: &str = "CREATE ROLE app_one SUPERUSER; CREATE ROLE app_two; SET ROLE app_one;
    CREATE EXTENSION hstore SCHEMA app; RESET ROLE";

const HSTORE: &str = "CREATE SCHEMA other; CREATE EXTENSION hstore SCHEMA app VERSION '1.4'";
const ENUM: &str = "CREATE TYPE app.e AS ENUM ('a', 'b')";
const GENERATED: &str = "ALTER TABLE app.t ADD g int GENERATED ALWAYS AS (c + 1) STORED";
const IDENTITY: &str = "ALTER TABLE app.t ALTER id ADD GENERATED ALWAYS AS IDENTITY";
const CHECK: &str = "ALTER TABLE app.t ADD CONSTRAINT k CHECK (c > 0) NOT VALID";
const FK: &str = "ALTER TABLE app.t ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u (id)";
const POLICY: &str = "CREATE POLICY p ON app.t FOR UPDATE TO postgres USING (c > 0) WITH CHECK (c > 1)";

pub(crate) const VIEW: &str = "CREATE VIEW app.v AS SELECT a, c FROM app.t";
const ROLE_AND_VIEWS: &str = "CREATE ROLE app_one; CREATE VIEW app.v AS SELECT a FROM app.t;
    CREATE MATERIALIZED VIEW app.m AS SELECT a FROM app.t";
const TOUCH: &str = "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
const TRIGGER: &str = "CREATE TRIGGER r BEFORE UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('x')";
const TRIGGER_MADE: &str = "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION app.other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER r BEFORE UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('x')";
const TRANSITION: &str = "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER r AFTER UPDATE ON app.t REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH ROW
        EXECUTE FUNCTION app.touch()";
const CONSTRAINT_TRIGGER: &str = "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NEW; END';
    CREATE CONSTRAINT TRIGGER r AFTER UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch()";
const EVENT_FUNCTION: &str = "CREATE FUNCTION app.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'";
const EVENT_TRIGGER: &str = "CREATE FUNCTION app.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE FUNCTION app.note2() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER app_e ON sql_drop EXECUTE FUNCTION app.note()";
const OWNED_EVENT_TRIGGER: &str = "CREATE ROLE app_one SUPERUSER;
    CREATE FUNCTION app.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER app_e ON sql_drop EXECUTE FUNCTION app.note()";
const KEPT: &str = "CREATE MATERIALIZED VIEW app.m AS SELECT a, c FROM app.t";

const CHANGES: &[Change] = &[
    change("", "CREATE SCHEMA other", &["+schema"]),
    change("", "COMMENT ON SCHEMA app IS 'x'", &["schema.comment"]),
    change(HSTORE, "ALTER EXTENSION hstore UPDATE TO '1.5'", &["extension.version"]),
    change(HSTORE, "ALTER EXTENSION hstore SET SCHEMA other", &["extension.schema"]),
    change(HSTORE, "COMMENT ON EXTENSION hstore IS 'x'", &["extension.comment"]),
    change(HSTORE, "DROP EXTENSION hstore", &["-extension"]),
    change(ROLE, "ALTER SCHEMA app OWNER TO app_one", &["schema.owner"]),
    change(ROLE, "GRANT USAGE ON SCHEMA app TO app_one", &["schema.grants"]),
    change(OWNED_EXTENSION, "REASSIGN OWNED BY app_one TO app_two", &["extension.owner"]),
    change(ROLE, "ALTER ROLE app_one SUPERUSER", &["role.superuser"]),
    change(ROLE, "ALTER ROLE app_one NOINHERIT", &["role.inherit"]),
    change(ROLE, "ALTER ROLE app_one CREATEROLE", &["role.create_role"]),
    change(ROLE, "ALTER ROLE app_one CREATEDB", &["role.create_db"]),
    change(ROLE, "ALTER ROLE app_one LOGIN", &["role.login"]),
    change(ROLE, "ALTER ROLE app_one REPLICATION", &["role.replication"]),
    change(ROLE, "ALTER ROLE app_one BYPASSRLS", &["role.bypass_rls"]),
    change(ROLE, "ALTER ROLE app_one CONNECTION LIMIT 2", &["role.connection_limit"]),
    change(ROLE, "ALTER ROLE app_one VALID UNTIL '2030-01-01'", &["role.valid_until"]),
    change(ROLE, "ALTER ROLE app_one SET work_mem = '1MB'", &["role.set"]),
    change(ROLES, "GRANT app_one TO app_two", &["role.member_of"]),
    change(ROLE, "COMMENT ON ROLE app_one IS 'x'", &["role.comment"]),
    change(ROLE, "ALTER ROLE app_one RENAME TO app_renamed", &["+role", "-role"]),
    change(ROLE, DEFAULTS_ALONE, &["+default_privileges"]),
    change(
        DEFAULTS,
        "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO app_one",
        &["default_privileges.grants"],
    ),
    change(WRAPPER, "ALTER FOREIGN DATA WRAPPER app_w HANDLER postgres_fdw_handler", &["foreign_data_wrapper.handler"]),
    change(
        WRAPPER,
        "ALTER FOREIGN DATA WRAPPER app_w VALIDATOR postgresql_fdw_validator",
        &["foreign_data_wrapper.validator"],
    ),
    change(WRAPPER, "ALTER FOREIGN DATA WRAPPER app_w OPTIONS (SET a '2')", &["foreign_data_wrapper.options"]),
    change(WRAPPER, "ALTER FOREIGN DATA WRAPPER app_w OWNER TO app_one", &["foreign_data_wrapper.owner"]),
    change(WRAPPER, "GRANT USAGE ON FOREIGN DATA WRAPPER app_w TO PUBLIC", &["foreign_data_wrapper.grants"]),
    change(WRAPPER, "COMMENT ON FOREIGN DATA WRAPPER app_w IS 'x'", &["foreign_data_wrapper.comment"]),
    change(
        SERVER,
        "UPDATE pg_foreign_server SET srvfdw = (SELECT oid FROM pg_foreign_data_wrapper WHERE fdwname = 'app_x')",
        &["foreign_server.wrapper"],
    ),
    change(SERVER, "UPDATE pg_foreign_server SET srvtype = 'b'", &["foreign_server.type"]),
    change(SERVER, "ALTER SERVER app_s VERSION '2'", &["foreign_server.version"]),
    change(SERVER, "ALTER SERVER app_s OPTIONS (ADD b '2')", &["foreign_server.options"]),
    change(SERVER, "ALTER SERVER app_s OWNER TO app_one", &["foreign_server.owner"]),
    change(SERVER, "GRANT USAGE ON FOREIGN SERVER app_s TO PUBLIC", &["foreign_server.grants"]),
    change(SERVER, "COMMENT ON SERVER app_s IS 'x'", &["foreign_server.comment"]),
    change(
        SERVER,
        "ALTER USER MAPPING FOR CURRENT_USER SERVER app_s OPTIONS (DROP a, ADD b '1')",
        &["user_mapping.options"],
    ),
    change("CREATE PUBLICATION app_p", ALL_TABLES, &["publication.all_tables"]),
    change(PUBLICATION, "ALTER PUBLICATION app_p ADD TABLE app.t", &["publication.tables"]),
    since(15, change(PUBLICATION, "ALTER PUBLICATION app_p ADD TABLES IN SCHEMA app", &["publication.schemas"])),
    change(PUBLICATION, "ALTER PUBLICATION app_p SET (publish = 'insert')", &["publication.publish"]),
    change(
        PUBLICATION,
        "ALTER PUBLICATION app_p SET (publish_via_partition_root = true)",
        &["publication.via_partition_root"],
    ),
    since(
        18,
        change(
            PUBLICATION,
            "ALTER PUBLICATION app_p SET (publish_generated_columns = stored)",
            &["publication.generated_columns"],
        ),
    ),
    change(PUBLICATION, "ALTER PUBLICATION app_p OWNER TO app_one", &["publication.owner"]),
    change(PUBLICATION, "COMMENT ON PUBLICATION app_p IS 'x'", &["publication.comment"]),
    change(
        SUBSCRIPTION,
        "UPDATE pg_subscription SET subpublications = '{q}' WHERE subname = 'app_s'",
        &["subscription.publications"],
    ),
    change(
        SUBSCRIPTION,
        "UPDATE pg_subscription SET subenabled = true WHERE subname = 'app_s'",
        &["subscription.enabled"],
    ),
    change(
        SUBSCRIPTION,
        "UPDATE pg_subscription SET subslotname = 'x' WHERE subname = 'app_s'",
        &["subscription.slot_name"],
    ),
    since(14, change(SUBSCRIPTION, "ALTER SUBSCRIPTION app_s SET (binary = true)", &["subscription.options"])),
    change(SUBSCRIPTION, "ALTER SUBSCRIPTION app_s OWNER TO app_one", &["subscription.owner"]),
    change(SUBSCRIPTION, "COMMENT ON SUBSCRIPTION app_s IS 'x'", &["subscription.comment"]),
    change(
        "CREATE FOREIGN DATA WRAPPER app_w; CREATE SERVER app_s FOREIGN DATA WRAPPER app_w",
        FAR,
        &["+foreign_table", "+column"],
    ),
    change(
        FOREIGN,
        "DROP FOREIGN TABLE app.far; CREATE FOREIGN TABLE app.far (a int) SERVER app_o",
        &["foreign_table.server"],
    ),
    change(FOREIGN, "ALTER FOREIGN TABLE app.far OPTIONS (a 'b')", &["foreign_table.options"]),
    change(FOREIGN, "ALTER FOREIGN TABLE app.far ADD b int", &["foreign_table.column_order", "+column"]),
    change(FOREIGN, "ALTER FOREIGN TABLE app.far ALTER a OPTIONS (a 'b')", &["column.fdw_options"]),
    change(FOREIGN, "ALTER FOREIGN TABLE app.far INHERIT app.parent", &["foreign_table.inherits"]),
    change(
        FOREIGN_PARTITION,
        "ALTER TABLE app.whole ATTACH PARTITION app.far FOR VALUES IN (1)",
        &["column.local", "foreign_table.partition_bound", "foreign_table.partition_of"],
    ),
    change(FOREIGN, "ALTER FOREIGN TABLE app.far OWNER TO app_one", &["foreign_table.owner"]),
    change(FOREIGN, "GRANT SELECT ON app.far TO app_one", &["foreign_table.grants"]),
    change(FOREIGN, "COMMENT ON FOREIGN TABLE app.far IS 'x'", &["foreign_table.comment"]),
    change(ROLE_AND_ENUM, "ALTER TYPE app.e OWNER TO app_one", &["enum.owner"]),
    change(ROLE_AND_ENUM, "REVOKE USAGE ON TYPE app.e FROM PUBLIC", &["enum.grants"]),
    change(ROLE_AND_SEQUENCE, "ALTER SEQUENCE app.s OWNER TO app_one", &["sequence.owner"]),
    change(ROLE_AND_SEQUENCE, "GRANT USAGE ON SEQUENCE app.s TO app_one", &["sequence.grants"]),
    change(ROLE, "ALTER TABLE app.t OWNER TO app_one", &["table.owner"]),
    change(ROLE, "GRANT SELECT ON app.t TO app_one", &["table.grants"]),
    change(ROLE, "GRANT SELECT (a) ON app.t TO app_one", &["column.grants"]),
    change("", ENUM, &["+enum"]),
    change(ENUM, "ALTER TYPE app.e ADD VALUE 'c' BEFORE 'b'", &["enum.values"]),
    change(ENUM, "ALTER TYPE app.e RENAME VALUE 'a' TO 'A'", &["enum.values"]),
    change(ENUM, "COMMENT ON TYPE app.e IS 'x'", &["enum.comment"]),
    change("", "DROP TABLE app.t", &["-table", "-column", "-index"]),
    change("", "ALTER TABLE app.t SET UNLOGGED", &["table.persistence"]),
    change("", "ALTER TABLE app.t ENABLE ROW LEVEL SECURITY", &["table.row_security"]),
    change("", "ALTER TABLE app.t FORCE ROW LEVEL SECURITY", &["table.row_security"]),
    change("", "ALTER TABLE app.t DROP b, ADD b text", &["table.column_order"]),
    change("", "COMMENT ON TABLE app.t IS 'x'", &["table.comment"]),
    change("", "ALTER TABLE app.t ADD x int", &["+column", "table.column_order"]),
    change("", "ALTER TABLE app.t ALTER c TYPE bigint", &["column.type"]),
    change("", "ALTER TABLE app.t ALTER a TYPE varchar(3)", &["column.type"]),
    change("", "ALTER TABLE app.t ALTER a SET NOT NULL", &["column.nullable"]),
    since(
        18,
        change("", "ALTER TABLE app.t RENAME CONSTRAINT t_id_not_null TO has_id", &["column.not_null_constraint"]),
    ),
    since(18, change("", "COMMENT ON CONSTRAINT t_id_not_null ON app.t IS 'x'", &["column.not_null_comment"])),
    change("", "ALTER TABLE app.t ALTER c SET DEFAULT 1", &["column.default"]),
    change("", IDENTITY, &["column.identity", "+sequence"]),
    change(IDENTITY, "ALTER TABLE app.t ALTER id SET GENERATED BY DEFAULT", &["column.identity"]),
    change(GENERATED, "ALTER TABLE app.t ALTER g DROP EXPRESSION", &["column.generated"]),
    change(GENERATED, "ALTER TABLE app.t DROP g, ADD g int GENERATED ALWAYS AS (c + 2) STORED", &["column.generated"]),
    since(
        18,
        change(GENERATED, "ALTER TABLE app.t DROP g, ADD g int GENERATED ALWAYS AS (c + 1)", &["column.generated"]),
    ),
    change("", "ALTER TABLE app.t ALTER b TYPE text COLLATE \"C\"", &["column.collation"]),
    change("", "COMMENT ON COLUMN app.t.a IS 'x'", &["column.comment"]),
    change("", "ALTER TABLE app.t ADD CONSTRAINT k PRIMARY KEY (id)", &["+primary_key"]),
    change(
        "",
        "ALTER TABLE app.u DROP CONSTRAINT u_pkey, ADD CONSTRAINT u_pkey PRIMARY KEY (n, id)",
        &["primary_key.columns"],
    ),
    change(
        "",
        "ALTER TABLE app.u DROP CONSTRAINT u_pkey, ADD PRIMARY KEY (id) INCLUDE (n, code)",
        &["primary_key.include"],
    ),
    change(
        "",
        "ALTER TABLE app.u DROP CONSTRAINT u_pkey, ADD PRIMARY KEY (id) DEFERRABLE",
        &["primary_key.deferrable"],
    ),
    change(
        "ALTER TABLE app.u DROP CONSTRAINT u_pkey, ADD PRIMARY KEY (id) DEFERRABLE",
        "ALTER TABLE app.u DROP CONSTRAINT u_pkey, ADD PRIMARY KEY (id) INITIALLY DEFERRED",
        &["primary_key.initially_deferred"],
    ),
    change("", "ALTER INDEX app.u_pkey SET (fillfactor = 70)", &["primary_key.with"]),
    change("", "COMMENT ON CONSTRAINT u_pkey ON app.u IS 'x'", &["primary_key.comment"]),
    change("", "ALTER TABLE app.u DROP CONSTRAINT u_code", &["-unique"]),
    change("", "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE (n)", &["unique.columns"]),
    change(
        "",
        "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE (code) INCLUDE (n)",
        &["unique.include"],
    ),
    since(
        15,
        change(
            "",
            "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE NULLS NOT DISTINCT (code)",
            &["unique.nulls_not_distinct"],
        ),
    ),
    change(
        "",
        "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE (code) DEFERRABLE",
        &["unique.deferrable"],
    ),
    change(
        "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE (code) DEFERRABLE",
        "ALTER TABLE app.u DROP CONSTRAINT u_code, ADD CONSTRAINT u_code UNIQUE (code) INITIALLY DEFERRED",
        &["unique.initially_deferred"],
    ),
    change("", "ALTER INDEX app.u_code SET (fillfactor = 70)", &["unique.with"]),
    change("", "COMMENT ON CONSTRAINT u_code ON app.u IS 'x'", &["unique.comment"]),
    change("", CHECK, &["+check"]),
    change(CHECK, "ALTER TABLE app.t VALIDATE CONSTRAINT k", &["check.validated"]),
    change(
        CHECK,
        "ALTER TABLE app.t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (c > 1) NOT VALID",
        &["check.expression"],
    ),
    change(
        CHECK,
        "ALTER TABLE app.t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (c > 0) NO INHERIT NOT VALID",
        &["check.no_inherit"],
    ),
    change(CHECK, "COMMENT ON CONSTRAINT k ON app.t IS 'x'", &["check.comment"]),
    change("", FK, &["+foreign_key"]),
    change(
        "ALTER TABLE app.t ADD u2 bigint, ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u (id)",
        "ALTER TABLE app.t DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (u2) REFERENCES app.u (id)",
        &["foreign_key.columns"],
    ),
    change(
        "CREATE TABLE app.w (id bigint UNIQUE);
         ALTER TABLE app.t ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u (id)",
        "ALTER TABLE app.t DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.w (id)",
        &["foreign_key.references"],
    ),
    change(
        FK,
        "ALTER TABLE app.t DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u MATCH FULL",
        &["foreign_key.match"],
    ),
    change(
        FK,
        "ALTER TABLE app.t DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u ON UPDATE CASCADE",
        &["foreign_key.on_update"],
    ),
    change(
        FK,
        "ALTER TABLE app.t DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u ON DELETE SET NULL",
        &["foreign_key.on_delete"],
    ),
    since(
        15,
        change(
            "ALTER TABLE app.t ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u ON DELETE SET NULL",
            "ALTER TABLE app.t DROP CONSTRAINT f,
                ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u ON DELETE SET NULL (u_id)",
            &["foreign_key.on_delete_columns"],
        ),
    ),
    change(FK, "ALTER TABLE app.t ALTER CONSTRAINT f DEFERRABLE", &["foreign_key.deferrable"]),
    change(
        "ALTER TABLE app.t ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u DEFERRABLE",
        "ALTER TABLE app.t ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED",
        &["foreign_key.initially_deferred"],
    ),
    change(
        "ALTER TABLE app.t ADD CONSTRAINT f FOREIGN KEY (u_id) REFERENCES app.u NOT VALID",
        "ALTER TABLE app.t VALIDATE CONSTRAINT f",
        &["foreign_key.validated"],
    ),
    change(FK, "COMMENT ON CONSTRAINT f ON app.t IS 'x'", &["foreign_key.comment"]),
    change("", "DROP INDEX app.i", &["-index"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t USING hash (a)", &["index.method"]),
    change("", "DROP INDEX app.i; CREATE UNIQUE INDEX i ON app.t (a)", &["index.unique"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a DESC)", &["index.columns"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a NULLS FIRST)", &["index.columns"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a COLLATE \"C\")", &["index.columns"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a text_pattern_ops)", &["index.columns"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (lower(a))", &["index.columns"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a) INCLUDE (b)", &["index.include"]),
    change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a) WHERE c > 0", &["index.where"]),
    since(
        15,
        change("", "DROP INDEX app.i; CREATE INDEX i ON app.t (a) NULLS NOT DISTINCT", &["index.nulls_not_distinct"]),
    ),
    change("", "ALTER INDEX app.i SET (fillfactor = 70)", &["index.with"]),
    // As CREATE INDEX CONCURRENTLY leaves it where it fails.
    change("", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.i'::regclass", &["index.valid"]),
    change("", "COMMENT ON INDEX app.i IS 'x'", &["index.comment"]),
    change("", POLICY, &["+policy"]),
    change(
        POLICY,
        "DROP POLICY p ON app.t;
         CREATE POLICY p ON app.t AS RESTRICTIVE FOR UPDATE TO postgres USING (c > 0) WITH CHECK (c > 1)",
        &["policy.as"],
    ),
    change(
        POLICY,
        "DROP POLICY p ON app.t; CREATE POLICY p ON app.t TO postgres USING (c > 0) WITH CHECK (c > 1)",
        &["policy.for"],
    ),
    change(POLICY, "ALTER POLICY p ON app.t TO public", &["policy.to"]),
    change(POLICY, "ALTER POLICY p ON app.t USING (c > 2)", &["policy.using"]),
    change(POLICY, "ALTER POLICY p ON app.t WITH CHECK (c > 2)", &["policy.with_check"]),
    change(POLICY, "COMMENT ON POLICY p ON app.t IS 'x'", &["policy.comment"]),
    change("", VIEW, &["+view", "+column"]),
    change(VIEW, "CREATE OR REPLACE VIEW app.v AS SELECT a, c FROM app.t WHERE c > 0", &["view.query"]),
    change(VIEW, "ALTER VIEW app.v SET (security_barrier = on)", &["view.security_barrier"]),
    since(15, change(VIEW, "ALTER VIEW app.v SET (security_invoker = on)", &["view.security_invoker"])),
    change(VIEW, "ALTER VIEW app.v SET (check_option = local)", &["view.check_option"]),
    change(
        VIEW,
        "CREATE OR REPLACE VIEW app.v AS SELECT a, c, b FROM app.t",
        &["view.query", "view.column_order", "+column"],
    ),
    // Nothing but a session of its own could see a temporary one.
    change(VIEW, "UPDATE pg_class SET relpersistence = 't' WHERE oid = 'app.v'::regclass", &["view.persistence"]),
    change(VIEW, "COMMENT ON VIEW app.v IS 'x'", &["view.comment"]),
    change(ROLE_AND_VIEWS, "ALTER VIEW app.v OWNER TO app_one", &["view.owner"]),
    change(ROLE_AND_VIEWS, "GRANT SELECT ON app.v TO app_one", &["view.grants"]),
    change(ROLE_AND_VIEWS, "ALTER MATERIALIZED VIEW app.m OWNER TO app_one", &["materialized_view.owner"]),
    change(ROLE_AND_VIEWS, "GRANT SELECT ON app.m TO app_one", &["materialized_view.grants"]),
    change(VIEW, "ALTER VIEW app.v ALTER c SET DEFAULT 1", &["column.default"]),
    change("", KEPT, &["+materialized_view", "+column"]),
    change(
        KEPT,
        "DROP MATERIALIZED VIEW app.m; CREATE MATERIALIZED VIEW app.m AS SELECT a, c FROM app.t WHERE c > 0",
        &["materialized_view.query"],
    ),
    change(
        KEPT,
        "DROP MATERIALIZED VIEW app.m; CREATE MATERIALIZED VIEW app.m AS SELECT c, a FROM app.t",
        &["materialized_view.query", "materialized_view.column_order"],
    ),
    change(KEPT, "REFRESH MATERIALIZED VIEW app.m WITH NO DATA", &["materialized_view.populated"]),
    since(
        15,
        change(
            "CREATE MATERIALIZED VIEW app.m AS SELECT a, c FROM app.t; CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler",
            "ALTER MATERIALIZED VIEW app.m SET ACCESS METHOD other",
            &["materialized_view.access_method"],
        ),
    ),
    // A tablespace wants a folder of its own on the server: its number is enough.
    change(
        KEPT,
        "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.m'::regclass",
        &["materialized_view.tablespace"],
    ),
    change(KEPT, "ALTER MATERIALIZED VIEW app.m SET (fillfactor = 70)", &["materialized_view.with"]),
    change(KEPT, "COMMENT ON MATERIALIZED VIEW app.m IS 'x'", &["materialized_view.comment"]),
    change(KEPT, "CREATE INDEX ON app.m (a)", &["+index"]),
    change(TOUCH, TRIGGER, &["+trigger"]),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r AFTER UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('x')",
        &["trigger.timing"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE INSERT OR UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('x')",
        &["trigger.events"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE UPDATE OF a, b ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('x')",
        &["trigger.columns"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE UPDATE OF a ON app.t EXECUTE FUNCTION app.touch('x')",
        &["trigger.for_each"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE UPDATE OF a ON app.t FOR EACH ROW WHEN (old.c > 0)
            EXECUTE FUNCTION app.touch('x')",
        &["trigger.when"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch('y')",
        &["trigger.arguments"],
    ),
    change(
        TRIGGER_MADE,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r BEFORE UPDATE OF a ON app.t FOR EACH ROW EXECUTE FUNCTION app.other('x')",
        &["trigger.function"],
    ),
    change(
        TRANSITION,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r AFTER UPDATE ON app.t REFERENCING NEW TABLE AS n FOR EACH ROW
            EXECUTE FUNCTION app.touch()",
        &["trigger.old_table"],
    ),
    change(
        TRANSITION,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r AFTER UPDATE ON app.t REFERENCING OLD TABLE AS o FOR EACH ROW
            EXECUTE FUNCTION app.touch()",
        &["trigger.new_table"],
    ),
    change(
        CONSTRAINT_TRIGGER,
        "DROP TRIGGER r ON app.t; CREATE TRIGGER r AFTER UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch()",
        &["trigger.constraint"],
    ),
    change(
        CONSTRAINT_TRIGGER,
        "DROP TRIGGER r ON app.t; CREATE CONSTRAINT TRIGGER r AFTER UPDATE ON app.t DEFERRABLE FOR EACH ROW
            EXECUTE FUNCTION app.touch()",
        &["trigger.deferrable"],
    ),
    change(
        CONSTRAINT_TRIGGER,
        "DROP TRIGGER r ON app.t; CREATE CONSTRAINT TRIGGER r AFTER UPDATE ON app.t INITIALLY DEFERRED FOR EACH ROW
            EXECUTE FUNCTION app.touch()",
        &["trigger.deferrable", "trigger.initially_deferred"],
    ),
    change(
        CONSTRAINT_TRIGGER,
        "DROP TRIGGER r ON app.t; CREATE CONSTRAINT TRIGGER r AFTER UPDATE ON app.t FROM app.u FOR EACH ROW
            EXECUTE FUNCTION app.touch()",
        &["trigger.from"],
    ),
    change(TRIGGER_MADE, "ALTER TABLE app.t DISABLE TRIGGER r", &["trigger.enabled"]),
    change(TRIGGER_MADE, "COMMENT ON TRIGGER r ON app.t IS 'x'", &["trigger.comment"]),
    change(EVENT_FUNCTION, "CREATE EVENT TRIGGER app_e ON sql_drop EXECUTE FUNCTION app.note()", &["+event_trigger"]),
    change(
        EVENT_TRIGGER,
        "DROP EVENT TRIGGER app_e; CREATE EVENT TRIGGER app_e ON ddl_command_end EXECUTE FUNCTION app.note()",
        &["event_trigger.event"],
    ),
    change(
        EVENT_TRIGGER,
        "DROP EVENT TRIGGER app_e; CREATE EVENT TRIGGER app_e ON sql_drop EXECUTE FUNCTION app.note2()",
        &["event_trigger.function"],
    ),
    change(
        EVENT_TRIGGER,
        "DROP EVENT TRIGGER app_e; CREATE EVENT TRIGGER app_e ON sql_drop WHEN TAG IN ('DROP TABLE')
            EXECUTE FUNCTION app.note()",
        &["event_trigger.tags"],
    ),
    change(EVENT_TRIGGER, "ALTER EVENT TRIGGER app_e DISABLE", &["event_trigger.enabled"]),
    change(EVENT_TRIGGER, "COMMENT ON EVENT TRIGGER app_e IS 'x'", &["event_trigger.comment"]),
    change(OWNED_EVENT_TRIGGER, "ALTER EVENT TRIGGER app_e OWNER TO app_one", &["event_trigger.owner"]),
];

pub(crate) fn changes() -> impl Iterator<Item = &'static Change> {
    [
        exclusion::CHANGES,
        operator::CHANGES,
        operator_class::CHANGES,
        routine::CHANGES,
        sequence::CHANGES,
        statistics::CHANGES,
        collation::CHANGES,
        rule::CHANGES,
        table::CHANGES,
        text_search::CHANGES,
        types::CHANGES,
        CHANGES,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn each_attribute_is_seen_alone() {
    on_every_version(|cluster| {
        let mut wrong: Vec<String> = Vec::new();
        let database = cluster.database();
        let mut session = Session::open(&target(&database.url()), &Options::default()).unwrap();
        let mut read = || {
            let mut catalog = session.read().unwrap_or_else(|error| panic!("{error}")).0;
            catalog.objects.retain(|id, _| id.class() != Class::Role || id.name().as_str().starts_with(OWN_ROLES));
            catalog
        };
        for case in changes().filter(|case| case.since <= cluster.version) {
            let _roles = cluster.keep_roles();
            database.execute(BASE);
            database.execute(case.setup);
            let before = read();
            database.execute(case.change);
            let after = read();
            let expected: BTreeSet<String> = case.seen.iter().map(ToString::to_string).collect();
            assert_eq!(differences(&before, &after), expected, "PostgreSQL {}: {}", cluster.version, case.change);
            // A spec that is pulled sees it as well: what all majors have in common is tried on two of them.
            if [15, 18].contains(&cluster.version) {
                wrong.extend(
                    pulled(&before, &after, &expected)
                        .err()
                        .map(|wrong| format!("{}: {}: {wrong}", cluster.version, case.change)),
                );
            }
            reported(before, after, &expected).unwrap_or_else(|wrong| panic!("{}: {wrong}", case.change));
            database.execute(CLEAR);
            // It cannot be dropped along with others.
            database.execute("DROP SUBSCRIPTION IF EXISTS app_s");
            database.execute("DROP ROLE IF EXISTS app_renamed, app_one, app_two");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn there_is_a_change_to_each_attribute() {
    let changed: BTreeSet<&str> = changes().flat_map(|case| case.seen).copied().collect();
    let names = Kind::ALL
        .iter()
        .flat_map(|kind| kind.definitions().iter().map(|definition| format!("{}.{}", kind.name(), definition.name)));
    let untried: Vec<String> = names.filter(|name| !changed.contains(name.as_str())).collect();
    assert!(
        untried.iter().all(|name| NOT_TRIED_YET.contains(&name.as_str())),
        "no change to these is tried: {untried:#?}"
    );
}

/// Attributes that no change here is about yet.
const NOT_TRIED_YET: &[&str] = &[];

/// That the findings of a comparison are just the changes: nothing else, and of what comes or goes
/// with its parent only the parent.
fn reported(mut before: Catalog, mut after: Catalog, changes: &BTreeSet<String>) -> Result<(), String> {
    expr::settle(&mut before, &mut after);
    // It is told only to who asks for it.
    let is_deliberate = changes.contains("column.not_null_constraint");
    let findings = judge(compare(&before, &after), &Remarks { is_deliberate, ..Remarks::default() });
    only(&findings.into_iter().map(|finding| finding.code).collect(), changes)
}

fn only(codes: &BTreeSet<String>, changes: &BTreeSet<String>) -> Result<(), String> {
    let code = |change: &String| match change.split_once('.') {
        Some((kind, attribute)) => format!("drift::{kind}::{attribute}"),
        None => match change.split_at(1) {
            ("-", kind) => format!("drift::{kind}::missing"),
            (_, kind) => format!("drift::{kind}::unexpected"),
        },
    };
    let expected: BTreeSet<String> = changes.iter().map(code).collect();
    let attributes: BTreeSet<String> = changes.iter().filter(|change| change.contains('.')).map(code).collect();
    let is_modelled = |change: &String| Kind::ALL.iter().any(|kind| change.contains(kind.name()));
    if !codes.is_subset(&expected) || !codes.is_superset(&attributes) {
        return Err(format!("found {codes:?}, expected {expected:?}"));
    }
    if codes.is_empty() && changes.iter().any(is_modelled) {
        return Err("nothing is found".into());
    }
    Ok(())
}

/// That the spec which is pulled before the change finds just that, and nothing before.
fn pulled(before: &Catalog, after: &Catalog, changes: &BTreeSet<String>) -> Result<(), String> {
    let options =
        pull::Options { owners: true, grants: true, comments: true, roles: true, defaults: true, ..Default::default() };
    let yaml = spec::write(&pull::pull(before, &options).document);
    let found = pulling::check(&yaml, before);
    if !found.is_empty() {
        return Err(format!("before it: {found:#?}\n"));
    }
    let found = pulling::check(&yaml, after);
    // From 18 on a column that is a table's own has a constraint of its own as well.
    let goes_along = |code: &str| code == "drift::column::not_null_constraint" && changes.contains("column.local");
    let codes = found.iter().map(|line| line.split(' ').next().unwrap_or_default());
    let codes = codes.filter(|code| !goes_along(code)).map(str::to_owned).collect();
    only(&codes, &as_told_by_spec(changes)).map_err(|wrong| format!("pulled: {wrong}\n{found:#?}\n{yaml}"))
}

/// What is to be seen of changes where the expectation is what somebody would write, and not a whole catalog.
fn as_told_by_spec(changes: &BTreeSet<String>) -> BTreeSet<String> {
    let has = |change: &str| changes.contains(change);
    let mut told = changes.clone();
    // The order is that of the columns which are on both sides.
    let is_order = |change: &String| change.ends_with("table.column_order");
    told.retain(|change| !(is_order(change) && (has("+column") || has("-column"))));
    if has("table.partition_of") {
        // A partition lists neither columns nor what comes from its table, until it stands alone.
        let alone = changes.iter().filter_map(|change| Some(format!("+{}", change.strip_suffix(".derived_from")?)));
        told.extend(alone);
        told.retain(|change| change != "column.local" && !change.ends_with(".derived_from"));
    }
    told
}

fn differences(before: &Catalog, after: &Catalog) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for (sign, here, there) in [('-', before, after), ('+', after, before)] {
        let gone = here.objects.iter().filter(|(id, _)| !there.objects.contains_key(id));
        seen.extend(gone.map(|(_, object)| format!("{sign}{}", object.facts.kind().name())));
        // A member of an extension goes where that goes.
        let unmodelled = here.unmodelled.iter().filter(|(_, one)| !one.what.starts_with("member of "));
        let gone = unmodelled.filter(|(id, _)| !there.unmodelled.contains_key(id));
        seen.extend(gone.map(|(_, unmodelled)| format!("{sign}{}", unmodelled.what)));
    }
    for (id, object) in &before.objects {
        let Some(facts) = after.facts(id) else { continue };
        for ((definition, one), (_, two)) in object.facts.attributes().into_iter().zip(facts.attributes()) {
            let (Some(one), Some(two)) = (one, two) else { continue };
            // It comes and goes with `nullable`, and is the table's own when the column is.
            let said = |value: &Value| value.to_string().replace(" INHERITED", "");
            let goes_along = definition.name == "not_null_constraint"
                && ([&one.0, &two.0].contains(&&Value::Null) || said(&one.0) == said(&two.0));
            if one.0 != two.0 && !goes_along {
                seen.insert(format!("{}.{}", object.facts.kind().name(), definition.name));
            }
        }
    }
    seen
}
