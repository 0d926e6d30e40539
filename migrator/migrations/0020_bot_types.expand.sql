-- Which types there are is the services' business: an engine that does not know one is never given its bots.
ALTER TABLE bots DROP CONSTRAINT bots_type_check;
