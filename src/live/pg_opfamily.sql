-- The operator families, a row for each thing that belongs to one and to no class; one without any has a row too.
-- Servers: 13 to 18. Mirrors getOpfamilies() of pg_dump.c.
SELECT f.oid, n.nspname, m.amname, f.opfname, b.sort, b.number::bigint, b.object, b.lefttype, b.righttype,
    b.sortschema, b.sortname
FROM pg_catalog.pg_opfamily AS f
JOIN namespace AS n ON n.oid = f.opfnamespace
JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
LEFT JOIN belonging AS b
    ON b.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND b.refobjid = f.oid
ORDER BY n.nspname, m.amname, f.opfname, b.sort, b.number, b.lefttype, b.righttype
