DROP TABLE security_log;
DROP TABLE login_failures;
DROP TABLE sessions;
DROP TABLE users;
