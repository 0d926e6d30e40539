//! Tokens made with the right keys, and with any header, payload and lengths.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use josekit::{
    JoseError,
    jwe::{
        self, Dir, JweContentEncryption,
        enc::{A256CBC_HS512, A256GCM},
    },
};
use platform::{random, token::nextauth::SessionCookie};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{SECRET, now};

/// One cookie's encryption, outside of the code under test.
pub(super) struct Forge {
    key: Vec<u8>,
}

pub(super) const V4: SessionCookie = SessionCookie::NextAuth;
pub(super) const V5: SessionCookie = SessionCookie::AuthJs;

impl Forge {
    pub(super) fn new(cookie: SessionCookie) -> Self {
        let name = cookie.name();
        let (salt, info, length) = if name.contains("authjs") {
            (
                name,
                format!("Auth.js Generated Encryption Key ({name})"),
                64,
            )
        } else {
            ("", "NextAuth.js Generated Encryption Key".to_owned(), 32)
        };
        let mut key = vec![0; length];
        Hkdf::<Sha256>::new(Some(salt.as_bytes()), SECRET.as_bytes())
            .expand(info.as_bytes(), &mut key)
            .unwrap();
        Self { key }
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    fn encryption(&self) -> Box<dyn JweContentEncryption> {
        if self.key.len() == 64 {
            Box::new(A256CBC_HS512)
        } else {
            Box::new(A256GCM)
        }
    }

    pub(super) fn header(&self) -> Value {
        json!({"alg": "dir", "enc": self.encryption().name()})
    }

    /// A token with this header and this payload, encrypted and authenticated as it should be.
    pub(super) fn token_of(&self, header: &Value, payload: &[u8]) -> String {
        let iv = &random::bytes::<16>()[..self.encryption().iv_len()];
        self.token_with_iv(header, payload, iv)
    }

    pub(super) fn token_with_iv(&self, header: &Value, payload: &[u8], iv: &[u8]) -> String {
        let header = encode(header.to_string());
        let (ciphertext, tag) = self
            .encryption()
            .encrypt(&self.key, Some(iv), payload, header.as_bytes())
            .unwrap();
        let (iv, tag) = (encode(iv), encode(tag.unwrap()));
        format!("{header}..{iv}.{}.{tag}", encode(ciphertext))
    }

    /// A token that is in order but for its claims.
    pub(super) fn token(&self, payload: &Value) -> String {
        self.token_of(&self.header(), payload.to_string().as_bytes())
    }

    pub(super) fn good(&self) -> String {
        self.token(&good_claims())
    }

    /// What josekit makes of a token when nothing stands before it.
    pub(super) fn josekit_alone(&self, token: &str) -> Result<Vec<u8>, JoseError> {
        let decrypter = Dir.decrypter_from_bytes(&self.key).unwrap();
        jwe::deserialize_compact(token, &decrypter).map(|(payload, _)| payload)
    }
}

pub(super) fn good_claims() -> Value {
    json!({
        "name": "Ada Trader",
        "email": "ada@example.com",
        "picture": null,
        "sub": "7",
        "iat": now().timestamp() - 60,
        "exp": now().timestamp() + 3600,
        "jti": "0b9f1c7e",
    })
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The token with one of its five parts changed: 0 header, 1 key, 2 IV, 3 ciphertext, 4 tag.
pub(super) fn change(token: &str, part: usize, with: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
    parts[part] = encode(with(bytes));
    parts.join(".")
}
