ALTER TABLE bot_commands ADD COLUMN config_before jsonb;

COMMENT ON COLUMN bot_commands.config_before IS 'of a command that changes the configuration: what the bot goes by until it was told';
