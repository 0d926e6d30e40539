//! What the trading kernel finds wrong with a configuration, as the API says it.

use trading::bot::{FieldCode as KernelCode, FieldError as KernelError, Severity};

use super::{ApiError, FieldCode, FieldError};

impl From<KernelError> for FieldError {
    fn from(found: KernelError) -> Self {
        let code = match found.code {
            KernelCode::OutOfRange => FieldCode::OutOfRange,
            KernelCode::Inconsistent => FieldCode::Conflict,
            KernelCode::Required => FieldCode::Required,
            KernelCode::BelowMinNotional => FieldCode::BelowMinNotional,
            KernelCode::ExitNotViable => FieldCode::ExitNotViable,
            KernelCode::LadderBelowZero => FieldCode::LadderBelowZero,
            KernelCode::StepBelowFees => FieldCode::StepBelowFees,
            KernelCode::StepNearFees => FieldCode::StepNearFees,
            KernelCode::SellsBelowMinimum => FieldCode::SellsBelowMinimum,
            KernelCode::RestBelowMinimum => FieldCode::RestBelowMinimum,
            KernelCode::PriceBeyondExit => FieldCode::PriceBeyondExit,
            KernelCode::PriceOutsideGrid => FieldCode::PriceOutsideGrid,
            KernelCode::LinesTooClose => FieldCode::LinesTooClose,
            KernelCode::InsufficientBalance => FieldCode::InsufficientBalance,
            KernelCode::TooManyOrders => FieldCode::TooManyOrders,
            KernelCode::StopAboveLadder => FieldCode::StopAboveLadder,
            KernelCode::InvalidSchedule => FieldCode::InvalidSchedule,
            KernelCode::InvalidTimezone => FieldCode::InvalidTimezone,
            KernelCode::PricesOffTick => FieldCode::PricesOffTick,
            KernelCode::CandlesMissing => FieldCode::CandlesMissing,
            KernelCode::CandlesCutShort => FieldCode::CandlesCutShort,
        };
        Self::new(found.pointer, code, found.message)
    }
}

/// Refuses a configuration of which the kernel says an error; of any other, gives what it warns of.
///
/// # Errors
/// 422 with every error.
pub(crate) fn warnings_unless_errors(found: Vec<KernelError>) -> Result<Vec<FieldError>, ApiError> {
    let (errors, warnings): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|found| found.severity == Severity::Error);
    if errors.is_empty() {
        Ok(warnings.into_iter().map(FieldError::from).collect())
    } else {
        let errors = errors.into_iter().map(FieldError::from);
        Err(ApiError::Invalid(errors.collect()))
    }
}
