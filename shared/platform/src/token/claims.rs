//! What an access token says.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};

/// `iss` of every access token.
pub const ISSUER: &str = "blockbotx";
/// `aud` of every access token.
pub const AUDIENCE: &str = "blockbotx-api";
/// How long an access token lives.
pub const ACCESS_TOKEN_TTL: Duration = Duration::minutes(15);

/// What a user may do on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Trades.
    User,
    /// Runs the platform.
    Admin,
    /// Names admins.
    Superadmin,
}

impl Role {
    /// Its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Superadmin => "superadmin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "user" => Ok(Self::User),
            "admin" => Ok(Self::Admin),
            "superadmin" => Ok(Self::Superadmin),
            _ => Err(()),
        }
    }
}

/// The claims of an access token. All of them are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose token it is.
    pub sub: UserId,
    /// The login it came from.
    pub sid: SessionId,
    /// The role at the time of issue.
    pub role: Role,
    /// Issued at, whole seconds.
    pub iat: DateTime<Utc>,
    /// Expires at, whole seconds.
    pub exp: DateTime<Utc>,
}

impl AccessClaims {
    /// Claims issued at `now` for [`ACCESS_TOKEN_TTL`].
    pub fn new(sub: UserId, sid: SessionId, role: Role, now: DateTime<Utc>) -> Self {
        let iat = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
        Self {
            sub,
            sid,
            role,
            iat,
            exp: iat + ACCESS_TOKEN_TTL,
        }
    }
}

/// The claims as they stand in the token.
#[derive(Serialize, Deserialize)]
pub(super) struct WireClaims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: UserId,
    pub(super) sid: SessionId,
    pub(super) role: Role,
    pub(super) iat: i64,
    pub(super) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
}
