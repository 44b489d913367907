-- The schemas.
-- Servers: 13 to 18. Mirrors getNamespaces() of pg_dump.c.
SELECT n.oid, n.nspname
FROM namespace AS n
WHERE n.oid NOT IN (
    SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
)
ORDER BY n.nspname
