//! What Postgres keeps of a password: its SCRAM-SHA-256 verifier (RFC 5802, RFC 7677), as `pg_authid` holds it.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use platform::{Secret, random};
use sha2::{Digest, Sha256};

/// As Postgres itself takes.
const ITERATIONS: u32 = 4_096;

/// `SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER`, with a salt of its own.
pub(super) fn verifier(password: &Secret<String>) -> String {
    of(password, &random::bytes::<16>(), ITERATIONS)
}

/// Whether `verifier` was made of this password.
pub(super) fn is_of(verifier: &str, password: &Secret<String>) -> bool {
    let parts = verifier
        .strip_prefix("SCRAM-SHA-256$")
        .and_then(|rest| rest.split_once('$'))
        .and_then(|(salted, _)| salted.split_once(':'));
    let Some((iterations, salt)) = parts else {
        return false;
    };
    match (iterations.parse(), STANDARD.decode(salt)) {
        (Ok(iterations @ 1..=1_000_000), Ok(salt)) => of(password, &salt, iterations) == verifier,
        _ => false,
    }
}

fn of(password: &Secret<String>, salt: &[u8], iterations: u32) -> String {
    let salted = salted(password.expose().as_bytes(), salt, iterations);
    let stored = Sha256::digest(keyed(&salted, &[b"Client Key"]));
    let server = keyed(&salted, &[b"Server Key"]);
    format!(
        "SCRAM-SHA-256${iterations}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    )
}

/// PBKDF2 with HMAC-SHA-256, of which one block is enough.
fn salted(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut last = keyed(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..iterations {
        last = keyed(password, &[&last]);
        for (sum, byte) in sum.iter_mut().zip(last) {
            *sum ^= byte;
        }
    }
    sum
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use platform::Secret;

    use super::{is_of, of, verifier};

    /// The example of RFC 7677: its server signature is made with the server key that this verifier holds.
    #[test]
    fn it_is_that_of_the_rfc() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let made = of(&Secret::from("pencil"), &salt, 4_096);
        assert_eq!(
            made,
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }

    #[test]
    fn it_is_known_by_its_password_only() {
        let (one, other) = (Secret::from("one"), Secret::from("other"));
        let made = verifier(&one);
        assert!(is_of(&made, &one) && !is_of(&made, &other));
        assert_ne!(made, verifier(&one), "each has a salt of its own");
        for broken in [
            "",
            "md5abc",
            "SCRAM-SHA-256$x:y$z",
            "SCRAM-SHA-256$0:AAAA$a:b",
        ] {
            assert!(!is_of(broken, &one), "{broken}");
        }
    }
}
