CREATE TABLE plans (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    description text NOT NULL DEFAULT '' CHECK (char_length(description) <= 500),
    position integer NOT NULL DEFAULT 0,
    is_offered boolean NOT NULL DEFAULT true,
    max_bots integer CHECK (max_bots >= 0),
    max_active_deals integer CHECK (max_active_deals >= 0),
    max_connections integer CHECK (max_connections >= 0),
    live_trading boolean NOT NULL DEFAULT false,
    backtests_per_day integer CHECK (backtests_per_day >= 0),
    backtest_candles integer CHECK (backtest_candles >= 0),
    stripe_price_id text,
    price numeric(38,18),
    currency text,
    billing_interval text CHECK (billing_interval IN ('day', 'week', 'month', 'year')),
    interval_count integer CHECK (interval_count >= 1),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plans_stripe_price_id_key UNIQUE (stripe_price_id),
    CONSTRAINT plans_price CHECK (
        (stripe_price_id IS NULL) = (price IS NULL) AND (price IS NULL) = (currency IS NULL)
        AND (price IS NULL) = (billing_interval IS NULL) AND (price IS NULL) = (interval_count IS NULL)
    ),
    CONSTRAINT plans_free CHECK (id <> 'free' OR stripe_price_id IS NULL AND is_offered)
);

COMMENT ON TABLE plans IS 'what can be subscribed to; a limit that is null is none. The plan free is for whoever pays nothing';
COMMENT ON COLUMN plans.price IS 'as Stripe said when stripe_price_id was set: for showing, Stripe alone charges';

INSERT INTO plans (id, name, description, position, max_bots, max_active_deals, max_connections, live_trading, backtests_per_day, backtest_candles)
VALUES
    ('free', 'Free', 'Try it on paper', 0, 2, 3, 1, false, 5, 100000),
    ('starter', 'Starter', 'A few bots on one exchange', 10, 10, 20, 3, true, 50, 1000000),
    ('pro', 'Pro', 'As much as the server carries', 20, NULL, NULL, NULL, true, NULL, NULL);

CREATE TABLE plan_prices (
    stripe_price_id text PRIMARY KEY,
    plan_id text NOT NULL REFERENCES plans (id),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX plan_prices_plan_id_idx ON plan_prices (plan_id);

COMMENT ON TABLE plan_prices IS 'every price that a plan ever had: subscriptions keep the one that they began with';

CREATE TABLE subscriptions (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    stripe_customer_id text NOT NULL,
    stripe_subscription_id text,
    plan_id text REFERENCES plans (id),
    status text NOT NULL DEFAULT 'none' CHECK (status IN (
        'none', 'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled'
    )),
    current_period_end timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    unpaid_since timestamptz,
    grace_until timestamptz,
    enforce_at timestamptz,
    downgraded_at timestamptz,
    asked bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT subscriptions_stripe_customer_id_key UNIQUE (stripe_customer_id)
);

CREATE INDEX subscriptions_plan_id_idx ON subscriptions (plan_id);
CREATE INDEX subscriptions_enforce_at_idx ON subscriptions (enforce_at) WHERE enforce_at IS NOT NULL;

COMMENT ON TABLE subscriptions IS 'the customer that a user is at Stripe, and the newest subscription that Stripe told of';
COMMENT ON COLUMN subscriptions.asked IS 'numbers the questions to Stripe; answered is the number of the newest answer that was written';
COMMENT ON COLUMN subscriptions.enforce_at IS 'when bots beyond the plan are to be paused; null once they are';

CREATE TABLE billing_events (
    stripe_event_id text PRIMARY KEY,
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    type text NOT NULL,
    happened_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX billing_events_user_id_idx ON billing_events (user_id);
CREATE INDEX billing_events_created_at_idx ON billing_events (created_at);

COMMENT ON TABLE billing_events IS 'what Stripe told and was applied: each of its ids once';

ALTER TABLE bot_commands ADD COLUMN reason text;

COMMENT ON COLUMN bot_commands.reason IS 'why, where the platform gave the command and not the user: the status that follows shows it';
