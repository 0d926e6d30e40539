ALTER TABLE users ADD COLUMN password_sealed bytea;

COMMENT ON COLUMN users.password_sealed IS 'the hash, sealed for its user; counts where password_hash is ''sealed''';

-- A platform with users may still run a release that does not read it: its operator says when (`api vault seal-passwords`).
INSERT INTO settings (name, value)
VALUES ('passwords_sealed', to_jsonb(NOT EXISTS (SELECT 1 FROM users)))
ON CONFLICT (name) DO NOTHING;
