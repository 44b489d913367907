-- The event triggers.
-- Servers: 13 to 18. Mirrors getEventTriggers() of pg_dump.c.
SELECT e.oid, e.evtname, e.evtevent, e.evtenabled::text, e.evttags, n.nspname AS pronamespace, p.proname
FROM pg_catalog.pg_event_trigger AS e
JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e'
)
ORDER BY e.evtname
