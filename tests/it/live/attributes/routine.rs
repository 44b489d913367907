//! Functions and procedures.

use super::{Change, change, since};

const FUNCTION: &str = "CREATE FUNCTION app.f(a int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'";
const PROCEDURE: &str = "CREATE PROCEDURE app.p(a int) LANGUAGE sql AS 'SELECT 1'";
const PARSED: &str = "CREATE FUNCTION app.f(a int) RETURNS int RETURN a + 1";
const PARSED_PROCEDURE: &str = "CREATE PROCEDURE app.p() BEGIN ATOMIC DELETE FROM app.t; END";
const COMPILED: &str =
    "CREATE FUNCTION app.f(internal) RETURNS trigger LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'";
const OWNED: &str = "
    CREATE ROLE app_one;
    CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE app.p() LANGUAGE sql AS 'SELECT 1'";
const HANDLERS: &str = "
    CREATE ROLE app_one;
    CREATE FUNCTION app.h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION app.h2() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION app.i(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
    CREATE FUNCTION app.v(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator'";
const LANGUAGE: &str = "
    CREATE ROLE app_one;
    CREATE FUNCTION app.h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION app.h2() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE FUNCTION app.i(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
    CREATE FUNCTION app.v(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator';
    CREATE LANGUAGE app_l HANDLER app.h";
const TRUSTED: &str = "
    CREATE FUNCTION app.h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE TRUSTED LANGUAGE app_t HANDLER app.h";
const METHODS: &str = "
    CREATE FUNCTION app.index_method(internal) RETURNS index_am_handler LANGUAGE internal AS 'bthandler'";
const METHOD: &str = "
    CREATE FUNCTION app.index_method(internal) RETURNS index_am_handler LANGUAGE internal AS 'bthandler';
    CREATE FUNCTION app.other_method(internal) RETURNS index_am_handler LANGUAGE internal AS 'hashhandler';
    CREATE FUNCTION app.table_method(internal) RETURNS table_am_handler LANGUAGE internal AS 'heap_tableam_handler';
    CREATE ACCESS METHOD app_m TYPE INDEX HANDLER app.index_method";
const TRANSFORM: &str = "
    CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE app.p(a int) LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION app.to_sql(internal) RETURNS int LANGUAGE internal IMMUTABLE AS 'int4recv';
    CREATE TRANSFORM FOR int LANGUAGE sql (TO SQL WITH FUNCTION app.to_sql(internal))";

pub(super) const CHANGES: &[Change] = &[
    change("", FUNCTION, &["+function"]),
    change(
        FUNCTION,
        "CREATE OR REPLACE FUNCTION app.f(a int DEFAULT 1) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'",
        &["function.parameters"],
    ),
    change(
        FUNCTION,
        "DROP FUNCTION app.f; CREATE FUNCTION app.f(a int) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT 1'",
        &["function.returns"],
    ),
    change(
        FUNCTION,
        "DROP FUNCTION app.f; CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        &["function.returns_set", "function.rows"],
    ),
    change(
        FUNCTION,
        "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN END'",
        &["function.language", "function.source"],
    ),
    change(
        "CREATE FUNCTION app.f() RETURNS bigint LANGUAGE internal AS 'window_row_number'",
        "DROP FUNCTION app.f; CREATE FUNCTION app.f() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number'",
        &["function.window"],
    ),
    change(FUNCTION, "ALTER FUNCTION app.f(int) STABLE", &["function.volatility"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) STRICT", &["function.strict"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) SECURITY DEFINER", &["function.security_definer"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) LEAKPROOF", &["function.leakproof"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) PARALLEL SAFE", &["function.parallel"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) COST 7", &["function.cost"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) ROWS 7", &["function.rows"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) SUPPORT generate_series_int4_support", &["function.support"]),
    change(FUNCTION, "ALTER FUNCTION app.f(int) SET search_path = app", &["function.set"]),
    change(
        TRANSFORM,
        "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT 1'",
        &["function.transforms"],
    ),
    change(
        FUNCTION,
        "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 2'",
        &["function.source"],
    ),
    since(14, change(PARSED, "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int RETURN a + 2", &["function.body"])),
    change(
        COMPILED,
        "CREATE OR REPLACE FUNCTION app.f(internal) RETURNS trigger LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler'",
        &["function.library"],
    ),
    change(OWNED, "ALTER FUNCTION app.f() OWNER TO app_one", &["function.owner"]),
    change(OWNED, "REVOKE EXECUTE ON FUNCTION app.f() FROM PUBLIC", &["function.grants"]),
    change(FUNCTION, "COMMENT ON FUNCTION app.f(int) IS 'x'", &["function.comment"]),
    change(HANDLERS, "CREATE LANGUAGE app_l HANDLER app.h", &["+language"]),
    change(LANGUAGE, "CREATE OR REPLACE TRUSTED LANGUAGE app_l HANDLER app.h", &["language.trusted"]),
    change(LANGUAGE, "CREATE OR REPLACE LANGUAGE app_l HANDLER app.h2", &["language.handler"]),
    change(LANGUAGE, "CREATE OR REPLACE LANGUAGE app_l HANDLER app.h INLINE app.i", &["language.inline"]),
    change(LANGUAGE, "CREATE OR REPLACE LANGUAGE app_l HANDLER app.h VALIDATOR app.v", &["language.validator"]),
    change(LANGUAGE, "ALTER LANGUAGE app_l OWNER TO app_one", &["language.owner"]),
    change(TRUSTED, "REVOKE USAGE ON LANGUAGE app_t FROM PUBLIC", &["language.grants"]),
    change(LANGUAGE, "COMMENT ON LANGUAGE app_l IS 'x'", &["language.comment"]),
    change(METHODS, "CREATE ACCESS METHOD app_m TYPE INDEX HANDLER app.index_method", &["+access_method"]),
    change(
        METHOD,
        "DROP ACCESS METHOD app_m; CREATE ACCESS METHOD app_m TYPE TABLE HANDLER app.table_method",
        &["access_method.handler", "access_method.type"],
    ),
    change(
        METHOD,
        "DROP ACCESS METHOD app_m; CREATE ACCESS METHOD app_m TYPE INDEX HANDLER app.other_method",
        &["access_method.handler"],
    ),
    change(METHOD, "COMMENT ON ACCESS METHOD app_m IS 'x'", &["access_method.comment"]),
    change("", PROCEDURE, &["+procedure"]),
    change(
        PROCEDURE,
        "CREATE OR REPLACE PROCEDURE app.p(a int DEFAULT 1) LANGUAGE sql AS 'SELECT 1'",
        &["procedure.parameters"],
    ),
    change(
        PROCEDURE,
        "CREATE OR REPLACE PROCEDURE app.p(a int) LANGUAGE plpgsql AS 'BEGIN END'",
        &["procedure.language", "procedure.source"],
    ),
    change(PROCEDURE, "ALTER PROCEDURE app.p(int) SECURITY DEFINER", &["procedure.security_definer"]),
    change(PROCEDURE, "ALTER PROCEDURE app.p(int) SET search_path = app", &["procedure.set"]),
    change(
        TRANSFORM,
        "CREATE OR REPLACE PROCEDURE app.p(a int) LANGUAGE sql TRANSFORM FOR TYPE int AS 'SELECT 1'",
        &["procedure.transforms"],
    ),
    change(PROCEDURE, "CREATE OR REPLACE PROCEDURE app.p(a int) LANGUAGE sql AS 'SELECT 2'", &["procedure.source"]),
    since(
        14,
        change(
            PARSED_PROCEDURE,
            "CREATE OR REPLACE PROCEDURE app.p() BEGIN ATOMIC DELETE FROM app.u; END",
            &["procedure.body"],
        ),
    ),
    change(
        "CREATE PROCEDURE app.p() LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'",
        "CREATE OR REPLACE PROCEDURE app.p() LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler'",
        &["procedure.library"],
    ),
    change(OWNED, "ALTER PROCEDURE app.p() OWNER TO app_one", &["procedure.owner"]),
    change(OWNED, "GRANT EXECUTE ON PROCEDURE app.p() TO app_one", &["procedure.grants"]),
    change(PROCEDURE, "COMMENT ON PROCEDURE app.p(int) IS 'x'", &["procedure.comment"]),
];
