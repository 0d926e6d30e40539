//! What cannot be recorded.

use trading::order::{LifeError, OrderNumber};
use uuid::Uuid;

/// What cannot be recorded. Nothing of its batch may be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::runner) enum RecorderFault {
    /// Something happened to a bot that was never added.
    #[error("bot {0} is not in memory")]
    UnknownBot(u32),
    /// Something happened to an order that nobody placed, or that had ended and was not brought back.
    #[error("order {0} of bot {1} is not in memory")]
    UnknownOrder(OrderNumber, Uuid),
    /// Something happened to an order that cannot.
    #[error("order {0} of bot {1}: {2}")]
    Life(OrderNumber, Uuid, #[source] LifeError),
}

impl RecorderFault {
    /// The bot whose order it is.
    pub(in crate::runner) fn bot(&self) -> Option<Uuid> {
        match self {
            Self::UnknownBot(_) => None,
            Self::UnknownOrder(_, bot) | Self::Life(_, bot, _) => Some(*bot),
        }
    }
}
