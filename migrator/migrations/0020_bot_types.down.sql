ALTER TABLE bots ADD CONSTRAINT bots_type_check CHECK (type IN ('dca_interval', 'dca', 'grid'));
