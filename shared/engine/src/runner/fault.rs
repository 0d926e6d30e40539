//! Why an account cannot go on.

use trading::{AmountError, live::NewsError, paper::AccountError, runner::SessionError};

use super::recorder::RecorderFault;

/// Why an account cannot go on as it is. A bot that fails is no such fault: the kernel ends it alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SessionFault(pub(super) String);

impl From<AmountError> for SessionFault {
    fn from(error: AmountError) -> Self {
        Self(error.to_string())
    }
}

impl From<AccountError> for SessionFault {
    fn from(error: AccountError) -> Self {
        Self(error.to_string())
    }
}

impl From<RecorderFault> for SessionFault {
    fn from(error: RecorderFault) -> Self {
        Self(error.to_string())
    }
}

impl From<SessionError> for SessionFault {
    fn from(error: SessionError) -> Self {
        Self(error.to_string())
    }
}

impl From<NewsError> for SessionFault {
    fn from(error: NewsError) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for SessionFault {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
