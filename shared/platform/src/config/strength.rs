//! Secrets that somebody else may know: in production none of them is taken.

use std::collections::BTreeSet;

/// Secrets that stand in this repository, in its documents or its tests, and the usual first guesses.
/// `every_secret_of_the_tree_is_refused_in_production` reads the tree and fails on one that is not refused.
const PUBLISHED: &[&str] = &[
    "development",
    "development-only-32-characters-x",
    "development-only-development-only-development-only-development-only-never-in-production",
    "a-secret-of-the-frontend-0123456789",
    "the secret of the frontend",
    "fedcba9876543210,edcba9876543210",
    "4ec39hqlyjwdarjtt1zdp7dc",
    "mfkq9r8gkyqrtwjupd8ilpzio2lalasw",
    "mfkq9r8gkyqr",
    "c2fvsbqihrscchlqimv+b5ssyspob7od/x==",
    "c2vjcmv0",
    "fake0000000000000000",
    "hunter2hunter2",
    "markersecret4711",
    "password",
    "password1",
    "passw0rd",
    "postgres",
    "postgresql",
    "blockbotx",
    "redis",
    "admin",
    "administrator",
    "letmein",
    "qwertyuiop",
    "changeit",
    // Key and secret of the examples in Binance's documentation.
    "vmpuze6mv9sd5vnhk4hlwfsor6ake2zvsw0muigwcipy6utico14y7ju91dueh8a",
    "nhqptmdsjydkjvhja7pzj4mge3r5ynip1e3uzjinclvn65xabvqqm6a7h5fatj0j",
];

/// What placeholders are made of. Long enough that a random secret holds none of them.
const PLACEHOLDERS: &[&str] = &[
    "development",
    "neverinproduction",
    "placeholder",
    "changeme",
    "changethis",
    "replaceme",
    "replacewith",
    "yourpassword",
    "yoursecret",
    "yourjwt",
    "yourkey",
    "yournextauth",
    "yourencryption",
    "yourredis",
    "yourpostgres",
    "yourdatabase",
    "insertyour",
    "examplesecret",
    "examplepassword",
    "examplekey",
    "supersecret",
    "testsecret",
    "testpassword",
    "mysecret",
    "mypassword",
    "hunter2",
    "insecure",
    "correcthorsebattery",
];

/// Beginnings that name what a key of Stripe is, and are no secret.
const PREFIXES: &[&str] = &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"];

/// A secret with fewer different characters is no random one: 24 random hexadecimal digits have 12 or 13 of them, and fewer
/// than five once in 10^12 times.
const MIN_DIFFERENT: usize = 5;
/// The shortest password of a server: what is shorter is tried out.
const MIN_CHARS: usize = 8;

/// Why a secret is not taken in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It stands in the repository, or is one of the usual first guesses.
    #[error("is published in the source tree, in a guide or in every list of guesses")]
    Published,
    /// It says that it is to be replaced.
    #[error("is a placeholder")]
    Placeholder,
    /// Too few characters.
    #[error("has fewer than 8 characters")]
    Short,
    /// One character, one block or one sequence again and again.
    #[error("repeats itself or counts up: it is not random")]
    Regular,
}

/// What is wrong with a secret that somebody else chose (a key of Stripe, the password of a mail server): only whether it is
/// published.
pub fn published(secret: &str) -> Option<Weakness> {
    let lower = secret.trim().to_lowercase();
    let rest = PREFIXES
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower);
    if PUBLISHED.contains(&lower.as_str()) || PUBLISHED.contains(&rest) {
        return Some(Weakness::Published);
    }
    let letters: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    PLACEHOLDERS
        .iter()
        .any(|word| letters.contains(word))
        .then_some(Weakness::Placeholder)
}

/// What is wrong with a secret that the operator makes.
pub fn weakness(secret: &str) -> Option<Weakness> {
    let characters: Vec<char> = secret.chars().collect();
    published(secret)
        .or_else(|| (characters.len() < MIN_CHARS).then_some(Weakness::Short))
        .or_else(|| regular(secret))
}

/// Whether a secret is anything but random, of whatever length.
pub(super) fn regular(secret: &str) -> Option<Weakness> {
    let lower = secret.to_lowercase();
    let rest = PREFIXES
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower);
    let characters: Vec<char> = rest.chars().collect();
    let different: BTreeSet<_> = characters.iter().collect();
    let is_regular = different.len() < MIN_DIFFERENT || repeats(&characters) || counts(&characters);
    is_regular.then_some(Weakness::Regular)
}

/// Whether it is one block again and again, the last one perhaps cut short.
fn repeats(text: &[char]) -> bool {
    (1..=text.len() / 2).any(|block| {
        let shifted = text.iter().skip(block);
        shifted.zip(text).all(|(one, other)| one == other)
    })
}

/// Whether most characters follow the one before them in the alphabet, upwards or downwards, or repeat it.
fn counts(text: &[char]) -> bool {
    let pairs = text.len().saturating_sub(1);
    let steps = text.windows(2).filter(|pair| {
        let (one, other) = (u32::from(pair[0]), u32::from(pair[1]));
        one.abs_diff(other) <= 1
    });
    steps.count() * 4 > pairs * 3
}

#[cfg(test)]
mod tests {
    use super::{Weakness, published, regular, weakness};

    #[test]
    fn what_is_not_random_is_found() {
        for (secret, found) in [
            ("development", Weakness::Published),
            ("DEVELOPMENT", Weakness::Published),
            ("postgres", Weakness::Published),
            ("whsec_fake0000000000000000", Weakness::Published),
            ("please-change-me-to-something", Weakness::Placeholder),
            ("development-only-2", Weakness::Placeholder),
            ("x7Kq2!a", Weakness::Short),
            ("kkkkkkkkkkkkkkkk", Weakness::Regular),
            ("abababababababab", Weakness::Regular),
            ("testtesttesttest", Weakness::Regular),
            ("0123456789abcdef0123456789abcdef", Weakness::Regular),
            ("abcdefghijklmnopqrstuvwxyz012345", Weakness::Regular),
            ("98765432109876543210", Weakness::Regular),
            ("x9f3x9f3x9f3x9f3x9", Weakness::Regular),
        ] {
            assert_eq!(weakness(secret), Some(found), "{secret}");
        }
    }

    #[test]
    fn what_is_random_is_taken() {
        for secret in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "4f1a0c9e7b2d8e6f5a3c1b0d9e8f7a6b5c4d3e2f1a0b9c8d",
            "wG7!mQz2#pLx",
            "8301746295",
            "kX2v9Qd3LmN8sT4wYb6Zc1Jf5Hg7Ra0P",
        ] {
            assert_eq!(weakness(secret), None, "{secret}");
        }
        assert_eq!(published("p"), None);
        assert_eq!(regular("whsec_oooooooooooooooo"), Some(Weakness::Regular));
    }

    #[test]
    fn ten_thousand_random_secrets_are_all_taken() {
        for _ in 0..10_000 {
            let hex = hex::encode(crate::random::bytes::<12>());
            assert_eq!(weakness(&hex), None, "{hex}");
            let token = crate::random::token::<24>();
            assert_eq!(weakness(token.expose()), None, "{}", token.expose());
        }
    }
}
