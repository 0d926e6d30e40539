use platform::Secret;
use store::users;
use testkit::TestDb;

use crate::{pool, user};

#[tokio::test]
async fn a_stronger_hash_of_an_old_password_does_not_replace_a_new_password() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let id = user(&test).await;
    let hash = |text: &str| Secret::new(text.to_owned());
    let now = async || {
        let found = users::find_credentials(db.conn(), &format!("{id}@example.com")).await;
        found.unwrap().unwrap().1.expose().clone()
    };
    users::rehash_password(db.conn(), id, &hash("other"), &hash("stale"))
        .await
        .unwrap();
    assert_eq!(now().await, "x");
    users::rehash_password(db.conn(), id, &hash("x"), &hash("stronger"))
        .await
        .unwrap();
    assert_eq!(now().await, "stronger");
}

#[test]
fn what_is_printed_of_rows_holds_no_hash() {
    let now = chrono::DateTime::UNIX_EPOCH;
    let user = store::entity::users::Model {
        id: uuid::Uuid::nil(),
        email: "a@example.com".to_owned(),
        email_verified_at: None,
        password_hash: "$argon2id$".to_owned(),
        display_name: String::new(),
        role: "user".to_owned(),
        status: "active".to_owned(),
        shard: 0,
        preferences: serde_json::json!({}),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let shown = format!("{user:?}");
    assert!(!shown.contains("argon2id"), "{shown}");
}
