//! What can change of sequences.

use super::{Change, change, since};

const SEQUENCE: &str = "CREATE SEQUENCE app.s";
const OWNED: &str = "CREATE SEQUENCE app.s OWNED BY app.t.c";
const IDENTITY: &str = "ALTER TABLE app.t ALTER id ADD GENERATED ALWAYS AS IDENTITY";

pub(super) const CHANGES: &[Change] = &[
    change("", SEQUENCE, &["+sequence"]),
    change("CREATE SEQUENCE app.s MAXVALUE 9", "ALTER SEQUENCE app.s AS integer", &["sequence.type"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s START 7", &["sequence.start"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s INCREMENT 7", &["sequence.increment"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s MINVALUE -7", &["sequence.min_value"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s MAXVALUE 7", &["sequence.max_value"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s CACHE 7", &["sequence.cache"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s CYCLE", &["sequence.cycle"]),
    change(SEQUENCE, "ALTER SEQUENCE app.s OWNED BY app.t.c", &["sequence.owned_by"]),
    change(OWNED, "ALTER SEQUENCE app.s OWNED BY app.u.n", &["sequence.owned_by"]),
    change(
        "CREATE SEQUENCE app.t_id_seq AS integer OWNED BY app.t.id",
        "DROP SEQUENCE app.t_id_seq; ALTER TABLE app.t ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        &["sequence.identity", "column.identity"],
    ),
    change(IDENTITY, "ALTER TABLE app.t ALTER id DROP IDENTITY", &["-sequence", "column.identity"]),
    since(15, change(SEQUENCE, "ALTER SEQUENCE app.s SET UNLOGGED", &["sequence.persistence"])),
    since(15, change(OWNED, "ALTER TABLE app.t SET UNLOGGED", &["sequence.persistence", "table.persistence"])),
    change(SEQUENCE, "COMMENT ON SEQUENCE app.s IS 'x'", &["sequence.comment"]),
    change(OWNED, "ALTER TABLE app.t DROP c", &["-sequence", "-column", "table.column_order"]),
];
