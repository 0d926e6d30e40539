ALTER TABLE bot_commands DROP COLUMN config_before;
