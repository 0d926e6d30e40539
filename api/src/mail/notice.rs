//! What users are told of by mail because it may have been somebody else.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use serde_json::{Value, json};
use store::{
    Txn,
    mails::{self, MailKind, NewMail},
    security_log::Caller,
    users,
};

use crate::error::ApiError;

/// Leaves a mail to a user, in the transaction of what it tells of. `name` is that of the thing it is about, if that has
/// one.
///
/// # Errors
/// 401 where the account is gone, 503 when the database is away.
pub(crate) async fn leave(
    txn: &Txn,
    user: UserId,
    (kind, name): (MailKind, Option<&str>),
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let user = users::find(txn, user)
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    let mut data = json!({ "address": caller.address });
    if let Some(name) = name {
        data["name"] = Value::from(name);
    }
    let mail = NewMail {
        kind,
        user: Some(user.id),
        recipient: &user.email,
        data,
    };
    Ok(mails::enqueue(txn, mail, now).await?)
}
