//! Whether somebody may have one more.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use store::{
    Txn,
    entitlements::{self, EntitlementRequest},
};

use crate::{error::ApiError, state::AppState};

/// Lets a user have what they want, in the transaction that gives it to them; to be called before a bot is locked.
/// Without billing nothing is limited.
///
/// # Errors
/// 402 where the plan does not allow it.
pub async fn admit(
    state: &AppState,
    txn: &Txn,
    user: UserId,
    want: EntitlementRequest,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    if state.billing.is_none() {
        return Ok(());
    }
    entitlements::admit(txn, user, want, now)
        .await?
        .map_err(ApiError::EntitlementExceeded)
}
