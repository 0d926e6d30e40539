ALTER TABLE sessions ADD COLUMN stepped_up_at timestamptz;

COMMENT ON COLUMN sessions.stepped_up_at IS 'when a second factor was last given in this session; handed on to the next generation';

COMMENT ON COLUMN login_failures.key IS 'account:<hash of the address>, factor:<user> or address:<ip>';

CREATE TABLE totp (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_used_step bigint,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN totp.secret IS 'sealed for its user';
COMMENT ON COLUMN totp.confirmed_at IS 'when the first code was given: before that, no code is asked for';
COMMENT ON COLUMN totp.last_used_step IS 'no code of this step or an older one is taken again';

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash bytea NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    hash bytea NOT NULL,
    hint text NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'trade', 'admin']),
    allowlist text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    last_used_address text,
    last_refused_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_tokens_hash_key UNIQUE (hash)
);

CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id, id);
CREATE INDEX api_tokens_expires_at_idx ON api_tokens (expires_at);

COMMENT ON COLUMN api_tokens.hash IS 'SHA-256 of the token, which is random; hint is its end';
COMMENT ON COLUMN api_tokens.allowlist IS 'networks as CIDR from which it is taken; empty: from everywhere';
COMMENT ON COLUMN api_tokens.last_used_at IS 'written at most once a minute; so is last_refused_at, of refusals by the allowlist';
