//! As much of Stripe's API as billing needs.

mod client;
mod error;
pub mod model;
mod money;
mod signature;

pub use client::{CheckoutOrder, StripeClient};
pub use error::StripeError;
pub use money::amount_of;
pub use signature::{SignatureError, TOLERANCE, WebhookVerifier};
