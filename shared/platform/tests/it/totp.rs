use std::collections::HashSet;

use chrono::{DateTime, Utc};
use platform::{
    Secret,
    ids::UserId,
    totp::{RECOVERY_CODES, TotpSecret, TotpVerdict, recovery_codes, recovery_hash},
};
use proptest::prelude::*;

/// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
const VECTORS: [(i64, &str); 6] = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
];

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn rfc_secret() -> TotpSecret {
    TotpSecret::from_bytes(&Secret::new(b"12345678901234567890".to_vec())).unwrap()
}

fn user() -> UserId {
    UserId::new(at(1_760_000_000))
}

#[test]
fn codes_are_those_of_the_rfc() {
    for (time, code) in VECTORS {
        assert_eq!(
            rfc_secret().verify(code, at(time), None),
            TotpVerdict::Right(time / 30),
            "{time}"
        );
    }
}

#[test]
fn codes_work_one_step_early_and_late_and_no_more() {
    let (code, step) = ("005924", 1_234_567_890 / 30);
    let (first, last) = (step * 30, step * 30 + 29);
    for (time, expected) in [
        (first - 31, TotpVerdict::Wrong),
        (first - 30, TotpVerdict::Right(step)),
        (first, TotpVerdict::Right(step)),
        (last, TotpVerdict::Right(step)),
        (last + 30, TotpVerdict::Right(step)),
        (last + 31, TotpVerdict::Wrong),
    ] {
        assert_eq!(
            rfc_secret().verify(code, at(time), None),
            expected,
            "{}",
            time - first
        );
    }
}

#[test]
fn a_code_works_once_and_none_that_is_older_works_after_it() {
    let secret = rfc_secret();
    let (now, earlier) = (at(1_111_111_111), "081804");
    let TotpVerdict::Right(step) = secret.verify("050471", now, None) else {
        panic!("the code of this moment is refused");
    };
    let replayed = TotpVerdict::Replayed;
    assert_eq!(secret.verify("050471", now, Some(step)), replayed);
    assert_eq!(
        secret.verify("050471", at(1_111_111_141), Some(step)),
        replayed
    );
    assert_eq!(
        secret.verify(earlier, now, None),
        TotpVerdict::Right(step - 1)
    );
    assert_eq!(secret.verify(earlier, now, Some(step)), replayed);
    assert_eq!(
        secret.verify("050471", now, Some(step - 1)),
        TotpVerdict::Right(step)
    );
    // One that is wrong or out of its time is no replay.
    assert_eq!(secret.verify("050472", now, Some(step)), TotpVerdict::Wrong);
    assert_eq!(
        secret.verify("050471", at(1_111_111_201), Some(step)),
        TotpVerdict::Wrong
    );
}

#[test]
fn blanks_do_not_matter_and_everything_else_does() {
    let secret = rfc_secret();
    for good in ["287082", "287 082", " 287082\n"] {
        assert!(
            matches!(secret.verify(good, at(59), None), TotpVerdict::Right(_)),
            "{good:?}"
        );
    }
    for bad in [
        "",
        "287083",
        "28708",
        "2870820",
        "94287082",
        "+87082",
        "-87082",
        "0x2870",
        "28708a",
        "２８７０８２",
        "287-082",
    ] {
        assert_eq!(
            secret.verify(bad, at(59), None),
            TotpVerdict::Wrong,
            "{bad:?}"
        );
    }
    assert_eq!(secret.verify("287082", at(-59), None), TotpVerdict::Wrong);
    assert_eq!(
        TotpSecret::generate().verify("287082", at(59), Some(i64::MAX)),
        TotpVerdict::Wrong
    );
}

#[test]
fn enrolment_gives_what_apps_read() {
    let uri = rfc_secret().uri("ada@example.com").unwrap();
    assert_eq!(
        uri.expose(),
        "otpauth://totp/BlockbotX:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=BlockbotX"
    );
    assert_eq!(
        rfc_secret().base32().expose(),
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    );
    assert!(rfc_secret().uri("").is_err());
    assert!(rfc_secret().uri("a:b@example.com").is_err());
}

#[test]
fn secrets_are_fresh_stored_whole_and_never_printed() {
    let (one, other) = (TotpSecret::generate(), TotpSecret::generate());
    assert_ne!(one.to_bytes().expose(), other.to_bytes().expose());
    let stored = TotpSecret::from_bytes(&one.to_bytes()).unwrap();
    assert_eq!(stored.base32().expose(), one.base32().expose());
    assert_eq!(format!("{:?}", rfc_secret()), "TotpSecret([redacted])");
    for length in [0, 19, 21] {
        assert!(TotpSecret::from_bytes(&Secret::new(vec![0; length])).is_err());
    }
}

#[test]
fn recovery_codes_are_readable_and_differ() {
    let codes = recovery_codes();
    let differing: HashSet<&str> = codes.iter().map(|code| code.expose().as_str()).collect();
    assert_eq!(differing.len(), RECOVERY_CODES);
    for code in differing {
        let groups: Vec<&str> = code.split('-').collect();
        assert_eq!(groups.len(), 4, "{code}");
        assert!(groups.iter().all(|group| group.len() == 4), "{code}");
        assert!(!code.contains(['I', 'L', 'O', 'U']), "{code}");
    }
}

#[test]
fn recovery_codes_forgive_how_they_are_typed_and_belong_to_one_user() {
    let (ada, eve) = (user(), user());
    let hash = recovery_hash(ada, "7QK2-M0X1-9RTA-4VHE").unwrap();
    for typed in [
        "7qk2m0x19rta4vhe",
        " 7QK2 MOXl 9RTA-4VHE ",
        "7QK2-M0XI-9RTA-4VHE",
    ] {
        assert_eq!(recovery_hash(ada, typed), Some(hash), "{typed:?}");
    }
    assert_ne!(recovery_hash(ada, "7QK2-M0X1-9RTA-4VHF"), Some(hash));
    assert_ne!(recovery_hash(eve, "7QK2-M0X1-9RTA-4VHE"), Some(hash));
    for bad in [
        "",
        "7QK2-M0X1-9RTA-4VH",
        "7QK2-M0X1-9RTA-4VHEE",
        "7QK2-M0X1-9RTA-4VHU",
        "7QK2_M0X1_9RTA_4VHE",
        "７QK2-M0X1-9RTA-4VHE",
    ] {
        assert_eq!(recovery_hash(ada, bad), None, "{bad:?}");
    }
}

proptest! {
    #[test]
    fn no_input_upsets_them(typed in ".*", seconds in 0_i64..4_000_000_000) {
        let hash = recovery_hash(user(), &typed);
        prop_assert!(hash.is_none() || typed.chars().count() >= 16);
        let digits = typed.chars().filter(|char| !char.is_whitespace()).count();
        prop_assert!(rfc_secret().verify(&typed, at(seconds), None) == TotpVerdict::Wrong || digits == 6);
    }
}
