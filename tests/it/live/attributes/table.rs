//! What can change of tables beside what every schema has: partitions, inheritance, storage, periods.

use super::{CHECK, Change, FK, change, since};

const PARTITIONED: &str = "CREATE TABLE app.p (id int NOT NULL, u_id bigint REFERENCES app.u) PARTITION BY LIST (id);
    CREATE TABLE app.q PARTITION OF app.p FOR VALUES IN (1)";
const KEYS_APART: &str = "CREATE TABLE app.p (id int NOT NULL, a int) PARTITION BY LIST (id);
    CREATE TABLE app.q PARTITION OF app.p FOR VALUES IN (1);
    ALTER TABLE ONLY app.p ADD CONSTRAINT p_pkey PRIMARY KEY (id), ADD CONSTRAINT p_u UNIQUE (id);
    ALTER TABLE app.q ADD CONSTRAINT q_pkey PRIMARY KEY (id), ADD CONSTRAINT q_u UNIQUE (id);
    CREATE INDEX p_i ON ONLY app.p (a);
    CREATE INDEX q_i ON app.q (a)";
const CHILD: &str = "ALTER TABLE app.t ADD CONSTRAINT k CHECK (c > 0); CREATE TABLE app.ch () INHERITS (app.t)";
const PERIOD: &str = "CREATE TABLE app.w (id int4range, r int4range, UNIQUE (id, r), UNIQUE (id, r WITHOUT OVERLAPS));
    CREATE TABLE app.x (id int4range, r int4range,
        CONSTRAINT f FOREIGN KEY (id, r) REFERENCES app.w (id, r), CONSTRAINT k UNIQUE (id, r), PRIMARY KEY (r, id))";

pub(super) const CHANGES: &[Change] = &[
    change(
        "CREATE TABLE app.p (a int, b int)",
        "DROP TABLE app.p; CREATE TABLE app.p (a int, b int) PARTITION BY LIST (a)",
        &["table.partition_by", "table.partition_key", "table.access_method"],
    ),
    change(
        "CREATE TABLE app.p (a int, b int) PARTITION BY LIST (a)",
        "DROP TABLE app.p; CREATE TABLE app.p (a int, b int) PARTITION BY RANGE (a)",
        &["table.partition_by"],
    ),
    change(
        "CREATE TABLE app.p (a int, b int) PARTITION BY LIST (a)",
        "DROP TABLE app.p; CREATE TABLE app.p (a int, b int) PARTITION BY LIST (b)",
        &["table.partition_key"],
    ),
    change(
        PARTITIONED,
        "ALTER TABLE app.p DETACH PARTITION app.q",
        &["table.partition_of", "table.partition_bound", "foreign_key.derived_from", "column.local"],
    ),
    change(
        PARTITIONED,
        "ALTER TABLE app.p DETACH PARTITION app.q; ALTER TABLE app.p ATTACH PARTITION app.q FOR VALUES IN (2)",
        &["table.partition_bound"],
    ),
    change(KEYS_APART, "ALTER INDEX app.p_i ATTACH PARTITION app.q_i", &["index.derived_from", "index.valid"]),
    change(KEYS_APART, "ALTER INDEX app.p_pkey ATTACH PARTITION app.q_pkey", &["primary_key.derived_from"]),
    change(KEYS_APART, "ALTER INDEX app.p_u ATTACH PARTITION app.q_u", &["unique.derived_from"]),
    change("CREATE TABLE app.ch (LIKE app.t)", "ALTER TABLE app.ch INHERIT app.t", &["table.inherits"]),
    change(CHILD, "ALTER TABLE app.ch NO INHERIT app.t", &["table.inherits", "column.local", "check.local"]),
    change(
        "CREATE TYPE app.composite AS (a int); CREATE TABLE app.w (a int)",
        "ALTER TABLE app.w OF app.composite",
        &["table.of_type"],
    ),
    since(
        15,
        change(
            "CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler",
            "ALTER TABLE app.t SET ACCESS METHOD other",
            &["table.access_method"],
        ),
    ),
    // A tablespace wants a folder of its own on the server: its number is enough.
    change("", "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.t'::regclass", &["table.tablespace"]),
    change("", "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.i'::regclass", &["index.tablespace"]),
    change(
        "",
        "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.u_pkey'::regclass",
        &["primary_key.tablespace"],
    ),
    change("", "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.u_code'::regclass", &["unique.tablespace"]),
    change("", "ALTER TABLE app.t SET (fillfactor = 70)", &["table.with"]),
    change("", "ALTER TABLE app.t SET (toast.autovacuum_enabled = off)", &["table.with"]),
    change("", "ALTER TABLE app.t REPLICA IDENTITY FULL", &["table.replica_identity"]),
    change("", "ALTER TABLE app.u REPLICA IDENTITY USING INDEX u_pkey", &["table.replica_identity"]),
    change("", "ALTER TABLE app.t ALTER a SET STORAGE external", &["column.storage"]),
    since(14, change("", "ALTER TABLE app.t ALTER a SET COMPRESSION pglz", &["column.compression"])),
    change("", "ALTER TABLE app.t ALTER a SET STATISTICS 100", &["column.statistics"]),
    change("", "ALTER TABLE app.t ALTER a SET (n_distinct = 5)", &["column.options"]),
    change("CREATE INDEX x ON app.t (lower(a))", "ALTER INDEX app.x ALTER 1 SET STATISTICS 100", &["index.statistics"]),
    change("", "ALTER TABLE app.t CLUSTER ON i", &["index.clustered"]),
    change("", "ALTER TABLE app.u CLUSTER ON u_pkey", &["primary_key.clustered"]),
    change("", "ALTER TABLE app.u CLUSTER ON u_code", &["unique.clustered"]),
    change("", "COMMENT ON INDEX app.u_pkey IS 'x'", &["primary_key.index_comment"]),
    change("", "COMMENT ON INDEX app.u_code IS 'x'", &["unique.index_comment"]),
    since(
        18,
        change(
            CHECK,
            "ALTER TABLE app.t DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (c > 0) NOT ENFORCED",
            &["check.enforced"],
        ),
    ),
    since(
        18,
        change(
            FK,
            "ALTER TABLE app.t ALTER CONSTRAINT f NOT ENFORCED",
            &["foreign_key.enforced", "foreign_key.validated"],
        ),
    ),
    since(
        18,
        change(
            PERIOD,
            "ALTER TABLE app.x DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (id, r WITHOUT OVERLAPS)",
            &["unique.without_overlaps"],
        ),
    ),
    since(
        18,
        change(
            PERIOD,
            "ALTER TABLE app.x DROP CONSTRAINT x_pkey, ADD PRIMARY KEY (r, id WITHOUT OVERLAPS)",
            &["primary_key.without_overlaps"],
        ),
    ),
    since(
        18,
        change(
            PERIOD,
            "ALTER TABLE app.x DROP CONSTRAINT f,
                ADD CONSTRAINT f FOREIGN KEY (id, PERIOD r) REFERENCES app.w (id, PERIOD r)",
            &["foreign_key.period"],
        ),
    ),
];
