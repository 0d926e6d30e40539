DROP TABLE account_deletions;
DROP TABLE mails;
DROP TABLE account_tokens;
