//! Why an account cannot go on.

use trading::{AmountError, live::NewsError, paper::AccountError, runner::SessionError};
use uuid::Uuid;

use super::recorder::RecorderFault;

/// Why an account cannot go on as it is. A bot that fails is no such fault: the kernel ends it alone.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct SessionFault {
    reason: String,
    /// The bot whose rows are at fault, if only one's are: without it the account can go on from where it was saved.
    pub(super) bot: Option<Uuid>,
}

impl SessionFault {
    pub(super) fn new(reason: &impl ToString) -> Self {
        let reason = reason.to_string();
        Self { reason, bot: None }
    }
}

impl From<AmountError> for SessionFault {
    fn from(error: AmountError) -> Self {
        Self::new(&error)
    }
}

impl From<AccountError> for SessionFault {
    fn from(error: AccountError) -> Self {
        Self::new(&error)
    }
}

impl From<RecorderFault> for SessionFault {
    fn from(error: RecorderFault) -> Self {
        Self {
            reason: error.to_string(),
            bot: error.bot(),
        }
    }
}

impl From<SessionError> for SessionFault {
    fn from(error: SessionError) -> Self {
        Self::new(&error)
    }
}

impl From<NewsError> for SessionFault {
    fn from(error: NewsError) -> Self {
        Self::new(&error)
    }
}

impl From<serde_json::Error> for SessionFault {
    fn from(error: serde_json::Error) -> Self {
        Self::new(&error)
    }
}
