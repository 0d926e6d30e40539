CREATE TABLE backtests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL DEFAULT 'backtest' CHECK (kind IN ('backtest', 'search')),
    symbol text NOT NULL,
    bot_type text NOT NULL,
    spec jsonb NOT NULL,
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'finished', 'failed', 'canceled')),
    percent smallint NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    attempts smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    claim uuid,
    heartbeat_at timestamptz,
    result jsonb,
    error jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT backtests_claim CHECK ((status = 'running') = (claim IS NOT NULL) AND (claim IS NULL OR heartbeat_at IS NOT NULL)),
    CONSTRAINT backtests_end CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL)),
    CONSTRAINT backtests_outcome CHECK ((status = 'finished') = (result IS NOT NULL) AND (status = 'failed') = (error IS NOT NULL))
);

CREATE INDEX backtests_user_id_idx ON backtests (user_id, id);
CREATE INDEX backtests_waiting_idx ON backtests (id) WHERE status IN ('queued', 'running');
CREATE INDEX backtests_finished_at_idx ON backtests (finished_at);

COMMENT ON COLUMN backtests.claim IS 'named by whoever runs the job; a write that names another one is not done';
COMMENT ON COLUMN backtests.heartbeat_at IS 'by the clock of this database; a running job whose heart stood still is taken over';
COMMENT ON COLUMN backtests.attempts IS 'how often it was begun and not given back';

CREATE TABLE backtest_trades (
    backtest_id uuid NOT NULL REFERENCES backtests (id) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    order_number bigint NOT NULL,
    deal integer NOT NULL,
    purpose text NOT NULL,
    level bigint NOT NULL,
    side text NOT NULL CHECK (side IN ('buy', 'sell')),
    price numeric(38,18) NOT NULL,
    quantity numeric(38,18) NOT NULL,
    quote numeric(38,18) NOT NULL,
    fee numeric(38,18) NOT NULL,
    fee_asset text NOT NULL,
    liquidity text NOT NULL CHECK (liquidity IN ('maker', 'taker')),
    at bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backtest_id, number)
);

COMMENT ON COLUMN backtest_trades.number IS 'by time, from 1';
COMMENT ON COLUMN backtest_trades.at IS 'milliseconds on the clock of the data';
