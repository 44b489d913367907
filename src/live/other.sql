-- The names of what is neither compared nor looked up by name, so that it can be said.
-- Servers: 13 to 18. Mirrors getRules() and their like in pg_dump.c.
SELECT found.kind, found.name
FROM (
    SELECT 'rule' AS kind, w.rulename || ' on ' || r.nspname || '.' || r.relname AS name,
        NULL::pg_catalog.oid AS classid, w.oid AS objid
    FROM pg_catalog.pg_rewrite AS w JOIN relation AS r ON r.oid = w.ev_class AND NOT r.is_member
    WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'collation', n.nspname || '.' || c.collname, c.tableoid, c.oid
    FROM pg_catalog.pg_collation AS c JOIN namespace AS n ON n.oid = c.collnamespace
    UNION ALL
    SELECT 'conversion', n.nspname || '.' || c.conname, c.tableoid, c.oid
    FROM pg_catalog.pg_conversion AS c JOIN namespace AS n ON n.oid = c.connamespace
    UNION ALL
    SELECT 'transform', pg_catalog.format_type(t.trftype, NULL), t.tableoid, t.oid FROM pg_catalog.pg_transform AS t
    UNION ALL
    SELECT 'security label', l.provider || ' on ' || l.objtype || ' ' || l.objname, NULL, l.objoid
    FROM pg_catalog.pg_seclabels AS l
) AS found
WHERE NOT EXISTS (SELECT FROM member AS m WHERE m.classid = found.classid AND m.objid = found.objid)
ORDER BY found.kind, found.name
