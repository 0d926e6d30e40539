//! Keys at boot, and values that are moved from one to the other.

use platform::{
    Secret,
    config::VaultConfig,
    ids::UserId,
    vault::{CheckedKey, Vault, VaultError},
};
use sea_orm::sqlx;
use store::{
    Db,
    sealed::{CHECK, KeyError, SEALED, SealedColumn, finish, verify},
    settings,
    trading::connections::{self, Credentials, NewKeys, NewVenue},
};
use testkit::TestDb;
use trading::Venue;
use uuid::Uuid;

use crate::{pool, user};

/// A vault under the key of thirty-two `key`s, which also opens what `previous` sealed.
fn vault(key: u8, previous: &[u8]) -> Vault {
    let secret = |byte: u8| Secret::new([byte; 32]);
    Vault::new(&VaultConfig {
        key: secret(key),
        previous: previous.iter().copied().map(secret).collect(),
    })
}

fn keys(secret: &str) -> Credentials {
    Credentials {
        key: Secret::from("public part"),
        secret: Secret::from(secret),
        passphrase: None,
    }
}

async fn connect(db: &Db, vault: &Vault, user: UserId, secret: &str) -> Uuid {
    let txn = db.begin().await.unwrap();
    let new = NewVenue {
        venue: Venue::Binance,
        testnet: true,
        label: secret,
        credentials: &keys(secret),
        account: None,
    };
    let made = connections::insert_venue(&txn, vault, user, new, chrono::Utc::now());
    let id = made.await.unwrap();
    txn.commit().await.unwrap();
    id
}

async fn secret_of(db: &Db, vault: &Vault, user: UserId, id: Uuid) -> String {
    let found = connections::credentials(db.conn(), vault, user, id);
    let found = found.await.unwrap().unwrap();
    found.secret.expose().clone()
}

/// What has one name in every test.
fn column() -> &'static SealedColumn {
    SEALED
        .iter()
        .find(|column| column.table == "connections")
        .unwrap()
}

#[tokio::test]
async fn the_first_boot_binds_the_database_to_its_key() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (first, again) = (vault(1, &[]), vault(1, &[]));
    let (one, two) = tokio::join!(verify(&db, &first), verify(&db, &again));
    assert_eq!(
        (one.unwrap(), two.unwrap()),
        (CheckedKey::Current, CheckedKey::Current)
    );
    let refused = verify(&db, &vault(2, &[])).await.unwrap_err();
    assert!(
        matches!(refused, KeyError::Wrong(VaultError::UnknownKey(_))),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("ENCRYPTION_KEY"));
    let rotating = verify(&db, &vault(2, &[1])).await.unwrap();
    assert_eq!(rotating, CheckedKey::Previous);
}

#[tokio::test]
async fn a_damaged_check_value_is_refused() {
    let test = TestDb::new().await;
    let db = pool(&test);
    verify(&db, &vault(1, &[])).await.unwrap();
    for value in ["7", "\"AQ==\"", "\"not base64 at all!\""] {
        test.execute(&format!(
            "UPDATE settings SET value = '{value}' WHERE name = '{CHECK}'"
        ))
        .await;
        let refused = verify(&db, &vault(1, &[])).await.unwrap_err();
        assert!(
            matches!(refused, KeyError::Wrong(_)),
            "{value}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_value_that_names_no_key_is_found_by_its_row() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (user, own) = (user(&test).await, vault(1, &[]));
    connect(&db, &own, user, "whole").await;
    let damaged = connect(&db, &own, user, "damaged").await;
    test.execute(&format!(
        "UPDATE connections SET credentials = '\\x00' WHERE id = '{damaged}'"
    ))
    .await;
    let refused = verify(&db, &own).await.unwrap_err().to_string();
    let said = format!("connections.credentials of {damaged} is damaged: it names no key");
    assert_eq!(refused, said);
}

#[tokio::test]
async fn a_key_that_values_still_need_cannot_be_taken_away() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let old = vault(1, &[]);
    connect(&db, &old, user, "s").await;
    // Before the first check value too.
    let refused = verify(&db, &vault(2, &[])).await.unwrap_err();
    assert!(
        matches!(&refused, KeyError::Missing { key, values: 1, .. } if *key == old.key_id()),
        "{refused:?}"
    );
    assert_eq!(settings::get(db.conn(), CHECK).await.unwrap(), None);

    // The check value says that the rotation was done, and a row came back with a backup.
    verify(&db, &old).await.unwrap();
    let new = vault(2, &[1]);
    rotate(&db, &new).await;
    assert!(finish(db.conn(), &new).await.unwrap());
    connect(&db, &old, user, "late").await;
    let refused = verify(&db, &vault(2, &[])).await.unwrap_err();
    assert!(matches!(refused, KeyError::Missing { .. }), "{refused:?}");
    assert!(!finish(db.conn(), &new).await.unwrap());
    rotate(&db, &new).await;
    assert!(finish(db.conn(), &new).await.unwrap());
    assert_eq!(
        verify(&db, &vault(2, &[])).await.unwrap(),
        CheckedKey::Current
    );
}

async fn rotate(db: &Db, vault: &Vault) {
    let rows = column().stale(db.conn(), vault, Uuid::nil(), 100).await;
    let resealed = rows.unwrap().into_iter();
    let resealed = resealed.map(|row| column().reseal(vault, row).unwrap());
    let resealed: Vec<_> = resealed.collect();
    let count = resealed.len() as u64;
    let replaced = column().replace(db.conn(), vault, resealed).await.unwrap();
    assert_eq!(replaced, count);
}

#[tokio::test]
async fn a_value_that_changed_meanwhile_is_left_alone() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let (old, new) = (vault(1, &[]), vault(2, &[1]));
    let (kept, changed) = (
        connect(&db, &old, user, "kept").await,
        connect(&db, &old, user, "before").await,
    );
    let rows = column().stale(db.conn(), &new, Uuid::nil(), 100).await;
    let resealed: Vec<_> = rows
        .unwrap()
        .into_iter()
        .map(|row| column().reseal(&new, row).unwrap())
        .collect();
    assert_eq!(resealed.len(), 2);

    let txn = db.begin().await.unwrap();
    let now = chrono::Utc::now();
    let after = NewKeys {
        credentials: &keys("after"),
        account: None,
    };
    connections::replace_credentials(&txn, &old, user, changed, after, now)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let replaced = column().replace(db.conn(), &new, resealed).await.unwrap();
    assert_eq!(replaced, 1);
    assert_eq!(secret_of(&db, &new, user, changed).await, "after");
    assert_eq!(secret_of(&db, &vault(2, &[]), user, kept).await, "kept");
    let left = column().stale(db.conn(), &new, Uuid::nil(), 100).await;
    assert_eq!(
        left.unwrap().iter().map(|row| row.id).collect::<Vec<_>>(),
        [changed]
    );
}

/// A column of bytes is a hash, or its values are sealed: then a rotation must know it.
#[tokio::test]
async fn no_sealed_column_is_forgotten() {
    let test = TestDb::new().await;
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name !~ '(^|_)hash$' ORDER BY 1",
    )
    .fetch_all(&mut test.connect().await)
    .await
    .unwrap();
    let mut known: Vec<String> = SEALED.iter().map(SealedColumn::name).collect();
    known.sort();
    assert_eq!(found, known);
}
