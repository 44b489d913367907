-- The operators by name, a row for each of those that share one; neither those that are only announced as
-- the commutator or negator of another, nor the postfix operators that there were up to 13.
-- Servers: 13 to 18. Mirrors getOperators() of pg_dump.c.
SELECT o.oid, n.nspname, o.oprname, CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, -1) END AS oprleft,
    pg_catalog.format_type(o.oprright, -1) AS oprright, pg_catalog.format_type(o.oprresult, -1) AS oprresult,
    o.oprcode::pg_catalog.oid, o.oprcom, o.oprnegate, o.oprrest::pg_catalog.oid, o.oprjoin::pg_catalog.oid,
    o.oprcanmerge, o.oprcanhash, f.provolatile <> 'i' AS is_mutable
FROM pg_catalog.pg_operator AS o
JOIN namespace AS n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc AS f ON f.oid = o.oprcode
WHERE o.oprright <> 0 AND o.oprcode <> 0
ORDER BY n.nspname, o.oprname, o.oid
