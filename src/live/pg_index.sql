-- The indexes that do not stand behind a key, with those of exclusion constraints. One is plain if each
-- key is a column in the collation of that column and with the operator class that is the default of
-- exactly its type; text for varchar counts as exact, and so does a polymorphic class if no other is. pg_get_indexdef() is the
-- dearest function of the server, so only the others are printed by it.
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getIndexes() of pg_dump.c.
, exact AS (
    SELECT o.oid AS opclass, o.opcintype AS type, o.opcmethod AS method
    FROM pg_catalog.pg_opclass AS o WHERE o.opcdefault
    UNION ALL
    SELECT o.oid, 'pg_catalog.varchar'::pg_catalog.regtype, o.opcmethod
    FROM pg_catalog.pg_opclass AS o
    WHERE o.opcdefault AND o.opcintype = 'pg_catalog.text'::pg_catalog.regtype
), polymorphic AS (
    SELECT o.oid AS opclass
    FROM pg_catalog.pg_opclass AS o
    JOIN pg_catalog.pg_type AS t ON t.oid = o.opcintype
    WHERE o.opcdefault AND t.typtype = 'p'
)
SELECT c.oid, r.nspname, r.relname, r.relkind::text, c.relname AS indexname, m.amname, i.indisunique, i.indisvalid,
    i.indnullsnotdistinct, i.indnkeyatts, i.indoption::smallint[], i.indrelid, i.indkey::smallint[],
    CASE WHEN NOT keys.is_plain THEN pg_catalog.pg_get_indexdef(i.indexrelid) END AS indexdef, keys.is_plain,
    CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
        SELECT CASE WHEN i.indkey[position - 1] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, position, false) END
        FROM pg_catalog.generate_series(1, i.indnkeyatts::integer) AS position
        ORDER BY position
    ) END AS indexprs,
    i.indpred IS NOT NULL AS is_partial, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS indpred,
    c.reloptions, s.spcname, i.indisclustered, parent.relname AS parentname, ARRAY(
        SELECT k.attnum || '=' || k.attstattarget
        FROM pg_catalog.pg_attribute AS k
        WHERE k.attrelid = i.indexrelid AND k.attstattarget >= 0
        ORDER BY k.attnum
    ) AS attstattargets, x.oid AS conoid, x.conexclop, x.condeferrable, x.condeferred
FROM relation AS r
JOIN (
    SELECT x.*
    FROM (SELECT false AS indnullsnotdistinct) AS older
    CROSS JOIN LATERAL (
        SELECT indexrelid, indrelid, indnkeyatts, indisunique, indisvalid, indisclustered, indnullsnotdistinct, indkey,
            indcollation, indclass, indoption, indexprs, indpred
        FROM pg_catalog.pg_index
    ) AS x
) AS i ON i.indrelid = r.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = h.inhparent
LEFT JOIN pg_catalog.pg_constraint AS x
    ON x.conindid = i.indexrelid AND x.conrelid = i.indrelid AND x.contype = 'x'
CROSS JOIN LATERAL (
    SELECT i.indexrelid NOT IN (
            SELECT ia.attrelid FROM pg_catalog.pg_attribute AS ia WHERE ia.attoptions IS NOT NULL
        ) AND pg_catalog.bool_and(key.indclass IS NULL OR COALESCE((
            SELECT key.indcollation IN (0, a.attcollation) AND (
                (key.indclass, a.atttypid) IN (SELECT e.opclass, e.type FROM exact AS e)
                OR key.indclass IN (SELECT p.opclass FROM polymorphic AS p)
                AND (a.atttypid, c.relam) NOT IN (SELECT e.type, e.method FROM exact AS e)
            )
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attnum = key.attnum
        ), false)) AS is_plain
    FROM ROWS FROM (
        pg_catalog.unnest(i.indkey::smallint[]),
        pg_catalog.unnest(i.indclass::pg_catalog.oid[]),
        pg_catalog.unnest(i.indcollation::pg_catalog.oid[])
    ) AS key (attnum, indclass, indcollation)
) AS keys
WHERE r.relkind IN ('r', 'p', 'm') AND NOT r.is_member
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_constraint AS k
      WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
  )
ORDER BY r.nspname, r.relname, c.relname
