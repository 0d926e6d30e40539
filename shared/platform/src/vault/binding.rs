//! What a sealed value belongs to.

use uuid::Uuid;

use super::sealed::Header;
use crate::ids::UserId;

/// What a value is sealed for: it opens for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    purpose: Purpose,
    user: Uuid,
    subject: Uuid,
}

/// Part of the stored format: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Purpose {
    Check = 0,
    Connection = 1,
    Totp = 2,
    Password = 3,
    Signals = 4,
}

impl Binding {
    /// The credentials of one exchange connection of a user.
    pub fn connection(user: UserId, connection: impl Into<Uuid>) -> Self {
        Self {
            purpose: Purpose::Connection,
            user: user.into(),
            subject: connection.into(),
        }
    }

    /// The TOTP secret of a user.
    pub fn totp(user: UserId) -> Self {
        Self {
            purpose: Purpose::Totp,
            user: user.into(),
            subject: Uuid::nil(),
        }
    }

    /// The hash of a user's password.
    pub fn password(user: UserId) -> Self {
        Self {
            purpose: Purpose::Password,
            user: user.into(),
            subject: Uuid::nil(),
        }
    }

    /// What signals to a bot of a user prove themselves with.
    pub fn signals(user: UserId, bot: impl Into<Uuid>) -> Self {
        Self {
            purpose: Purpose::Signals,
            user: user.into(),
            subject: bot.into(),
        }
    }

    pub(super) fn check() -> Self {
        Self {
            purpose: Purpose::Check,
            user: Uuid::nil(),
            subject: Uuid::nil(),
        }
    }

    /// Header, purpose, user and subject. Each has a fixed length, so no two bindings give the same bytes.
    pub(super) fn associated_data(self, header: Header) -> Vec<u8> {
        [
            header.bytes().as_slice(),
            &[self.purpose as u8],
            self.user.as_bytes(),
            self.subject.as_bytes(),
        ]
        .concat()
    }
}
