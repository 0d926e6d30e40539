//! Session cookies as an existing Next.js frontend makes them.

use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use josekit::jwe::{
    JweContentEncryption,
    enc::{A256CBC_HS512, A256GCM},
};
use platform::{random, token::nextauth::SessionCookie};
use serde_json::json;
use sha2::Sha256;

/// The value of a cookie that says who is signed in over there, for an hour from `now`.
#[must_use]
pub fn session(secret: &str, cookie: SessionCookie, email: &str, now: DateTime<Utc>) -> String {
    let claims = json!({
        "name": "Ada Trader", "email": email, "picture": null, "sub": "7", "jti": "0b9f1c7e",
        "iat": now.timestamp(), "exp": now.timestamp() + 3_600,
    });
    let name = cookie.name();
    let (salt, info, encryption): (_, _, &dyn JweContentEncryption) = match cookie {
        SessionCookie::SecureAuthJs | SessionCookie::AuthJs => (
            name,
            format!("Auth.js Generated Encryption Key ({name})"),
            &A256CBC_HS512,
        ),
        SessionCookie::SecureNextAuth | SessionCookie::NextAuth => (
            "",
            "NextAuth.js Generated Encryption Key".to_owned(),
            &A256GCM,
        ),
    };
    let mut key = vec![0; encryption.key_len()];
    Hkdf::<Sha256>::new(Some(salt.as_bytes()), secret.as_bytes())
        .expand(info.as_bytes(), &mut key)
        .expect("HKDF gives keys of this length");
    let header = encode(json!({ "alg": "dir", "enc": encryption.name() }).to_string());
    let iv = &random::bytes::<16>()[..encryption.iv_len()];
    let (ciphertext, tag) = encryption
        .encrypt(
            &key,
            Some(iv),
            claims.to_string().as_bytes(),
            header.as_bytes(),
        )
        .expect("josekit encrypts");
    let tag = tag.expect("both algorithms give a tag");
    format!(
        "{header}..{}.{}.{}",
        encode(iv),
        encode(ciphertext),
        encode(tag)
    )
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}
