//! Devices that have signed in before.
//!
//! A device cookie says that whoever sends it has once given the password, and the code, of one account. It is no
//! credential: it only decides which counter of wrong guesses an attempt is charged to, so that strangers who guess at an
//! account cannot lock its owner out of a browser that was used before.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use platform::ids::UserId;
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
    /// The device that the request's cookie names, if we gave it out for this account. Takes as long where there is no
    /// account.
    pub fn of(keys: &Keys, headers: &HeaderMap, user: Option<UserId>) -> Option<Self> {
        let wanted = user.unwrap_or(UserId(Uuid::nil()));
        let name = cookie_name(keys, wanted);
        let found = cookies::read(headers, &name).and_then(|text| parse(keys, text, wanted));
        user.and(found)
    }

    /// The key of its counters.
    pub(super) fn key(self) -> String {
        self.0.simple().to_string()
    }
}

/// Makes the caller's browser one of the account's devices; it stays the same device if it is one already. `headers` are
/// those of the request.
pub fn remember(
    state: &AppState,
    headers: &HeaderMap,
    user: UserId,
    mut response: Response,
) -> Response {
    let keys = &state.keys;
    let device = Device::of(keys, headers, Some(user)).unwrap_or_else(|| Device(Uuid::new_v4()));
    let bytes = [device.0.as_bytes().as_slice(), &tag(keys, user, device)].concat();
    let value = URL_SAFE_NO_PAD.encode(bytes);
    let (name, value) = cookies::device(cookie_name(keys, user), value, state.secure_cookies);
    response.headers_mut().append(name, value);
    response
}

fn cookie_name(keys: &Keys, user: UserId) -> String {
    let mark = keys.hash("device cookie name", &[user.0.as_bytes()]);
    format!("device-{}", hex::encode(&mark[..MARK]))
}

fn parse(keys: &Keys, text: &str, user: UserId) -> Option<Device> {
    let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (id, given) = bytes.split_first_chunk::<16>()?;
    let device = Device(Uuid::from_bytes(*id));
    bool::from(given.ct_eq(&tag(keys, user, device))).then_some(device)
}

fn tag(keys: &Keys, user: UserId, device: Device) -> [u8; 32] {
    keys.hash("device cookie", &[user.0.as_bytes(), device.0.as_bytes()])
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};
    use platform::ids::UserId;
    use uuid::Uuid;

    use super::{Device, Keys, URL_SAFE_NO_PAD, cookie_name, tag};
    use base64::Engine;

    fn headers(name: &str, value: &str) -> HeaderMap {
        let line = format!("other=1; {name}={value}");
        HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())])
    }

    #[test]
    fn a_cookie_is_good_for_its_account_and_under_our_key_only() {
        let keys = Keys::derive(&"one".into());
        let (ann, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let device = Device(Uuid::from_u128(3));
        let bytes = [device.0.as_bytes().as_slice(), &tag(&keys, ann, device)].concat();
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        let sent = headers(&cookie_name(&keys, ann), &text);
        assert_eq!(Device::of(&keys, &sent, Some(ann)), Some(device));
        assert_eq!(Device::of(&keys, &sent, Some(bob)), None);
        assert_eq!(Device::of(&keys, &sent, None), None);
        let renamed = headers(&cookie_name(&keys, bob), &text);
        assert_eq!(Device::of(&keys, &renamed, Some(bob)), None);
        let nobody = headers(&cookie_name(&keys, UserId(Uuid::nil())), &text);
        assert_eq!(Device::of(&keys, &nobody, None), None);
        let others = Keys::derive(&"two".into());
        let foreign = headers(&cookie_name(&others, ann), &text);
        assert_eq!(Device::of(&others, &foreign, Some(ann)), None);
        let mut forged = bytes.clone();
        for at in 0..forged.len() {
            forged[at] ^= 1;
            let sent = headers(&cookie_name(&keys, ann), &URL_SAFE_NO_PAD.encode(&forged));
            assert_eq!(Device::of(&keys, &sent, Some(ann)), None, "byte {at}");
            forged[at] ^= 1;
        }
        for broken in ["", "x", &text[1..], &format!("{text}AA")] {
            let sent = headers(&cookie_name(&keys, ann), broken);
            assert_eq!(Device::of(&keys, &sent, Some(ann)), None, "{broken}");
        }
    }
}
