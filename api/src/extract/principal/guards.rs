//! What a route asks of its caller, as the type of an argument.

use axum::extract::FromRequestParts;
use http::request::Parts;
use store::{api_tokens::Scope, factors};

use super::{Login, Principal};
use crate::{
    access::{Access, RequiresAccess},
    error::ApiError,
    state::AppState,
};

macro_rules! guard {
    ($(#[$doc:meta])* $name:ident($inner:ty) = $access:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub $inner);

        impl RequiresAccess for $name {
            const ACCESS: Access = Access::$access;
        }

        impl FromRequestParts<AppState> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
                let principal = Principal::resolve(parts, state).await?;
                let check: fn(Principal, &Parts) -> Result<$inner, ApiError> = $check;
                check(principal, parts).map(Self)
            }
        }
    };
}

guard! {
    /// Whoever reads: any credential; of an API token the scope `read`.
    Reader(Principal) = Read, |principal, _| {
        principal.require_scope(Scope::Read)?;
        Ok(principal)
    }
}

guard! {
    /// Whoever trades, or changes what trades: any credential; of an API token the scope `trade`.
    Trader(Principal) = Trade, |principal, _| {
        principal.require_scope(Scope::Trade)?;
        Ok(principal)
    }
}

guard! {
    /// A user in person: a session of ours or of the frontend, no API token.
    Person(Principal) = Person, |principal, _| {
        principal.require_person()?;
        Ok(principal)
    }
}

guard! {
    /// A user in a session of ours.
    SessionUser(Login) = Session, |principal, _| principal.require_session()
}

guard! {
    /// A user in a session of ours in which a second factor was given lately.
    SteppedUp(Login) = SteppedUp, |principal, _| principal.require_step_up()
}

/// An admin with a second factor, in a session of ours. Reads: also an admin's API token with the scope `admin`.
#[derive(Debug, Clone, Copy)]
pub struct Admin(pub Principal);

impl RequiresAccess for Admin {
    const ACCESS: Access = Access::Admin;
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let principal = Principal::resolve(parts, state).await?;
        principal.require_admin(parts.method.is_safe())?;
        require_factor(state, &principal).await?;
        Ok(Self(principal))
    }
}

/// An admin in a session of ours in which a second factor was given lately, for what admins change.
#[derive(Debug, Clone, Copy)]
pub struct SteppedUpAdmin(pub Login);

impl RequiresAccess for SteppedUpAdmin {
    const ACCESS: Access = Access::SteppedUpAdmin;
}

impl FromRequestParts<AppState> for SteppedUpAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let principal = Principal::resolve(parts, state).await?;
        principal.require_admin(false)?;
        require_factor(state, &principal).await?;
        principal.require_step_up().map(Self)
    }
}

/// A password alone makes nobody an admin: whoever steals it would be one.
async fn require_factor(state: &AppState, principal: &Principal) -> Result<(), ApiError> {
    if factors::is_enabled(state.db.conn(), principal.user).await? {
        Ok(())
    } else {
        Err(ApiError::AdminFactorRequired)
    }
}
