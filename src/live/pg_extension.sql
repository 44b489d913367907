-- The extensions, but for those that initdb creates (plpgsql): FirstNormalObjectId is 16384.
-- Servers: 13 to 18. Mirrors getExtensions() and selectDumpableExtension() of pg_dump.c.
SELECT e.oid, e.extname, n.nspname, e.extversion
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.oid >= 16384
ORDER BY e.extname
