use chrono::Utc;
use store::login_failures::{LockPolicy, charge, refund};
use testkit::TestDb;

use crate::pool;

const POLICY: LockPolicy = LockPolicy {
    free: 3,
    first_lock_s: 60,
    longest_lock_s: 60,
    forget_s: 3_600,
};

#[tokio::test]
async fn one_attempt_that_is_taken_back_does_not_open_what_others_have_locked() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let now = Utc::now();
    for _ in 0..4 {
        // The one that locks is itself still let through; one more is counted here than a lock needs.
        test.execute("UPDATE login_failures SET locked_until = NULL")
            .await;
        charge(db.conn(), "k", POLICY, now).await.unwrap();
    }
    refund(db.conn(), "k", POLICY).await.unwrap();
    let locked = charge(db.conn(), "k", POLICY, now).await.unwrap();
    assert!(locked.is_some(), "three others have failed");
}

#[tokio::test]
async fn the_attempt_that_locked_opens_again_when_it_is_taken_back() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let now = Utc::now();
    for _ in 0..3 {
        charge(db.conn(), "k", POLICY, now).await.unwrap();
    }
    refund(db.conn(), "k", POLICY).await.unwrap();
    let locked = charge(db.conn(), "k", POLICY, now).await.unwrap();
    assert_eq!(locked, None);
}
