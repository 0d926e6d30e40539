//! What matters for the safety of an account: visible to its user and to admins.

use chrono::{DateTime, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, entity::security_log};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// The account was made.
    Registered,
    /// A login with the right password.
    LoggedIn,
    /// A login with a wrong password.
    LoginFailed,
    /// The user ended a session.
    SessionRevoked,
    /// An old refresh token came back: somebody else may hold it.
    RefreshTokenReused,
    /// Keys of an exchange were given to a connection.
    ExchangeKeysAdded,
    /// Other keys took their place.
    ExchangeKeysRotated,
    /// They were destroyed with their connection.
    ExchangeKeysDeleted,
    /// A secret for signals to a bot was made; one before ended with it.
    SignalSecretMade,
    /// The user agreed to trade real money through a connection.
    LiveTradingConfirmed,
    /// A second factor, or the password again, was given for what needs it.
    SteppedUp,
    /// A wrong code, after the right password or in a session.
    SecondFactorFailed,
    /// A code of the authenticator that was right, and had been used before.
    TotpReplayed,
    /// Codes are asked for from now on.
    TotpEnabled,
    /// Codes are no longer asked for.
    TotpDisabled,
    /// An operator took the second factor away.
    TotpReset,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// New recovery codes took the place of the old ones.
    RecoveryCodesRenewed,
    /// An API token was made.
    ApiTokenCreated,
    /// An API token was revoked.
    ApiTokenRevoked,
    /// An API token was used for the first time, or from another address than before.
    ApiTokenUsed,
    /// An API token came from an address that its allowlist does not have.
    ApiTokenRefused,
    /// An admin suspended an account.
    AccountSuspended,
    /// An admin banned an account.
    AccountBanned,
    /// An admin let an account be used again.
    AccountReactivated,
    /// A superadmin gave an account another role.
    RoleChanged,
    /// An admin ended all sessions of an account.
    SessionsRevoked,
    /// An admin closed the sockets of an account.
    SocketsDisconnected,
    /// An admin switched something for everybody.
    PlatformSwitched,
    /// An admin said something to everybody.
    BroadcastSent,
    /// The owner of the address answered.
    EmailVerified,
    /// A link for another address was asked for.
    EmailChangeRequested,
    /// The owner of the present address kept it, by the link of the notice.
    EmailChangeCanceled,
    /// The account has another address.
    EmailChanged,
    /// A link for a new password was asked for.
    PasswordResetRequested,
    /// The password was set by such a link.
    PasswordReset,
    /// The user changed the password.
    PasswordChanged,
    /// Somebody signed in gave a wrong password where it is asked for again.
    PasswordCheckFailed,
    /// The user changed profile or preferences.
    SettingsChanged,
    /// All data was handed out.
    DataExported,
    /// The user closed the account.
    AccountDeleted,
    /// A subscription began, changed or ended.
    SubscriptionChanged,
    /// A second subscription was paid for, and the older one was cancelled; paying back is the operator's.
    DuplicateSubscriptionCanceled,
    /// A plan left no room for some bots, which were paused, or was lost for want of payment.
    PlanDowngraded,
    /// An admin made or changed a plan.
    PlanEdited,
}

impl SecurityEvent {
    /// Its name in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::LoggedIn => "logged_in",
            Self::LoginFailed => "login_failed",
            Self::SessionRevoked => "session_revoked",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::ExchangeKeysAdded => "exchange_keys_added",
            Self::ExchangeKeysRotated => "exchange_keys_rotated",
            Self::SignalSecretMade => "signal_secret_made",
            Self::ExchangeKeysDeleted => "exchange_keys_deleted",
            Self::LiveTradingConfirmed => "live_trading_confirmed",
            Self::SteppedUp => "stepped_up",
            Self::SecondFactorFailed => "second_factor_failed",
            Self::TotpReplayed => "totp_replayed",
            Self::TotpEnabled => "totp_enabled",
            Self::TotpDisabled => "totp_disabled",
            Self::TotpReset => "totp_reset",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesRenewed => "recovery_codes_renewed",
            Self::ApiTokenCreated => "api_token_created",
            Self::ApiTokenRevoked => "api_token_revoked",
            Self::ApiTokenUsed => "api_token_used",
            Self::ApiTokenRefused => "api_token_refused",
            Self::AccountSuspended => "account_suspended",
            Self::AccountBanned => "account_banned",
            Self::AccountReactivated => "account_reactivated",
            Self::RoleChanged => "role_changed",
            Self::SessionsRevoked => "sessions_revoked",
            Self::SocketsDisconnected => "sockets_disconnected",
            Self::PlatformSwitched => "platform_switched",
            Self::BroadcastSent => "broadcast_sent",
            Self::EmailVerified => "email_verified",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChangeCanceled => "email_change_canceled",
            Self::EmailChanged => "email_changed",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::PasswordCheckFailed => "password_check_failed",
            Self::SettingsChanged => "settings_changed",
            Self::DataExported => "data_exported",
            Self::AccountDeleted => "account_deleted",
            Self::SubscriptionChanged => "subscription_changed",
            Self::DuplicateSubscriptionCanceled => "duplicate_subscription_canceled",
            Self::PlanDowngraded => "plan_downgraded",
            Self::PlanEdited => "plan_edited",
        }
    }
}

/// From where and with what somebody calls.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The address, as far as our own proxies vouch for it.
    pub address: Option<String>,
    /// The `User-Agent`, shortened.
    pub agent: Option<String>,
}

/// Adds an entry. `detail` must hold no secret.
///
/// # Errors
/// [`StoreError`] of the insert.
pub async fn record(
    conn: &impl ConnectionTrait,
    user: Option<UserId>,
    event: SecurityEvent,
    caller: &Caller,
    detail: Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let entry = security_log::ActiveModel {
        id: Set(uuid_v7(now)),
        user_id: Set(user.map(Into::into)),
        kind: Set(event.as_str().to_owned()),
        address: Set(caller.address.clone()),
        agent: Set(caller.agent.clone()),
        detail: Set(detail),
        created_at: Set(now),
    };
    security_log::Entity::insert(entry)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// What concerns a user, newest first, before the entry `before`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn owned_by(
    conn: &impl ConnectionTrait,
    user: UserId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<security_log::Model>, StoreError> {
    let mut find = security_log::Entity::find().filter(security_log::Column::UserId.eq(user.0));
    if let Some(before) = before {
        find = find.filter(security_log::Column::Id.lt(before));
    }
    let rows = find
        .order_by_desc(security_log::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(rows)
}
