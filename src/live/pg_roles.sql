-- The roles of the cluster, but for those of the server itself. Everybody may read pg_roles, which shows no password.
-- Servers: 13 to 18. Mirrors dumpRoles() and dumpRoleMembership() of pg_dumpall.c. Below 16384
-- (FirstNormalObjectId) there is only the superuser that initdb made.
SELECT r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
    r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil::text, COALESCE(r.rolconfig, '{}') AS rolconfig,
    ARRAY(
        SELECT DISTINCT pg_catalog.pg_get_userbyid(m.roleid)::text
        FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid
    ) AS member_of
FROM pg_catalog.pg_roles AS r
WHERE r.oid >= 16384 AND r.rolname !~ '^pg_'
ORDER BY r.rolname
