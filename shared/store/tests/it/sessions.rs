use chrono::{Duration, Utc};
use platform::ids::SessionId;
use store::{
    security_log::Caller,
    sessions::{self, NewToken, RevokeReason},
};
use testkit::{TestDb, wait_until};

use crate::{number, pool, user};

#[tokio::test]
async fn what_is_renewed_while_it_is_ended_is_ended_too() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (user, now) = (user(&test).await, Utc::now());
    let session = SessionId::new(now);
    let caller = Caller::default();
    let token = |hash| NewToken {
        hash,
        expires_at: now + Duration::days(1),
    };
    sessions::add(db.conn(), user, session, token(&[1; 32]), &caller, now)
        .await
        .unwrap();

    let renewing = db.begin().await.unwrap();
    let current = sessions::lock_by_hash(&renewing, &[1; 32]).await.unwrap();
    sessions::rotate(&renewing, &current.unwrap(), token(&[2; 32]), &caller, now)
        .await
        .unwrap();
    let ending = tokio::spawn({
        let db = db.clone();
        async move {
            let txn = db.begin().await.unwrap();
            let ended = sessions::revoke(&txn, user, session, RevokeReason::Logout, now).await;
            txn.commit().await.unwrap();
            ended.unwrap()
        }
    });
    wait_until("the end waits for the renewal", || async {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        number(&db, waiting).await == 1
    })
    .await;
    renewing.commit().await.unwrap();

    assert!(ending.await.unwrap());
    let owner = sessions::owner(db.conn(), user, session, now).await;
    assert!(owner.unwrap().is_none(), "the session is alive");
}
