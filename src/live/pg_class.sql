-- The relations. A sequence that belongs to a column (serial, identity) is told apart by `is_owned`.
-- Servers: 13 to 18. Mirrors getTables() of pg_dump.c and describeOneTableDetails() of describe.c.
SELECT r.oid, r.nspname, r.relname, r.relkind::text, c.relpersistence::text, c.relrowsecurity, c.relforcerowsecurity,
    c.relispartition,
    EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid) AS inherits,
    r.relkind = 'S' AND EXISTS (
        SELECT FROM pg_catalog.pg_depend AS o
        WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
          AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
          AND o.deptype IN ('a', 'i')
    ) AS is_owned
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
WHERE NOT r.is_member
ORDER BY r.nspname, r.relname
