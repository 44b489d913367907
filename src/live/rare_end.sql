-- Stands behind it.
) AS one
