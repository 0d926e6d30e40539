use chrono::Utc;
use futures_util::future::try_join_all;
use store::{StoreError, billing::subscriptions::link};
use testkit::TestDb;

use crate::{number, pool, user};

/// PostgreSQL's window between the look for a conflict and the insert is short: several inserts at once meet in it
/// within a few dozen users.
#[tokio::test]
async fn however_many_link_a_user_at_once_all_learn_the_same_customer() {
    let test = TestDb::new().await;
    let db = pool(&test);
    for round in 0..100 {
        let user = user(&test).await;
        let customer = format!("cus_{round}");
        let all = (0..8).map(|_| link(db.conn(), user, &customer, Utc::now()));
        assert_eq!(try_join_all(all).await.unwrap(), vec![customer.clone(); 8]);
    }
    assert_eq!(number(&db, "SELECT count(*) FROM subscriptions").await, 100);
}

#[tokio::test]
async fn a_user_keeps_the_customer_that_is_known_and_takes_nobody_elses() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (ann, bob) = (user(&test).await, user(&test).await);
    let now = Utc::now();
    assert_eq!(link(db.conn(), ann, "cus_a", now).await.unwrap(), "cus_a");
    assert_eq!(link(db.conn(), ann, "cus_b", now).await.unwrap(), "cus_a");
    let taken = link(db.conn(), bob, "cus_a", now).await;
    assert!(matches!(taken, Err(StoreError::NotFound)), "{taken:?}");
    assert_eq!(link(db.conn(), bob, "cus_b", now).await.unwrap(), "cus_b");
}
