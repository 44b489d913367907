//! The differences between replays of the corpus and servers that are known, each with its reason.

use super::fidelity::PRINTED;
use crate::printing;

/// Of which cases, by the beginning of their names; what the line about it contains; and why it differs.
const PINS: &[(&str, &str, &str)] = &[
    ("adventureworks", "comment: R", ENCODING),
    ("formance-ledger", "_default.moves_view", ROWS),
    ("formance-ledger", "_default.transactions", ROWS),
    ("harness-stack", ".events_20", TODAY),
    ("hatchet", "_20", TODAY),
    ("hatchet", "additional_metadata_gin: valid", TODAY),
    ("latitude", "billing_usage_events_20", TODAY),
    ("alter_table", "new_system_table", IN_THE_SYSTEM),
    ("alter_table", "old_system_table", IN_THE_SYSTEM),
    ("alter_table", "array_of_recur1", TEMPORARY),
    ("privileges", "atest4: grants", GRANTOR),
    ("privileges", "sro_index_mv", "the predicate of an index is a call that the server evaluates to true"),
    ("replay/refused/language.sql", "", "up to 18 a server lets `DROP LANGUAGE sql` pass, and what comes after it too"),
    ("rowtypes", "(pg_temp.", TEMPORARY),
];

/// The same of what is printed as SQL and makes something else.
const PRINTINGS: &[(&str, &str, &str)] = &[
    ("inherit", "table public.cc2: column_order", "columns that came to a parent later stand behind a child's own"),
    (
        "pg-delta/event-trigger-operations--create-with-tag-filter",
        "WHEN TAG IN",
        "the order of tags, which says nothing",
    ),
    (
        "pistachio/plan__no_diff_view_qualified_refs",
        "VIEW public.v_window",
        "a window with a name, which is printed where it is used",
    ),
    (
        "replay/create_as/table_as",
        "collation: \"C\" / none",
        "the collation of what a query gives, which a server alone tells",
    ),
    (
        "replay/refused/generated_inherited",
        "public.split_default",
        "a partition with a default where its table generates, which up to 15 can be made and not attached",
    ),
    (
        "replay/refused/identity_of_partitions",
        "column public.d1.id: identity",
        "a partition that was there before its table was attached, and so has no part in an identity",
    ),
    (
        "replay/refused/own_negator",
        "",
        "an operator that is its own negator, which up to 16 could be made in two steps, and not in one",
    ),
    (
        "replay/refused/rule_makes_a_view_of_a_table",
        "column public.w.a: nullable",
        "NOT NULL of a table that a rule has made a view of, which no view can say",
    ),
    (
        "replay/refused/volatility",
        "t_deep_idx",
        "the body of a function names another without its schema, which is not found under an empty search_path",
    ),
    ("replay/view/using_follows_renames", "pg_dump", "the names by which a view alone knows what its joins merge"),
    ("atomic-crm", "pg_dump", VIEW_OPTIONS),
    ("crates.io", "pg_dump", A_CAST),
    ("multirangetypes", "pg_dump", "a type from which its owner has taken all"),
    ("object_address", "pg_dump", "transforms, which the model does not hold"),
    ("pg-delta/default-privileges-", "before: ALTER DEFAULT PRIVILEGES FOR ROLE", OF_AN_OWNER),
    ("pg-delta/extension-member--", "before: ", "rights of what an extension has brought"),
    ("pg-delta/subscription-operations--", "subscription", CONNECTION),
    ("pgadmin/schema_diff_17_plus", "user mapping", "options of user mappings may be secrets"),
    ("pgcodekeeper/chg_", "before: REVOKE ALL ON", OF_AN_OWNER),
    ("pgevolve/objects__", "WITH RECURSIVE", OF_WITH),
    ("pgevolve/objects__views__security-invoker-toggle", "pg_dump", VIEW_OPTIONS),
    ("replay/column/computed_defaults", "pg_dump", IN_WORDS),
    ("replay/exprs/", "pg_dump", IN_WORDS),
    ("replay/index/expressions", "AT TIME ZONE", IN_WORDS),
    ("replay/index/expressions", "timezone", IN_WORDS),
    ("replay/refused/logical_replication", "subscription", CONNECTION),
    ("replay/refused/not_null_inherited", "below", "NOT NULL that a child has otherwise than its parent says by now"),
    ("replay/refused/what_may_change", "pg_dump", IN_WORDS),
    ("replay/routine/parsed_bodies", "pg_dump", "a cast that UPDATE makes by itself, which is printed"),
    ("replay/view/invented_names", "pg_dump", IN_WORDS),
    ("replay/view/recursive", "WITH RECURSIVE", OF_WITH),
    ("select_views", "pg_dump", VIEW_OPTIONS),
    ("sqldef/", " AT TIME ZONE ", IN_WORDS),
    ("sqldef/", "timezone'", IN_WORDS),
    ("sqldef/constraints__CheckConstraintWithOverlaps", "pg_dump", IN_WORDS),
    ("sqldef/views__MaterializedViewWithDateFunction", "pg_dump", A_CAST),
    ("stripe/partitioned_index__Add_unique_constraint", "index", INDEX_OF_A_CONSTRAINT),
    ("stripe/partitioned_table__Create_partitioned_table_with_local_primary_keys", "", INDEX_OF_A_CONSTRAINT),
];

const A_CAST: &str = "a call that only casts, which is printed as a cast";
const CONNECTION: &str = "how a subscription connects is not in the model";
const ENCODING: &str = "the file is in UTF-8 and says `client_encoding = latin1`, so that a server takes its letters \
                        for others";
const GRANTOR: &str = "whether who grants may do so is not judged: here it gives away a right without its grant option";
const IN_THE_SYSTEM: &str = "a table is moved to `pg_catalog`, where objects are the server's own";
const IN_WORDS: &str =
    "a function that SQL has words for, such as AT TIME ZONE, which is printed as the call that it is";
const INDEX_OF_A_CONSTRAINT: &str = "an index of a whole table, which that of a constraint is attached to";
const OF_AN_OWNER: &str = "what is an owner's own to do, which the model leaves out";
const OF_WITH: &str = "names of the columns of a WITH query, which are printed inside of it";
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
    let printings = PRINTINGS.iter().filter(|_| what.starts_with(PRINTED));
    let pin = PINS.iter().chain(printings).find(|(of, part, _)| case.starts_with(of) && what.contains(part))?;
    Some(pin.2)
}
