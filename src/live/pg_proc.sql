-- The routines, a row for each of those that share a name. The modifier -1, unlike none, tells bpchar from
-- character. There is no function on every server that prints a body that was parsed alone, so the whole is.
-- Servers: 13 to 18. A column that an older server lacks is found in `older` instead: the name is looked up in
-- the inner FROM first. Mirrors getFuncs(), dumpFunc(), getAggregates() and dumpAgg() of pg_dump.c.
SELECT p.oid, n.nspname, p.proname, p.prokind::text, p.proretset,
    pg_catalog.format_type(p.prorettype, -1) AS prorettype,
    ARRAY(
        SELECT pg_catalog.format_type(arg.type, -1)
        FROM pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))
            WITH ORDINALITY AS arg (type, position)
        ORDER BY arg.position
    ) AS argtypes,
    COALESCE(p.proargnames, '{}') AS proargnames, COALESCE(p.proargmodes::text[], '{}') AS proargmodes,
    CASE WHEN p.pronargdefaults > 0 THEN ARRAY(
        SELECT pg_catalog.pg_get_function_arg_default(p.oid, arg.position::integer)
        FROM pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))
            WITH ORDINALITY AS arg (type, position)
        ORDER BY arg.position
    ) ELSE '{}' END AS defaults,
    l.lanname, p.provolatile::text, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel::text,
    p.procost::text, p.prorows::text, p.prosupport::pg_catalog.oid, COALESCE(p.proconfig, '{}') AS proconfig,
    ARRAY(
        SELECT pg_catalog.format_type(transform.type, -1)
        FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY AS transform (type, position)
        ORDER BY transform.position
    ) AS protrftypes,
    p.prosrc, p.probin, p.prosqlbody IS NOT NULL AS is_parsed,
    CASE WHEN p.prosqlbody IS NOT NULL THEN pg_catalog.pg_get_functiondef(p.oid) END AS definition,
    CASE WHEN p.prosqlbody IS NOT NULL THEN pg_catalog.pg_get_function_arguments(p.oid) END AS arguments,
    a.aggkind::text, a.aggnumdirectargs::bigint, a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid,
    a.aggcombinefn::pg_catalog.oid, a.aggserialfn::pg_catalog.oid, a.aggdeserialfn::pg_catalog.oid,
    a.aggmtransfn::pg_catalog.oid, a.aggminvtransfn::pg_catalog.oid, a.aggmfinalfn::pg_catalog.oid,
    a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify::text, a.aggmfinalmodify::text, a.aggsortop,
    pg_catalog.format_type(a.aggtranstype, -1) AS aggtranstype, a.aggtransspace::bigint,
    CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, -1) END AS aggmtranstype,
    a.aggmtransspace::bigint, a.agginitval, a.aggminitval,
    -- Such are the functions that CREATE TYPE … AS RANGE makes.
    p.oid IN (
        SELECT i.objid FROM pg_catalog.pg_depend AS i
        WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND i.deptype = 'i'
    ) AS is_internal
FROM (
    SELECT x.*
    FROM (SELECT NULL::pg_catalog.pg_node_tree AS prosqlbody) AS older
    CROSS JOIN LATERAL (
        SELECT oid, proname, pronamespace, prolang, procost, prorows, prosupport, prokind, prosecdef,
            proleakproof, proisstrict, proretset, provolatile, proparallel, pronargdefaults, prorettype, proargtypes,
            proallargtypes, proargmodes, proargnames, protrftypes, prosrc, probin, prosqlbody, proconfig
        FROM pg_catalog.pg_proc
    ) AS x
) AS p
JOIN namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
ORDER BY n.nspname, p.proname, p.oid
