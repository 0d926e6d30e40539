-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS connections_account_key;
