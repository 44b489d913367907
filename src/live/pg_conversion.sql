-- The conversions between encodings.
-- Servers: 13 to 18. Mirrors getConversions() and dumpConversion() of pg_dump.c.
SELECT c.oid, n.nspname, c.conname, c.conproc::pg_catalog.oid, c.condefault,
    pg_catalog.pg_encoding_to_char(c.conforencoding)::text AS conforencoding,
    pg_catalog.pg_encoding_to_char(c.contoencoding)::text AS contoencoding
FROM pg_catalog.pg_conversion AS c
JOIN namespace AS n ON n.oid = c.connamespace
ORDER BY n.nspname, c.conname
