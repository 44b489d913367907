-- Stands before the query of a catalog that holds little: all these are asked together, in one statement whose
-- rows are told apart by the number of the step that reads them.
SELECT {step} AS step, pg_catalog.row_to_json(one)::text AS fields FROM (
