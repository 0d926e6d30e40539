use std::collections::HashSet;

use chrono::DateTime;
use platform::{
    Secret,
    config::{Env, Reader, VaultConfig},
    ids::UserId,
    vault::{Binding, CheckedKey, KeyId, Vault, VaultError},
};
use proptest::prelude::*;
use uuid::Uuid;

const OLD: &str = "0123456789abcdef0123456789abcdef";
const NEW: &str = "fedcba9876543210,edcba9876543210";

fn config(key: &str, previous: &str) -> VaultConfig {
    let mut reader = Reader::new(Env::from_pairs([
        ("ENCRYPTION_KEY", key),
        ("ENCRYPTION_KEYS_PREVIOUS", previous),
    ]));
    let config = VaultConfig::read(&mut reader);
    reader.finish().unwrap();
    config
}

fn vault(key: &str, previous: &str) -> Vault {
    Vault::new(&config(key, previous))
}

fn user() -> UserId {
    UserId::new(DateTime::from_timestamp(1_760_000_000, 0).unwrap())
}

fn secret(text: &str) -> Secret<Vec<u8>> {
    Secret::new(text.as_bytes().to_vec())
}

/// What `open` says, without what it would give out.
fn refusal(vault: &Vault, binding: Binding, sealed: &[u8]) -> VaultError {
    vault.open(binding, sealed).expect_err("refused")
}

#[test]
fn any_other_byte_is_refused() {
    let vault = vault(OLD, "");
    let binding = Binding::connection(user(), Uuid::now_v7());
    let sealed = vault.seal(binding, &secret("api key and secret"));
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let expected = match at {
                0 => VaultError::UnknownVersion(changed[0]),
                1..9 => VaultError::UnknownKey(KeyId::of_sealed(&changed).unwrap()),
                _ => VaultError::Tampered,
            };
            assert_eq!(
                refusal(&vault, binding, &changed),
                expected,
                "bit {bit} of byte {at}"
            );
        }
    }
}

#[test]
fn any_other_length_is_refused() {
    let vault = vault(OLD, "");
    let binding = Binding::totp(user());
    let sealed = vault.seal(binding, &secret("twenty bytes of key."));
    for length in 0..sealed.len() {
        let expected = if length < 1 + 8 + 12 + 16 {
            VaultError::Truncated
        } else {
            VaultError::Tampered
        };
        assert_eq!(
            refusal(&vault, binding, &sealed[..length]),
            expected,
            "{length} bytes"
        );
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(refusal(&vault, binding, &longer), VaultError::Tampered);
}

#[test]
fn a_value_opens_only_where_it_belongs() {
    let vault = vault(OLD, "");
    let (ada, eve, connection) = (user(), user(), Uuid::now_v7());
    let sealed = vault.seal(Binding::connection(ada, connection), &secret("s"));
    for elsewhere in [
        Binding::connection(eve, connection),
        Binding::connection(ada, Uuid::now_v7()),
        Binding::connection(UserId(connection), ada),
        Binding::connection(ada, Uuid::nil()),
        Binding::totp(ada),
    ] {
        assert_eq!(refusal(&vault, elsewhere, &sealed), VaultError::Tampered);
    }
    // The same ids, another purpose.
    let sealed = vault.seal(Binding::connection(ada, Uuid::nil()), &secret("s"));
    assert_eq!(
        refusal(&vault, Binding::totp(ada), &sealed),
        VaultError::Tampered
    );
    assert_eq!(vault.verify_check_value("AQ=="), Err(VaultError::Truncated));
}

#[test]
fn nonces_do_not_repeat() {
    let vault = vault(OLD, "");
    let binding = Binding::totp(user());
    let nonces: HashSet<Vec<u8>> = (0..10_000)
        .map(|_| vault.seal(binding, &secret("same"))[9..21].to_vec())
        .collect();
    assert_eq!(nonces.len(), 10_000);
}

#[test]
fn a_rotation_keeps_everything_readable_until_it_is_done() {
    let before = vault(OLD, "");
    let binding = Binding::connection(user(), Uuid::now_v7());
    let sealed = before.seal(binding, &secret("exchange key"));
    let check = before.check_value();
    assert!(!before.needs_reseal(&sealed));
    assert_eq!(before.verify_check_value(&check), Ok(CheckedKey::Current));

    // Copies that still run with the old key know the new one already.
    let preparing = vault(OLD, NEW);
    let during = vault(NEW, OLD);
    let fresh = during.seal(binding, &secret("newer"));
    assert_eq!(preparing.open(binding, &fresh).unwrap().expose(), b"newer");
    assert_eq!(
        during.open(binding, &sealed).unwrap().expose(),
        b"exchange key"
    );
    assert_eq!(during.verify_check_value(&check), Ok(CheckedKey::Previous));
    assert!(during.needs_reseal(&sealed));

    let resealed = during.reseal(binding, &sealed).unwrap();
    assert!(!during.needs_reseal(&resealed));
    assert_eq!(KeyId::of_sealed(&resealed), Ok(during.key_id()));
    assert_eq!(KeyId::of_sealed(&sealed), Ok(before.key_id()));

    let after = vault(NEW, "");
    assert_eq!(
        after.open(binding, &resealed).unwrap().expose(),
        b"exchange key"
    );
    assert_eq!(
        refusal(&after, binding, &sealed),
        VaultError::UnknownKey(before.key_id())
    );
    assert!(after.reseal(binding, &sealed).is_err());
    assert_eq!(
        after.verify_check_value(&during.check_value()),
        Ok(CheckedKey::Current)
    );
}

#[test]
fn a_wrong_key_is_found_at_boot() {
    let check = vault(OLD, "").check_value();
    let wrong = vault(NEW, "");
    assert_eq!(
        wrong.verify_check_value(&check),
        Err(VaultError::UnknownKey(vault(OLD, "").key_id()))
    );
    for damaged in [
        "",
        "not base64",
        &check[..check.len() - 4],
        &check.replace('A', "B"),
    ] {
        assert!(
            vault(OLD, "").verify_check_value(damaged).is_err(),
            "{damaged:?}"
        );
    }
}

#[test]
fn values_that_are_not_ours_need_resealing_rather_than_trust() {
    let vault = vault(OLD, "");
    assert!(vault.needs_reseal(&[]));
    assert!(vault.needs_reseal(&[1]));
    assert!(vault.needs_reseal(&[2; 60]));
}

#[test]
fn nothing_secret_is_printed() {
    let config = config(OLD, NEW);
    let vault = Vault::new(&config);
    let binding = Binding::totp(user());
    let opened = vault.open(binding, &vault.seal(binding, &secret("hunter2")));
    let shown = format!("{vault:?} {config:?} {opened:?} {:?}", vault.key_id());
    assert!(shown.contains("Vault([redacted])"), "{shown}");
    for leak in [OLD, NEW, "hunter2", "[104, 117", "[48, 49"] {
        assert!(!shown.contains(leak), "{shown}");
    }
    assert_eq!(vault.key_id().to_string().len(), 16);
}

#[test]
fn previous_keys_are_validated_one_by_one() {
    // The second key of the three holds a comma itself.
    let three = [OLD, NEW, OLD].join(",");
    for (previous, keys) in [
        ("", 0),
        (NEW, 1),
        (three.as_str(), 3),
        (&format!("{OLD} , {OLD}"), 2),
    ] {
        assert_eq!(config(OLD, previous).previous.len(), keys, "{previous}");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("previous");
    std::fs::write(&path, format!("{three}\n")).unwrap();
    let mut reader = Reader::new(Env::from_pairs([
        ("ENCRYPTION_KEY", OLD),
        ("ENCRYPTION_KEYS_PREVIOUS_FILE", path.to_str().unwrap()),
    ]));
    assert_eq!(VaultConfig::read(&mut reader).previous.len(), 3);
    reader.finish().unwrap();

    for (previous, problem) in [
        ("short", "key 1 has 5 characters"),
        (&format!("{OLD},short"), "key 2 has 5 characters"),
        (&format!("{OLD},"), "key 2 has 0 characters"),
        (&format!("{OLD};{OLD}"), "key 1 has 65 characters"),
        (&format!("{OLD},{}é", &OLD[2..]), "key 2 is not ASCII"),
    ] {
        let mut reader = Reader::new(Env::from_pairs([
            ("ENCRYPTION_KEY", OLD),
            ("ENCRYPTION_KEYS_PREVIOUS", previous),
        ]));
        VaultConfig::read(&mut reader);
        let shown = format!("{:?}", reader.effective());
        let error = reader.finish().unwrap_err().to_string();
        assert!(
            error.contains(&format!("ENCRYPTION_KEYS_PREVIOUS: {problem}")),
            "{error}"
        );
        assert!(
            !error.contains(OLD) && !shown.contains(OLD),
            "{error} {shown}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        value in proptest::collection::vec(any::<u8>(), 0..600),
        user: u128,
        connection: u128,
    ) {
        let vault = vault(OLD, NEW);
        let binding = Binding::connection(
            UserId(Uuid::from_u128(user)), Uuid::from_u128(connection),
        );
        let sealed = vault.seal(binding, &Secret::new(value.clone()));
        prop_assert_eq!(sealed.len(), value.len() + 37);
        let opened = vault.open(binding, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &value);
    }

    #[test]
    fn what_is_not_sealed_does_not_open(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let vault = vault(OLD, NEW);
        prop_assert!(vault.open(Binding::totp(user()), &bytes).is_err());
        let claims_our_key = [&[1], hex::decode(vault.key_id().to_string()).unwrap().as_slice(), &bytes].concat();
        prop_assert!(vault.open(Binding::totp(user()), &claims_our_key).is_err());
    }
}
