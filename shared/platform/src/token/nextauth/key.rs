//! The key of each cookie.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use josekit::jwe::{Dir, alg::direct::DirectJweDecrypter};
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::cookie::{Encryption, SessionCookie};
use crate::Secret;

const INFO_V4: &str = "NextAuth.js Generated Encryption Key";

/// A cookie's key. josekit derives `Debug` over its copy: this type has none.
#[derive(Clone)]
pub(super) struct CookieKey {
    pub(super) cookie: SessionCookie,
    pub(super) decrypter: DirectJweDecrypter,
    /// Of CBC only.
    pub(super) mac: Option<Hmac<Sha512>>,
}

impl CookieKey {
    /// HKDF-SHA256 of the secret. v4: no salt, 32 bytes. v5: the cookie's name as salt and in the info, 64 bytes, of
    /// which the first half is the MAC key (RFC 7518, 5.2.2.1).
    pub(super) fn derive(cookie: SessionCookie, secret: &Secret<String>) -> Self {
        match cookie.encryption() {
            Encryption::A256Gcm => {
                let key = expand::<32>(secret, b"", INFO_V4);
                Self {
                    cookie,
                    decrypter: decrypter(&*key),
                    mac: None,
                }
            }
            Encryption::A256CbcHs512 => {
                let name = cookie.name();
                let info = format!("Auth.js Generated Encryption Key ({name})");
                let key = expand::<64>(secret, name.as_bytes(), &info);
                Self {
                    cookie,
                    decrypter: decrypter(&*key),
                    mac: Some(mac(&key[..32])),
                }
            }
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 gives any length up to 8160 bytes"
)]
fn expand<const N: usize>(secret: &Secret<String>, salt: &[u8], info: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(Some(salt), secret.expose().as_bytes())
        .expand(info.as_bytes(), &mut *key)
        .expect("HKDF-SHA256 gives any length up to 8160 bytes");
    key
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(key: &[u8]) -> Hmac<Sha512> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[expect(
    clippy::expect_used,
    reason = "josekit copies the key and checks nothing"
)]
fn decrypter(key: &[u8]) -> DirectJweDecrypter {
    Dir.decrypter_from_bytes(key)
        .expect("josekit copies the key and checks nothing")
}
