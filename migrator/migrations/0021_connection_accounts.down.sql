ALTER TABLE connections DROP COLUMN venue_account;
