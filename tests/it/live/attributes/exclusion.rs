//! What can change of exclusion constraints.

use super::{Change, change, since};

const EXCLUSION: &str = "ALTER TABLE app.t ADD CONSTRAINT x EXCLUDE (c WITH =) WHERE (id > 0)";
const EXCLUSION_OF_RANGES: &str = "ALTER TABLE app.t ADD CONSTRAINT x EXCLUDE USING gist (int4range(id, c) WITH &&)";
const PARTITIONED: &str = "CREATE TABLE app.p (id int NOT NULL, EXCLUDE (id WITH =)) PARTITION BY LIST (id);
    CREATE TABLE app.q PARTITION OF app.p FOR VALUES IN (1)";

pub(super) const CHANGES: &[Change] = &[
    change("", EXCLUSION, &["+exclusion"]),
    change(
        EXCLUSION,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE USING hash (c WITH =) WHERE (id > 0)",
        &["exclusion.method"],
    ),
    change(
        EXCLUSION,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE (id WITH =) WHERE (id > 0)",
        &["exclusion.columns"],
    ),
    change(
        EXCLUSION_OF_RANGES,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE USING gist (int4range(id, c) WITH -|-)",
        &["exclusion.operators"],
    ),
    change(
        EXCLUSION,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE (c WITH =) INCLUDE (a) WHERE (id > 0)",
        &["exclusion.include"],
    ),
    change(
        EXCLUSION,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE (c WITH =) WHERE (id > 1)",
        &["exclusion.where"],
    ),
    change(
        EXCLUSION,
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE (c WITH =) WHERE (id > 0) DEFERRABLE",
        &["exclusion.deferrable"],
    ),
    change(
        "ALTER TABLE app.t ADD CONSTRAINT x EXCLUDE (c WITH =) DEFERRABLE",
        "ALTER TABLE app.t DROP CONSTRAINT x, ADD CONSTRAINT x EXCLUDE (c WITH =) INITIALLY DEFERRED",
        &["exclusion.initially_deferred"],
    ),
    change(EXCLUSION, "ALTER INDEX app.x SET (fillfactor = 70)", &["exclusion.with"]),
    change(EXCLUSION, "COMMENT ON CONSTRAINT x ON app.t IS 'x'", &["exclusion.comment"]),
    change(EXCLUSION, "COMMENT ON INDEX app.x IS 'x'", &["exclusion.index_comment"]),
    change(
        EXCLUSION,
        "UPDATE pg_class SET reltablespace = 1664 WHERE oid = 'app.x'::regclass",
        &["exclusion.tablespace"],
    ),
    since(
        17,
        change(
            PARTITIONED,
            "ALTER TABLE app.p DETACH PARTITION app.q",
            &["table.partition_of", "table.partition_bound", "exclusion.derived_from", "column.local"],
        ),
    ),
];
