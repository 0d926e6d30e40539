ALTER TABLE users ADD COLUMN logins_void_at timestamptz;
ALTER TABLE users ADD COLUMN frontend_login uuid;

COMMENT ON COLUMN users.logins_void_at IS 'sessions of the NextAuth frontend that were issued up to then are refused';
COMMENT ON COLUMN users.frontend_login IS 'sid of gateway tokens that sessions of the frontend ask for; null: the id of the user';

-- The new one allows all that the old one did.
-- squawk-ignore ban-drop-constraint
ALTER TABLE account_tokens DROP CONSTRAINT account_tokens_purpose_check;
ALTER TABLE account_tokens ADD CONSTRAINT account_tokens_purpose_check
    CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'cancel_email_change')) NOT VALID;

CREATE TABLE ended_frontend_logins (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ended_at timestamptz NOT NULL
);

CREATE INDEX ended_frontend_logins_ended_at_idx ON ended_frontend_logins (ended_at);
CREATE INDEX ended_frontend_logins_user_id_idx ON ended_frontend_logins (user_id);

COMMENT ON TABLE ended_frontend_logins IS 'former values of users.frontend_login: told to the gateways while tokens with them may live';
