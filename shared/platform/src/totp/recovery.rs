//! Recovery codes: for the day the authenticator is lost.

use sha2::{Digest, Sha256};

use crate::{Secret, ids::UserId, random};

/// How many codes a user is given at once.
pub const RECOVERY_CODES: usize = 10;

/// What is stored of a recovery code.
pub type RecoveryHash = [u8; 32];

// Crockford's base32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 16;

/// Fresh codes, like `7QK2-M0XD-9RTA-4VHE`: 80 bits each. Shown once; only their hashes are kept.
pub fn recovery_codes() -> [Secret<String>; RECOVERY_CODES] {
    std::array::from_fn(|_| {
        let symbols = random::bytes::<SYMBOLS>()
            .map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        let groups: Vec<String> = symbols
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        Secret::new(groups.join("-"))
    })
}

/// The hash of a code as this user typed it: case, blanks and dashes do not matter, and O, I and L are read as 0, 1
/// and 1. None when it cannot be a code.
///
/// Plain SHA-256, bound to the user: 80 random bits are beyond guessing, unlike a password.
pub fn recovery_hash(user: UserId, typed: &str) -> Option<RecoveryHash> {
    let mut hash = Sha256::new()
        .chain_update(b"blockbotx recovery code\0")
        .chain_update(user.0.as_bytes());
    let mut symbols = 0;
    for char in typed
        .chars()
        .filter(|char| !char.is_whitespace() && *char != '-')
    {
        let symbol = match char.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let byte = u8::try_from(symbol).ok()?;
        if !ALPHABET.contains(&byte) {
            return None;
        }
        hash.update([byte]);
        symbols += 1;
    }
    (symbols == SYMBOLS).then(|| hash.finalize().into())
}
