use platform::{
    Secret,
    config::{Env, Reader, VaultConfig},
    vault::Vault,
};
use store::users;
use testkit::TestDb;

use crate::{pool, user};

fn vault() -> Vault {
    let key = [("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef")];
    Vault::new(&VaultConfig::read(&mut Reader::new(Env::from_pairs(key))))
}

#[tokio::test]
async fn a_stronger_hash_of_an_old_password_does_not_replace_a_new_password() {
    let test = TestDb::new().await;
    let (db, vault) = (pool(&test), vault());
    let id = user(&test).await;
    let hash = |text: &str| Secret::new(text.to_owned());
    let now = async || {
        let email = format!("{id}@example.com");
        let found = users::find_credentials(db.conn(), &vault, &email).await;
        let password = found.unwrap().unwrap().1;
        (password.hash.expose().clone(), password.is_sealed)
    };
    assert_eq!(now().await, ("x".to_owned(), false));
    let settle = async |verified: &str, anew: &str| {
        let anew = hash(anew);
        users::settle(&db, &vault, id, &hash(verified), Some(&anew))
            .await
            .unwrap();
    };
    settle("other", "stale").await;
    assert_eq!(now().await, ("x".to_owned(), false));
    settle("x", "stronger").await;
    assert_eq!(now().await, ("stronger".to_owned(), true));
    settle("x", "stale").await;
    assert_eq!(now().await, ("stronger".to_owned(), true));
    settle("stronger", "strongest").await;
    assert_eq!(now().await, ("strongest".to_owned(), true));
}

#[test]
fn what_is_printed_of_rows_holds_no_hash() {
    let now = chrono::DateTime::UNIX_EPOCH;
    let user = store::entity::users::Model {
        id: uuid::Uuid::nil(),
        email: "a@example.com".to_owned(),
        email_verified_at: None,
        password_hash: "$argon2id$".to_owned(),
        password_sealed: Some(b"$argon2id$".to_vec()),
        display_name: String::new(),
        role: "user".to_owned(),
        status: "active".to_owned(),
        shard: 0,
        preferences: serde_json::json!({}),
        version: 1,
        created_at: now,
        updated_at: now,
        status_reason: None,
        logins_void_at: None,
        frontend_login: None,
    };
    let shown = format!("{user:?}");
    assert!(!shown.contains("argon2id"), "{shown}");
}
