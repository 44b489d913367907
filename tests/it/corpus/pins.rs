//! The differences between replays of the corpus and servers that are known, each with its reason.

use super::fidelity::PRINTED;
use crate::printing;

/// Of which cases, by the beginning of their names; what the line about it contains; and why it differs.
pub(super) const PINS: &[(&str, &str, &str)] = &[
    ("adventureworks", "comment: R", ENCODING),
    ("atomic-crm", "printed, pg_dump", VIEW_OPTIONS),
    ("crates.io", "printed, pg_dump", "a call that only casts, which is printed as a cast"),
    ("formance-ledger", "_default.moves_view", ROWS),
    ("formance-ledger", "_default.transactions", ROWS),
    ("harness-stack", ".events_20", TODAY),
    ("hatchet", "_20", TODAY),
    ("hatchet", "additional_metadata_gin: valid", TODAY),
    ("latitude", "billing_usage_events_20", TODAY),
    ("alter_table", "new_system_table", IN_THE_SYSTEM),
    ("alter_table", "old_system_table", IN_THE_SYSTEM),
    ("alter_table", "array_of_recur1", TEMPORARY),
    (
        "inherit",
        "printed, table public.cc2: column_order",
        "columns that came to a parent later stand behind a child's own",
    ),
    ("multirangetypes", "printed, pg_dump", "a type from which its owner has taken all"),
    ("object_address", "printed, pg_dump", "transforms, which the model does not hold"),
    ("privileges", "atest4: grants", GRANTOR),
    ("privileges", "sro_index_mv", "the predicate of an index is a call that the server evaluates to true"),
    ("replay/refused/language.sql", "", "up to 18 a server lets `DROP LANGUAGE sql` pass, and what comes after it too"),
    ("rowtypes", "(pg_temp.", TEMPORARY),
    ("select_views", "printed, pg_dump", VIEW_OPTIONS),
];

const ENCODING: &str = "the file is in UTF-8 and says `client_encoding = latin1`, so that a server takes its letters \
                        for others";
const GRANTOR: &str = "whether who grants may do so is not judged: here it gives away a right without its grant option";
const IN_THE_SYSTEM: &str = "a table is moved to `pg_catalog`, where objects are the server's own";
const ROWS: &str = "what is done hangs on the rows that a query finds, as the notes say";
const TEMPORARY: &str = "it takes a temporary type, and goes with the session that made it";
const VIEW_OPTIONS: &str = "options of views that say what is the default, and their spelling";
const TODAY: &str = "partitions are named after the day on which the files are applied, as the notes say";

/// The reason for a difference, if it is known.
pub(super) fn reason(line: &str) -> Option<&'static str> {
    let (case, what) = line.split_once(": ")?;
    if what.starts_with(PRINTED)
        && let Some((_, why)) = printing::known(case)
    {
        return Some(why);
    }
    let pin = PINS.iter().find(|(of, contains, _)| case.starts_with(of) && what.contains(contains))?;
    Some(pin.2)
}
