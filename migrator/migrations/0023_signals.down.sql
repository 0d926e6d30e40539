DROP TABLE signals;
ALTER TABLE bots DROP COLUMN signal_secret;
