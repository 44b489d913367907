-- The live columns of relations in their physical order, those of extensions' relations too, for
-- expressions and foreign keys may name them; of tables and views each with its default or the expression it is
-- generated from (pg_attrdef). A default reads no column, so printing it needs no relation:
-- that spares the server opening every table.
-- Servers: 13 to 18 (attgenerated v from 18). Mirrors getTableAttrs() of pg_dump.c.
SELECT r.oid, r.is_member OR r.relkind NOT IN ('r', 'p', 'v', 'm') AS is_uncompared, r.nspname, r.relname, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS atttype,
    a.attnotnull, a.attidentity::text, a.attgenerated::text, a.atthasdef,
    pg_catalog.pg_get_expr(f.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE f.adrelid END) AS adbin,
    n.nspname AS collnamespace, c.collname
FROM relation AS r
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    AND r.relkind IN ('r', 'p', 'v') AND NOT r.is_member
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY r.nspname, r.relname, a.attnum
