CREATE TABLE connections (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    venue text NOT NULL CHECK (venue IN ('paper', 'binance', 'okx')),
    testnet boolean NOT NULL DEFAULT false,
    label text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 60),
    credentials bytea,
    key_id text,
    key_hint text,
    live_confirmed_at timestamptz,
    paper jsonb,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT connections_label_key UNIQUE (user_id, venue, testnet, label),
    CONSTRAINT connections_paper CHECK ((venue = 'paper') = (paper IS NOT NULL) AND (venue <> 'paper' OR credentials IS NULL))
);

COMMENT ON COLUMN connections.credentials IS 'sealed; key_id names the key that opens them, key_hint is the end of the public part';
COMMENT ON COLUMN connections.paper IS 'a simulated account: starting balances, fees, market rules, feed, speed';

CREATE TABLE feeds (
    connection_id uuid PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'paused' CHECK (status IN ('paused', 'running', 'finished', 'error')),
    input_pos bigint NOT NULL DEFAULT 0 CHECK (input_pos >= 0),
    data_time bigint,
    price numeric(38,18),
    error text,
    gaps jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX feeds_running_idx ON feeds (connection_id) WHERE status = 'running';

COMMENT ON COLUMN feeds.input_pos IS 'points played: everything of this connection in the database is as after exactly so many';
COMMENT ON COLUMN feeds.data_time IS 'milliseconds on the clock of the data, of the last point';

CREATE TABLE bots (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE RESTRICT,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    type text NOT NULL CHECK (type IN ('dca_interval', 'dca', 'grid')),
    symbol text NOT NULL,
    config jsonb NOT NULL,
    status text NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'starting', 'running', 'paused', 'waiting_funds', 'stopping', 'stopped', 'error')),
    status_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bots_name_key UNIQUE (user_id, name)
);

CREATE INDEX bots_connection_id_idx ON bots (connection_id, id);

COMMENT ON COLUMN bots.config IS 'tagged by type';

CREATE TABLE bot_states (
    bot_id uuid PRIMARY KEY REFERENCES bots (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    state_format integer NOT NULL,
    state jsonb NOT NULL,
    input_pos bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

CREATE TABLE bot_commands (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    command jsonb NOT NULL,
    applied_pos bigint,
    applied_at timestamptz,
    error text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX bot_commands_bot_id_idx ON bot_commands (bot_id, position);
CREATE INDEX bot_commands_connection_id_idx ON bot_commands (connection_id, position);
CREATE INDEX bot_commands_waiting_idx ON bot_commands (connection_id, position) WHERE applied_pos IS NULL;

COMMENT ON COLUMN bot_commands.position IS 'the order in which they were given, whichever copy of the api wrote them';
COMMENT ON COLUMN bot_commands.applied_pos IS 'points that had been played when the bot was told; null while it has not been';

CREATE TABLE deals (
    id uuid PRIMARY KEY,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    opened_at bigint NOT NULL,
    closed_at bigint,
    close_reason text,
    invested numeric(38,18),
    realised numeric(38,18),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deals_number_key UNIQUE (bot_id, number)
);

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    client_order_id text NOT NULL,
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    symbol text NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    deal integer NOT NULL,
    purpose text NOT NULL,
    level bigint NOT NULL,
    attempt bigint NOT NULL,
    side text NOT NULL CHECK (side IN ('buy', 'sell')),
    type text NOT NULL CHECK (type IN ('market', 'limit')),
    price numeric(38,18),
    time_in_force text CHECK (time_in_force IN ('good_till_cancelled', 'immediate_or_cancel', 'post_only')),
    quantity numeric(38,18),
    quote_quantity numeric(38,18),
    scheduled_at bigint,
    status text NOT NULL CHECK (status IN ('sending', 'open', 'partially_filled', 'filled', 'canceling', 'canceled',
        'expired', 'rejected', 'unknown', 'absent')),
    reject_code text,
    venue_order_id text,
    filled_quantity numeric(38,18) NOT NULL DEFAULT 0,
    filled_quote numeric(38,18) NOT NULL DEFAULT 0,
    reserved numeric(38,18) NOT NULL DEFAULT 0,
    takes boolean NOT NULL DEFAULT false,
    placed_pos bigint NOT NULL,
    placed_at bigint NOT NULL,
    ended_at bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT orders_client_order_id_key UNIQUE (client_order_id),
    CONSTRAINT orders_number_key UNIQUE (bot_id, number),
    CONSTRAINT orders_intent_key UNIQUE (bot_id, deal, purpose, level, attempt),
    CONSTRAINT orders_limit CHECK ((type = 'limit') = (price IS NOT NULL) AND (type = 'limit') = (time_in_force IS NOT NULL)),
    CONSTRAINT orders_size CHECK ((quantity IS NULL) <> (quote_quantity IS NULL))
) WITH (fillfactor = 80);

CREATE INDEX orders_connection_id_idx ON orders (connection_id, id);
CREATE INDEX orders_open_idx ON orders (connection_id, number)
    WHERE status IN ('sending', 'open', 'partially_filled', 'canceling', 'unknown');

COMMENT ON COLUMN orders.deal IS 'number of the deal within the bot';
COMMENT ON COLUMN orders.reserved IS 'paper: what the order has set aside, quote of a buy and base of a sell';
COMMENT ON COLUMN orders.takes IS 'paper: marketable when it arrived, so it fills at the price of the first point that it meets';
COMMENT ON COLUMN orders.placed_pos IS 'points that had been played when it arrived: it fills at the next one at the earliest';
COMMENT ON COLUMN orders.placed_at IS 'milliseconds on the clock of the data; so is ended_at';

CREATE TABLE fills (
    id uuid PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    symbol text NOT NULL,
    venue_trade_id text NOT NULL,
    side text NOT NULL CHECK (side IN ('buy', 'sell')),
    price numeric(38,18) NOT NULL,
    quantity numeric(38,18) NOT NULL,
    quote numeric(38,18) NOT NULL,
    fee_asset text NOT NULL,
    fee numeric(38,18) NOT NULL,
    fee_rate numeric(38,18),
    fee_conversion numeric(38,18),
    fee_is_estimated boolean NOT NULL DEFAULT false,
    liquidity text NOT NULL CHECK (liquidity IN ('maker', 'taker')),
    at bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fills_trade_key UNIQUE (connection_id, symbol, venue_trade_id)
);

CREATE INDEX fills_order_id_idx ON fills (order_id);
CREATE INDEX fills_bot_id_idx ON fills (bot_id, id);

COMMENT ON COLUMN fills.at IS 'milliseconds on the clock of the data';

CREATE TABLE ledger (
    fill_id uuid NOT NULL REFERENCES fills (id) ON DELETE CASCADE,
    leg text NOT NULL CHECK (leg IN ('base', 'quote', 'fee')),
    asset text NOT NULL,
    delta numeric(38,18) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fill_id, leg)
);

CREATE TABLE balances (
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    asset text NOT NULL,
    free numeric(38,18) NOT NULL CHECK (free >= 0),
    reserved numeric(38,18) NOT NULL CHECK (reserved >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, asset)
) WITH (fillfactor = 50);

CREATE TABLE decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    at bigint NOT NULL,
    code text NOT NULL,
    detail text,
    deal integer,
    price numeric(38,18),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX decisions_bot_id_idx ON decisions (bot_id, id);
CREATE INDEX decisions_created_at_idx ON decisions (created_at);

CREATE TABLE equity (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connection_id uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    at bigint NOT NULL,
    asset text NOT NULL,
    amount numeric(38,18) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, connection_id, at)
);

CREATE INDEX equity_connection_id_idx ON equity (connection_id, at);

COMMENT ON COLUMN equity.at IS 'milliseconds on the clock of the data: the end of an hour';
