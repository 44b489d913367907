-- The routines by name, a row for each of those that share one.
-- Servers: 13 to 18. Mirrors getFuncs() and getAggregates() of pg_dump.c.
SELECT n.nspname, p.proname, p.prokind::text
FROM pg_catalog.pg_proc AS p
JOIN namespace AS n ON n.oid = p.pronamespace
WHERE p.oid NOT IN (
    SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
)
-- The functions that CREATE TYPE … AS RANGE makes.
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS i
      WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.objid = p.oid AND i.deptype = 'i'
  )
ORDER BY n.nspname, p.proname, p.oid
