//! What can change of collations and conversions.

use super::{Change, change, since};

const ICU: &str = "CREATE COLLATION app.x (provider = icu, locale = 'de')";
const LIBC: &str = "CREATE COLLATION app.x (locale = 'C')";
const OWNED: &str = "
    CREATE ROLE app_one;
    CREATE COLLATION app.x (locale = 'C');
    CREATE CONVERSION app.y FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8";
const CONVERSION: &str = "CREATE CONVERSION app.y FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8";

pub(super) const CHANGES: &[Change] = &[
    change("", LIBC, &["+collation"]),
    change(LIBC, "DROP COLLATION app.x", &["-collation"]),
    change(
        LIBC,
        "DROP COLLATION app.x; CREATE COLLATION app.x (lc_collate = 'POSIX', lc_ctype = 'C')",
        &["collation.lc_collate"],
    ),
    change(
        LIBC,
        "DROP COLLATION app.x; CREATE COLLATION app.x (lc_collate = 'C', lc_ctype = 'POSIX')",
        &["collation.lc_ctype"],
    ),
    change(ICU, "DROP COLLATION app.x; CREATE COLLATION app.x (provider = icu, locale = 'en')", &["collation.locale"]),
    change(
        ICU,
        "DROP COLLATION app.x; CREATE COLLATION app.x (provider = icu, locale = 'de', deterministic = false)",
        &["collation.deterministic"],
    ),
    since(
        16,
        change(
            ICU,
            "DROP COLLATION app.x; CREATE COLLATION app.x (provider = icu, locale = 'de', rules = '&a < b')",
            &["collation.rules"],
        ),
    ),
    since(
        17,
        change(
            "CREATE COLLATION app.x (provider = icu, locale = 'C')",
            "UPDATE pg_collation SET collprovider = 'b' WHERE collname = 'x'",
            &["collation.provider"],
        ),
    ),
    change(OWNED, "ALTER COLLATION app.x OWNER TO app_one", &["collation.owner"]),
    change(LIBC, "COMMENT ON COLLATION app.x IS 'x'", &["collation.comment"]),
    change("", CONVERSION, &["+conversion"]),
    change(CONVERSION, "DROP CONVERSION app.y", &["-conversion"]),
    change(
        CONVERSION,
        "UPDATE pg_conversion SET conforencoding = pg_char_to_encoding('LATIN2') WHERE conname = 'y'",
        &["conversion.source"],
    ),
    change(
        CONVERSION,
        "UPDATE pg_conversion SET contoencoding = pg_char_to_encoding('LATIN2') WHERE conname = 'y'",
        &["conversion.target"],
    ),
    change(
        CONVERSION,
        "UPDATE pg_conversion SET conproc = 'iso8859_to_utf8'::regproc WHERE conname = 'y'",
        &["conversion.function"],
    ),
    change(
        CONVERSION,
        "DROP CONVERSION app.y; CREATE DEFAULT CONVERSION app.y FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        &["conversion.default"],
    ),
    change(OWNED, "ALTER CONVERSION app.y OWNER TO app_one", &["conversion.owner"]),
    change(CONVERSION, "COMMENT ON CONVERSION app.y IS 'x'", &["conversion.comment"]),
];
