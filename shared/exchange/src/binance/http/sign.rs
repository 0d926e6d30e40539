//! Parameters, and what of them is signed.

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::binance::common::credential::Credential;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Parameters of a request, in the order in which they are sent. `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Begins with no parameters.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a parameter at the end.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.push((name, value.to_string()));
        self
    }

    /// Adds a parameter at the end if it has a value.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The parameters as REST takes them: percent-encoded, in the order in which they were added.
    pub fn encoded(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            out.extend(utf8_percent_encode(value, RESERVED));
        }
        out
    }

    /// The encoded parameters followed by their signature, which is made over exactly what is sent.
    pub fn signed(&self, credential: &Credential) -> String {
        let payload = self.encoded();
        let signature = credential.sign(&payload);
        format!("{payload}&signature={signature}")
    }

    /// What the WebSocket API wants signed: the parameters sorted by name, not encoded.
    pub fn sorted(&self) -> String {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_unstable();
        let mut out = String::new();
        for (name, value) in sorted {
            let separator = if out.is_empty() { "" } else { "&" };
            // Writing to a string does not fail.
            let _ = write!(out, "{separator}{name}={value}");
        }
        out
    }

    /// The parameters as the object that the WebSocket API takes, with their signature.
    pub(crate) fn signed_object(
        &self,
        credential: &Credential,
    ) -> serde_json::Map<String, serde_json::Value> {
        let signature = credential.sign(&self.sorted());
        let own = self.0.iter();
        own.map(|(name, value)| {
            // Numbers are numbers there; a key of digits alone is too long for one.
            let value = value
                .parse::<i64>()
                .map_or_else(|_| value.clone().into(), Into::into);
            ((*name).to_owned(), value)
        })
        .chain([("signature".to_owned(), signature.into())])
        .collect()
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}
