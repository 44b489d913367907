-- The live columns of relations in their physical order, those of extensions' relations too, for
-- expressions and foreign keys may name them; of tables and views each with its default or the expression it is
-- generated from (pg_attrdef). A default reads no column, so printing it needs no relation:
-- that spares the server opening every table.
-- Servers: 13 to 18 (attgenerated v and contype n from 18, attcompression from 14, attstattarget NULL from 17). Mirrors getTableAttrs() of pg_dump.c.
SELECT r.oid, r.is_member OR r.relkind NOT IN ('r', 'p', 'v', 'm', 'f') AS is_uncompared, r.nspname, r.relname, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS atttype,
    a.attnotnull, a.attidentity::text, a.attgenerated::text, a.atthasdef,
    pg_catalog.pg_get_expr(f.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE f.adrelid END) AS adbin,
    n.nspname AS collnamespace, c.collname, a.attislocal, NULLIF(a.attstattarget, -1)::bigint AS attstattarget,
    CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text ELSE '' END AS attstorage, a.attcompression::text,
    a.attoptions, a.attfdwoptions, k.oid AS conoid, k.conname, k.connoinherit, k.convalidated, k.conislocal
FROM relation AS r
JOIN (
    SELECT c.*
    FROM (SELECT ''::"char" AS attcompression) AS older
    CROSS JOIN LATERAL (
        SELECT attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attidentity, attgenerated, atthasdef,
            attcollation, attislocal, attstattarget, attstorage, attcompression, attoptions, attfdwoptions, attisdropped
        FROM pg_catalog.pg_attribute
    ) AS c
) AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    AND r.relkind IN ('r', 'p', 'v', 'f') AND NOT r.is_member
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY r.nspname, r.relname, a.attnum
