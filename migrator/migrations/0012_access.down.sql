DROP TABLE ended_frontend_logins;
DELETE FROM account_tokens WHERE purpose = 'cancel_email_change';
ALTER TABLE account_tokens DROP CONSTRAINT account_tokens_purpose_check;
ALTER TABLE account_tokens ADD CONSTRAINT account_tokens_purpose_check
    CHECK (purpose IN ('verify_email', 'reset_password', 'change_email'));
ALTER TABLE users DROP COLUMN frontend_login;
ALTER TABLE users DROP COLUMN logins_void_at;
