//! Payments.

use super::Reader;
use crate::Secret;

const SECRET_KEY: &str = "STRIPE_SECRET_KEY";
const WEBHOOK_SECRET: &str = "STRIPE_WEBHOOK_SECRET";

/// Access to Stripe: both secrets, or neither.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// None: there is no billing.
    pub keys: Option<StripeKeys>,
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
    /// `STRIPE_SECRET_KEY` and `STRIPE_WEBHOOK_SECRET`.
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
        Self { keys }
    }

    /// True where nobody is really charged: worth a warning in production.
    pub fn is_test(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| {
            let key = keys.secret_key.expose();
            key.starts_with("sk_test_") || key.starts_with("rk_test_")
        })
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
    if !is_shaped {
        reader.problem(name, format!("is not {expected}"));
    }
    Some(secret)
}
