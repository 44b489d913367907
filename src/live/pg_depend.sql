-- The members of extensions. All there are, before anything else, for the same reason as comments.
-- Servers: 13 to 18. Mirrors getExtensionMembership() of pg_dump.c.
SELECT c.relname, d.objid, e.extname
FROM pg_catalog.pg_depend AS d
JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
JOIN pg_catalog.pg_class AS c ON c.oid = d.classid
WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND c.relname IN (
    'pg_am', 'pg_cast', 'pg_class', 'pg_collation', 'pg_conversion', 'pg_foreign_data_wrapper', 'pg_foreign_server',
    'pg_language', 'pg_opclass', 'pg_operator', 'pg_opfamily', 'pg_proc', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser',
    'pg_ts_template', 'pg_type'
)
ORDER BY c.relname, d.objid
