-- Views and materialized views, each with its query, which the server keeps as the rule _RETURN.
-- Servers: 13 to 18. Mirrors createViewAsClause() and, for storage parameters, getTables() of pg_dump.c.
SELECT r.oid, r.nspname, r.relname, r.relkind::text, c.relpersistence::text, c.relispopulated,
    pg_catalog.pg_get_viewdef(c.oid) AS viewdef, m.amname, t.spcname,
    c.reloptions || ARRAY(
        SELECT 'toast.' || option
        FROM pg_catalog.pg_class AS toast, pg_catalog.unnest(toast.reloptions) AS option
        WHERE toast.oid = c.reltoastrelid
    ) AS reloptions
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
WHERE r.relkind IN ('v', 'm') AND NOT r.is_member
ORDER BY r.nspname, r.relname
