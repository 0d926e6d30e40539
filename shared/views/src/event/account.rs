//! What is told of accounts, their logins and their tokens.

use chrono::{DateTime, Utc};
use platform::ids::SessionId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::account::{PreferencesDocument, RevokeReason, RoleName, Scope, UserStatus};

/// Data of `user.registered`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UserRegistered {
    /// The account that was made.
    pub user: RegisteredUser,
}

/// An account, when it is made. One that an operator made on the console has id, address and role alone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RegisteredUser {
    /// Id of the account.
    pub id: Uuid,
    /// The address, in its normal form.
    #[schema(format = Email)]
    pub email: String,
    /// What the user may do.
    pub role: RoleName,
    /// Whether the owner of the address has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email_verified: Option<bool>,
    /// What others see; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub display_name: Option<String>,
    /// Raised by each change; sent back with the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<i32>,
    /// When the account was made.
    #[serde(
        with = "platform::time::wire_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(
        with = "platform::time::wire_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// Data of `user.updated`: what changed of the account, and its version after that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct UserUpdated {
    /// What others see; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub display_name: Option<String>,
    /// The address, in its normal form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Email)]
    pub email: Option<String>,
    /// Whether the owner of the address has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email_verified: Option<bool>,
    /// The user's own settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub preferences: Option<PreferencesDocument>,
    /// What the user may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub role: Option<RoleName>,
    /// Whether the account may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<UserStatus>,
    /// Why `status` changed, as the admin put it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The account's version.
    pub version: i32,
}

impl UserUpdated {
    /// A change that shows in nothing but the version, such as a new password.
    pub fn to(version: i32) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }
}

/// Data of `session.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionCreated {
    /// Id of the session.
    #[schema(value_type = Uuid)]
    pub session: SessionId,
}

/// Data of `session.revoked`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionRevoked {
    /// Id of the session.
    #[schema(value_type = Uuid)]
    pub session: SessionId,
    /// Why it was ended.
    pub reason: RevokeReason,
}

/// Data of `second_factor.enabled`: nothing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SecondFactorEnabled {}

/// Data of `second_factor.disabled`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SecondFactorDisabled {
    /// Why it went together with the logins of its user; absent where it was disabled by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<RevokeReason>,
}

/// Data of `api_token.created`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ApiTokenCreated {
    /// Id of the token.
    pub api_token: Uuid,
    /// What its user calls it.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
}

/// Data of `api_token.revoked`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ApiTokenRevoked {
    /// Id of the token.
    pub api_token: Uuid,
    /// Why it was revoked together with other logins; absent where its user revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<RevokeReason>,
}
