use chrono::{Duration, Utc};
use serde_json::json;
use store::mails::{MailKind, NewMail, Outcome, claim, enqueue, settle};
use testkit::TestDb;

use crate::{number, pool};

fn mail(recipient: &str) -> NewMail<'_> {
    NewMail {
        kind: MailKind::ResetPassword,
        user: None,
        recipient,
        data: json!({ "address": "192.0.2.1" }),
    }
}

#[tokio::test]
async fn nobody_claims_what_somebody_has_until_the_lease_ends() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let now = Utc::now();
    let lease = Duration::minutes(3);
    for n in 0..20 {
        enqueue(db.conn(), mail(&format!("{n}@example.com")), now)
            .await
            .unwrap();
    }
    let claims = (0..8).map(|_| claim(&db, 5, now, now + lease));
    let claimed: Vec<_> = futures_util::future::try_join_all(claims)
        .await
        .unwrap()
        .into_iter()
        .flatten()
        .map(|mail| mail.id)
        .collect();
    let mut once = claimed.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), claimed.len(), "none twice");
    let rest = claim(&db, 100, now, now + lease).await.unwrap();
    assert_eq!(claimed.len() + rest.len(), 20);
    assert!(
        claim(&db, 100, now + lease - Duration::seconds(1), now)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        claim(&db, 100, now + lease, now + lease * 2)
            .await
            .unwrap()
            .len(),
        20
    );
}

#[tokio::test]
async fn who_lost_the_lease_has_nothing_to_say() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let now = Utc::now();
    enqueue(db.conn(), mail("a@example.com"), now)
        .await
        .unwrap();
    let slow = claim(&db, 1, now, now).await.unwrap().remove(0);
    let next = claim(&db, 1, now, now).await.unwrap().remove(0);
    let failed = Outcome::Failed {
        error: "too late".to_owned(),
    };
    settle(&db, &slow, failed, now).await.unwrap();
    assert_eq!(
        number(&db, "SELECT count(*) FROM mails WHERE status = 'waiting'").await,
        1
    );
    settle(&db, &next, Outcome::Sent, now).await.unwrap();
    let ended =
        "SELECT count(*) FROM mails WHERE status = 'sent' AND data = '{}' AND ended_at IS NOT NULL";
    assert_eq!(number(&db, ended).await, 1);
    assert!(
        claim(&db, 1, now + Duration::days(1), now)
            .await
            .unwrap()
            .is_empty()
    );
}

/// While a release is rolled out, copies of both write and send.
#[tokio::test]
async fn kinds_of_a_newer_release_wait_for_it_and_hold_up_no_others() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let now = Utc::now();
    test.execute(
        "INSERT INTO mails (id, recipient, kind, due_at) VALUES (gen_random_uuid(), 'ann@example.com', 'of_tomorrow', '2001-01-01')",
    )
    .await;
    enqueue(db.conn(), mail("ann@example.com"), now)
        .await
        .unwrap();
    let claimed = claim(&db, 1, now, now + Duration::minutes(3))
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].kind, MailKind::ResetPassword);
    let untouched = "SELECT count(*) FROM mails WHERE kind = 'of_tomorrow' AND attempts = 0";
    assert_eq!(number(&db, untouched).await, 1);
}
