-- The subscriptions of this database. How they connect may hold a secret, and is not read; only the columns that everybody may
-- read are, of which neither the OID, which a view has, nor subsynccommit is one on 13.
-- Servers: 13 to 18. A column that an older server lacks, or does not show, is found in `older` instead: the name is
-- looked up in the inner FROM first. Mirrors getSubscriptions() of pg_dump.c.
SELECT a.subid AS oid, s.subname, pg_catalog.pg_get_userbyid(s.subowner)::text AS owner, s.subenabled,
    s.subslotname::text, s.subpublications, s.subbinary, s.substream, s.subtwophasestate,
    s.subdisableonerr, s.subpasswordrequired, s.subrunasowner, s.suborigin, s.subfailover
FROM (
    SELECT c.*
    FROM (
        SELECT false AS subbinary, 'f' AS substream, 'd' AS subtwophasestate,
            false AS subdisableonerr, true AS subpasswordrequired, false AS subrunasowner, 'any' AS suborigin,
            false AS subfailover
    ) AS older
    CROSS JOIN LATERAL (
        SELECT subdbid, subname, subowner, subenabled, subslotname, subpublications, subbinary,
            substream::text AS substream, subtwophasestate::text AS subtwophasestate, subdisableonerr,
            subpasswordrequired, subrunasowner, suborigin, subfailover
        FROM pg_catalog.pg_subscription
    ) AS c
) AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
LEFT JOIN (SELECT DISTINCT subid, subname FROM pg_catalog.pg_stat_subscription) AS a ON a.subname = s.subname
ORDER BY s.subname
