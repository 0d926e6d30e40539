DROP TABLE api_tokens;
DROP TABLE recovery_codes;
DROP TABLE totp;

COMMENT ON COLUMN login_failures.key IS 'account:<hash of the address> or address:<ip>';

ALTER TABLE sessions DROP COLUMN stepped_up_at;
