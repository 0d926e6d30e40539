CREATE TABLE account_tokens (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email')),
    token_hash bytea NOT NULL,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 320),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_tokens_hash_key UNIQUE (token_hash),
    CONSTRAINT account_tokens_purpose_key UNIQUE (user_id, purpose)
);

CREATE INDEX account_tokens_expires_at_idx ON account_tokens (expires_at);

COMMENT ON TABLE account_tokens IS 'what links in mails prove: one for each purpose, the newest; gone with its use';
COMMENT ON COLUMN account_tokens.email IS 'where the link was sent, and what it proves';

CREATE TABLE mails (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    recipient text NOT NULL CHECK (char_length(recipient) BETWEEN 3 AND 320),
    kind text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'dropped', 'failed')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at timestamptz NOT NULL,
    error text,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX mails_due_at_idx ON mails (due_at) WHERE status = 'waiting';
CREATE INDEX mails_user_id_idx ON mails (user_id);
CREATE INDEX mails_recipient_idx ON mails (recipient, kind, created_at);
CREATE INDEX mails_ended_at_idx ON mails (ended_at) WHERE ended_at IS NOT NULL;

COMMENT ON TABLE mails IS 'written with what caused them, sent afterwards; links are made when a mail is sent, so none is in here';
COMMENT ON COLUMN mails.due_at IS 'the next attempt; while one is under way, when it counts as lost';
COMMENT ON COLUMN mails.user_id IS 'null where nobody has looked yet whether the recipient has an account, and in farewells';

CREATE TABLE account_deletions (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE account_deletions IS 'accounts that were closed: an engine stops their bots and then deletes them';
