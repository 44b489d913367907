-- The text search parsers.
-- Servers: 13 to 18. Mirrors getTSParsers() of pg_dump.c.
SELECT p.oid, n.nspname, p.prsname, p.prsstart::pg_catalog.oid, p.prstoken::pg_catalog.oid, p.prsend::pg_catalog.oid,
    p.prsheadline::pg_catalog.oid, p.prslextype::pg_catalog.oid
FROM pg_catalog.pg_ts_parser AS p
JOIN namespace AS n ON n.oid = p.prsnamespace
ORDER BY n.nspname, p.prsname
