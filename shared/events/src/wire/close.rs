//! Why a socket is closed.

/// The code of a close frame. 4000–4499: reconnect with backoff. 4500–4999: not until something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// Our fault.
    Internal = 4000,
    /// This node stops: come back, to another.
    Drain = 4001,
    /// The client reads more slowly than events come.
    SlowConsumer = 4002,
    /// A ping went unanswered.
    NoPong = 4003,
    /// The access token expired and was not refreshed.
    TokenExpired = 4004,
    /// The place in the event stream was lost.
    PositionLost = 4005,
    /// Too many messages.
    RateLimited = 4006,
    /// The user has as many sockets as one may, and opened another: this one was the oldest or did not answer.
    Replaced = 4007,
    /// Not a message of the protocol, or not now.
    Malformed = 4500,
    /// The access token is not valid.
    InvalidToken = 4501,
    /// No hello in time.
    NoHello = 4502,
    /// The login was revoked or the account suspended.
    Revoked = 4503,
    /// No version of the protocol in common.
    Version = 4505,
}

impl CloseCode {
    /// Every code.
    pub const ALL: &[Self] = &[
        Self::Internal,
        Self::Drain,
        Self::SlowConsumer,
        Self::NoPong,
        Self::TokenExpired,
        Self::PositionLost,
        Self::RateLimited,
        Self::Replaced,
        Self::Malformed,
        Self::InvalidToken,
        Self::NoHello,
        Self::Revoked,
        Self::Version,
    ];

    /// The number in the close frame.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// Its name, for the frame's reason and for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Drain => "drain",
            Self::SlowConsumer => "slow_consumer",
            Self::NoPong => "no_pong",
            Self::TokenExpired => "token_expired",
            Self::PositionLost => "position_lost",
            Self::RateLimited => "rate_limited",
            Self::Replaced => "replaced",
            Self::Malformed => "malformed",
            Self::InvalidToken => "invalid_token",
            Self::NoHello => "no_hello",
            Self::Revoked => "revoked",
            Self::Version => "version",
        }
    }

    /// Whether the client should try again by itself, with backoff.
    pub fn may_reconnect(self) -> bool {
        self.code() < 4500
    }
}

#[cfg(test)]
mod tests {
    use super::CloseCode;

    #[test]
    fn codes_and_names_are_the_protocols() {
        let table: Vec<_> = CloseCode::ALL
            .iter()
            .map(|code| format!("{} {} {}", code.code(), code.name(), code.may_reconnect()))
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }
}
