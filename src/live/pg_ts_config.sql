-- The text search configurations, with the dictionaries of each sort of token: three lists side by side. Only a function
-- of the parser can tell what its sorts of tokens are called, and none is run but the server's own.
-- Servers: 13 to 18. Mirrors getTSConfigurations() and dumpTSConfig() of pg_dump.c.
, configuration AS (
    SELECT c.oid, n.nspname, c.cfgname, c.cfgparser, c.oid IN (
        SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass
    ) AS is_member
    FROM pg_catalog.pg_ts_config AS c
    JOIN namespace AS n ON n.oid = c.cfgnamespace
), token AS (
    SELECT p.cfgparser, t.tokid, t.alias
    FROM (
        SELECT DISTINCT c.cfgparser FROM configuration AS c
        JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
        WHERE NOT c.is_member AND p.prslextype::pg_catalog.oid < 16384
    ) AS p
    CROSS JOIN LATERAL pg_catalog.ts_token_type(p.cfgparser) AS t
)
SELECT c.oid, c.nspname, c.cfgname, pn.nspname AS prsschema, p.prsname, p.prslextype::pg_catalog.oid < 16384 AS names_tokens,
    mapped.tokens, mapped.schemas, mapped.dictionaries
FROM configuration AS c
JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace
LEFT JOIN (
    SELECT m.mapcfg, t.cfgparser, pg_catalog.array_agg(t.alias ORDER BY t.tokid, m.mapseqno) AS tokens,
        pg_catalog.array_agg(n.nspname::text ORDER BY t.tokid, m.mapseqno) AS schemas,
        pg_catalog.array_agg(d.dictname::text ORDER BY t.tokid, m.mapseqno) AS dictionaries
    FROM pg_catalog.pg_ts_config_map AS m
    JOIN pg_catalog.pg_ts_dict AS d ON d.oid = m.mapdict
    JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
    JOIN token AS t ON t.tokid = m.maptokentype
    GROUP BY m.mapcfg, t.cfgparser
) AS mapped ON mapped.mapcfg = c.oid AND mapped.cfgparser = c.cfgparser
ORDER BY c.nspname, c.cfgname
