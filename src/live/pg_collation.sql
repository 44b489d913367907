-- The collations by name; those for one encoding alone may share theirs.
-- Servers: 13 to 18. Mirrors getCollations() of pg_dump.c.
SELECT c.oid, n.nspname, c.collname
FROM pg_catalog.pg_collation AS c
JOIN namespace AS n ON n.oid = c.collnamespace
ORDER BY n.nspname, c.collname, c.oid
