-- The check constraints of domains. A NOT NULL constraint (contype n, from 17) is told by the domain itself.
-- Servers: 13 to 18. Mirrors getDomainConstraints() of pg_dump.c.
SELECT k.oid, n.nspname, t.typname, k.conname, k.convalidated, pg_catalog.pg_get_expr(k.conbin, 0) AS conbin
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
JOIN namespace AS n ON n.oid = t.typnamespace
WHERE k.contype = 'c' AND t.oid NOT IN (
    SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
)
ORDER BY n.nspname, t.typname, k.conname
