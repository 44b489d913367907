-- The operator classes, a row for each thing that belongs to one; one without any has a row too.
-- Servers: 13 to 18. Mirrors getOpclasses() of pg_dump.c.
SELECT c.oid, n.nspname, m.amname, c.opcname, pg_catalog.format_type(c.opcintype, -1) AS opcintype, c.opcdefault,
    fam.opfname, famn.nspname AS opfnamespace,
    CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, -1) END AS opckeytype,
    b.sort, b.number::bigint, b.object, b.lefttype, b.righttype, b.sortschema, b.sortname
FROM pg_catalog.pg_opclass AS c
JOIN namespace AS n ON n.oid = c.opcnamespace
JOIN pg_catalog.pg_am AS m ON m.oid = c.opcmethod
JOIN pg_catalog.pg_opfamily AS fam ON fam.oid = c.opcfamily
JOIN pg_catalog.pg_namespace AS famn ON famn.oid = fam.opfnamespace
LEFT JOIN belonging AS b
    ON b.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND b.refobjid = c.oid
ORDER BY n.nspname, m.amname, c.opcname, b.sort, b.number, b.lefttype, b.righttype
