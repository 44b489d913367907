-- The languages and the access methods, but for those of the server itself: FirstNormalObjectId is 16384.
-- Servers: 13 to 18. Mirrors getProcLangs() and getAccessMethods() of pg_dump.c.
SELECT 'pg_language' AS catalog, l.oid, l.lanname AS name, l.lanpltrusted, NULL::text AS amtype,
    l.lanplcallfoid AS handler, l.laninline, l.lanvalidator
FROM pg_catalog.pg_language AS l
WHERE l.oid >= 16384
UNION ALL
SELECT 'pg_am', m.oid, m.amname, false, m.amtype::text, m.amhandler::pg_catalog.oid, 0, 0
FROM pg_catalog.pg_am AS m
WHERE m.oid >= 16384
ORDER BY catalog, name
