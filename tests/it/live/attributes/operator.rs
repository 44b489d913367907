//! Aggregates, operators and casts.

use super::{Change, change};

const AGGREGATE: &str = "
    CREATE FUNCTION app.put(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION app.end_of(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION app.end_of(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
    CREATE AGGREGATE app.a(text) (SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of,
        MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of)";
const INTERNAL: &str = "
    CREATE FUNCTION app.out_of(internal) RETURNS bytea LANGUAGE internal STRICT AS 'numeric_avg_serialize';
    CREATE FUNCTION app.into(bytea, internal) RETURNS internal LANGUAGE internal STRICT AS 'numeric_avg_deserialize';
    CREATE AGGREGATE app.a(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg,
        SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize)";
const ROLE_AND_BOTH: &str = "CREATE ROLE app_one;
    CREATE AGGREGATE app.a(int) (SFUNC = int4pl, STYPE = int);
    CREATE OPERATOR app.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt)";
const ORDERED: &str = "
    CREATE AGGREGATE app.a(VARIADIC \"any\" ORDER BY VARIADIC \"any\")
        (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA)";
const OPERATORS: &str = "
    CREATE FUNCTION app.less(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION app.more(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR app.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = app.less)";
const CAST: &str = "
    CREATE TYPE app.mood AS ENUM ('good');
    CREATE FUNCTION app.to_mood(int) RETURNS app.mood LANGUAGE sql AS 'SELECT NULL::app.mood';
    CREATE FUNCTION app.as_mood(int) RETURNS app.mood LANGUAGE sql AS 'SELECT NULL::app.mood';
    CREATE CAST (int AS app.mood) WITH FUNCTION app.to_mood(int)";

/// A replaced aggregate with one thing changed.
macro_rules! replaced {
    ($seen:literal, $($definition:literal),+) => {
        change(
            AGGREGATE,
            concat!("CREATE OR REPLACE AGGREGATE app.a(text) (", $($definition),+, ")"),
            &[concat!("aggregate.", $seen)],
        )
    };
}

const fn set(row: &'static str, seen: &'static [&'static str]) -> Change {
    change(AGGREGATE, row, seen)
}

pub(super) const CHANGES: &[Change] = &[
    change("", "CREATE AGGREGATE app.a(int) (SFUNC = int4pl, STYPE = int)", &["+aggregate"]),
    change(ROLE_AND_BOTH, "ALTER AGGREGATE app.a(int) OWNER TO app_one", &["aggregate.owner"]),
    change(ROLE_AND_BOTH, "GRANT EXECUTE ON FUNCTION app.a(int) TO app_one", &["aggregate.grants"]),
    change(ROLE_AND_BOTH, "ALTER OPERATOR app.<<<(int, int) OWNER TO app_one", &["operator.owner"]),
    change(AGGREGATE, "UPDATE pg_proc SET proargnames = '{x}' WHERE oid = 'app.a'::regproc", &["aggregate.parameters"]),
    set("UPDATE pg_proc SET prorettype = 'int'::regtype WHERE oid = 'app.a'::regproc", &["aggregate.returns"]),
    change(
        ORDERED,
        "UPDATE pg_aggregate SET aggkind = 'h' WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.aggregate_kind"],
    ),
    change(
        ORDERED,
        "UPDATE pg_aggregate SET aggnumdirectargs = 0 WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.direct_arguments"],
    ),
    set(
        "UPDATE pg_aggregate SET aggtransfn = 'textcat' WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.state_function"],
    ),
    set(
        "UPDATE pg_aggregate SET aggtranstype = 'varchar'::regtype WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.state_type"],
    ),
    replaced!(
        "state_size",
        "SFUNC = app.put, STYPE = text, SSPACE = 7, FINALFUNC = app.end_of,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "initial",
        "SFUNC = app.put, STYPE = text, INITCOND = 'x', FINALFUNC = app.end_of,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "final_function",
        "SFUNC = app.put, STYPE = text,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    set("UPDATE pg_aggregate SET aggfinalextra = true WHERE aggfnoid = 'app.a'::regproc", &["aggregate.final_extra"]),
    replaced!(
        "final_modify",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, FINALFUNC_MODIFY = SHAREABLE,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "combine_function",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, COMBINEFUNC = app.put,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    change(
        INTERNAL,
        "CREATE OR REPLACE AGGREGATE app.a(numeric) (SFUNC = numeric_avg_accum, STYPE = internal,
            FINALFUNC = numeric_avg, SERIALFUNC = app.out_of, DESERIALFUNC = numeric_avg_deserialize)",
        &["aggregate.serial_function"],
    ),
    change(
        INTERNAL,
        "CREATE OR REPLACE AGGREGATE app.a(numeric) (SFUNC = numeric_avg_accum, STYPE = internal,
            FINALFUNC = numeric_avg, SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = app.into)",
        &["aggregate.deserial_function"],
    ),
    set(
        "UPDATE pg_aggregate SET aggmtransfn = 'textcat' WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.moving_state_function"],
    ),
    set(
        "UPDATE pg_aggregate SET aggminvtransfn = 'textcat' WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.moving_inverse_function"],
    ),
    set(
        "UPDATE pg_aggregate SET aggmtranstype = 'varchar'::regtype WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.moving_state_type"],
    ),
    replaced!(
        "moving_state_size",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, MSSPACE = 7,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "moving_initial",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, MINITCOND = 'x',",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "moving_final_function",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text"
    ),
    set(
        "UPDATE pg_aggregate SET aggmfinalextra = true WHERE aggfnoid = 'app.a'::regproc",
        &["aggregate.moving_final_extra"],
    ),
    replaced!(
        "moving_final_modify",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, MFINALFUNC_MODIFY = SHAREABLE,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "sort_operator",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, SORTOP = <,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    replaced!(
        "parallel",
        "SFUNC = app.put, STYPE = text, FINALFUNC = app.end_of, PARALLEL = SAFE,",
        "MSFUNC = app.put, MINVFUNC = app.put, MSTYPE = text, MFINALFUNC = app.end_of"
    ),
    set("COMMENT ON AGGREGATE app.a(text) IS 'x'", &["aggregate.comment"]),
    change("", "CREATE OPERATOR app.+ (RIGHTARG = text, FUNCTION = length)", &["+operator"]),
    change(
        OPERATORS,
        "DROP OPERATOR app.<<< (int, int); CREATE OPERATOR app.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = app.more)",
        &["operator.function"],
    ),
    change(
        OPERATORS,
        "UPDATE pg_operator SET oprresult = 'text'::regtype WHERE oid = 'app.<<<'::regoper",
        &["operator.result"],
    ),
    change(
        OPERATORS,
        "DROP OPERATOR app.<<< (int, int); CREATE OPERATOR app.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = app.less,
            COMMUTATOR = OPERATOR(app.<<<))",
        &["operator.commutator"],
    ),
    change(
        OPERATORS,
        "DROP OPERATOR app.<<< (int, int); CREATE OPERATOR app.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = app.less,
            NEGATOR = OPERATOR(app.>>>))",
        &["operator.negator"],
    ),
    change(OPERATORS, "ALTER OPERATOR app.<<< (int, int) SET (RESTRICT = eqsel)", &["operator.restrict"]),
    change(OPERATORS, "ALTER OPERATOR app.<<< (int, int) SET (JOIN = eqjoinsel)", &["operator.join"]),
    change(OPERATORS, "UPDATE pg_operator SET oprcanmerge = true WHERE oid = 'app.<<<'::regoper", &["operator.merges"]),
    change(OPERATORS, "UPDATE pg_operator SET oprcanhash = true WHERE oid = 'app.<<<'::regoper", &["operator.hashes"]),
    change(OPERATORS, "COMMENT ON OPERATOR app.<<< (int, int) IS 'x'", &["operator.comment"]),
    change("CREATE TYPE app.mood AS ENUM ('good')", "CREATE CAST (text AS app.mood) WITH INOUT", &["+cast"]),
    change(
        CAST,
        "DROP CAST (int AS app.mood); CREATE CAST (int AS app.mood) WITH FUNCTION app.to_mood(int) AS IMPLICIT",
        &["cast.context"],
    ),
    change(
        "CREATE TYPE app.mood AS ENUM ('good'); CREATE CAST (text AS app.mood) WITH INOUT",
        "UPDATE pg_cast SET castmethod = 'b' WHERE casttarget = 'app.mood'::regtype",
        &["cast.method"],
    ),
    change(
        CAST,
        "DROP CAST (int AS app.mood); CREATE CAST (int AS app.mood) WITH FUNCTION app.as_mood(int)",
        &["cast.function"],
    ),
    change(CAST, "COMMENT ON CAST (int AS app.mood) IS 'x'", &["cast.comment"]),
];
