//! What is known of a request while it is being served.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use http::{HeaderMap, HeaderValue};

use crate::random;

/// The header that carries a request's id, both ways.
pub(super) const HEADER: &str = "x-request-id";
const MAX_LENGTH: usize = 64;

/// A request's id: the caller's own where it is well formed, else ours. A request extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes the caller's id, if it is at most 64 letters, digits, `-` and `_`, or makes one.
    pub fn of(headers: &HeaderMap) -> Self {
        let theirs = headers
            .get(HEADER)
            .and_then(|id| id.to_str().ok())
            .filter(|id| is_well_formed(id));
        theirs.map_or_else(Self::random, |id| Self(id.into()))
    }

    fn random() -> Self {
        Self(hex::encode(random::bytes::<16>()).into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_well_formed(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Where handlers leave what only they learn, for the request's log event. A request extension.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    inner: Arc<Known>,
}

#[derive(Debug, Default)]
struct Known {
    user: OnceLock<String>,
    code: OnceLock<&'static str>,
}

impl Facts {
    /// Who is calling. The first word counts.
    pub fn set_user(&self, user: impl fmt::Display) {
        self.inner.user.get_or_init(|| user.to_string());
    }

    /// The error code that the answer carries. The first word counts.
    pub fn set_code(&self, code: &'static str) {
        self.inner.code.get_or_init(|| code);
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.inner.user.get().map(String::as_str)
    }

    pub(super) fn code(&self) -> Option<&'static str> {
        self.inner.code.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, RequestId};
    use http::{HeaderMap, HeaderValue};

    fn of(id: &'static [u8]) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(id).unwrap());
        RequestId::of(&headers)
    }

    #[test]
    fn keeps_only_well_formed_ids() {
        assert_eq!(of(b"Abc-1_2").as_str(), "Abc-1_2");
        assert_eq!(of(&[b'a'; 64]).as_str().len(), 64);
        for bad in [
            &b""[..],
            &[b'a'; 65],
            b"a b",
            b"a\"b",
            b"a;b",
            b"\xff\xfe",
            b"{\"a\":1}",
        ] {
            let id = of(bad);
            assert_eq!(id.as_str().len(), 32, "{id}");
            assert_ne!(id.as_str().as_bytes(), bad);
        }
    }
}
