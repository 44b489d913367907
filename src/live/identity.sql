-- What the server is, and whether it is the one that was dialled: behind a pooler its port is another. It is asked
-- before the transaction begins, so it names nothing that a search_path could lead astray.
-- Servers: any that speaks the protocol; whoever else answers is told by the first column.
SELECT pg_catalog.version(), pg_catalog.current_setting('server_version'),
    pg_catalog.current_setting('server_version_num'), pg_catalog.current_database(), session_user,
    pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only'),
    pg_catalog.inet_server_port()
