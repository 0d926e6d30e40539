use serde::{Deserialize, Serialize};

use super::session::BotSlot;
use super::{Account, AccountError, FEE_DECIMALS};
use crate::amount::{Amount, AmountError, Rounding};
use crate::bot::{FeeCharge, Fees};
use crate::market::{Market, RejectCode};
use crate::order::{Fee, Fill, Liquidity, OrderIntent, OrderSize, OrderType, Side, TimeInForce};
use crate::symbol::Asset;

/// An order in a paper book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperOrder {
    /// Whose it is.
    pub bot: BotSlot,
    /// The account that pays for it.
    pub account: usize,
    /// What was asked for.
    pub intent: OrderIntent,
    /// Set aside for it: quote of a buy, base of a sell.
    pub reserved: Amount,
    /// It fills at the next point's price: a market order, or a limit that was marketable when it arrived.
    pub takes: bool,
}

/// What became of an order at a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Execution {
    /// Filled whole.
    Filled(Fill),
    /// Its time in force ended it.
    Expired,
    /// It could not be paid, or bought less than a lot.
    Rejected(RejectCode),
}

/// Orders of one market, matched against its price. Orders never meet each other.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By number, then bot.
    orders: Vec<PaperOrder>,
    /// Highest limit of a resting buy.
    highest_buy: Option<Amount>,
    /// Lowest limit of a resting sell.
    lowest_sell: Option<Amount>,
    has_takers: bool,
}

impl Book {
    /// Orders in the book, by number, then bot.
    pub fn orders(&self) -> &[PaperOrder] {
        &self.orders
    }

    /// Whether a point at this price fills or ends any order.
    #[inline]
    pub fn is_touched(&self, price: Amount) -> bool {
        self.has_takers
            || self.highest_buy.is_some_and(|limit| price <= limit)
            || self.lowest_sell.is_some_and(|limit| price >= limit)
    }

    /// Puts an order in; its reservation has been made.
    pub fn insert(&mut self, order: PaperOrder) {
        let key = (order.intent.number, order.bot);
        let index = self
            .orders
            .partition_point(|other| (other.intent.number, other.bot) < key);
        self.note(&order);
        self.orders.insert(index, order);
    }

    fn note(&mut self, order: &PaperOrder) {
        match (order.takes, order.intent.kind.limit(), order.intent.side) {
            (false, Some(limit), Side::Buy) => {
                self.highest_buy =
                    Some(self.highest_buy.map_or(limit, |highest| highest.max(limit)));
            }
            (false, Some(limit), Side::Sell) => {
                self.lowest_sell = Some(self.lowest_sell.map_or(limit, |lowest| lowest.min(limit)));
            }
            (true, ..) | (_, None, _) => self.has_takers = true,
        }
    }

    fn renew(&mut self) {
        self.highest_buy = None;
        self.lowest_sell = None;
        self.has_takers = false;
        let orders = std::mem::take(&mut self.orders);
        for order in &orders {
            self.note(order);
        }
        self.orders = orders;
    }

    /// Takes an order out.
    pub fn remove(
        &mut self,
        bot: BotSlot,
        number: crate::order::OrderNumber,
    ) -> Option<PaperOrder> {
        let index = self
            .orders
            .iter()
            .position(|order| order.bot == bot && order.intent.number == number)?;
        let order = self.orders.remove(index);
        self.renew();
        Some(order)
    }

    /// Matches every order against a point, by number, and books what is filled. What ends leaves the book.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn match_point(
        &mut self,
        price: Amount,
        market: &Market,
        fees: &Fees,
        accounts: &mut [Account],
        done: &mut Vec<(PaperOrder, Execution)>,
    ) -> Result<(), AmountError> {
        self.match_some(price, market, fees, accounts, done, |_| true)
    }

    /// Matches the orders among those of [`Book::match_point`] that `is_meant` picks.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn match_some(
        &mut self,
        price: Amount,
        market: &Market,
        fees: &Fees,
        accounts: &mut [Account],
        done: &mut Vec<(PaperOrder, Execution)>,
        is_meant: impl Fn(&PaperOrder) -> bool,
    ) -> Result<(), AmountError> {
        let mut index = 0;
        while index < self.orders.len() {
            let order = &mut self.orders[index];
            if !is_meant(order) {
                index += 1;
                continue;
            }
            let account = &mut accounts[order.account];
            match order.meet(price, market, fees, account)? {
                None => index += 1,
                Some(execution) => done.push((self.orders.remove(index), execution)),
            }
        }
        self.renew();
        Ok(())
    }
}

/// Quote or base that an order needs before it may enter the book.
///
/// # Errors
/// When a sum has no exact form.
pub(super) fn reservation(
    intent: &OrderIntent,
    price: Option<Amount>,
    fees: &Fees,
) -> Result<Amount, AmountError> {
    match (intent.side, intent.size) {
        (Side::Sell, OrderSize::Base(quantity)) => Ok(quantity),
        (Side::Sell, OrderSize::Quote(_)) => Ok(Amount::ZERO),
        (Side::Buy, OrderSize::Quote(quote)) => with_fee(quote, fees.taker, fees.charge),
        (Side::Buy, OrderSize::Base(quantity)) => match intent.kind.limit().or(price) {
            Some(price) => with_fee(price.times(quantity)?, fees.worst(), fees.charge),
            None => Ok(Amount::ZERO),
        },
    }
}

/// What a buy of so much quote takes at most, with the fee where it comes on top.
pub(crate) fn with_fee(
    quote: Amount,
    rate: Amount,
    charge: FeeCharge,
) -> Result<Amount, AmountError> {
    match charge {
        FeeCharge::Quote => quote.plus(fee_of(quote, rate)?),
        FeeCharge::Received => Ok(quote),
    }
}

/// A paper fee: rounded once, up, at 8 decimals.
fn fee_of(amount: Amount, rate: Amount) -> Result<Amount, AmountError> {
    amount.mul_rounded(rate, FEE_DECIMALS, Rounding::Up)
}

impl PaperOrder {
    /// What this point does to the order; nothing when it goes on resting.
    fn meet(
        &mut self,
        price: Amount,
        market: &Market,
        fees: &Fees,
        account: &mut Account,
    ) -> Result<Option<Execution>, AmountError> {
        let reaches = |limit: Amount| match self.intent.side {
            Side::Buy => price <= limit,
            Side::Sell => price >= limit,
        };
        let (price, liquidity) = match self.intent.kind {
            OrderType::Market => (price, Liquidity::Taker),
            OrderType::Limit {
                price: limit,
                time_in_force,
            } => match (self.takes, reaches(limit)) {
                (true, true) => (price, Liquidity::Taker),
                (false, true) => (limit, Liquidity::Maker),
                (_, false) if time_in_force == TimeInForce::ImmediateOrCancel => {
                    self.release(market, account)?;
                    return Ok(Some(Execution::Expired));
                }
                (_, false) => {
                    self.takes = false;
                    return Ok(None);
                }
            },
        };
        self.execute(price, liquidity, market, fees, account)
            .map(Some)
    }

    fn execute(
        &self,
        price: Amount,
        liquidity: Liquidity,
        market: &Market,
        fees: &Fees,
        account: &mut Account,
    ) -> Result<Execution, AmountError> {
        let quantity = match self.intent.size {
            OrderSize::Base(quantity) => quantity,
            OrderSize::Quote(quote) => market.quantity_for_quote(quote, price)?,
        };
        if quantity.is_zero() || quantity < market.min_quantity {
            self.release(market, account)?;
            return Ok(Execution::Rejected(RejectCode::BelowMinQuantity));
        }
        let quote = price.times(quantity)?;
        let rate = match liquidity {
            Liquidity::Maker => fees.maker,
            Liquidity::Taker => fees.taker,
        };
        let (base, quote_asset) = (market.symbol.base(), market.symbol.quote());
        let (asset, amount) = match (self.intent.side, fees.charge) {
            (Side::Buy, FeeCharge::Received) => (base, fee_of(quantity, rate)?),
            (Side::Buy, FeeCharge::Quote) | (Side::Sell, _) => (quote_asset, fee_of(quote, rate)?),
        };
        let paid = match self.intent.side {
            Side::Buy => {
                let is_in_quote = asset == quote_asset;
                let cost = if is_in_quote {
                    quote.plus(amount)?
                } else {
                    quote
                };
                let received = if is_in_quote {
                    quantity
                } else {
                    quantity.minus(amount)?
                };
                exchange(
                    account,
                    (quote_asset, cost),
                    (base, received),
                    self.reserved,
                )?
            }
            Side::Sell => exchange(
                account,
                (base, quantity),
                (quote_asset, quote.minus(amount)?),
                self.reserved,
            )?,
        };
        if !paid {
            self.release(market, account)?;
            return Ok(Execution::Rejected(RejectCode::InsufficientBalance));
        }
        Ok(Execution::Filled(Fill {
            order: self.intent.number,
            trade: format!("{}-{}", self.bot.0, self.intent.number),
            price,
            quantity,
            quote,
            fee: Fee {
                asset: asset.clone(),
                amount,
                rate: Some(rate),
                is_estimated: false,
                conversion: None,
            },
            liquidity,
            is_last: true,
        }))
    }

    /// What its reservation is in.
    pub(super) fn reserved_asset<'a>(&self, market: &'a Market) -> &'a Asset {
        match self.intent.side {
            Side::Buy => market.symbol.quote(),
            Side::Sell => market.symbol.base(),
        }
    }

    /// Gives its reservation back.
    pub(super) fn release(
        &self,
        market: &Market,
        account: &mut Account,
    ) -> Result<(), AmountError> {
        match account.release(self.reserved_asset(market), self.reserved) {
            Ok(()) | Err(AccountError::Insufficient) => Ok(()),
            Err(AccountError::Amount(error)) => Err(error),
        }
    }
}

/// Pays and receives; false, with nothing changed, when it cannot be paid.
fn exchange(
    account: &mut Account,
    (give, amount): (&Asset, Amount),
    (take, received): (&Asset, Amount),
    reserved: Amount,
) -> Result<bool, AmountError> {
    match account.pay(give, reserved, amount) {
        Ok(()) => {}
        Err(AccountError::Insufficient) => return Ok(false),
        Err(AccountError::Amount(error)) => return Err(error),
    }
    match account.credit(take, received) {
        Ok(()) | Err(AccountError::Insufficient) => Ok(true),
        Err(AccountError::Amount(error)) => Err(error),
    }
}
