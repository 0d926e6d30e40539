ALTER TABLE bots ADD COLUMN deleted_at timestamptz;

ALTER TABLE connections ADD COLUMN deleted_at timestamptz;

COMMENT ON COLUMN bots.deleted_at IS 'the bot is hidden; what it has traded stays. The name then ends in the id, so that it is free again';
COMMENT ON COLUMN connections.deleted_at IS 'the connection is hidden, without keys, feed and balances; what was traded through it stays';
