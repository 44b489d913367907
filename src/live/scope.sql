-- What is read: the schemas that are neither the server's own nor temporary, and in them the
-- relations, with the members of extensions told apart. Stands before every query that needs it.
-- IN makes the server hash the members; of a join it may make a loop over them for each row,
-- as it knows nothing about a database that has just been filled.
-- Servers: 13 to 18. Mirrors selectDumpableNamespace() and checkExtensionMembership() of pg_dump.c.
WITH namespace AS (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), member AS (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
), relation AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.oid IN (
        SELECT m.objid FROM member AS m WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    ) AS is_member
    FROM pg_catalog.pg_class AS c
    JOIN namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind NOT IN ('c', 'i', 'I', 't')
)
