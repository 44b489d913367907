-- The types that people create, enums with their labels. Neither the row types of relations nor
-- array types are listed; the type of CREATE TYPE … AS (…) is.
-- Servers: 13 to 18 (typtype m from 14). Mirrors getTypes() and dumpEnumType() of pg_dump.c.
SELECT t.oid, n.nspname, t.typname, t.typtype::text,
    CASE WHEN t.typtype = 'e' THEN ARRAY(
        SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder
    ) END AS enumlabels
FROM pg_catalog.pg_type AS t
JOIN namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE (t.typrelid = 0 OR c.relkind = 'c')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
  AND t.oid NOT IN (
      SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
  )
ORDER BY n.nspname, t.typname
