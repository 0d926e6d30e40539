ALTER TABLE bots ADD COLUMN signal_secret bytea;

COMMENT ON COLUMN bots.signal_secret IS 'what signals to it prove themselves with, sealed for its user and the bot; null where it was never asked for';

CREATE TABLE signals (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    signal_key text NOT NULL,
    action text NOT NULL,
    data jsonb NOT NULL,
    sent_at timestamptz,
    received_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'applied', 'refused')),
    reason text,
    applied_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signals_key UNIQUE (bot_id, signal_key)
);

CREATE INDEX signals_bot_id_idx ON signals (bot_id, position);
CREATE INDEX signals_waiting_idx ON signals (bot_id) WHERE outcome = 'accepted';
CREATE INDEX signals_received_at_idx ON signals (received_at);

COMMENT ON TABLE signals IS 'signals from outside; one that was accepted has a row in bot_commands with its id';
COMMENT ON COLUMN signals.position IS 'the order in which they came, whichever copy of the api took them';
COMMENT ON COLUMN signals.signal_key IS 'what tells a repeat from another signal: for 24 hours, after which the id is added to it';
COMMENT ON COLUMN signals.data IS 'what else it asked for';
COMMENT ON COLUMN signals.sent_at IS 'when its sender says that it was sent';
COMMENT ON COLUMN signals.reason IS 'why it had no effect';
COMMENT ON COLUMN signals.applied_at IS 'when its outcome was known';
