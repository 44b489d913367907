-- What is granted on whatever a role will create; the row of a schema adds to the one of the whole database.
-- Servers: 13 to 18. Mirrors getDefaultACLs() of pg_dump.c.
SELECT d.oid, pg_catalog.pg_get_userbyid(d.defaclrole)::text AS role, COALESCE(n.nspname, '') AS nspname,
    CASE d.defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text
    END AS objtype,
    CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END AS grantee,
    pg_catalog.lower(a.privilege_type) AS privilege, a.is_grantable
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a ON a.grantee <> d.defaclrole
ORDER BY role, nspname, objtype, grantee, privilege, a.is_grantable
