//! A request that may be carried out.

use trading::order::Millis;

use super::params::Params;
use crate::{
    config::RateLimits,
    error::ApiError,
    exchange::{Circumstances, DAY},
};

/// What a request brings to the exchange.
pub(crate) struct Call<'a> {
    pub(crate) params: Params,
    /// The name of the user; none for public routes.
    pub(crate) user: Option<String>,
    pub(crate) now: Millis,
    pub(crate) circumstances: Circumstances,
    pub(crate) limits: &'a RateLimits,
    /// Orders that the user has placed in these ten seconds and today.
    pub(crate) orders: [u32; 2],
}

impl Call<'_> {
    /// `startTime` and `endTime`, at most 24 hours apart.
    pub(crate) fn range(&mut self) -> Result<[Option<Millis>; 2], ApiError> {
        let from: Option<Millis> = self.params.number("startTime")?;
        let to: Option<Millis> = self.params.number("endTime")?;
        if let (Some(from), Some(to)) = (from, to)
            && to.saturating_sub(from) > DAY
        {
            return Err(ApiError::TooLongRange);
        }
        Ok([from, to])
    }

    /// The user of a signed route.
    pub(crate) fn user(&self) -> Result<String, ApiError> {
        self.user.clone().ok_or(ApiError::Key)
    }
}
