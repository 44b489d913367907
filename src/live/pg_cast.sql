-- The casts, but for those of the server itself: FirstNormalObjectId is 16384. One from a type to itself
-- is about its modifier, and nothing that a name could mean.
-- Servers: 13 to 18. Mirrors getCasts() of pg_dump.c.
SELECT c.oid, pg_catalog.format_type(c.castsource, -1) AS castsource, pg_catalog.format_type(c.casttarget, -1) AS casttarget,
    c.castcontext::text, c.castmethod::text, c.castfunc, COALESCE(f.provolatile <> 'i', false) AS is_mutable,
-- Such is the cast that CREATE TYPE … AS RANGE makes.
    c.oid IN (
        SELECT i.objid FROM pg_catalog.pg_depend AS i
        WHERE i.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND i.deptype = 'i'
    ) AS is_internal
FROM pg_catalog.pg_cast AS c
LEFT JOIN pg_catalog.pg_proc AS f ON f.oid = c.castfunc
WHERE c.oid >= 16384 AND c.castsource <> c.casttarget
ORDER BY c.castsource, c.casttarget
