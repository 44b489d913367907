-- The types that people and extensions create, enums with their labels. Neither the row types of relations
-- nor array types are listed; the type of CREATE TYPE … AS (…) is. The modifier -1, unlike none, tells
-- bpchar from character.
-- Servers: 13 to 18 (typtype m from 14). A column that an older server lacks is found in `older` instead: the
-- name is looked up in the inner FROM first. Mirrors getTypes() and dumpType() of pg_dump.c.
SELECT t.oid, n.nspname, t.typname, t.typtype::text, t.typcategory::text, t.typispreferred,
    t.typcollation <> 0 AS collatable,
    CASE WHEN t.typtype = 'e' THEN ARRAY(
        SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder
    ) END AS enumlabels,
    CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS typbasetype,
    CASE WHEN t.typtype = 'c' THEN ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    ) END AS attnames,
    CASE WHEN t.typtype = 'c' THEN ARRAY(
        SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    ) END AS atttypes,
    CASE WHEN t.typtype = 'r' THEN pg_catalog.format_type(r.rngsubtype, -1) END AS rngsubtype,
    CASE WHEN t.typtype = 'r' AND r.rngmultitypid <> 0 THEN pg_catalog.format_type(r.rngmultitypid, -1) END AS rngmultitypid,
    CASE WHEN t.typtype = 'm' THEN pg_catalog.format_type(m.rngtypid, -1) END AS rngtypid,
    -- The subscripts of an hstore are handled by a function that has no type of its own for them.
    CASE WHEN t.typtype = 'b' AND h.proname = 'hstore_subscript_handler' THEN 'text'
        WHEN t.typtype = 'b' AND t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, -1) END AS typelem
FROM (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.oid AS typsubscript) AS older
    CROSS JOIN LATERAL (
        SELECT oid, typname, typnamespace, typtype, typcategory, typispreferred, typcollation, typbasetype, typtypmod,
            typrelid, typelem, typsubscript::pg_catalog.oid AS typsubscript
        FROM pg_catalog.pg_type
    ) AS x
) AS t
JOIN namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
LEFT JOIN (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.oid AS rngmultitypid) AS older
    CROSS JOIN LATERAL (SELECT rngtypid, rngsubtype, rngmultitypid FROM pg_catalog.pg_range) AS x
) AS r ON r.rngtypid = t.oid
LEFT JOIN (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.oid AS rngmultitypid) AS older
    CROSS JOIN LATERAL (SELECT rngtypid, rngmultitypid FROM pg_catalog.pg_range) AS x
) AS m ON t.typtype = 'm' AND m.rngmultitypid = t.oid
LEFT JOIN pg_catalog.pg_proc AS h ON h.oid = t.typsubscript
WHERE (t.typrelid = 0 OR c.relkind = 'c')
  AND t.oid NOT IN (SELECT element.typarray FROM pg_catalog.pg_type AS element)
ORDER BY n.nspname, t.typname
