CREATE TABLE user_streams (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN user_streams.last_seq IS 'newest seq given out; the next event of this user is last_seq + 1';

CREATE TABLE events (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    seq bigint NOT NULL CHECK (seq > 0),
    type text NOT NULL,
    body jsonb NOT NULL CONSTRAINT events_body_size CHECK (octet_length(body::text) <= 16384),
    relayed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, seq)
);

CREATE INDEX events_not_relayed_idx ON events (user_id, seq) WHERE NOT relayed;
CREATE INDEX events_created_at_idx ON events (created_at);

CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status integer NOT NULL CHECK (status BETWEEN 100 AND 599),
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, route, key)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

COMMENT ON COLUMN idempotency_keys.user_id IS 'nil uuid for anonymous callers, hence no foreign key';
