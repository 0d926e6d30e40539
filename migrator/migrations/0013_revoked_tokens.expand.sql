-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS api_tokens_revoked_at_idx ON api_tokens (revoked_at) WHERE revoked_at IS NOT NULL;
