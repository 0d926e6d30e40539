//! Which field names are sensitive.

/// A name is sensitive when any of its parts is one of these.
const PARTS: [&str; 16] = [
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
/// Parts are divided by anything that is no letter or digit, and where camel case begins a word.
pub fn is_sensitive(name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    let mut part = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if !c.is_alphanumeric() || begins_word {
            if is_part(&part) {
                return true;
            }
            part.clear();
        }
        if c.is_alphanumeric() {
            part.extend(c.to_lowercase());
        }
    }
    is_part(&part)
}

/// `key`, and `key2` too.
fn is_part(part: &str) -> bool {
    let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
    PARTS.contains(&word)
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
