//! What the keys of an exchange look like.

use store::trading::connections::Credentials;
use trading::Venue;
use uuid::Uuid;

use crate::{
    error::{FieldCode, FieldError},
    routes::auth::register::SecretText,
};

/// The parts of an exchange's credentials as a request has them.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    pub(super) key: Option<&'a SecretText>,
    pub(super) secret: Option<&'a SecretText>,
    pub(super) passphrase: Option<&'a SecretText>,
}

/// What a part looks like at a venue.
struct Shape {
    fits: fn(&str) -> bool,
    said: &'static str,
}

/// Binance gives out 64 letters and digits for either part.
const BINANCE: Shape = Shape {
    fits: |text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    said: "must be the 64 letters and digits that Binance shows",
};

const OKX_KEY: Shape = Shape {
    fits: |text| text.len() == 36 && Uuid::try_parse(text).is_ok(),
    said: "must be the key that OKX shows: 36 characters, five groups of hexadecimal digits",
};

const OKX_SECRET: Shape = Shape {
    fits: |text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
    said: "must be the 32 hexadecimal digits that OKX shows",
};

const OKX_PASSPHRASE: Shape = Shape {
    fits: |text| {
        (1..=32).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    },
    said: "must be the passphrase of the key: 1 to 32 ASCII characters",
};

impl Given<'_> {
    /// Adds a finding for each part that is missing, misshapen or not of this venue.
    pub(super) fn check(&self, venue: Venue, found: &mut Vec<FieldError>) {
        let (key, secret, passphrase) = match venue {
            Venue::Paper => (None, None, None),
            Venue::Binance => (Some(&BINANCE), Some(&BINANCE), None),
            Venue::Okx => (Some(&OKX_KEY), Some(&OKX_SECRET), Some(&OKX_PASSPHRASE)),
        };
        let parts = [
            ("/key", self.key, key),
            ("/secret", self.secret, secret),
            ("/passphrase", self.passphrase, passphrase),
        ];
        for (pointer, given, shape) in parts {
            let wrong = match (given, shape) {
                (None, None) => continue,
                (Some(text), Some(shape)) if (shape.fits)(text.0.expose()) => continue,
                (Some(_), Some(shape)) => (FieldCode::Format, shape.said),
                (None, Some(_)) => (FieldCode::Required, "is required for this venue"),
                (Some(_), None) => (FieldCode::Conflict, "does not go together with this venue"),
            };
            found.push(FieldError::new(pointer, wrong.0, wrong.1));
        }
    }

    /// The credentials, once they were checked.
    pub(super) fn take(&self) -> Option<Credentials> {
        Some(Credentials {
            key: self.key?.0.clone(),
            secret: self.secret?.0.clone(),
            passphrase: self.passphrase.map(|text| text.0.clone()),
        })
    }
}
