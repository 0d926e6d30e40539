//! Plans, the caller's subscription, and the way to Stripe.

pub mod checkout;
pub mod invoices;
pub mod plans;
pub mod portal;
pub mod subscription;
pub mod webhook;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of Stripe's.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HostedPage {
    /// Where to send the browser. Good for a few minutes, and for this user only.
    pub url: String,
}
