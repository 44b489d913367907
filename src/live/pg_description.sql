-- The comments on what the model holds. All there are, before anything else: joined to each query
-- that wants them, they may be searched anew for each row, as the server cannot tell how many are
-- about what in a database that has just been filled.
-- Servers: 13 to 18. Mirrors collectComments() of pg_dump.c. Below 16384 (FirstNormalObjectId)
-- there are only those of the server itself, but for the one on the schema public. One of more than a
-- megabyte is read as its beginning, how long it is, and a sum by which two are told apart.
SELECT c.relname, d.objoid, d.objsubid, CASE
    WHEN pg_catalog.octet_length(d.description) <= 1000000 THEN d.description
    ELSE pg_catalog.left(d.description, 1000) || '... (' || pg_catalog.octet_length(d.description)
        || ' bytes, MD5 ' || pg_catalog.md5(d.description) || ')'
END AS description
FROM pg_catalog.pg_description AS d
JOIN pg_catalog.pg_class AS c ON c.oid = d.classoid
WHERE c.relname IN (
    'pg_am', 'pg_cast', 'pg_class', 'pg_collation', 'pg_constraint', 'pg_conversion', 'pg_event_trigger',
    'pg_extension', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language', 'pg_namespace', 'pg_opclass',
    'pg_operator', 'pg_opfamily', 'pg_policy', 'pg_proc', 'pg_publication', 'pg_rewrite', 'pg_statistic_ext',
    'pg_subscription', 'pg_trigger', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_type'
) AND (d.objoid >= 16384 OR c.relname = 'pg_namespace')
UNION ALL
SELECT 'pg_authid', d.objoid, 0, d.description
FROM pg_catalog.pg_shdescription AS d
WHERE d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.objoid >= 16384
ORDER BY relname, objoid, objsubid
