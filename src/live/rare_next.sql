-- Stands before the next.
UNION ALL
