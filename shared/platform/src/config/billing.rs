//! Payments.

use chrono::TimeDelta;
use url::Url;

use super::{
    Reader,
    strength::{published, regular},
};
use crate::Secret;

const SECRET_KEY: &str = "STRIPE_SECRET_KEY";
const WEBHOOK_SECRET: &str = "STRIPE_WEBHOOK_SECRET";
const API_BASE: &str = "STRIPE_API_BASE";
const DEFAULT_API_BASE: &str = "https://api.stripe.com";

/// Access to Stripe: both secrets, or neither.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// None: there is no billing.
    pub keys: Option<StripeKeys>,
    /// `STRIPE_API_BASE`: where its API is; another place only for tests.
    pub api_base: Option<Url>,
    /// `BILLING_GRACE_DAYS`: how long an unpaid subscription keeps its plan.
    pub grace: TimeDelta,
}

/// The secrets of a Stripe account.
#[derive(Debug, Clone)]
pub struct StripeKeys {
    /// `STRIPE_SECRET_KEY`: calls its API.
    pub secret_key: Secret<String>,
    /// `STRIPE_WEBHOOK_SECRET`: verifies what it sends.
    pub webhook_secret: Secret<String>,
}

impl StripeConfig {
    /// `STRIPE_SECRET_KEY`, `STRIPE_WEBHOOK_SECRET`, `STRIPE_API_BASE`, `BILLING_GRACE_DAYS`.
    pub fn read(reader: &mut Reader) -> Self {
        let secret_key = shaped(
            reader,
            SECRET_KEY,
            &["sk_live_", "sk_test_", "rk_live_", "rk_test_"],
            "a secret or restricted key of Stripe, which begins with sk_live_, sk_test_, rk_live_ or rk_test_",
        );
        let webhook_secret = shaped(
            reader,
            WEBHOOK_SECRET,
            &["whsec_"],
            "the signing secret of a Stripe webhook, which begins with whsec_",
        );
        let missing = |there: &str| format!("is not set, and {there} is; billing needs both");
        let keys = match (secret_key, webhook_secret) {
            (Some(secret_key), Some(webhook_secret)) => Some(StripeKeys {
                secret_key,
                webhook_secret,
            }),
            (Some(_), None) => {
                reader.problem(WEBHOOK_SECRET, missing(SECRET_KEY));
                None
            }
            (None, Some(_)) => {
                reader.problem(SECRET_KEY, missing(WEBHOOK_SECRET));
                None
            }
            (None, None) => None,
        };
        let config = Self {
            keys,
            api_base: None,
            grace: TimeDelta::days(reader.number_or("BILLING_GRACE_DAYS", 7, 0..=365)),
        };
        Self {
            api_base: api_base(reader, config.keys.is_some() && !config.is_test()),
            ..config
        }
    }

    /// True where nobody is really charged: worth a warning in production.
    pub fn is_test(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| {
            let key = keys.secret_key.expose();
            key.starts_with("sk_test_") || key.starts_with("rk_test_")
        })
    }
}

/// Where the API is. A live key goes over TLS only.
fn api_base(reader: &mut Reader, is_live: bool) -> Option<Url> {
    let text = reader.text_or(API_BASE, DEFAULT_API_BASE);
    match Url::parse(&text) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "https" | "http") => {
            if is_live && url.scheme() == "http" {
                reader.problem(
                    API_BASE,
                    "is not https, and STRIPE_SECRET_KEY is a live key",
                );
            }
            Some(url)
        }
        _ => {
            reader.problem(
                API_BASE,
                format!("{text:?} is not a URL with one of the schemes https, http"),
            );
            None
        }
    }
}

/// A secret that begins with one of `prefixes` and goes on with letters, digits and the signs of base64.
fn shaped(
    reader: &mut Reader,
    name: &str,
    prefixes: &[&str],
    expected: &str,
) -> Option<Secret<String>> {
    let secret = reader.secret(name)?;
    let rest = prefixes
        .iter()
        .find_map(|prefix| secret.expose().strip_prefix(prefix));
    let is_shaped = rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=".contains(&byte))
    });
    if is_shaped && published(secret.expose()).is_none() {
        reader.judge(name, "", regular(secret.expose()));
    } else if !is_shaped {
        reader.problem(name, format!("is not {expected}"));
    }
    Some(secret)
}
