-- The rewrite rules, but for those that make views. Only the whole statement can be printed, so what stands
-- before its condition is cut off here, where its length is known.
-- Servers: 13 to 18. Mirrors getRules() and dumpRule() of pg_dump.c.
SELECT w.oid, r.nspname, r.relname, w.rulename, w.ev_type::text, w.is_instead, w.ev_enabled::text,
    pg_catalog.substr(
        pg_catalog.pg_get_ruledef(w.oid),
        pg_catalog.length(pg_catalog.concat(
            'CREATE RULE ', pg_catalog.quote_ident(w.rulename), ' AS', pg_catalog.chr(10), '    ON ',
            CASE w.ev_type WHEN '1' THEN 'SELECT' WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END,
            ' TO ', pg_catalog.quote_ident(r.nspname), '.', pg_catalog.quote_ident(r.relname)
        )) + 1
    ) AS ruledef
FROM relation AS r
JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid
WHERE w.rulename <> '_RETURN' AND NOT r.is_member
ORDER BY r.nspname, r.relname, w.rulename
