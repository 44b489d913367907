-- The policies of row-level security; role 0 is PUBLIC.
-- Servers: 13 to 18. Mirrors getPolicies() of pg_dump.c.
SELECT p.oid, r.nspname, r.relname, p.polname, p.polcmd::text, p.polpermissive,
    ARRAY(
        SELECT CASE WHEN role = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(role)::text END
        FROM pg_catalog.unnest(p.polroles) AS role
    ) AS polroles,
    p.polqual IS NOT NULL AS has_qual, pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS polqual,
    p.polwithcheck IS NOT NULL AS has_with_check, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS polwithcheck
FROM relation AS r
JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid
WHERE r.relkind IN ('r', 'p') AND NOT r.is_member
ORDER BY r.nspname, r.relname, p.polname
