-- Foreign-data wrappers, servers and user mappings, those of extensions too, as others name them. Of a user mapping only
-- the names of the options leave the server: their values may be secrets. Who may not see them is told none, which
-- looks like having none, so they count as known where there are some, or to a superuser.
-- Servers: 13 to 18. Mirrors getForeignDataWrappers(), getForeignServers() and dumpUserMappings() of pg_dump.c.
SELECT 'wrapper' AS kind, w.oid, w.fdwname AS name, NULL::text AS role, NULL::text AS wrapper, NULL::text AS type,
    NULL::text AS version, COALESCE(w.fdwoptions, '{}') AS options, true AS is_known,
    hn.nspname AS handler_schema, h.proname AS handler, pg_catalog.oidvectortypes(h.proargtypes) AS handler_args,
    vn.nspname AS validator_schema, v.proname AS validator, pg_catalog.oidvectortypes(v.proargtypes) AS validator_args
FROM pg_catalog.pg_foreign_data_wrapper AS w
LEFT JOIN pg_catalog.pg_proc AS h ON h.oid = w.fdwhandler
LEFT JOIN pg_catalog.pg_namespace AS hn ON hn.oid = h.pronamespace
LEFT JOIN pg_catalog.pg_proc AS v ON v.oid = w.fdwvalidator
LEFT JOIN pg_catalog.pg_namespace AS vn ON vn.oid = v.pronamespace
UNION ALL
SELECT 'server', s.oid, s.srvname, NULL, w.fdwname, s.srvtype, s.srvversion, COALESCE(s.srvoptions, '{}'), true,
    NULL, NULL, NULL, NULL, NULL, NULL
FROM pg_catalog.pg_foreign_server AS s
JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
UNION ALL
SELECT 'mapping', m.umid, m.srvname, m.usename, NULL, NULL, NULL, ARRAY(
        SELECT pg_catalog.split_part(option, '=', 1)
        FROM pg_catalog.unnest(m.umoptions) WITH ORDINALITY AS o (option, position) ORDER BY position
    ), m.umoptions IS NOT NULL OR (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER),
    NULL, NULL, NULL, NULL, NULL, NULL
FROM pg_catalog.pg_user_mappings AS m
ORDER BY kind, name, role
