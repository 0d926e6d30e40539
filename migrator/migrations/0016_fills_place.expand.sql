-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS fills_place_idx ON fills (connection_id, at, id);
