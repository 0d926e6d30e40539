ALTER TABLE decisions ADD COLUMN data jsonb;

COMMENT ON COLUMN decisions.data IS 'the numbers that decided; null where there are none, and in rows of releases that did not keep them';
