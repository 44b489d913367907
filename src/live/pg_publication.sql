-- The publications: a row for each, and one for each of its tables. Which schemas one publishes is read from what depends on
-- it, for only from 15 on is there a catalog for that.
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getPublications(), getPublicationTables() and
-- getPublicationNamespaces() of pg_dump.c.
SELECT p.oid, p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
    p.pubgencols, ARRAY(
        SELECT n.nspname::text
        FROM pg_catalog.pg_depend AS of
        JOIN pg_catalog.pg_depend AS schema ON schema.classid = of.classid AND schema.objid = of.objid
            AND schema.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
        JOIN pg_catalog.pg_namespace AS n ON n.oid = schema.refobjid
        WHERE of.refclassid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND of.refobjid = p.oid
    ) AS schemas,
    n.nspname, c.relname, r.prrelid, r.prattrs::smallint[],
    r.prqual IS NOT NULL AS has_prqual, pg_catalog.pg_get_expr(r.prqual, r.prrelid) AS prqual
FROM (
    SELECT c.*
    FROM (SELECT 'n' AS pubgencols) AS older
    CROSS JOIN LATERAL (
        SELECT oid, pubname, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot,
            pubgencols::text AS pubgencols
        FROM pg_catalog.pg_publication
    ) AS c
) AS p
LEFT JOIN (
    SELECT c.*
    FROM (SELECT NULL::pg_catalog.int2vector AS prattrs, NULL::pg_catalog.pg_node_tree AS prqual) AS older
    CROSS JOIN LATERAL (SELECT prpubid, prrelid, prattrs, prqual FROM pg_catalog.pg_publication_rel) AS c
) AS r ON r.prpubid = p.oid
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS m
    WHERE m.classid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND m.objid = p.oid AND m.deptype = 'e'
)
ORDER BY p.pubname, n.nspname, c.relname
