//! Running the platform.

pub mod broadcast;
pub mod figures;
pub mod maintenance;
pub mod plans;
pub mod security_log;
pub mod settings;
pub mod users;

use chrono::{DateTime, Utc};
use platform::{ids::UserId, token::Role};
use serde_json::{Value, json};
use store::{
    Txn,
    admin::users::{self as accounts, Account},
    security_log::{self as log, Caller, SecurityEvent},
    sessions,
    users::UserStatus,
};

use crate::error::ApiError;

/// An admin and the account that is acted on, both held until the end of the transaction.
///
/// # Errors
/// 403 where the admin has become less than one or the account is of a higher role, 409 for one's own, 404 for none.
pub(super) async fn act_on(
    txn: &Txn,
    admin: UserId,
    target: UserId,
) -> Result<(Role, Account), ApiError> {
    store::admin::lock(txn).await?;
    let actor = accounts::find(txn, admin)
        .await?
        .filter(|actor| actor.status == UserStatus::Active && actor.role >= Role::Admin)
        .ok_or(ApiError::InsufficientRole)?;
    // The lock over sessions comes before the account's row, as with everybody who ends them.
    sessions::lock(txn, target).await?;
    let target = accounts::lock(txn, target)
        .await?
        .ok_or(ApiError::NotFound)?;
    if target.id == actor.id {
        return Err(ApiError::OwnAccount);
    }
    if target.role > actor.role {
        return Err(ApiError::InsufficientRole);
    }
    Ok((actor.role, target))
}

/// Notes what an admin did: for the admin with address and agent, and for whose account it was about without.
pub(super) async fn record(
    txn: &Txn,
    (admin, target): (UserId, Option<UserId>),
    event: SecurityEvent,
    caller: &Caller,
    detail: Value,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let mut whole = json!({ "actor": admin, "target": target });
    if let (Value::Object(whole), Value::Object(detail)) = (&mut whole, detail) {
        whole.extend(detail);
    }
    log::record(txn, Some(admin), event, caller, whole.clone(), now).await?;
    if target.is_some() {
        log::record(txn, target, event, &Caller::default(), whole, now).await?;
    }
    Ok(())
}
