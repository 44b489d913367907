-- The relations but for sequences, those of extensions too, as expressions may name them.
-- A bound is printed without the types of its values: those of the key are read with it.
-- Servers: 13 to 18. Mirrors getTables() of pg_dump.c and describeOneTableDetails() of describe.c.
SELECT r.oid, fs.srvname, f.ftoptions, r.nspname, r.relname, r.relkind::text, c.relpersistence::text, c.relrowsecurity, c.relforcerowsecurity,
    c.relispartition, parents.namespaces AS parentnamespaces, parents.names AS parentnames,
    CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS relpartbound, parents.keytypes,
    CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partkeydef,
    CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS reloftype,
    m.amname, s.spcname, c.relreplident::text, identity.relname AS replidindex,
    c.reloptions || ARRAY(SELECT 'toast.' || option FROM pg_catalog.unnest(toast.reloptions) AS option) AS reloptions
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
LEFT JOIN pg_catalog.pg_foreign_table AS f ON f.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server AS fs ON fs.oid = f.ftserver
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i'
LEFT JOIN pg_catalog.pg_class AS identity ON identity.oid = i.indexrelid
LEFT JOIN LATERAL (
    SELECT pg_catalog.array_agg(pn.nspname::text ORDER BY h.inhseqno) AS namespaces,
        pg_catalog.array_agg(p.relname::text ORDER BY h.inhseqno) AS names,
        pg_catalog.min((
            SELECT pg_catalog.array_agg(pg_catalog.format_type(COALESCE(a.atttypid, o.opcintype), a.atttypmod)
                ORDER BY key.position)::text
            FROM pg_catalog.pg_partitioned_table AS t
            CROSS JOIN ROWS FROM (
                pg_catalog.unnest(t.partattrs::smallint[]), pg_catalog.unnest(t.partclass::pg_catalog.oid[])
            ) WITH ORDINALITY AS key (attnum, opclass, position)
            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.partrelid AND a.attnum = key.attnum AND key.attnum > 0
            LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = key.opclass
            WHERE t.partrelid = p.oid AND c.relispartition
        ))::text[] AS keytypes
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
    JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE h.inhrelid = c.oid
) AS parents ON true
WHERE r.relkind <> 'S'
ORDER BY r.nspname, r.relname
