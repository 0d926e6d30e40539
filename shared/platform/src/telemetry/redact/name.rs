//! Which field names are sensitive.

/// A name is sensitive when any of its parts is one of these.
const WORDS: [&str; 16] = [
    "apikey",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
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

/// Whether a field of that name holds a secret: `api_key`, `apiKey`, `API-KEY`, `x-mbx-apikey`, but not `monkey`.
///
/// Parts are divided by anything that is no letter or digit, and where camel case begins a word; two that make one
/// word together count as it: `passWord`.
pub fn is_sensitive(name: &str) -> bool {
    let mut before = String::new();
    for part in parts(name) {
        if is_listed(&part) || is_listed(&(before + &part)) {
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

/// `key`, and `key2` too.
fn is_listed(word: &str) -> bool {
    WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_sensitive;

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
        ] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in [
            "",
            "monkey",
            "keyboard",
            "tokenizer",
            "tokens",
            "secretary",
            "passwordless",
            "status",
            "cookiecutter",
            "KEYS",
            "hotkeys",
            "_",
            "turkey",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }
}
