use crate::amount::AmountError;
use crate::market::{OrderError, RejectCode};
use crate::order::{LegsError, OrderNumber};

/// Why a step failed. Where the input was a fill, it is booked nevertheless, unless the error says that the order is
/// unknown or that more was filled than asked for: then nothing has changed. What the kind of the bot remembers is
/// undefined: [`super::State::fail`] drops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The state belongs to another type of bot.
    #[error("the state belongs to another type of bot")]
    WrongKind,
    /// News of an order that the bot never placed, or a fill of one that ended too long ago to be remembered: give it
    /// again as [`super::Event::LateFill`].
    #[error("order {0} is not known to this bot")]
    UnknownOrder(OrderNumber),
    /// The state contradicts itself or its orders.
    #[error("the saved state contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// An order that the state counts on is not in the book.
    #[error("order {0} of this bot is not in the book")]
    MissingOrder(OrderNumber),
    /// Every answer of the venue led to another order, and so on.
    #[error("the bot does not come to rest")]
    RunawayLoop,
    /// More was filled than was asked for.
    #[error("order {0} was filled beyond its quantity")]
    Overfilled(OrderNumber),
    /// A fee in a third asset came without its price.
    #[error("the fee's asset has no price in quote")]
    NoConversion,
    /// The schedule has no next time.
    #[error("the schedule cannot be evaluated")]
    Schedule,
    /// The grid has no lines.
    #[error(transparent)]
    Lines(#[from] super::grid::LinesError),
    /// A sum has no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl From<LegsError> for StepError {
    fn from(error: LegsError) -> Self {
        match error {
            LegsError::NoConversion => Self::NoConversion,
            LegsError::Amount(error) => Self::Amount(error),
        }
    }
}

/// Splits an error of order making: a broken rule is the kind's business, a sum without exact form is the step's.
pub(crate) fn split<T>(result: Result<T, OrderError>) -> Result<Result<T, RejectCode>, StepError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(OrderError::Rejected(code)) => Ok(Err(code)),
        Err(OrderError::Amount(error)) => Err(error.into()),
    }
}
