-- The relations, those of extensions too, as expressions may name them. A sequence that belongs to a column (serial, identity) comes with that column.
-- Servers: 13 to 18. Mirrors getTables() of pg_dump.c and describeOneTableDetails() of describe.c.
SELECT r.oid, r.nspname, r.relname, r.relkind::text, c.relpersistence::text, c.relrowsecurity, c.relforcerowsecurity,
    c.relispartition,
    EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid) AS inherits,
    on_.nspname AS owner_nspname, oc.relname AS owner_relname, oa.attname AS owner_attname
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
LEFT JOIN pg_catalog.pg_depend AS o
    ON r.relkind = 'S' AND o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid
    AND o.objsubid = 0 AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
    AND o.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class AS oc ON oc.oid = o.refobjid
LEFT JOIN pg_catalog.pg_namespace AS on_ ON on_.oid = oc.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS oa ON oa.attrelid = o.refobjid AND oa.attnum = o.refobjsubid
-- Of a sequence nothing but its name could be said.
WHERE NOT (r.is_member AND r.relkind = 'S')
ORDER BY r.nspname, r.relname
