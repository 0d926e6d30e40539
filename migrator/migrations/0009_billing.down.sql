ALTER TABLE bot_commands DROP COLUMN reason;
DROP TABLE billing_events;
DROP TABLE subscriptions;
DROP TABLE plan_prices;
DROP TABLE plans;
