COMMENT ON TABLE settings IS 'stream_epoch: names this history of events, a client with another one refetches; maintenance: platform-wide switch';
DELETE FROM settings WHERE name = 'platform';
DROP INDEX security_log_kind_idx;
ALTER TABLE users DROP COLUMN status_reason;
