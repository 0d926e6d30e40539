CREATE TABLE trades (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot_id uuid NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    deal integer NOT NULL,
    at bigint NOT NULL,
    cost numeric(38,18) NOT NULL,
    proceeds numeric(38,18) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX trades_bot_id_idx ON trades (bot_id, id);

COMMENT ON TABLE trades IS 'buys matched with sells: a deal that ended, a round of a grid, a sale of a schedule; fees are in both sums';
COMMENT ON COLUMN trades.at IS 'milliseconds on the clock of the data';

-- Of the past only whole deals are known.
INSERT INTO trades (bot_id, deal, at, cost, proceeds)
SELECT bot_id, number, closed_at, invested, invested + realised FROM deals
WHERE closed_at IS NOT NULL AND invested > 0 ORDER BY closed_at, id;
