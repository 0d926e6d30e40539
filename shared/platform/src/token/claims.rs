//! What an access token says.

use std::{fmt, net::IpAddr, str::FromStr};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};

/// `iss` of every access token.
pub const ISSUER: &str = "blockbotx";
/// `aud` of access tokens: taken by the api and by the gateway.
pub const AUDIENCE: &str = "blockbotx-api";
/// `aud` of gateway tokens: the api refuses them.
pub const GATEWAY_AUDIENCE: &str = "blockbotx-gateway";
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

/// The claims of an access or gateway token. All but the network are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose token it is.
    pub sub: UserId,
    /// What it came from and ends with: a session, or of a gateway token also an API token or the frontend's sessions.
    pub sid: SessionId,
    /// The role at the time of issue.
    pub role: Role,
    /// Issued at, whole milliseconds; whole seconds in tokens of releases that wrote no finer ones.
    pub iat: DateTime<Utc>,
    /// Expires at, whole seconds.
    pub exp: DateTime<Utc>,
    /// From where it is taken; none: from everywhere. Only the gateway's.
    pub network: Option<IpNet>,
}

impl AccessClaims {
    /// Claims issued at `now` for [`ACCESS_TOKEN_TTL`].
    pub fn new(sub: UserId, sid: SessionId, role: Role, now: DateTime<Utc>) -> Self {
        Self {
            sub,
            sid,
            role,
            iat: now.trunc_subsecs(3),
            exp: now.trunc_subsecs(0) + ACCESS_TOKEN_TTL,
            network: None,
        }
    }

    /// The same, but no longer than what they came from.
    #[must_use]
    pub fn ending_by(self, end: DateTime<Utc>) -> Self {
        Self {
            exp: self.exp.min(end.trunc_subsecs(0)),
            ..self
        }
    }

    /// Whether the token is taken from this address.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.network
            .is_none_or(|network| network.contains(&address.to_canonical()))
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
    /// `iat` in milliseconds, which older releases neither write nor read.
    #[serde(default)]
    pub(super) iat_ms: Option<i64>,
    pub(super) exp: i64,
    #[serde(default)]
    pub(super) network: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<i64>,
}
