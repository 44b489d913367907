-- The relations but for sequences, those of extensions too, as expressions may name them.
-- Servers: 13 to 18. Mirrors getTables() of pg_dump.c and describeOneTableDetails() of describe.c.
SELECT r.oid, r.nspname, r.relname, r.relkind::text, c.relpersistence::text, c.relrowsecurity, c.relforcerowsecurity,
    c.relispartition,
    EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid) AS inherits
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
WHERE r.relkind <> 'S'
ORDER BY r.nspname, r.relname
