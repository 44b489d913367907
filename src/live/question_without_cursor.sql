-- The same of SHOW and EXPLAIN, which have no cursor, nor many rows.
{query}