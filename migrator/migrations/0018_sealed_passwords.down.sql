DELETE FROM settings WHERE name = 'passwords_sealed';
ALTER TABLE users DROP COLUMN password_sealed;
