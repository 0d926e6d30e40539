//! What a session goes by, and what it asks of its socket.

use chrono::{DateTime, Utc};
use events::{
    channel::MarketChannel,
    wire::{CloseCode, Resume},
};
use platform::token::{AccessClaims, TokenError, TokenVerifier};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{limits::GatewayLimits, outbound::Closing};

/// Why a client that says something else is sent away.
pub(super) const HELLO_FIRST: &str = "the first message must be hello";

/// The time, on both clocks: waiting is done on one, tokens know the other.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For waiting.
    pub mono: Instant,
    /// For tokens.
    pub wall: DateTime<Utc>,
}

/// What the socket's task is to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Send this; never before the welcome.
    Reply(Utf8Bytes),
    /// Hand the socket over to the hub, unless its user has too many or the login was revoked.
    Identify {
        /// Who it is.
        claims: AccessClaims,
        /// Where the client was.
        resume: Option<Resume>,
    },
    /// The login changed.
    Refreshed(AccessClaims),
    /// Start these.
    Subscribe(Vec<MarketChannel>),
    /// Stop these.
    Unsubscribe(Vec<MarketChannel>),
    /// Send a ping with the newest event's number.
    Ping,
    /// Close the socket.
    Close(Closing),
}

/// How a session is limited; shared by all.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The limits of the node.
    pub limits: GatewayLimits,
    /// Verifies tokens.
    pub verifier: TokenVerifier,
}

impl Rules {
    /// An expired token is not the end of the world: the client gets a new one and comes back.
    pub(super) fn verify(&self, token: &str, now: Now) -> Result<AccessClaims, CloseCode> {
        self.verifier
            .verify(token, now.wall)
            .map_err(|error| match error {
                TokenError::Expired => CloseCode::TokenExpired,
                TokenError::Invalid => CloseCode::InvalidToken,
            })
    }
}
