-- The routines by name, a row for each of those that share one, with all that a call depends on. The modifier
-- -1, unlike none, tells bpchar from character.
-- Servers: 13 to 18. Mirrors getFuncs() and getAggregates() of pg_dump.c.
SELECT p.oid, n.nspname, p.proname, p.prokind::text, a.aggkind::text, a.aggnumdirectargs::integer, p.proretset,
    pg_catalog.format_type(p.prorettype, -1) AS prorettype, p.pronargdefaults::integer, p.provariadic <> 0 AS is_variadic,
    ARRAY(
        SELECT pg_catalog.format_type(arg.type, -1)
        FROM pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))
            WITH ORDINALITY AS arg (type, position)
        ORDER BY arg.position
    ) AS argtypes,
    COALESCE(p.proargnames, '{}') AS proargnames, COALESCE(p.proargmodes::text[], '{}') AS proargmodes,
-- Such are the functions that CREATE TYPE … AS RANGE makes.
    p.oid IN (
        SELECT i.objid FROM pg_catalog.pg_depend AS i
        WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.deptype = 'i'
    ) AS is_internal
FROM pg_catalog.pg_proc AS p
JOIN namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
ORDER BY n.nspname, p.proname, p.oid
