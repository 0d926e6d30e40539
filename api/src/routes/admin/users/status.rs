//! Suspending, banning and taking back.

use axum::{extract::State, response::Response};
use events::control::Revocation;
use http::StatusCode;
use platform::ids::UserId;
use serde::Deserialize;
use serde_json::json;
use store::{
    admin::users::{self, Account},
    credentials,
    security_log::{Caller, SecurityEvent},
    trading::{bots, commands},
    users::UserStatus,
};
use trading::bot::{BotStatus, Command};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::UserUpdated;

use super::super::{act_on, record};
use crate::{
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, ClientInfo, SteppedUpAdmin, with_etag},
    state::AppState,
};

/// Why the status of an account is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusChange {
    /// Told to the user, and kept in the security log.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    reason: String,
}

impl Check for StatusChange {}

/// A handler that gives accounts a status.
macro_rules! status_route {
    ($(#[doc = $doc:tt])* $handler:ident($path:tt) = $status:ident) => {
        $(#[doc = $doc])*
        #[utoipa::path(
            post, path = $path, tag = "admin",
            params(("id" = Uuid, Path, description = "Id of the account")),
            request_body = StatusChange,
            responses(
                (status = 200, description = "The account after the change", body = Account),
                (status = 409, description = "`own_account`, `user_status_conflict`", body = crate::error::Problem,
                    content_type = "application/problem+json"),
            ),
        )]
        pub async fn $handler(
            State(state): State<AppState>,
            client: ClientInfo,
            SteppedUpAdmin(admin): SteppedUpAdmin,
            ApiPath(id): ApiPath<Uuid>,
            ApiJson { value, .. }: ApiJson<StatusChange>,
        ) -> Result<Response, ApiError> {
            let (who, to) = ((admin.user, UserId(id)), UserStatus::$status);
            change(&state, &client.caller, who, to, &value.reason).await
        }
    };
}

status_route! {
    /// Suspends an account
    ///
    /// At once: its sessions and tokens are refused, its sockets closed, and its bots paused, so that they open nothing new
    /// while what is open stays protected. Links in mails and sessions of the frontend are void for good.
    suspend_user("/api/v1/admin/users/{id}/suspend") = Suspended
}

status_route! {
    /// Bans an account
    ///
    /// What a suspension does, but for good.
    ban_user("/api/v1/admin/users/{id}/ban") = Banned
}

status_route! {
    /// Lets an account be used again
    ///
    /// Its bots stay paused until their user resumes them.
    reactivate_user("/api/v1/admin/users/{id}/reactivate") = Active
}

async fn change(
    state: &AppState,
    caller: &Caller,
    (admin, user): (UserId, UserId),
    to: UserStatus,
    reason: &str,
) -> Result<Response, ApiError> {
    let mut change = state.begin_change(user).await?;
    let (_, before) = act_on(&change.txn, admin, user).await?;
    // Only under the lock: a token for the gateway that was made before bears an earlier time.
    let now = state.clock.now();
    if before.status == to {
        return Err(ApiError::UserStatusConflict {
            status: to.as_str(),
        });
    }
    users::set_status(&change.txn, user, to, reason, now).await?;
    if to != UserStatus::Active {
        credentials::void(&change.txn, user, now).await?;
        // A start that comes after this waits for the row of its user, and then finds it suspended.
        for bot in bots::lock_active(&change.txn, user).await? {
            if may_open(bot.status) {
                commands::append(&change.txn, now, bot.id, Command::Suspend).await?;
            }
        }
    }
    let account = users::find(&change.txn, user)
        .await?
        .ok_or(ApiError::NotFound)?;
    let detail = json!({ "reason": reason, "from": before.status, "to": to });
    let logged = match to {
        UserStatus::Active => SecurityEvent::AccountReactivated,
        UserStatus::Suspended => SecurityEvent::AccountSuspended,
        UserStatus::Banned => SecurityEvent::AccountBanned,
    };
    record(
        &change.txn,
        (admin, Some(user)),
        logged,
        caller,
        detail,
        now,
    )
    .await?;
    change.event(UserUpdated {
        status: Some(to),
        reason: Some(reason.to_owned()),
        ..UserUpdated::to(account.version)
    });
    if to != UserStatus::Active {
        // Should it be lost, the engine's heartbeat says the same.
        change.revoke(Revocation::User { user, until: now });
    }
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, account.version, &account))
}

/// Whether a bot of this status may open something.
fn may_open(status: BotStatus) -> bool {
    match status {
        BotStatus::Starting | BotStatus::Running | BotStatus::WaitingFunds => true,
        BotStatus::Draft
        | BotStatus::Paused
        | BotStatus::Stopping
        | BotStatus::Stopped
        | BotStatus::Error => false,
    }
}
