CREATE TABLE leases (
    shard smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 63),
    node uuid,
    epoch bigint NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    taken_at timestamptz,
    state_format integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX leases_node_idx ON leases (node);

COMMENT ON TABLE leases IS 'changes only when a shard is taken; a lease lives as long as its node in engine_nodes';

INSERT INTO leases (shard) SELECT shard FROM generate_series(0, 63) AS shard;

COMMENT ON COLUMN leases.state_format IS 'newest format of any bot state saved under this shard: copies that know only older ones must not take it';

CREATE TABLE engine_nodes (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    state_format integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    alive_until timestamptz NOT NULL
) WITH (fillfactor = 50);

COMMENT ON COLUMN engine_nodes.state_format IS 'newest bot state format that this copy can read';

CREATE TABLE settings (
    name text PRIMARY KEY,
    value jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE settings IS 'stream_epoch: names this history of events, a client with another one refetches; maintenance: platform-wide switch';

INSERT INTO settings (name, value) VALUES
    ('stream_epoch', to_jsonb(left(replace(gen_random_uuid()::text, '-', ''), 8))),
    ('maintenance', '{"enabled": false}');
