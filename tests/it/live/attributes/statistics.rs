//! What can change of extended statistics objects.

use super::{Change, change, since};

const MADE: &str = "CREATE STATISTICS app.s (mcv) ON a, b FROM app.t";
const OWNED: &str = "CREATE ROLE app_one; CREATE STATISTICS app.s (mcv) ON a, b FROM app.t";
const OTHER: &str = "CREATE TABLE app.w (a text, b text); CREATE STATISTICS app.s (mcv) ON a, b FROM app.t";

pub(super) const CHANGES: &[Change] = &[
    change("", MADE, &["+statistics"]),
    change(MADE, "DROP STATISTICS app.s", &["-statistics"]),
    change(OTHER, "DROP STATISTICS app.s; CREATE STATISTICS app.s (mcv) ON a, b FROM app.w", &["statistics.relation"]),
    change(
        MADE,
        "DROP STATISTICS app.s; CREATE STATISTICS app.s (mcv, ndistinct) ON a, b FROM app.t",
        &["statistics.kinds"],
    ),
    change(MADE, "DROP STATISTICS app.s; CREATE STATISTICS app.s (mcv) ON a, c FROM app.t", &["statistics.columns"]),
    since(
        14,
        change(
            "CREATE STATISTICS app.s ON (lower(a)) FROM app.t",
            "DROP STATISTICS app.s; CREATE STATISTICS app.s ON (upper(a)) FROM app.t",
            &["statistics.columns"],
        ),
    ),
    change(MADE, "ALTER STATISTICS app.s SET STATISTICS 7", &["statistics.target"]),
    change(OWNED, "ALTER STATISTICS app.s OWNER TO app_one", &["statistics.owner"]),
    change(MADE, "COMMENT ON STATISTICS app.s IS 'x'", &["statistics.comment"]),
];
