-- What belongs to operator classes and families; to which of the two it is that pg_depend alone says.
-- Stands before every query that needs it, behind scope.sql.
-- Servers: 13 to 18. Mirrors dumpOpclass() and dumpOpfamily() of pg_dump.c. Below 16384
-- (FirstNormalObjectId) there is only what belongs to those of the server itself.
, entry AS (
    SELECT o.tableoid, o.oid, 'operator' AS sort, o.amopstrategy AS number, o.amopopr AS object, o.amopfamily AS family,
        o.amoplefttype AS lefttype, o.amoprighttype AS righttype, o.amopsortfamily AS sortfamily
    FROM pg_catalog.pg_amop AS o WHERE o.oid >= 16384
    UNION ALL
    SELECT p.tableoid, p.oid, 'function', p.amprocnum, p.amproc, p.amprocfamily, p.amproclefttype, p.amprocrighttype, 0
    FROM pg_catalog.pg_amproc AS p WHERE p.oid >= 16384
), belonging AS (
    SELECT d.refclassid, d.refobjid, e.sort, e.number, e.object,
        pg_catalog.format_type(e.lefttype, -1) AS lefttype, pg_catalog.format_type(e.righttype, -1) AS righttype,
        fn.nspname AS sortschema, f.opfname AS sortname
    FROM entry AS e
    JOIN pg_catalog.pg_depend AS d ON d.classid = e.tableoid AND d.objid = e.oid AND (
        d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
        OR d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.refobjid = e.family
    )
    LEFT JOIN pg_catalog.pg_opfamily AS f ON f.oid = e.sortfamily
    LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
)
