-- no-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS connections_account_key
    ON connections (venue, testnet, venue_account) WHERE deleted_at IS NULL;
