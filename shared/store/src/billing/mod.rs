//! Plans, who has subscribed to them, and what Stripe told of it.

pub mod enforce;
pub mod events;
pub mod plans;
pub mod subscriptions;

use sea_orm::ConnectionTrait;
use serde_json::Value;

use crate::{StoreError, settings};

/// The plan of whoever pays nothing.
pub const FREE: &str = "free";

/// The setting by which the api tells the engine whether there is billing.
const ENABLED: &str = "billing_enabled";

/// Says whether plans limit anything: only the api has the settings of Stripe.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn set_enabled(conn: &impl ConnectionTrait, enabled: bool) -> Result<(), StoreError> {
    settings::set(conn, ENABLED, Value::Bool(enabled)).await
}

/// Whether plans limit anything.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_enabled(conn: &impl ConnectionTrait) -> Result<bool, StoreError> {
    Ok(settings::get(conn, ENABLED).await? == Some(Value::Bool(true)))
}
