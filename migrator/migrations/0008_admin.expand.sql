-- no-transaction
ALTER TABLE users ADD COLUMN IF NOT EXISTS status_reason text;

COMMENT ON COLUMN users.status_reason IS 'why an admin changed the status; the user is told';

CREATE INDEX CONCURRENTLY IF NOT EXISTS security_log_kind_idx ON security_log (kind, id);

INSERT INTO settings (name, value) VALUES ('platform', '{"registration": "open", "version": 1}') ON CONFLICT (name) DO NOTHING;

COMMENT ON TABLE settings IS 'stream_epoch: names this history of events, a client with another one refetches; maintenance, platform: switches of admins; vault_check: proves that a process has the right ENCRYPTION_KEY';
