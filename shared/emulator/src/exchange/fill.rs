//! Fills: what they do to orders, balances and books.

use std::collections::BTreeSet;

use trading::{
    Amount, AmountError, Asset,
    amount::Rounding,
    order::{Millis, Side},
    paper::AccountError,
};

use super::{
    Exchange,
    commission::{BNB, commission},
    event::{Execution, execution_report},
    order::{Order, OrderType, Status, Trade},
};
use crate::error::{ApiError, Rejection};

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Insufficient => Self::Rejected(Rejection::InsufficientBalance),
            AccountError::Amount(error) => error.into(),
        }
    }
}

impl Exchange {
    /// Quote for one BNB, for fees of a market with this quote asset.
    fn bnb_price(&self, quote: &Asset) -> Option<Amount> {
        if quote.as_str() == BNB {
            return Some(Amount::ONE);
        }
        let listing = self.symbols.get(&format!("{BNB}{quote}"))?;
        Some(listing.price)
    }

    /// Fills a part of an open order: balances, fee, trade, report. Returns the assets that it touched.
    pub(super) fn fill(
        &mut self,
        id: u64,
        (price, quantity): (Amount, Amount),
        is_maker: bool,
        now: Millis,
    ) -> Result<BTreeSet<Asset>, ApiError> {
        let order = self.orders.get(&id).ok_or(ApiError::Unknown)?.clone();
        let listing = self.symbols.get(&order.symbol).ok_or(ApiError::Symbol)?;
        let market = listing.market.clone();
        let bnb_price = self.bnb_price(market.symbol.quote());
        let user = self.users.get_mut(&order.user).ok_or(ApiError::Unknown)?;
        let quote = price.times(quantity)?;
        let fee = commission(
            user,
            &market,
            order.side,
            (quantity, quote),
            is_maker,
            bnb_price,
        )?;
        let unlocked = unlocked(&order, quantity)?;
        let (base_asset, quote_asset) = (market.symbol.base(), market.symbol.quote());
        let (given, taken) = match order.side {
            Side::Buy => ((quote_asset, quote), (base_asset, quantity)),
            Side::Sell => ((base_asset, quantity), (quote_asset, quote)),
        };
        user.account.pay(given.0, unlocked, given.1)?;
        user.account.credit(taken.0, taken.1)?;
        user.account.pay(&fee.asset, Amount::ZERO, fee.amount)?;
        self.last_trade += 1;
        let trade = Trade {
            id: self.last_trade,
            order: id,
            user: order.user.clone(),
            symbol: order.symbol.clone(),
            side: order.side,
            price,
            quantity,
            quote,
            fee: fee.amount,
            fee_asset: fee.asset.clone(),
            time: now,
            is_maker,
        };
        let assets = [base_asset.clone(), quote_asset.clone(), fee.asset].into();
        self.record(trade, unlocked, now)?;
        Ok(assets)
    }

    /// Writes a trade into the order and the market, and tells the user.
    fn record(&mut self, trade: Trade, unlocked: Amount, now: Millis) -> Result<(), ApiError> {
        let order = self.orders.get_mut(&trade.order).ok_or(ApiError::Unknown)?;
        order.executed = order.executed.plus(trade.quantity)?;
        order.quote = order.quote.plus(trade.quote)?;
        order.locked = order.locked.minus(unlocked)?;
        order.updated = now;
        order.status = if order.executed == order.quantity {
            Status::Filled
        } else {
            Status::PartiallyFilled
        };
        let is_buy = (trade.side == Side::Buy) != trade.is_maker;
        let listing = self
            .symbols
            .get_mut(&trade.symbol)
            .ok_or(ApiError::Symbol)?;
        listing.print(trade.id, (trade.price, trade.quantity), now, is_buy)?;
        if !order.status.is_open() {
            listing.open.remove(&trade.order);
        }
        self.last_execution += 1;
        let report = execution_report(order, &Execution::Trade(&trade), now, self.last_execution);
        self.events.push(report);
        self.trades.push(trade);
        Ok(())
    }

    /// Fills what the price of a symbol touches, in the order of the orders' ids.
    pub(super) fn match_resting(&mut self, symbol: &str, now: Millis) -> Result<(), ApiError> {
        let listing = self.symbols.get(symbol).ok_or(ApiError::Symbol)?;
        let (price, lot) = (listing.price, listing.market.lot_size);
        let touched: Vec<u64> = listing
            .open
            .iter()
            .filter(|id| {
                self.orders
                    .get(id)
                    .is_some_and(|order| is_touched(order, price))
            })
            .copied()
            .collect();
        for id in touched {
            let Some(order) = self.orders.get_mut(&id) else {
                continue;
            };
            let (limit, user) = (order.price, order.user.clone());
            let quantity = next_part(order, lot)?;
            if quantity.is_positive() {
                if let Some(user) = self.users.get_mut(&user) {
                    user.remember(now);
                }
                let assets = self.fill(id, (limit, quantity), true, now)?;
                self.tell_position(&user, &assets, now);
            }
        }
        Ok(())
    }

    /// Fills a share of an open order at its limit, as if the market had just touched it.
    pub(super) fn fill_share(
        &mut self,
        id: u64,
        share: Amount,
        now: Millis,
    ) -> Result<(), ApiError> {
        let order = self.orders.get(&id).ok_or(ApiError::Unknown)?.clone();
        let listing = self.symbols.get(&order.symbol).ok_or(ApiError::Symbol)?;
        let lot = listing.market.lot_size;
        let remaining = order.remaining()?;
        let quantity = part(remaining, share, lot)?.min(remaining);
        if quantity.is_positive() {
            let assets = self.fill(id, (order.price, quantity), true, now)?;
            self.tell_position(&order.user, &assets, now);
        }
        Ok(())
    }
}

/// What a fill of `quantity` sets free of what the order has locked.
fn unlocked(order: &Order, quantity: Amount) -> Result<Amount, AmountError> {
    match (order.kind, order.side) {
        (OrderType::Market, _) => Ok(Amount::ZERO),
        (_, Side::Sell) => Ok(quantity),
        (_, Side::Buy) => order.price.times(quantity),
    }
}

fn is_touched(order: &Order, price: Amount) -> bool {
    match order.side {
        Side::Buy => price <= order.price,
        Side::Sell => price >= order.price,
    }
}

/// The part of an order that fills at the next touch: the next share of its schedule, or all that is left.
pub(super) fn next_part(order: &mut Order, lot: Amount) -> Result<Amount, AmountError> {
    let remaining = order.remaining()?;
    match order.shares.pop_front() {
        Some(share) => Ok(part(order.quantity, share, lot)?.min(remaining)),
        None => Ok(remaining),
    }
}

/// A share of a quantity, rounded down to the lot.
pub(super) fn part(quantity: Amount, share: Amount, lot: Amount) -> Result<Amount, AmountError> {
    quantity
        .mul_rounded(share, 18, Rounding::Down)?
        .floor_to(lot)
}
