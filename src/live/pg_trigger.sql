-- Triggers of tables and views. Left out are those that the server makes by itself: for foreign keys (tgisinternal),
-- and for partitions, which have those of their table (tgparentid).
-- Servers: 13 to 18. Mirrors getTriggers() of pg_dump.c.
SELECT t.oid, r.nspname, r.relname, t.tgname, t.tgtype, t.tgenabled::text, t.tgconstraint <> 0 AS is_constraint,
    t.tgdeferrable, t.tginitdeferred, t.tgoldtable, t.tgnewtable, t.tgargs, t.tgnargs, t.tgqual IS NOT NULL AS has_qual,
    CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.pg_get_triggerdef(t.oid) END AS triggerdef,
    t.tgrelid, t.tgattr::smallint[], pn.nspname AS pronamespace, p.proname,
    fn.nspname AS fromnamespace, f.relname AS fromname
FROM relation AS r
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_class AS f ON f.oid = t.tgconstrrelid
LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND NOT r.is_member
ORDER BY r.nspname, r.relname, t.tgname
