//! How orders are cancelled.

use std::collections::BTreeSet;

use trading::{
    Amount,
    order::{Millis, Side},
};

use super::{
    Exchange,
    circumstances::Circumstances,
    event::{Execution, execution_report},
    order::Status,
};
use crate::error::ApiError;

/// Which orders a cancel request is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// Those without a fill.
    OnlyNew,
    /// Those with a fill.
    OnlyPartiallyFilled,
}

impl Exchange {
    /// Cancels an open order; `cancel_id` is the client id of the request.
    pub(crate) fn cancel(
        &mut self,
        id: u64,
        restriction: Option<Restriction>,
        cancel_id: &str,
        circumstances: &Circumstances,
        now: Millis,
    ) -> Result<(), ApiError> {
        if !self.order(id)?.status.is_open() {
            return Err(ApiError::UnknownOrder);
        }
        if let Some(share) = circumstances.fills_before_cancel {
            self.fill_share(id, share, now)?;
        }
        let status = self.order(id)?.status;
        match (restriction, status) {
            (_, status) if !status.is_open() => return Err(ApiError::UnknownOrder),
            (Some(Restriction::OnlyNew), Status::PartiallyFilled)
            | (Some(Restriction::OnlyPartiallyFilled), Status::New) => {
                return Err(ApiError::CancelRestrictions);
            }
            _ => {}
        }
        self.close(id, Status::Canceled, now)?;
        let order = self.orders.get(&id).ok_or(ApiError::Unknown)?;
        let (user, symbol, side) = (order.user.clone(), order.symbol.clone(), order.side);
        self.last_execution += 1;
        let execution = Execution::Canceled(cancel_id);
        let report = execution_report(order, &execution, now, self.last_execution);
        self.events.push(report);
        let market = &self.listing(&symbol)?.market;
        let asset = match side {
            Side::Buy => market.symbol.quote(),
            Side::Sell => market.symbol.base(),
        };
        let assets = BTreeSet::from([asset.clone()]);
        self.tell_position(&user, &assets, now);
        Ok(())
    }

    /// Takes an order out of the book and frees what it has locked.
    pub(super) fn close(&mut self, id: u64, status: Status, now: Millis) -> Result<(), ApiError> {
        let order = self.orders.get_mut(&id).ok_or(ApiError::Unknown)?;
        let listing = self
            .symbols
            .get_mut(&order.symbol)
            .ok_or(ApiError::Symbol)?;
        let user = self.users.get_mut(&order.user).ok_or(ApiError::Unknown)?;
        let asset = match order.side {
            Side::Buy => listing.market.symbol.quote(),
            Side::Sell => listing.market.symbol.base(),
        };
        user.remember(now);
        user.account.release(asset, order.locked)?;
        order.locked = Amount::ZERO;
        order.status = status;
        order.updated = now;
        listing.open.remove(&id);
        Ok(())
    }
}
