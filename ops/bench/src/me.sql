SELECT u.role, u.status FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.family = '$session' AND s.rotated_at IS NULL AND s.user_id = '$user' AND s.revoked_at IS NULL AND s.expires_at > now();
SELECT id, email, email_verified_at, password_hash, password_sealed, display_name, role, status, shard, preferences, version, created_at, updated_at, logins_void_at FROM users WHERE id = '$user';
