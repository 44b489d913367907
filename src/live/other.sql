-- The names of what is neither compared nor looked up by name, so that it can be said.
-- Servers: 13 to 18. Mirrors getTransforms() and its like in pg_dump.c.
SELECT found.kind, found.name
FROM (
    SELECT 'transform' AS kind, pg_catalog.format_type(t.trftype, NULL) AS name, t.tableoid AS classid, t.oid AS objid
    FROM pg_catalog.pg_transform AS t
    UNION ALL
    SELECT 'privilege on a system column', n.nspname || '.' || c.relname || '.' || a.attname, NULL, a.attrelid
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.attnum < 0 AND a.attacl IS NOT NULL AND a.attrelid >= 16384
    UNION ALL
    SELECT 'security label', l.provider || ' on ' || l.objtype || ' ' || l.objname, NULL, l.objoid
    FROM pg_catalog.pg_seclabels AS l
) AS found
WHERE NOT EXISTS (SELECT FROM member AS m WHERE m.classid = found.classid AND m.objid = found.objid)
ORDER BY found.kind, found.name
