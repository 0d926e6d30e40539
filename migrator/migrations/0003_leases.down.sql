DROP TABLE settings;
DROP TABLE engine_nodes;
DROP TABLE leases;
