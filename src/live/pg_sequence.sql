-- The sequences, with the column that each goes away with: the one that it is a part of (identity), or that owns it
-- (serial, OWNED BY). Of those of extensions nothing but the name could be said.
-- Servers: 13 to 18. Mirrors getOwnedSeqs() and dumpSequence() of pg_dump.c.
SELECT r.oid, r.nspname, r.relname, c.relpersistence::text,
    pg_catalog.format_type(s.seqtypid, NULL) AS seqtypid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
    s.seqcycle, COALESCE(o.deptype = 'i', false) AS is_identity, n.nspname AS owner_nspname, t.relname AS owner_relname,
    a.attname AS owner_attname
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = r.oid
LEFT JOIN pg_catalog.pg_depend AS o
    ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = r.oid AND o.objsubid = 0
    AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = o.refobjid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
WHERE r.relkind = 'S' AND NOT r.is_member
ORDER BY r.nspname, r.relname
