-- The extended statistics objects.
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getExtendedStatistics() of pg_dump.c.
SELECT s.oid, n.nspname AS stxschema, s.stxname, r.nspname, r.relname,
    s.stxrelid, s.stxkeys::smallint[], s.stxkind::text[], NULLIF(s.stxstattarget::bigint, -1) AS stxstattarget,
    pg_catalog.pg_get_expr(s.stxexprs, s.stxrelid) AS stxexprs
FROM (
    SELECT x.*
    FROM (SELECT NULL::pg_catalog.pg_node_tree AS stxexprs) AS older
    CROSS JOIN LATERAL (
        SELECT oid, stxnamespace, stxname, stxrelid, stxkeys, stxkind, stxstattarget, stxexprs
        FROM pg_catalog.pg_statistic_ext
    ) AS x
) AS s
JOIN namespace AS n ON n.oid = s.stxnamespace
JOIN relation AS r ON r.oid = s.stxrelid
ORDER BY n.nspname, s.stxname
