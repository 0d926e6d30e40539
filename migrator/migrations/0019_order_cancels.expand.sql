ALTER TABLE orders ADD COLUMN cancel_requested_at bigint;

COMMENT ON COLUMN orders.cancel_requested_at IS 'when its bot asked for the cancel, in milliseconds on the clock of the data: until the order ends, it is to be cancelled';
