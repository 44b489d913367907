-- The text search dictionaries.
-- Servers: 13 to 18. Mirrors getTSDictionaries() of pg_dump.c.
SELECT d.oid, n.nspname, d.dictname, tn.nspname AS tmplschema, t.tmplname, d.dictinitoption
FROM pg_catalog.pg_ts_dict AS d
JOIN namespace AS n ON n.oid = d.dictnamespace
JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace
ORDER BY n.nspname, d.dictname
