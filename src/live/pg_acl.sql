-- Who owns what, and who but the owner may do what with it: a row for each privilege, or one without any.
-- All there is, before anything else, for the reason that comments are read so. aclexplode() of
-- acldefault() spells out what a missing list stands for. Who granted it is not compared.
-- Servers: 13 to 18. Mirrors getAdditionalACLs() and the ACL columns of pg_dump.c. Below 16384
-- (FirstNormalObjectId) there are only objects of the server itself, but for the schema public.
WITH object AS (
    SELECT 'pg_class' AS catalog, c.oid, 0 AS subid, c.relowner AS owner, COALESCE(
        c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
    ) AS acl
    FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'pg_attribute', c.oid, a.attnum, c.relowner, a.attacl
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_namespace', n.oid, 0, n.nspowner, COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
    FROM pg_catalog.pg_namespace AS n
    UNION ALL
    SELECT 'pg_proc', p.oid, 0, p.proowner, COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM pg_catalog.pg_proc AS p
    UNION ALL
    SELECT 'pg_type', t.oid, 0, t.typowner, COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))
    FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
    WHERE COALESCE(c.relkind, 'c') = 'c'
    UNION ALL
    SELECT 'pg_language', l.oid, 0, l.lanowner, COALESCE(l.lanacl, pg_catalog.acldefault('l', l.lanowner))
    FROM pg_catalog.pg_language AS l
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', w.oid, 0, w.fdwowner,
        COALESCE(w.fdwacl, pg_catalog.acldefault('F', w.fdwowner))
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    UNION ALL
    SELECT 'pg_foreign_server', s.oid, 0, s.srvowner, COALESCE(s.srvacl, pg_catalog.acldefault('S', s.srvowner))
    FROM pg_catalog.pg_foreign_server AS s
    UNION ALL
    SELECT 'pg_extension', oid, 0, extowner, NULL FROM pg_catalog.pg_extension
    UNION ALL
    SELECT 'pg_operator', oid, 0, oprowner, NULL FROM pg_catalog.pg_operator
    UNION ALL
    SELECT 'pg_opclass', oid, 0, opcowner, NULL FROM pg_catalog.pg_opclass
    UNION ALL
    SELECT 'pg_opfamily', oid, 0, opfowner, NULL FROM pg_catalog.pg_opfamily
    UNION ALL
    SELECT 'pg_collation', oid, 0, collowner, NULL FROM pg_catalog.pg_collation
    UNION ALL
    SELECT 'pg_conversion', oid, 0, conowner, NULL FROM pg_catalog.pg_conversion
    UNION ALL
    SELECT 'pg_ts_dict', oid, 0, dictowner, NULL FROM pg_catalog.pg_ts_dict
    UNION ALL
    SELECT 'pg_ts_config', oid, 0, cfgowner, NULL FROM pg_catalog.pg_ts_config
    UNION ALL
    SELECT 'pg_statistic_ext', oid, 0, stxowner, NULL FROM pg_catalog.pg_statistic_ext
    UNION ALL
    SELECT 'pg_event_trigger', oid, 0, evtowner, NULL FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'pg_publication', oid, 0, pubowner, NULL FROM pg_catalog.pg_publication
)
SELECT o.catalog, o.oid, o.subid, pg_catalog.pg_get_userbyid(o.owner)::text AS owner,
    CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END AS grantee,
    pg_catalog.lower(a.privilege_type) AS privilege, a.is_grantable
FROM object AS o
LEFT JOIN LATERAL pg_catalog.aclexplode(o.acl) AS a ON a.grantee <> o.owner
WHERE o.oid >= 16384 OR o.catalog = 'pg_namespace'
ORDER BY o.catalog, o.oid, o.subid, grantee, privilege, a.is_grantable
