//! Words about accounts, their logins and their settings.

use std::{collections::BTreeMap, str::FromStr};

use events::EventType;
use platform::token::Role;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, Ref, RefOr, Schema, schema::AdditionalProperties},
};

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Trade with bots of their own.
    User,
    /// Run the platform.
    Admin,
    /// Name admins.
    Superadmin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::User => Self::User,
            RoleName::Admin => Self::Admin,
            RoleName::Superadmin => Self::Superadmin,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Admin => Self::Admin,
            Role::Superadmin => Self::Superadmin,
        }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StatusName)]
pub enum UserStatus {
    /// It may.
    Active,
    /// Not for now.
    Suspended,
    /// Not any more.
    Banned,
}

impl UserStatus {
    /// Its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Banned => "banned",
        }
    }
}

impl FromStr for UserStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            "banned" => Ok(Self::Banned),
            _ => Err(()),
        }
    }
}

/// Why a login was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokeReason {
    /// Its user logged out.
    Logout,
    /// Its user ended it from another one.
    Revoked,
    /// An old refresh token came back.
    TokenReused,
    /// An admin ended it.
    Admin,
    /// Its user logged out everywhere.
    LogoutAll,
    /// Its user changed the password.
    PasswordChanged,
    /// The password was reset.
    PasswordReset,
    /// Its user closed the account.
    AccountDeleted,
    /// The address of the account was proven for the first time; whoever was signed in before had not.
    AddressProven,
    /// A second factor was enabled; whoever was signed in without one is not any more.
    SecondFactorEnabled,
}

impl RevokeReason {
    /// Its name in the database and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Revoked => "revoked",
            Self::TokenReused => "token_reused",
            Self::Admin => "admin",
            Self::LogoutAll => "logout_all",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::AccountDeleted => "account_deleted",
            Self::AddressProven => "address_proven",
            Self::SecondFactorEnabled => "second_factor_enabled",
        }
    }
}

/// What a token is good for. None includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenScope)]
pub enum Scope {
    /// Read what the user may read.
    Read,
    /// Trading, and changing what trades.
    Trade,
    /// Reading what admins see; only for admins.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Trade, Self::Admin];

    /// Its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(())
    }
}

/// Through what the user wants to hear of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyBy {
    /// Whether by e-mail.
    #[schema(required = false)]
    pub email: bool,
    /// By a message on Telegram.
    #[schema(required = false)]
    pub telegram: bool,
    /// By a call of the user's webhook.
    #[schema(required = false)]
    pub webhook: bool,
}

/// What the user wants to hear of, by type of event; of what is not named there, nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationPreferences(pub BTreeMap<String, NotifyBy>);

/// By hand: the names are those of the catalogue of events, and no others.
impl PartialSchema for NotificationPreferences {
    fn schema() -> RefOr<Schema> {
        let by_event = EventType::ALL
            .iter()
            .fold(ObjectBuilder::new(), |object, event| {
                object.property(event.as_str(), Ref::from_schema_name("NotifyBy"))
            });
        by_event
            .description(Some(
                "What the user wants to hear of, by type of event; of what is not named there, nothing.",
            ))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
            .into()
    }
}

impl ToSchema for NotificationPreferences {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((NotifyBy::name().into_owned(), NotifyBy::schema()));
    }
}

/// The user's own settings, as they are kept. What was never set has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PreferencesDocument {
    /// Language and region, as BCP 47 names them.
    pub locale: String,
    /// A zone of the IANA database.
    pub timezone: String,
    /// In what sums are shown.
    pub quote_currency: String,
    /// What the user wants to hear of.
    pub notifications: NotificationPreferences,
}

impl Default for PreferencesDocument {
    fn default() -> Self {
        Self {
            locale: "en".to_owned(),
            timezone: "UTC".to_owned(),
            quote_currency: "USDT".to_owned(),
            notifications: NotificationPreferences::default(),
        }
    }
}
