use std::collections::BTreeMap;

use crate::amount::{Amount, AmountError};
use crate::bot::Funds;
use crate::market::{Market, RejectCode};
use crate::order::{Life, LifeError, News, OrderIntent, OrderNumber, OrderSize, OrderStatus, Side};
use crate::paper::{Balance, reservation};
use crate::runner::{Asked, BotSlot, Canceled, Decision, Exchange, Listing};
use crate::symbol::Asset;

/// Stands for a venue: accepts what the account can pay for, keeps it as [`OrderStatus::Sending`], and leaves everything
/// else to what the venue tells.
///
/// Its balances are what the venue told last, with what happened since: a guess that keeps bots from asking for more than
/// there is. The venue decides.
#[derive(Clone, Debug, Default)]
pub struct Queued {
    balances: BTreeMap<Asset, Balance>,
    /// Counts changes of the balances.
    version: u64,
    orders: BTreeMap<(BotSlot, OrderNumber), QueuedOrder>,
    /// What was asked for since it was last taken.
    requests: Vec<OrderRequest>,
}

/// What a bot asks of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderRequest {
    /// A new order.
    Place(BotSlot, OrderNumber),
    /// The end of one that is open.
    Cancel(BotSlot, OrderNumber),
}

/// An order that has not ended.
#[derive(Clone, Debug)]
pub struct QueuedOrder {
    /// What was asked for.
    pub intent: OrderIntent,
    /// Index of its market.
    pub market: usize,
    /// Where it stands.
    pub life: Life,
    /// What it sets aside still: quote of a buy, base of a sell.
    pub reserved: Amount,
    /// In which asset.
    pub asset: Asset,
}

impl Exchange for Queued {
    fn place(&mut self, asked: &Asked<'_>, listing: &Listing) -> Decision {
        let intent = asked.intent;
        let (reserved, fault) = match reservation(intent, listing.price, &listing.fees) {
            Ok(reserved) => (reserved, None),
            Err(error) => (Amount::ZERO, Some(error)),
        };
        match self.refusal(asked, listing, reserved, fault) {
            None => {
                let request = OrderRequest::Place(asked.bot, intent.number);
                self.requests.push(request);
                Decision {
                    reserved,
                    is_marketable: false,
                    status: OrderStatus::Sending,
                    reject: None,
                    fault: None,
                }
            }
            Some((code, fault)) => Decision {
                reserved: Amount::ZERO,
                is_marketable: false,
                status: OrderStatus::Rejected,
                reject: Some(code),
                fault,
            },
        }
    }

    /// The venue tells when the order has ended: the recorder writes that it is to be cancelled.
    fn cancel(
        &mut self,
        bot: BotSlot,
        number: OrderNumber,
        _market: usize,
        _listing: &Listing,
    ) -> Option<Canceled> {
        self.request_cancel(bot, number);
        None
    }

    fn accounts(&self) -> usize {
        1
    }

    fn funds(&self, _account: usize, market: &Market) -> Funds {
        Funds {
            base: self.balance(market.symbol.base()).free,
            quote: self.balance(market.symbol.quote()).free,
        }
    }

    fn version(&self, _account: usize) -> u64 {
        self.version
    }

    fn total(&self, _account: usize, asset: &Asset) -> Result<Amount, AmountError> {
        let balance = self.balance(asset);
        balance.free.plus(balance.reserved)
    }
}

type Refusal = (RejectCode, Option<AmountError>);

impl Queued {
    /// What the account holds of an asset.
    pub fn balance(&self, asset: &Asset) -> Balance {
        self.balances.get(asset).copied().unwrap_or_default()
    }

    /// Everything the account holds, by asset.
    pub fn balances(&self) -> impl Iterator<Item = (&Asset, &Balance)> {
        self.balances.iter()
    }

    /// Orders that have not ended, by bot and number.
    pub fn orders(&self) -> impl Iterator<Item = (BotSlot, &QueuedOrder)> {
        self.orders.iter().map(|((bot, _), order)| (*bot, order))
    }

    /// An order that has not ended.
    pub fn order(&self, bot: BotSlot, number: OrderNumber) -> Option<&QueuedOrder> {
        self.orders.get(&(bot, number))
    }

    /// What was asked for since the last call, in order.
    pub(super) fn take_requests(&mut self) -> Vec<OrderRequest> {
        std::mem::take(&mut self.requests)
    }

    /// Asks the venue for the end of an order; false where it has ended.
    pub(super) fn request_cancel(&mut self, bot: BotSlot, number: OrderNumber) -> bool {
        let is_open = self.orders.contains_key(&(bot, number));
        if is_open {
            self.requests.push(OrderRequest::Cancel(bot, number));
        }
        is_open
    }

    /// Takes over what the venue says that the account holds. What orders of others hold is not free; what our own set aside
    /// beyond what the venue holds for them, such as a fee, is not free either.
    pub(super) fn adopt(&mut self, told: impl IntoIterator<Item = (Asset, Balance)>) {
        let mut balances: BTreeMap<Asset, Balance> = told.into_iter().collect();
        let of_orders = self.orders.values().map(|order| &order.asset);
        for asset in self.balances.keys().chain(of_orders) {
            // What is not told is not held.
            balances.entry(asset.clone()).or_default();
        }
        for (asset, balance) in &mut balances {
            let mine = self.orders.values().filter(|order| order.asset == *asset);
            let mut reserved = Amount::ZERO;
            let mut at_venue = Amount::ZERO;
            for order in mine {
                reserved = reserved.plus(order.reserved).unwrap_or(reserved);
                // One whose outcome is unknown may be there: what it would hold is not another's.
                let held = order.held_at_venue().unwrap_or(order.reserved);
                at_venue = at_venue.plus(held).unwrap_or(at_venue);
            }
            let foreign = less(balance.reserved, at_venue);
            let total = balance.free.plus(balance.reserved).unwrap_or(balance.free);
            balance.free = less(less(total, foreign), reserved);
            balance.reserved = reserved;
        }
        if self.balances != balances {
            self.balances = balances;
            self.version += 1;
        }
    }

    /// Puts balances back after a restart.
    pub(super) fn restore_balances(&mut self, saved: impl IntoIterator<Item = (Asset, Balance)>) {
        self.balances = saved.into_iter().collect();
        self.version += 1;
    }

    /// Puts an order back after a restart: what it sets aside is not among what the venue says is free.
    pub(super) fn restore(&mut self, bot: BotSlot, order: QueuedOrder) {
        self.orders.insert((bot, order.intent.number), order);
    }

    /// Tells an order's life something.
    pub(super) fn apply(
        &mut self,
        bot: BotSlot,
        number: OrderNumber,
        news: News<'_>,
    ) -> Option<Result<(OrderStatus, OrderStatus), LifeError>> {
        let order = self.orders.get_mut(&(bot, number))?;
        let before = order.life.status();
        Some(
            order
                .life
                .apply(news)
                .map(|_| (before, order.life.status())),
        )
    }

    /// Books what a trade moved: `quantity` of base for `quote`, and `fee` of its asset.
    pub(super) fn book(
        &mut self,
        (bot, number): (BotSlot, OrderNumber),
        market: &Market,
        (quantity, quote): (Amount, Amount),
        (fee_asset, fee): (&Asset, Amount),
    ) {
        let Some(order) = self.orders.get_mut(&(bot, number)) else {
            return;
        };
        let (base, quote_asset) = (market.symbol.base(), market.symbol.quote());
        let (given, amount, taken, received) = match order.intent.side {
            Side::Buy => (quote_asset, quote, base, quantity),
            Side::Sell => (base, quantity, quote_asset, quote),
        };
        let from_reserve = amount.min(order.reserved);
        order.reserved = less(order.reserved, from_reserve);
        let paid = self.balances.entry(given.clone()).or_default();
        paid.reserved = less(paid.reserved, from_reserve);
        paid.free = less(paid.free, less(amount, from_reserve));
        let got = self.balances.entry(taken.clone()).or_default();
        got.free = got.free.plus(received).unwrap_or(got.free);
        if let Some(charged) = self.balances.get_mut(fee_asset) {
            charged.free = if fee.is_negative() {
                charged.free.minus(fee).unwrap_or(charged.free)
            } else {
                less(charged.free, fee)
            };
        }
        self.version += 1;
    }

    /// Takes out an order that has ended; what it set aside is free again.
    pub(super) fn end(&mut self, bot: BotSlot, number: OrderNumber) -> Option<QueuedOrder> {
        let order = self.orders.remove(&(bot, number))?;
        let balance = self.balances.entry(order.asset.clone()).or_default();
        balance.reserved = less(balance.reserved, order.reserved);
        balance.free = balance.free.plus(order.reserved).unwrap_or(balance.free);
        self.version += 1;
        Some(order)
    }

    /// Adds to what is free, or takes from it: a deposit, a withdrawal, a transfer.
    pub(super) fn change(&mut self, asset: &Asset, change: Amount) {
        let balance = self.balances.entry(asset.clone()).or_default();
        balance.free = if change.is_negative() {
            less(balance.free, change.negated())
        } else {
            balance.free.plus(change).unwrap_or(balance.free)
        };
        self.version += 1;
    }

    /// Sets aside what an order takes and keeps the order, or says why it is refused.
    fn refusal(
        &mut self,
        asked: &Asked<'_>,
        listing: &Listing,
        reserved: Amount,
        fault: Option<AmountError>,
    ) -> Option<Refusal> {
        let may_sell = may_sell(asked, reserved);
        if let Some(error) = may_sell.as_ref().err().copied().or(fault) {
            return Some((RejectCode::Refused, Some(error)));
        }
        let open = self.orders.values();
        let open = open.filter(|order| order.market == asked.market).count();
        let most = listing.market.max_orders;
        if most.is_some_and(|most| open >= usize::try_from(most).unwrap_or(usize::MAX)) {
            return Some((RejectCode::TooManyOrders, None));
        }
        let symbol = &listing.market.symbol;
        let asset = match asked.intent.side {
            Side::Buy => symbol.quote(),
            Side::Sell => symbol.base(),
        };
        let balance = self.balances.entry(asset.clone()).or_default();
        // The rest of the account's base is another bot's.
        if may_sell == Ok(false) || reserved > balance.free {
            return Some((RejectCode::InsufficientBalance, None));
        }
        let set_aside = match balance.reserved.plus(reserved) {
            Ok(set_aside) => set_aside,
            Err(error) => return Some((RejectCode::Refused, Some(error))),
        };
        balance.free = less(balance.free, reserved);
        balance.reserved = set_aside;
        self.version += 1;
        let order = QueuedOrder {
            intent: asked.intent.clone(),
            market: asked.market,
            life: Life::begin(asked.intent.size, OrderStatus::Sending),
            reserved,
            asset: asset.clone(),
        };
        self.orders.insert((asked.bot, asked.intent.number), order);
        None
    }
}

impl QueuedOrder {
    /// What the venue holds for the order while it rests in its book: nothing of a market order.
    fn held_at_venue(&self) -> Result<Amount, AmountError> {
        let filled = self.life.filled();
        match (self.intent.size, self.intent.kind.limit()) {
            (OrderSize::Base(quantity), Some(limit)) => {
                let left = quantity.minus(filled.base)?;
                match self.intent.side {
                    Side::Buy => left.times(limit),
                    Side::Sell => Ok(left),
                }
            }
            (OrderSize::Base(_) | OrderSize::Quote(_), _) => Ok(Amount::ZERO),
        }
    }
}

/// Whether the bot owns base for another sell, beside those that are open.
fn may_sell(asked: &Asked<'_>, reserved: Amount) -> Result<bool, AmountError> {
    if asked.intent.side == Side::Buy {
        return Ok(true);
    }
    Ok(asked.selling.plus(reserved)? <= asked.owned?)
}

/// The difference, zero where it would be below.
fn less(amount: Amount, by: Amount) -> Amount {
    amount.minus(by).unwrap_or_default().max(Amount::ZERO)
}
