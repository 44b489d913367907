-- The collations by name; those for one encoding alone may share theirs.
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getCollations() and dumpCollation() of pg_dump.c.
SELECT c.oid, n.nspname, c.collname, c.collprovider::text, c.collisdeterministic, c.collicurules::text,
    -- Up to 14, ICU has its locale where the operating system has its two.
    CASE WHEN c.collprovider = 'i' THEN COALESCE(c.colllocale, c.colliculocale, c.collcollate::text)
        ELSE c.colllocale
    END AS colllocale,
    CASE WHEN c.collprovider <> 'i' THEN c.collcollate::text END AS collcollate,
    CASE WHEN c.collprovider <> 'i' THEN c.collctype::text END AS collctype
FROM (
    SELECT x.*
    FROM (SELECT NULL::text AS colllocale, NULL::text AS colliculocale, NULL::text AS collicurules) AS older
    CROSS JOIN LATERAL (
        SELECT oid, collname, collnamespace, collprovider, collisdeterministic, collcollate, collctype,
            colllocale, colliculocale, collicurules
        FROM pg_catalog.pg_collation
    ) AS x
) AS c
JOIN namespace AS n ON n.oid = c.collnamespace
ORDER BY n.nspname, c.collname, c.oid
