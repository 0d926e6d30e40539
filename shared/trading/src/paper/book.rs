use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Account, AccountError, FEE_DECIMALS};
use crate::amount::{Amount, AmountError, Rounding};
use crate::market::{FeeCharge, Fees, Market, RejectCode};
use crate::order::{
    Fee, Fill, Liquidity, OrderIntent, OrderNumber, OrderSize, OrderType, Side, TimeInForce,
};
use crate::runner::BotSlot;
use crate::symbol::Asset;

/// Identity of the first trade of an order, among the order's.
const FIRST_TRADE: &str = "1";

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
    pub is_marketable: bool,
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
    /// A sum of it has no exact form: nothing was booked, and what was set aside is free again.
    Failed(AmountError),
}

/// Where an order stands in the order of matching: by number, then bot.
type Key = (OrderNumber, BotSlot);

/// Orders of one market, matched against its price. Orders never meet each other.
#[derive(Clone, Debug, Default)]
pub struct Book {
    orders: BTreeMap<Key, PaperOrder>,
    /// Resting buys by limit.
    buys: BTreeSet<(Amount, OrderNumber, BotSlot)>,
    /// Resting sells by limit.
    sells: BTreeSet<(Amount, OrderNumber, BotSlot)>,
    /// Orders that the next point fills or ends, whatever its price.
    marketable: BTreeSet<Key>,
    highest_buy: Option<Amount>,
    lowest_sell: Option<Amount>,
    /// Open orders of each account, by its index.
    counts: Vec<usize>,
    /// Kept between points for its allocation.
    touched: Vec<Key>,
}

/// What fills an order.
#[derive(Clone, Copy)]
enum Trigger {
    NextPoint,
    Below(Amount),
    Above(Amount),
}

impl Book {
    /// Open orders, by number, then bot.
    pub fn orders(&self) -> impl ExactSizeIterator<Item = &PaperOrder> {
        self.orders.values()
    }

    /// An open order.
    pub fn order(&self, bot: BotSlot, number: OrderNumber) -> Option<&PaperOrder> {
        self.orders.get(&(number, bot))
    }

    /// How many orders of an account are open.
    pub fn count(&self, account: usize) -> usize {
        self.counts.get(account).copied().unwrap_or(0)
    }

    /// Whether a point at this price fills or ends any order.
    #[inline]
    pub fn is_touched(&self, price: Amount) -> bool {
        self.highest_buy.is_some_and(|limit| price <= limit)
            || self.lowest_sell.is_some_and(|limit| price >= limit)
            || !self.marketable.is_empty()
    }

    /// Puts an order in; its reservation has been made.
    pub fn insert(&mut self, order: PaperOrder) {
        let key = (order.intent.number, order.bot);
        self.index(key, order.trigger());
        if self.counts.len() <= order.account {
            self.counts.resize(order.account + 1, 0);
        }
        self.counts[order.account] += 1;
        self.orders.insert(key, order);
    }

    /// Takes an order out.
    pub fn remove(&mut self, bot: BotSlot, number: OrderNumber) -> Option<PaperOrder> {
        let key = (number, bot);
        let order = self.orders.remove(&key)?;
        self.unindex(key, order.trigger());
        if let Some(count) = self.counts.get_mut(order.account) {
            *count -= 1;
        }
        Some(order)
    }

    fn index(&mut self, key: Key, trigger: Trigger) {
        let (number, bot) = key;
        match trigger {
            Trigger::NextPoint => {
                self.marketable.insert(key);
            }
            Trigger::Below(limit) => {
                self.buys.insert((limit, number, bot));
                self.highest_buy = self.highest_buy.max(Some(limit));
            }
            Trigger::Above(limit) => {
                self.sells.insert((limit, number, bot));
                self.lowest_sell = Some(self.lowest_sell.map_or(limit, |lowest| lowest.min(limit)));
            }
        }
    }

    fn unindex(&mut self, key: Key, trigger: Trigger) {
        let (number, bot) = key;
        match trigger {
            Trigger::NextPoint => {
                self.marketable.remove(&key);
            }
            Trigger::Below(limit) => {
                self.buys.remove(&(limit, number, bot));
                self.highest_buy = self.buys.last().map(|(limit, ..)| *limit);
            }
            Trigger::Above(limit) => {
                self.sells.remove(&(limit, number, bot));
                self.lowest_sell = self.sells.first().map(|(limit, ..)| *limit);
            }
        }
    }

    /// Matches every order against a point, by number, and books what is filled. What ends leaves the book.
    pub fn match_point(
        &mut self,
        price: Amount,
        market: &Market,
        fees: &Fees,
        accounts: &mut [Account],
        done: &mut Vec<(PaperOrder, Execution)>,
    ) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.extend(&self.marketable);
        let (first, last) = ((0, BotSlot(0)), (OrderNumber::MAX, BotSlot(u32::MAX)));
        let buys = self.buys.range((price, first.0, first.1)..);
        let sells = self.sells.range(..=(price, last.0, last.1));
        touched.extend(buys.chain(sells).map(|(_, number, bot)| (*number, *bot)));
        touched.sort_unstable();
        self.meet(&touched, price, market, fees, accounts, done);
        touched.clear();
        self.touched = touched;
    }

    /// Matches the market orders of one bot, as [`Book::match_point`] does.
    pub fn match_market_orders(
        &mut self,
        bot: BotSlot,
        price: Amount,
        market: &Market,
        fees: &Fees,
        accounts: &mut [Account],
        done: &mut Vec<(PaperOrder, Execution)>,
    ) {
        let is_meant = |(number, of): &Key| {
            *of == bot
                && self
                    .order(bot, *number)
                    .is_some_and(|order| order.intent.kind == OrderType::Market)
        };
        let touched: Vec<Key> = self.marketable.iter().copied().filter(is_meant).collect();
        self.meet(&touched, price, market, fees, accounts, done);
    }

    fn meet(
        &mut self,
        touched: &[Key],
        price: Amount,
        market: &Market,
        fees: &Fees,
        accounts: &mut [Account],
        done: &mut Vec<(PaperOrder, Execution)>,
    ) {
        for key in touched {
            let Some(order) = self.orders.get_mut(key) else {
                continue;
            };
            let before = order.trigger();
            let account = &mut accounts[order.account];
            let met = order.meet(price, market, fees, account);
            let met = met.unwrap_or_else(|error| {
                // What was reserved could be released when it was: it is the whole of it again.
                _ = order.release(market, account);
                Some(Execution::Failed(error))
            });
            match met {
                None => {
                    let after = order.trigger();
                    self.unindex(*key, before);
                    self.index(*key, after);
                }
                Some(execution) => {
                    let (number, bot) = *key;
                    done.extend(self.remove(bot, number).map(|order| (order, execution)));
                }
            }
        }
    }
}

/// Quote or base that an order needs before it may enter the book.
///
/// # Errors
/// When a sum has no exact form.
pub(crate) fn reservation(
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

/// The fee of a fill of `quantity` for `quote`, and its asset.
///
/// # Errors
/// When the fee has no exact form.
pub(crate) fn fee_on<'a>(
    side: Side,
    (quantity, quote): (Amount, Amount),
    rate: Amount,
    market: &'a Market,
    fees: &Fees,
) -> Result<(&'a Asset, Amount), AmountError> {
    match (side, fees.charge) {
        (Side::Buy, FeeCharge::Received) => Ok((market.symbol.base(), fee_of(quantity, rate)?)),
        (Side::Buy, FeeCharge::Quote) | (Side::Sell, _) => {
            Ok((market.symbol.quote(), fee_of(quote, rate)?))
        }
    }
}

impl PaperOrder {
    fn trigger(&self) -> Trigger {
        match (self.is_marketable, self.intent.kind, self.intent.side) {
            (true, ..) | (_, OrderType::Market, _) => Trigger::NextPoint,
            (false, OrderType::Limit { price, .. }, Side::Buy) => Trigger::Below(price),
            (false, OrderType::Limit { price, .. }, Side::Sell) => Trigger::Above(price),
        }
    }

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
            } => match (self.is_marketable, reaches(limit)) {
                (true, true) => (price, Liquidity::Taker),
                (false, true) => (limit, Liquidity::Maker),
                (_, false) if time_in_force == TimeInForce::ImmediateOrCancel => {
                    self.release(market, account)?;
                    return Ok(Some(Execution::Expired));
                }
                (_, false) => {
                    self.is_marketable = false;
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
        let (asset, amount) = fee_on(self.intent.side, (quantity, quote), rate, market, fees)?;
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
            // Orders fill whole here.
            trade: FIRST_TRADE.to_owned(),
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
    // What cannot be received is not paid for.
    account.total(take)?.plus(received)?;
    account.balance(take).free.plus(received)?;
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
