//! Plans that are paid for: who may do how much, and what Stripe says.

pub mod checkout;
pub mod entitlements;
pub mod refresh;

use chrono::TimeDelta;

use crate::{
    config::ApiConfig,
    stripe::{StripeClient, StripeError, WebhookVerifier},
};

/// What billing works with.
#[derive(Clone)]
pub struct Billing {
    /// Calls Stripe.
    pub stripe: StripeClient,
    /// Believes Stripe's calls.
    pub webhooks: WebhookVerifier,
    /// How long an unpaid subscription keeps its plan.
    pub grace: TimeDelta,
    /// Where the frontend lives: people come back there from Stripe's pages.
    pub app_url: String,
}

impl Billing {
    /// None without the settings of Stripe: there is no billing then, and no limits.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(config: &ApiConfig) -> Result<Option<Self>, StripeError> {
        let stripe = &config.stripe;
        let (Some(keys), Some(base)) = (&stripe.keys, &stripe.api_base) else {
            return Ok(None);
        };
        Ok(Some(Self {
            stripe: StripeClient::new(&keys.secret_key, base.clone())?,
            webhooks: WebhookVerifier::new(&keys.webhook_secret),
            grace: stripe.grace,
            app_url: config.web.app_url.clone().unwrap_or_default(),
        }))
    }
}
