CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 320),
    email_verified_at timestamptz,
    password_hash text NOT NULL,
    display_name text NOT NULL DEFAULT '' CHECK (char_length(display_name) <= 100),
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'superadmin')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'banned')),
    shard smallint NOT NULL CHECK (shard BETWEEN 0 AND 63),
    preferences jsonb NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_shard_idx ON users (shard);
CREATE INDEX users_barred_idx ON users (updated_at) WHERE status <> 'active';

COMMENT ON COLUMN users.shard IS 'hash of id mod 64, fixed at registration: the lease that covers this user';
COMMENT ON COLUMN users.version IS 'optimistic lock, raised by each edit';

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    family uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz,
    revoked_at timestamptz,
    revoke_reason text,
    address text,
    agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sessions_refresh_hash_key UNIQUE (refresh_hash)
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id, created_at);
CREATE INDEX sessions_family_idx ON sessions (family);
CREATE UNIQUE INDEX sessions_current_key ON sessions (family) WHERE rotated_at IS NULL;
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE INDEX sessions_revoked_at_idx ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

COMMENT ON TABLE sessions IS 'one row for each generation of a refresh token; family is the session that its user sees';

CREATE TABLE login_failures (
    key text PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    locked_until timestamptz
);

CREATE INDEX login_failures_last_at_idx ON login_failures (last_at);

COMMENT ON COLUMN login_failures.key IS 'account:<hash of the address> or address:<ip>';

CREATE TABLE security_log (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    kind text NOT NULL,
    address text,
    agent text,
    detail jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX security_log_user_id_idx ON security_log (user_id, id);
CREATE INDEX security_log_created_at_idx ON security_log (created_at);
