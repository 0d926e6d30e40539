//! Which field names are sensitive.

/// A name is sensitive when one of its words is one of these, or the plural of one.
const WORDS: [&str; 14] = [
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "dsn",
    "key",
    "mnemonic",
    "passphrase",
    "passwd",
    "password",
    "secret",
    "signature",
    "token",
    "totp",
];

/// What words may end with that were run together: `accesstoken`. Without `key`, for the sake of monkeys.
const ENDINGS: [&str; 5] = ["apikey", "passphrase", "password", "secret", "token"];

/// After a plural they say that it was counted: `tokens_used` is a number.
const COUNTED: [&str; 7] = [
    "count",
    "left",
    "limit",
    "max",
    "remaining",
    "total",
    "used",
];

/// Whether a field of that name holds a secret: `api_key`, `apiKeys`, `API-KEY`, `x-mbx-apikey`, but not `monkey`.
///
/// Words are divided by anything that is no letter or digit, and where camel case begins one; two that make one
/// word together count as it: `passWord`.
pub fn is_sensitive(name: &str) -> bool {
    let parts = parts(name);
    let is_counted = parts
        .last()
        .is_some_and(|last| COUNTED.contains(&last.as_str()));
    let mut before = String::new();
    for part in parts {
        let joined = before + &part;
        let found = [part.as_str(), joined.as_str()]
            .into_iter()
            .any(|word| match form(word) {
                Some(Form::Singular) => true,
                Some(Form::Plural) => !is_counted,
                None => false,
            });
        if found {
            return true;
        }
        before = part;
    }
    false
}

/// The words of a name, in lower case.
fn parts(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut parts = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                // The last capital of a row begins the word after it: `APIKey`.
                !before.is_uppercase()
                    || chars.get(at + 1).is_some_and(|after| after.is_lowercase())
            });
        if !c.is_alphanumeric() || begins_word {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut()
            && c.is_alphanumeric()
        {
            part.extend(c.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// How a name says one of our words.
enum Form {
    Singular,
    Plural,
}

/// `key`, `keys`, and either with a number behind it.
fn form(word: &str) -> Option<Form> {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_one =
        |word: &str| WORDS.contains(&word) || ENDINGS.iter().any(|ending| word.ends_with(ending));
    if is_one(word) {
        return Some(Form::Singular);
    }
    is_one(word.strip_suffix('s')?).then_some(Form::Plural)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ENDINGS, WORDS, is_sensitive};

    /// The same words as a name in each way of writing it.
    fn spellings(words: &[String]) -> Vec<String> {
        let capital = |word: &String| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        };
        let pascal: String = words.iter().map(capital).collect();
        let (first, rest) = pascal.split_at(1);
        vec![
            words.join("_"),
            words.join("-"),
            words.join("."),
            words.join("_").to_uppercase(),
            words.join("-").to_uppercase(),
            first.to_lowercase() + rest,
            pascal,
        ]
    }

    proptest! {
        #[test]
        fn a_word_is_found_in_every_number_place_and_spelling(
            word in prop::sample::select(WORDS.to_vec()),
            plural in any::<bool>(),
            before in prop::collection::vec("[b-df-hj-np-rt-z]{3,8}", 0..3),
            after in prop::collection::vec("[b-df-hj-np-rt-z]{3,8}", 0..3),
        ) {
            let word = format!("{word}{}", if plural { "s" } else { "" });
            let words: Vec<String> = before.into_iter().chain([word]).chain(after).collect();
            for name in spellings(&words) {
                prop_assert!(is_sensitive(&name), "{name}");
            }
        }

        #[test]
        fn what_only_contains_a_word_is_harmless(
            word in prop::sample::select(WORDS.to_vec()),
            after in "[b-df-hj-np-rt-z]{2,8}",
        ) {
            for name in spellings(&[format!("{word}{after}")]) {
                prop_assert!(!is_sensitive(&name), "{name}");
            }
        }
    }

    #[test]
    fn words_may_be_run_together() {
        for ending in ENDINGS {
            for name in [
                format!("my{ending}"),
                format!("MY{}S", ending.to_uppercase()),
            ] {
                assert!(is_sensitive(&name), "{name}");
            }
        }
    }

    #[test]
    fn names() {
        for name in [
            "key",
            "KEY",
            "api_key",
            "apiKey",
            "APIKey",
            "ApiKey",
            "X-MBX-APIKEY",
            "secretKey",
            "SECRET",
            "db.password",
            "userPassword",
            "PASSWORD_2",
            "password2",
            "JWTToken",
            "accessToken",
            "refresh-token",
            "Authorization",
            "proxy-authorization",
            "set-cookie",
            "Cookie",
            "sentry_dsn",
            "stripe-signature",
            "mnemonic",
            "okx passphrase",
            "token_",
            "__token",
            "keyID",
            "tokenV2",
            "passWord",
            "pass_phrase",
            "pass-wd",
            "ENCRYPTION_KEYS_PREVIOUS",
            "api_keys",
            "apiKeys",
            "APIKeys",
            "X-MBX-APIKEYS",
            "passwords",
            "old-passwords",
            "tokens",
            "refreshTokens",
            "tokens2",
            "secrets",
            "KEYS",
            "keyIDs",
            "passPhrases",
            "cookies",
            "dsns",
            "accesstoken",
            "clientsecrets",
            "key_count",
        ] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in [
            "",
            "monkey",
            "keyboard",
            "tokenizer",
            "tokenizers",
            "tokens_used",
            "apiTokensTotal",
            "API_KEYS_MAX",
            "secretary",
            "passwordless",
            "status",
            "cookiecutter",
            "hotkeys",
            "monkeys",
            "keyboards",
            "keystone",
            "cookiecutters",
            "_",
            "turkey",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }
}
