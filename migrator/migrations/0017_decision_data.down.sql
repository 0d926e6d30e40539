ALTER TABLE decisions DROP COLUMN data;
