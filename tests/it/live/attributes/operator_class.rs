//! Operator classes and families.

use super::{Change, change};

const CLASS: &str = "
    CREATE ROLE app_one;
    CREATE OPERATOR FAMILY app.f USING gist;
    CREATE OPERATOR FAMILY app.g USING gist;
    CREATE OPERATOR CLASS app.c FOR TYPE point USING gist FAMILY app.f AS
        FUNCTION 2 gist_box_union(internal, internal)
";

const HASH_CLASS: &str = "
    CREATE OPERATOR CLASS app.c FOR TYPE int USING hash AS OPERATOR 1 = (int, int), FUNCTION 1 hashint4(int)
";

pub(super) const CHANGES: &[Change] = &[
    change("", "CREATE OPERATOR FAMILY app.f USING btree", &["+operator_family"]),
    change(CLASS, "DROP OPERATOR FAMILY app.g USING gist", &["-operator_family"]),
    change(
        CLASS,
        "ALTER OPERATOR FAMILY app.f USING gist ADD OPERATOR 1 <-> (point, point) FOR ORDER BY float_ops",
        &["operator_family.operators"],
    ),
    change(
        CLASS,
        "ALTER OPERATOR FAMILY app.f USING gist ADD FUNCTION 3 (point, point) gist_point_compress(internal)",
        &["operator_family.functions"],
    ),
    change(CLASS, "ALTER OPERATOR FAMILY app.f USING gist OWNER TO app_one", &["operator_family.owner"]),
    change(CLASS, "COMMENT ON OPERATOR FAMILY app.f USING gist IS 'x'", &["operator_family.comment"]),
    change("", HASH_CLASS, &["+operator_class", "+operator_family"]),
    change(CLASS, "DROP OPERATOR CLASS app.c USING gist", &["-operator_class"]),
    change(CLASS, "UPDATE pg_opclass SET opcintype = 'box'::regtype WHERE opcname = 'c'", &["operator_class.type"]),
    change(
        "CREATE TYPE app.mood AS ENUM ('good'); CREATE OPERATOR CLASS app.c FOR TYPE app.mood USING gin AS STORAGE text",
        "UPDATE pg_opclass SET opcdefault = true WHERE opcname = 'c'",
        &["operator_class.default"],
    ),
    change(
        "CREATE OPERATOR FAMILY app.f USING btree; CREATE OPERATOR FAMILY app.g USING btree;
            CREATE OPERATOR CLASS app.c FOR TYPE int USING btree FAMILY app.f AS STORAGE int",
        "DROP OPERATOR CLASS app.c USING btree;
            CREATE OPERATOR CLASS app.c FOR TYPE int USING btree FAMILY app.g AS STORAGE int",
        &["operator_class.family"],
    ),
    change(
        CLASS,
        "DROP OPERATOR CLASS app.c USING gist; CREATE OPERATOR CLASS app.c FOR TYPE point USING gist FAMILY app.f AS
            FUNCTION 2 gist_box_union(internal, internal), STORAGE box",
        &["operator_class.storage"],
    ),
    change(
        HASH_CLASS,
        "DROP OPERATOR CLASS app.c USING hash;
            CREATE OPERATOR CLASS app.c FOR TYPE int USING hash AS FUNCTION 1 hashint4(int)",
        &["operator_class.operators"],
    ),
    change(
        HASH_CLASS,
        "DROP OPERATOR CLASS app.c USING hash;
            CREATE OPERATOR CLASS app.c FOR TYPE int USING hash AS OPERATOR 1 = (int, int), FUNCTION 1 (int, int) hashoid(oid)",
        &["operator_class.functions"],
    ),
    change(CLASS, "ALTER OPERATOR CLASS app.c USING gist OWNER TO app_one", &["operator_class.owner"]),
    change(CLASS, "COMMENT ON OPERATOR CLASS app.c USING gist IS 'x'", &["operator_class.comment"]),
];
