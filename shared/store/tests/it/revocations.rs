use chrono::{Duration, Utc};
use events::control::Revocation;
use testkit::TestDb;

use crate::{pool, user};

#[tokio::test]
async fn ended_logins_and_barred_users_of_the_last_minutes_are_found() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (logged_out, banned, fine) = (user(&test).await, user(&test).await, user(&test).await);
    let family = uuid::Uuid::from_u128(1);
    for (generation, revoked) in [("a", "now()"), ("b", "now() - interval '1 minute'")] {
        test.execute(&format!(
            "INSERT INTO sessions (id, user_id, family, refresh_hash, expires_at, rotated_at, revoked_at)
             VALUES (gen_random_uuid(), '{logged_out}', '{family}', sha256('{generation}'), now(), now(), {revoked})"
        ))
        .await;
    }
    test.execute(&format!(
        "INSERT INTO sessions (id, user_id, family, refresh_hash, expires_at, revoked_at) VALUES
         (gen_random_uuid(), '{fine}', gen_random_uuid(), 'old', now(), now() - interval '20 minutes'),
         (gen_random_uuid(), '{fine}', gen_random_uuid(), 'live', now() + interval '1 day', NULL);
         UPDATE users SET status = 'banned', updated_at = now() WHERE id = '{banned}'"
    ))
    .await;

    let since = Utc::now() - Duration::minutes(15);
    let mut found = store::revocations::since(&db, since).await.unwrap();
    found.sort_by_key(|entry| matches!(entry, Revocation::User { .. }));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[0],
        Revocation::Session {
            user: logged_out,
            session: platform::ids::SessionId(family)
        }
    );
    assert_eq!(found[1].user(), banned);
}

#[tokio::test]
async fn revoked_api_tokens_and_ended_sessions_of_the_frontend_are_found() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let token = uuid::Uuid::from_u128(7);
    for (id, revoked) in [
        (token, "now()"),
        (uuid::Uuid::from_u128(8), "now() - interval '20 minutes'"),
        (uuid::Uuid::from_u128(9), "NULL"),
    ] {
        test.execute(&format!(
            "INSERT INTO api_tokens (id, user_id, name, hash, hint, scopes, expires_at, revoked_at)
             VALUES ('{id}', '{user}', 'x', sha256('{id}'), 'x', '{{read}}', now() + interval '1 day', {revoked})"
        ))
        .await;
    }
    let now = Utc::now();
    let txn = db.begin().await.unwrap();
    let first = store::credentials::void(&txn, user, now).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(first.0, user.0);
    let txn = db.begin().await.unwrap();
    let second = store::credentials::void(&txn, user, now).await.unwrap();
    txn.commit().await.unwrap();
    assert_ne!(second, first);

    let since = now - Duration::minutes(15);
    let mut found: Vec<_> = store::revocations::since(&db, since)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| match entry {
            Revocation::Session { session, .. } => session,
            Revocation::User { .. } => panic!("{entry:?}"),
        })
        .collect();
    let mut expected = vec![platform::ids::SessionId(token), first, second];
    found.sort_by_key(|session| session.0);
    expected.sort_by_key(|session| session.0);
    assert_eq!(found, expected);
}
