//! Where the hashes of passwords are.

use platform::{
    config::{Env, Reader, VaultConfig},
    vault::Vault,
};
use serde_json::json;
use store::users;

use crate::bench::{Bench, PASSWORD, Somebody};

const LOGIN: &str = "/api/v1/auth/login";
const PLAIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// What the columns of the hash hold: the text, and the sealed value in hex.
async fn stored(bench: &Bench, who: &Somebody) -> (String, String) {
    let column = async |column: &str| {
        let id = &who.id;
        let sql = format!("SELECT coalesce({column}, '') FROM users WHERE id = '{id}'");
        bench.text(&sql).await
    };
    (
        column("password_hash").await,
        column("encode(password_sealed, 'hex')").await,
    )
}

async fn is_sealed(bench: &Bench, who: &Somebody) -> bool {
    let (hash, sealed) = stored(bench, who).await;
    assert!(hash == users::SEALED || hash.starts_with(PLAIN), "{hash}");
    let of_now = sealed.starts_with(&hex::encode(bench.state.vault.current_prefix()));
    let holds_plain = sealed.contains(&hex::encode("argon2"));
    hash == users::SEALED && of_now && !holds_plain
}

/// A platform of before this release, whose operator has not switched over.
async fn of_before() -> Bench {
    let bench = Bench::new().await;
    bench
        .db
        .execute("UPDATE settings SET value = 'false' WHERE name = 'passwords_sealed'")
        .await;
    bench
}

async fn login_status(bench: &Bench, who: &Somebody, password: &str) -> u16 {
    let body = json!({ "email": who.email, "password": password });
    let answer = bench.post(LOGIN).json(&body).send().await;
    answer.status.as_u16()
}

fn vault(key: &str, previous: &str) -> Vault {
    let pairs = [
        ("ENCRYPTION_KEY", key),
        ("ENCRYPTION_KEYS_PREVIOUS", previous),
    ];
    Vault::new(&VaultConfig::read(&mut Reader::new(Env::from_pairs(pairs))))
}

#[tokio::test]
async fn a_new_platform_seals_every_hash_from_the_start() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    assert!(is_sealed(&bench, &ann).await);
    let (_, first) = stored(&bench, &ann).await;
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 200);
    assert_eq!(login_status(&bench, &ann, "not the password").await, 401);
    assert_eq!(
        stored(&bench, &ann).await.1,
        first,
        "a login writes nothing"
    );
    let new = "yet another long passphrase 3";
    let body = json!({ "current_password": PASSWORD, "password": new });
    bench.step_up(&ann).await;
    let change = bench
        .post("/api/v1/auth/change-password")
        .bearer(&ann.access);
    assert_eq!(change.json(&body).send().await.status, 204);
    assert!(is_sealed(&bench, &ann).await);
    assert_ne!(stored(&bench, &ann).await.1, first);
    assert_eq!(login_status(&bench, &ann, new).await, 200);
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 401);
}

#[tokio::test]
async fn a_sealed_hash_opens_for_its_user_only() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let (ann_id, bob_id) = (&ann.id, &bob.id);
    bench
        .db
        .execute(&format!(
            "UPDATE users SET password_sealed = (SELECT password_sealed FROM users WHERE id = '{ann_id}') WHERE id = '{bob_id}'"
        ))
        .await;
    assert_eq!(login_status(&bench, &bob, PASSWORD).await, 500);
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 200);
}

#[tokio::test]
async fn a_platform_of_before_is_sealed_when_its_operator_says_so() {
    let bench = of_before().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    // As a release before this one reads and writes it, new accounts, logins and changes alike.
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 200);
    assert!(stored(&bench, &ann).await.0.starts_with(PLAIN));
    assert_eq!(stored(&bench, &ann).await.1, "");

    let mut said = Vec::new();
    let (db, own) = (&bench.state.db, &bench.state.vault);
    api::vault::seal_passwords(db, own, 1, &mut said)
        .await
        .unwrap();
    assert!(String::from_utf8(said).unwrap().contains("2 sealed"));
    for who in [&ann, &bob] {
        assert!(is_sealed(&bench, who).await);
        assert_eq!(login_status(&bench, who, PASSWORD).await, 200);
        assert_eq!(login_status(&bench, who, "not the password").await, 401);
    }
    assert_eq!(users::unsealed(db.conn()).await.unwrap(), 0);
    // Again is nothing.
    api::vault::seal_passwords(db, own, 1, &mut Vec::new())
        .await
        .unwrap();
    let carl = bench.somebody("carl").await;
    assert!(is_sealed(&bench, &carl).await);

    // And back, for a release that does not read it.
    api::vault::unseal_passwords(db, own, 1, &mut Vec::new())
        .await
        .unwrap();
    for who in [&ann, &bob, &carl] {
        let (hash, sealed) = stored(&bench, who).await;
        assert!(hash.starts_with(PLAIN) && sealed.is_empty(), "{hash}");
        assert_eq!(login_status(&bench, who, PASSWORD).await, 200);
    }
    assert!(!is_sealed(&bench, &bench.somebody("dora").await).await);
}

#[tokio::test]
async fn the_way_back_names_what_does_not_open_and_goes_on() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let carl = bench.somebody("carl").await;
    for (who, value) in [(&ann, "NULL"), (&bob, "password_sealed || '\\x00'")] {
        let id = &who.id;
        let sql = format!("UPDATE users SET password_sealed = {value} WHERE id = '{id}'");
        bench.db.execute(&sql).await;
        assert_eq!(login_status(&bench, who, PASSWORD).await, 500);
    }
    let mut said = Vec::new();
    let (db, own) = (&bench.state.db, &bench.state.vault);
    let failed = api::vault::unseal_passwords(db, own, 1, &mut said).await;
    let error = failed.unwrap_err().to_string();
    assert_eq!(error, "2 values do not open; they were left as they are");
    let said = String::from_utf8(said).unwrap();
    for who in [&ann, &bob] {
        let line = format!("users.password_sealed of {}: does not open\n", who.id);
        assert!(said.contains(&line), "{said}");
        assert_eq!(stored(&bench, who).await.0, users::SEALED);
    }
    assert!(stored(&bench, &carl).await.0.starts_with(PLAIN));
    assert_eq!(login_status(&bench, &carl, PASSWORD).await, 200);
    // A new password mends the account.
    let link = bench.forgotten(&ann).await;
    let body = json!({ "token": link, "password": "yet another long passphrase 3" });
    let reset = bench.post("/api/v1/auth/reset-password").json(&body);
    assert_eq!(reset.send().await.status, 204);
    assert_eq!(
        login_status(&bench, &ann, "yet another long passphrase 3").await,
        200
    );
}

#[tokio::test]
async fn what_an_older_copy_writes_counts_and_is_sealed_at_the_next_login() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let other = bench
        .state
        .passwords
        .hash("the password of an older copy".into());
    let hash = other.await.unwrap();
    let write = |who: &Somebody| {
        format!(
            "UPDATE users SET password_hash = '{}' WHERE id = '{}'",
            hash.expose(),
            who.id
        )
    };
    bench.db.execute(&write(&ann)).await;
    bench.db.execute(&write(&bob)).await;
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 401);
    assert!(
        !is_sealed(&bench, &ann).await,
        "a wrong password seals nothing"
    );
    let right = "the password of an older copy";
    assert_eq!(login_status(&bench, &ann, right).await, 200);
    assert!(is_sealed(&bench, &ann).await);
    assert_eq!(login_status(&bench, &ann, right).await, 200);
    // Whoever does not sign in is sealed by the next rotation.
    assert!(!is_sealed(&bench, &bob).await);
    api::vault::rotate(&bench.state.db, &bench.state.vault, 10, &mut Vec::new())
        .await
        .unwrap();
    assert!(is_sealed(&bench, &bob).await);
    assert_eq!(login_status(&bench, &bob, right).await, 200);
}

#[tokio::test]
async fn sealed_hashes_go_with_the_key() {
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    const OLD: &str = "0123456789abcdef0123456789abcdef";
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let db = &bench.state.db;
    let refused = api::vault::rotate(db, &vault(NEW, ""), 10, &mut Vec::new()).await;
    assert!(
        refused.is_err(),
        "the key that it is sealed under is missing"
    );
    api::vault::rotate(db, &vault(NEW, OLD), 10, &mut Vec::new())
        .await
        .unwrap();
    let (_, sealed) = stored(&bench, &ann).await;
    let alone = vault(NEW, "");
    assert!(sealed.starts_with(&hex::encode(alone.current_prefix())));
    let id = ann.id.parse().unwrap();
    let found = users::find_with_password(db.conn(), &alone, id).await;
    let hash = found.unwrap().unwrap().1.hash;
    assert!(hash.expose().starts_with(PLAIN));
    // The copy that has the old key only does not let her in, and says that it is its own fault.
    assert_eq!(login_status(&bench, &ann, PASSWORD).await, 500);
}

#[tokio::test]
async fn nobody_who_registers_while_it_is_switched_over_is_forgotten() {
    let bench = of_before().await;
    let registering = (0..6).map(|number| {
        let body = json!({ "email": format!("u{number}@example.com"), "password": PASSWORD });
        let call = bench.post("/api/v1/auth/register").json(&body).send();
        async move { assert_eq!(call.await.status, 201) }
    });
    let (db, own) = (&bench.state.db, &bench.state.vault);
    let sealing = async {
        testkit::wait_until("somebody has registered", || async {
            users::unsealed(db.conn()).await.unwrap() > 0
        })
        .await;
        api::vault::seal_passwords(db, own, 2, &mut Vec::new())
            .await
            .unwrap();
    };
    tokio::join!(futures_util::future::join_all(registering), sealing);
    assert_eq!(users::unsealed(db.conn()).await.unwrap(), 0);
}
