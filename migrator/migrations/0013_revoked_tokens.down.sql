DROP INDEX IF EXISTS api_tokens_revoked_at_idx;
