//! An authenticator app.

use chrono::{DateTime, Utc};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// An app that has scanned somebody's secret.
pub struct Authenticator(Totp);

impl Authenticator {
    /// Types the secret in.
    #[must_use]
    pub fn with(base32: &str) -> Self {
        let secret = Secret::try_from_base32(base32).expect("a secret in base32");
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_secret(secret)
            .build();
        Self(totp.expect("a secret of 160 bits"))
    }

    /// The code that it shows at this time.
    #[must_use]
    pub fn code(&self, at: DateTime<Utc>) -> String {
        self.0.generate(seconds(at)).to_string()
    }

    /// A code that is good neither then nor shortly before or after.
    #[must_use]
    pub fn wrong_code(&self, at: DateTime<Utc>) -> String {
        let mut codes = (0..).map(|code| format!("{code:06}"));
        codes
            .find(|code| self.0.check(code, seconds(at)).is_none())
            .expect("few of a million are good")
    }
}

fn seconds(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp()).expect("a time after 1970")
}
