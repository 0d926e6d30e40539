ALTER TABLE connections ADD COLUMN venue_account text;

COMMENT ON COLUMN connections.venue_account IS 'the account''s id at the venue: the same for all keys of one account; null where the venue has not told it';
