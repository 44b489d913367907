//! What can change of types.

use super::{Change, change, since};

/// Somebody else, and something of each sort to own.
const OWNED: &str = "
    CREATE ROLE app_one;
    CREATE DOMAIN app.d AS text;
    CREATE TYPE app.p AS (x int);
    CREATE TYPE app.r AS RANGE (SUBTYPE = text);
    CREATE TYPE app.b;
";
const DOMAIN: &str = "CREATE DOMAIN app.d AS text DEFAULT 'x'";
const CHECK: &str = "CREATE DOMAIN app.d AS int; ALTER DOMAIN app.d ADD CONSTRAINT k CHECK (VALUE > 0) NOT VALID";
const COMPOSITE: &str = "CREATE TYPE app.p AS (x int, y text)";
const RANGE: &str = "CREATE TYPE app.r AS RANGE (SUBTYPE = text)";
/// A base type; what it is made with stands between these.
macro_rules! base {
    ($options:literal) => {
        concat!(
            "CREATE TYPE app.b;
             CREATE FUNCTION app.b_in(cstring, oid, int) RETURNS app.b LANGUAGE internal IMMUTABLE STRICT AS 'varcharin';
             CREATE FUNCTION app.b_in2(cstring) RETURNS app.b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
             CREATE FUNCTION app.b_out(app.b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varcharout';
             CREATE FUNCTION app.b_out2(app.b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
             CREATE FUNCTION app.b_recv(internal) RETURNS app.b LANGUAGE internal IMMUTABLE STRICT AS 'textrecv';
             CREATE FUNCTION app.b_send(app.b) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'textsend';",
            "CREATE TYPE app.b (INPUT = app.b_in, OUTPUT = app.b_out, STORAGE = extended",
            $options,
            ")"
        )
    };
}
const BASE: &str = base!("");
const OWNED_BASE: &str = concat!("CREATE ROLE app_one; ", base!(""));
/// The row of `pg_type`, of what no statement can change of a type that is there.
macro_rules! row {
    ($change:literal) => {
        concat!("UPDATE pg_type SET ", $change, " WHERE oid = 'app.b'::regtype")
    };
}

pub(super) const CHANGES: &[Change] = &[
    change(OWNED, "ALTER DOMAIN app.d OWNER TO app_one", &["domain.owner"]),
    change(OWNED, "GRANT USAGE ON DOMAIN app.d TO app_one", &["domain.grants"]),
    change(OWNED, "ALTER TYPE app.p OWNER TO app_one", &["composite.owner"]),
    change(OWNED, "REVOKE USAGE ON TYPE app.p FROM PUBLIC", &["composite.grants"]),
    change(OWNED, "ALTER TYPE app.r OWNER TO app_one", &["range.owner"]),
    change(OWNED, "GRANT USAGE ON TYPE app.r TO app_one", &["range.grants"]),
    change(OWNED_BASE, "ALTER TYPE app.b OWNER TO app_one", &["base_type.owner"]),
    change(OWNED_BASE, "GRANT USAGE ON TYPE app.b TO app_one", &["base_type.grants"]),
    change("", DOMAIN, &["+domain"]),
    change(DOMAIN, "DROP DOMAIN app.d; CREATE DOMAIN app.d AS varchar(9) DEFAULT 'x'::text", &["domain.type"]),
    change(DOMAIN, "ALTER DOMAIN app.d SET NOT NULL", &["domain.nullable"]),
    change(DOMAIN, "ALTER DOMAIN app.d SET DEFAULT 'y'", &["domain.default"]),
    change(DOMAIN, "ALTER DOMAIN app.d DROP DEFAULT", &["domain.default"]),
    change(
        DOMAIN,
        "DROP DOMAIN app.d; CREATE DOMAIN app.d AS text COLLATE \"C\" DEFAULT 'x'",
        &["domain.collation"],
    ),
    change(DOMAIN, "COMMENT ON DOMAIN app.d IS 'x'", &["domain.comment"]),
    change(DOMAIN, "ALTER DOMAIN app.d ADD CHECK (VALUE <> '')", &["+domain_check"]),
    change(CHECK, "ALTER DOMAIN app.d VALIDATE CONSTRAINT k", &["domain_check.validated"]),
    change(
        CHECK,
        "ALTER DOMAIN app.d DROP CONSTRAINT k; ALTER DOMAIN app.d ADD CONSTRAINT k CHECK (VALUE > 1) NOT VALID",
        &["domain_check.expression"],
    ),
    change(CHECK, "COMMENT ON CONSTRAINT k ON DOMAIN app.d IS 'x'", &["domain_check.comment"]),
    change(CHECK, "DROP DOMAIN app.d", &["-domain", "-domain_check"]),
    change("", COMPOSITE, &["+composite"]),
    change(COMPOSITE, "ALTER TYPE app.p ADD ATTRIBUTE z date", &["composite.attributes"]),
    change(COMPOSITE, "ALTER TYPE app.p ALTER ATTRIBUTE y TYPE text COLLATE \"C\"", &["composite.attributes"]),
    change(COMPOSITE, "COMMENT ON COLUMN app.p.x IS 'x'", &["composite.attributes"]),
    change(COMPOSITE, "COMMENT ON TYPE app.p IS 'x'", &["composite.comment"]),
    change(
        "CREATE TYPE app.r AS RANGE (SUBTYPE = int)",
        "UPDATE pg_range SET rngsubtype = 'date'::regtype WHERE rngtypid = 'app.r'::regtype",
        &["range.subtype"],
    ),
    change(
        RANGE,
        "UPDATE pg_range SET rngsubopc = (SELECT oid FROM pg_opclass WHERE opcname = 'text_pattern_ops' AND opcmethod = 403)
         WHERE rngtypid = 'app.r'::regtype",
        &["range.opclass"],
    ),
    change(
        RANGE,
        "UPDATE pg_range SET rngcollation = '\"C\"'::regcollation WHERE rngtypid = 'app.r'::regtype",
        &["range.collation"],
    ),
    change(
        "CREATE TYPE app.r; CREATE FUNCTION app.c(app.r) RETURNS app.r LANGUAGE internal IMMUTABLE STRICT
            AS 'int4range_canonical'; CREATE TYPE app.r AS RANGE (SUBTYPE = int)",
        "UPDATE pg_range SET rngcanonical = 'app.c(app.r)'::regprocedure WHERE rngtypid = 'app.r'::regtype",
        &["range.canonical"],
    ),
    change(
        concat!(
            "CREATE FUNCTION app.apart(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0::float8';",
            "CREATE TYPE app.r AS RANGE (SUBTYPE = text)"
        ),
        "UPDATE pg_range SET rngsubdiff = 'app.apart'::regproc WHERE rngtypid = 'app.r'::regtype",
        &["range.subtype_diff"],
    ),
    since(14, change(RANGE, "ALTER TYPE app.r_multirange RENAME TO rs", &["range.multirange", "-cast", "+cast", "-multirange type", "+multirange type",])),
    change(RANGE, "COMMENT ON TYPE app.r IS 'x'", &["range.comment"]),
    change("", "CREATE TYPE app.b", &["+base_type"]),
    change(BASE, row!("typisdefined = false"), &["base_type.defined"]),
    change(BASE, row!("typinput = 'app.b_in2'::regproc"), &["base_type.input"]),
    change(BASE, row!("typoutput = 'app.b_out2'::regproc"), &["base_type.output"]),
    change(BASE, "ALTER TYPE app.b SET (RECEIVE = app.b_recv)", &["base_type.receive"]),
    change(BASE, "ALTER TYPE app.b SET (SEND = app.b_send)", &["base_type.send"]),
    change(BASE, "ALTER TYPE app.b SET (TYPMOD_IN = varchartypmodin)", &["base_type.modifier_input"]),
    change(BASE, "ALTER TYPE app.b SET (TYPMOD_OUT = varchartypmodout)", &["base_type.modifier_output"]),
    change(BASE, "ALTER TYPE app.b SET (ANALYZE = array_typanalyze)", &["base_type.analyze"]),
    since(14, change(BASE, row!("typsubscript = 'raw_array_subscript_handler'::regproc"), &["base_type.subscript"])),
    change(BASE, row!("typlen = -2"), &["base_type.length"]),
    change(BASE, row!("typbyval = true"), &["base_type.by_value"]),
    change(BASE, row!("typalign = 'd'"), &["base_type.alignment"]),
    change(BASE, "ALTER TYPE app.b SET (STORAGE = main)", &["base_type.storage"]),
    change(BASE, row!("typcategory = 'S'"), &["base_type.category"]),
    change(BASE, row!("typispreferred = true"), &["base_type.preferred"]),
    change(BASE, row!("typdefault = 'x'"), &["base_type.default"]),
    since(14, change(BASE, row!("typelem = 'float8'::regtype"), &["base_type.element"])),
    change(BASE, row!("typdelim = ';'"), &["base_type.delimiter"]),
    change(BASE, row!("typcollation = 100"), &["base_type.collatable"]),
    change(BASE, "COMMENT ON TYPE app.b IS 'x'", &["base_type.comment"]),
];
