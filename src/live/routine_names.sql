-- What routines and operators are called that others name: those of users, and those of the server that theirs
-- refer to. The modifier -1, unlike none, tells bpchar from character.
-- Servers: 13 to 18.
SELECT 'pg_proc' AS catalog, p.oid, n.nspname, p.proname AS name, ARRAY(
        SELECT pg_catalog.format_type(arg.type, -1)
        FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS arg (type, position)
        ORDER BY arg.position
    ) AS args
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384 OR p.oid IN (
    SELECT pg_catalog.unnest(ARRAY[
        a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
        a.aggmfinalfn
    ]::pg_catalog.oid[])
    FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid::pg_catalog.oid >= 16384
    UNION ALL
    SELECT pg_catalog.unnest(ARRAY[o.oprcode, o.oprrest, o.oprjoin]::pg_catalog.oid[])
    FROM pg_catalog.pg_operator AS o WHERE o.oid >= 16384
    UNION ALL
    SELECT pg_catalog.unnest(ARRAY[s.prsstart, s.prstoken, s.prsend, s.prsheadline, s.prslextype]::pg_catalog.oid[])
    FROM pg_catalog.pg_ts_parser AS s WHERE s.oid >= 16384
    UNION ALL
    SELECT pg_catalog.unnest(ARRAY[s.tmplinit, s.tmpllexize]::pg_catalog.oid[])
    FROM pg_catalog.pg_ts_template AS s WHERE s.oid >= 16384
    UNION ALL
    SELECT pg_catalog.unnest(ARRAY[l.lanplcallfoid, l.laninline, l.lanvalidator])
    FROM pg_catalog.pg_language AS l WHERE l.oid >= 16384
    UNION ALL
    SELECT s.prosupport::pg_catalog.oid FROM pg_catalog.pg_proc AS s WHERE s.oid >= 16384
    UNION ALL
    SELECT c.castfunc FROM pg_catalog.pg_cast AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.conproc::pg_catalog.oid FROM pg_catalog.pg_conversion AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT m.amproc::pg_catalog.oid FROM pg_catalog.pg_amproc AS m WHERE m.oid >= 16384
    UNION ALL
    SELECT m.amhandler::pg_catalog.oid FROM pg_catalog.pg_am AS m WHERE m.oid >= 16384
)
UNION ALL
SELECT 'pg_operator', o.oid, n.nspname, o.oprname, ARRAY(
        SELECT pg_catalog.format_type(arg.type, -1)
        FROM pg_catalog.unnest(ARRAY[o.oprleft, o.oprright]) WITH ORDINALITY AS arg (type, position)
        WHERE arg.type <> 0
        ORDER BY arg.position
    )
FROM pg_catalog.pg_operator AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384 OR o.oid IN (
    SELECT pg_catalog.unnest(ARRAY[u.oprcom, u.oprnegate]) FROM pg_catalog.pg_operator AS u WHERE u.oid >= 16384
    UNION ALL
    SELECT m.amopopr FROM pg_catalog.pg_amop AS m WHERE m.oid >= 16384
    UNION ALL
    SELECT pg_catalog.unnest(k.conexclop) FROM pg_catalog.pg_constraint AS k
    UNION ALL
    SELECT a.aggsortop FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid::pg_catalog.oid >= 16384
)
ORDER BY catalog, oid
