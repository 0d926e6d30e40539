ALTER TABLE connections DROP COLUMN deleted_at;
ALTER TABLE bots DROP COLUMN deleted_at;
