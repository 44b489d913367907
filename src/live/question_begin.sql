-- Before each assertion: where its names are looked up, and how long it may take. What the last client of a pooled
-- connection left in pg_temp is not to be found first. The savepoint takes both back.
SAVEPOINT question;
SET LOCAL search_path = {search_path}pg_temp;
SET LOCAL statement_timeout = '{statement_timeout}'
