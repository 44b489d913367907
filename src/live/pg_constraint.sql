-- The constraints of tables, keys with what is kept in the index behind them. Left out are NOT NULL
-- constraints (contype n, from 18: a column says whether it is nullable), exclusion constraints, which
-- are read with their indexes, and the rows that a foreign key to a partitioned table has for each
-- partition there (conparentid).
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getConstraints() and getIndexes() of pg_dump.c.
SELECT k.oid, r.nspname, r.relname, k.conname, k.contype::text, k.condeferrable, k.condeferred, k.convalidated,
    k.connoinherit, k.conenforced, k.conperiod, k.confmatchtype::text, k.confupdtype::text, k.confdeltype::text,
    k.conrelid, k.conkey, k.confrelid, fn.nspname AS confnamespace, fc.relname AS confrelname, k.confkey,
    k.confdelsetcols,
    CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS conbin,
    k.conislocal, parent.conname AS parentname,
    i.indnullsnotdistinct, i.indkey::smallint[], i.indnkeyatts, i.indisclustered, ic.oid AS indexoid, ic.reloptions,
    s.spcname
FROM relation AS r
JOIN (
    SELECT c.*
    FROM (SELECT true AS conenforced, false AS conperiod, NULL::smallint[] AS confdelsetcols) AS older
    CROSS JOIN LATERAL (
        SELECT oid, conname, conrelid, contype, condeferrable, condeferred, convalidated, connoinherit, conenforced,
            conperiod, confmatchtype, confupdtype, confdeltype, conkey, confrelid, confkey, confdelsetcols, conbin,
            conindid, conparentid, conislocal
        FROM pg_catalog.pg_constraint
        WHERE contype NOT IN ('n', 'x')
    ) AS c
) AS k ON k.conrelid = r.oid
LEFT JOIN (
    SELECT c.*
    FROM (SELECT false AS indnullsnotdistinct) AS older
    CROSS JOIN LATERAL (
        SELECT indexrelid, indnkeyatts, indkey, indnullsnotdistinct, indisclustered FROM pg_catalog.pg_index
    ) AS c
) AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
LEFT JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = ic.reltablespace
LEFT JOIN pg_catalog.pg_class AS fc ON fc.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = fc.relnamespace
LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = k.conparentid
WHERE r.relkind IN ('r', 'p', 'f') AND NOT r.is_member AND parent.conrelid IS DISTINCT FROM k.conrelid
ORDER BY r.nspname, r.relname, k.conname
