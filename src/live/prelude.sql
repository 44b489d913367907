-- Opens the one transaction that everything is read in, and pins each setting that the texts of
-- expressions depend on. All of it ends with the transaction: behind a pooler, the next client of
-- this backend is somebody else's application. The empty search_path comes before any name that
-- could be looked up in it; pg_dump's setup_connection() does the same.
-- Servers: 13 to 18; a setting that the server does not know is skipped.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = '';
SELECT pg_catalog.set_config(s.name, wanted.setting, true)
FROM pg_catalog.pg_settings AS s
JOIN (VALUES
    ('statement_timeout', '{statement_timeout}'),
    ('lock_timeout', '{lock_timeout}'),
    ('idle_in_transaction_session_timeout', '60s'),
    ('jit', 'off'),
    ('max_parallel_workers_per_gather', '0'),
    ('bytea_output', 'hex'),
    ('datestyle', 'ISO'),
    ('extra_float_digits', '1'),
    ('intervalstyle', 'postgres'),
    ('lc_monetary', 'C'),
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on'),
    ('timezone', 'UTC')
) AS wanted (name, setting) ON wanted.name = pg_catalog.lower(s.name);
