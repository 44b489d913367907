-- The types that people and extensions create, enums with their labels, composite types with their attributes.
-- Neither the row types of relations nor array types are listed; the type of CREATE TYPE … AS (…) is. The modifier
-- -1, unlike none, tells bpchar from character.
-- Servers: 13 to 18 (typtype m from 14). A column that an older server lacks is found in `older` instead: the
-- name is looked up in the inner FROM first. Mirrors getTypes() and dumpType() of pg_dump.c.
SELECT t.oid, n.nspname, t.typname, t.typtype::text, t.typcategory::text, t.typispreferred, t.typisdefined,
    t.typcollation <> 0 AS collatable, t.typnotnull, t.typlen::bigint, t.typbyval, t.typalign::text,
    t.typstorage::text, t.typdelim::text, t.typdefault, t.typdefaultbin IS NOT NULL AS has_default,
    pg_catalog.pg_get_expr(t.typdefaultbin, 0) AS typdefaultbin,
    CASE WHEN t.typinput <> 0 THEN t.typinput::pg_catalog.regprocedure::text END AS typinput,
    CASE WHEN t.typoutput <> 0 THEN t.typoutput::pg_catalog.regprocedure::text END AS typoutput,
    CASE WHEN t.typreceive <> 0 THEN t.typreceive::pg_catalog.regprocedure::text END AS typreceive,
    CASE WHEN t.typsend <> 0 THEN t.typsend::pg_catalog.regprocedure::text END AS typsend,
    CASE WHEN t.typmodin <> 0 THEN t.typmodin::pg_catalog.regprocedure::text END AS typmodin,
    CASE WHEN t.typmodout <> 0 THEN t.typmodout::pg_catalog.regprocedure::text END AS typmodout,
    CASE WHEN t.typanalyze <> 0 THEN t.typanalyze::pg_catalog.regprocedure::text END AS typanalyze,
    CASE WHEN t.typsubscript <> 0 THEN t.typsubscript::pg_catalog.regprocedure::text END AS typsubscript,
    CASE WHEN t.typtype = 'e' THEN ARRAY(
        SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder
    ) END AS enumlabels,
    CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS typbasetype,
    t.typrelid, a.attnums, a.attnames, a.atttypes, a.attcollnamespaces, a.attcollnames,
    CASE WHEN t.typtype = 'r' THEN pg_catalog.format_type(r.rngsubtype, -1) END AS rngsubtype,
    CASE WHEN t.typtype = 'r' AND r.rngmultitypid <> 0 THEN pg_catalog.format_type(r.rngmultitypid, -1) END AS rngmultitypid,
    CASE WHEN t.typtype = 'm' THEN pg_catalog.format_type(m.rngtypid, -1) END AS rngtypid,
    CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::pg_catalog.regprocedure::text END AS rngcanonical,
    CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::pg_catalog.regprocedure::text END AS rngsubdiff,
    opn.nspname AS opcnamespace, op.opcname, coln.nspname AS collnamespace, col.collname,
    -- The subscripts of an hstore are handled by a function that has no type of its own for them.
    CASE WHEN t.typtype = 'b' AND h.proname = 'hstore_subscript_handler' THEN 'text'
        WHEN t.typtype = 'b' AND t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, -1) END AS typelem,
    t.typtype = 'b' AND i.provolatile <> 'i' AS mutable_input, t.typtype = 'b' AND o.provolatile <> 'i' AS mutable_output
FROM (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.regproc AS typsubscript) AS older
    CROSS JOIN LATERAL (
        SELECT oid, typname, typnamespace, typtype, typcategory, typispreferred, typisdefined, typcollation, typbasetype,
            typtypmod, typrelid, typelem, typnotnull, typlen, typbyval, typalign, typstorage, typdelim, typdefault,
            typdefaultbin, typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript
        FROM pg_catalog.pg_type
    ) AS x
) AS t
JOIN namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
LEFT JOIN LATERAL (
    SELECT pg_catalog.array_agg(x.attnum::integer ORDER BY x.attnum) AS attnums,
        pg_catalog.array_agg(x.attname::text ORDER BY x.attnum) AS attnames,
        pg_catalog.array_agg(pg_catalog.format_type(x.atttypid, x.atttypmod) ORDER BY x.attnum) AS atttypes,
        pg_catalog.array_agg(xn.nspname::text ORDER BY x.attnum) AS attcollnamespaces,
        pg_catalog.array_agg(xc.collname::text ORDER BY x.attnum) AS attcollnames
    FROM pg_catalog.pg_attribute AS x
    JOIN pg_catalog.pg_type AS xt ON xt.oid = x.atttypid
    LEFT JOIN pg_catalog.pg_collation AS xc ON xc.oid = x.attcollation AND x.attcollation <> xt.typcollation
    LEFT JOIN pg_catalog.pg_namespace AS xn ON xn.oid = xc.collnamespace
    WHERE x.attrelid = t.typrelid AND x.attnum > 0 AND NOT x.attisdropped
) AS a ON t.typtype = 'c'
LEFT JOIN (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.oid AS rngmultitypid) AS older
    CROSS JOIN LATERAL (
        SELECT rngtypid, rngsubtype, rngcollation, rngsubopc, rngcanonical, rngsubdiff, rngmultitypid
        FROM pg_catalog.pg_range
    ) AS x
) AS r ON r.rngtypid = t.oid
LEFT JOIN (
    SELECT x.*
    FROM (SELECT 0::pg_catalog.oid AS rngmultitypid) AS older
    CROSS JOIN LATERAL (SELECT rngtypid, rngmultitypid FROM pg_catalog.pg_range) AS x
) AS m ON t.typtype = 'm' AND m.rngmultitypid = t.oid
LEFT JOIN pg_catalog.pg_opclass AS op ON op.oid = r.rngsubopc AND NOT op.opcdefault
LEFT JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.opcnamespace
-- What a domain stands on, or what a range is of.
LEFT JOIN pg_catalog.pg_type AS below ON below.oid = COALESCE(NULLIF(t.typbasetype, 0), r.rngsubtype)
LEFT JOIN pg_catalog.pg_collation AS col ON below.typcollation <> col.oid
    AND col.oid = CASE WHEN t.typtype = 'd' THEN t.typcollation ELSE r.rngcollation END
LEFT JOIN pg_catalog.pg_namespace AS coln ON coln.oid = col.collnamespace
LEFT JOIN pg_catalog.pg_proc AS i ON i.oid = t.typinput
LEFT JOIN pg_catalog.pg_proc AS o ON o.oid = t.typoutput
LEFT JOIN pg_catalog.pg_proc AS h ON h.oid = t.typsubscript::pg_catalog.oid
WHERE (t.typrelid = 0 OR c.relkind = 'c')
  AND t.oid NOT IN (SELECT element.typarray FROM pg_catalog.pg_type AS element)
ORDER BY n.nspname, t.typname
