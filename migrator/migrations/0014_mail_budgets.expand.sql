CREATE TABLE mail_budgets (
    key text PRIMARY KEY,
    burst_until timestamptz NOT NULL,
    long_until timestamptz NOT NULL
);

CREATE INDEX mail_budgets_long_until_idx ON mail_budgets (long_until);

COMMENT ON TABLE mail_budgets IS 'how many mails were sent to a mailbox, or caused by a user: two buckets that leak with time';
COMMENT ON COLUMN mail_budgets.key IS 'mailbox:<hash of the address without its +tag> or change_email:<user id>';
COMMENT ON COLUMN mail_budgets.burst_until IS 'when the bucket of minutes is empty again; each mail adds its interval';
COMMENT ON COLUMN mail_budgets.long_until IS 'when the bucket of hours is empty again; after that the row may go';
