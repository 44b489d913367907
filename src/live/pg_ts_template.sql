-- The text search templates.
-- Servers: 13 to 18. Mirrors getTSTemplates() of pg_dump.c.
SELECT t.oid, n.nspname, t.tmplname, t.tmplinit::pg_catalog.oid, t.tmpllexize::pg_catalog.oid
FROM pg_catalog.pg_ts_template AS t
JOIN namespace AS n ON n.oid = t.tmplnamespace
ORDER BY n.nspname, t.tmplname
