//! Devices that have signed in before.
//!
//! A device cookie says that whoever sends it has once given the password, and the code, of one account. It is no
//! credential: it only decides which counter of wrong guesses an attempt is charged to, so that strangers who guess at an
//! account cannot lock its owner out of a browser that was used before. It ends with whatever ends all logins of its account:
//! a new password, a second factor, the first proof of the address, signing out everywhere. What was collected before is no
//! supply of guesses.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use platform::ids::UserId;
use store::users::User;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{cookies, keys::Keys};
use crate::state::AppState;

/// Bytes of an account's mark in the name of its cookie: several accounts may share a browser.
const MARK: usize = 6;

/// A cookie: the device's id and our tag of it.
const BYTES: usize = 16 + 32;

/// A device that has signed in to an account before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device(Uuid);

impl Device {
    /// The device that the request's cookie names, if we gave it out for this account since its logins last ended. Takes as
    /// long where there is no account.
    pub fn of(keys: &Keys, headers: &HeaderMap, user: Option<&User>) -> Option<Self> {
        let wanted = user.map_or(Owner::NOBODY, Owner::of);
        let name = cookie_name(keys, wanted.user);
        let found = cookies::read(headers, &name).and_then(|text| parse(keys, text, wanted));
        user.and(found)
    }

    /// The key of its counters.
    pub(super) fn key(self) -> String {
        self.0.simple().to_string()
    }
}

/// Whose device it is.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: UserId,
    /// When all logins ended last, in milliseconds since 1970; 0: never.
    since_ms: i64,
}

impl Owner {
    const NOBODY: Self = Self {
        user: UserId(Uuid::nil()),
        since_ms: 0,
    };

    fn of(user: &User) -> Self {
        Self {
            user: user.id,
            since_ms: user.logins_void_at.map_or(0, |at| at.timestamp_millis()),
        }
    }
}

/// Makes the caller's browser one of the account's devices; it stays the same device if it is one already. `headers` are
/// those of the request.
pub fn remember(
    state: &AppState,
    headers: &HeaderMap,
    user: &User,
    mut response: Response,
) -> Response {
    let (keys, owner) = (&state.keys, Owner::of(user));
    let device = Device::of(keys, headers, Some(user)).unwrap_or_else(|| Device(Uuid::new_v4()));
    let bytes = [device.0.as_bytes().as_slice(), &tag(keys, owner, device)].concat();
    let value = URL_SAFE_NO_PAD.encode(bytes);
    let (name, value) = cookies::device(cookie_name(keys, user.id), value, state.secure_cookies);
    response.headers_mut().append(name, value);
    response
}

fn cookie_name(keys: &Keys, user: UserId) -> String {
    let mark = keys.hash("device cookie name", &[user.0.as_bytes()]);
    format!("device-{}", hex::encode(&mark[..MARK]))
}

fn parse(keys: &Keys, text: &str, owner: Owner) -> Option<Device> {
    let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (id, given) = bytes.split_first_chunk::<16>()?;
    let device = Device(Uuid::from_bytes(*id));
    bool::from(given.ct_eq(&tag(keys, owner, device))).then_some(device)
}

fn tag(keys: &Keys, owner: Owner, device: Device) -> [u8; 32] {
    let since = owner.since_ms.to_be_bytes();
    let parts = [
        owner.user.0.as_bytes(),
        device.0.as_bytes(),
        since.as_slice(),
    ];
    keys.hash("device cookie", &parts)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};
    use platform::ids::UserId;
    use uuid::Uuid;

    use super::{Device, Keys, Owner, URL_SAFE_NO_PAD, cookie_name, parse, tag};
    use base64::Engine;

    fn headers(name: &str, value: &str) -> HeaderMap {
        let line = format!("other=1; {name}={value}");
        HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())])
    }

    #[test]
    fn a_cookie_is_good_for_its_account_under_our_key_and_until_its_logins_end() {
        let keys = Keys::derive(&"one".into());
        let owner = |id| Owner {
            user: UserId(Uuid::from_u128(id)),
            since_ms: 1000,
        };
        let (ann, bob) = (owner(1), owner(2));
        let device = Device(Uuid::from_u128(3));
        let bytes = [device.0.as_bytes().as_slice(), &tag(&keys, ann, device)].concat();
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        assert_eq!(parse(&keys, &text, ann), Some(device));
        assert_eq!(parse(&keys, &text, bob), None);
        assert_eq!(parse(&keys, &text, Owner::NOBODY), None);
        let later = Owner {
            since_ms: 1001,
            ..ann
        };
        assert_eq!(parse(&keys, &text, later), None);
        assert_eq!(parse(&Keys::derive(&"two".into()), &text, ann), None);
        let mut forged = bytes.clone();
        for at in 0..forged.len() {
            forged[at] ^= 1;
            let text = URL_SAFE_NO_PAD.encode(&forged);
            assert_eq!(parse(&keys, &text, ann), None, "byte {at}");
            forged[at] ^= 1;
        }
        for broken in ["", "x", &text[1..], &format!("{text}AA")] {
            assert_eq!(parse(&keys, broken, ann), None, "{broken}");
        }
        let sent = headers(&cookie_name(&keys, ann.user), &text);
        assert_eq!(Device::of(&keys, &sent, None), None);
    }
}
