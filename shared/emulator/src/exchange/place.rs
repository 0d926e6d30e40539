//! How new orders are tested, taken and filled.

use std::collections::{BTreeSet, VecDeque};

use trading::{
    Amount, Asset, Market,
    market::OrderError,
    order::{Millis, OrderSize, OrderType as KernelType, Side, TimeInForce as KernelTime},
};

use super::{
    Exchange,
    circumstances::Circumstances,
    event::{Execution, execution_report},
    fill::next_part,
    listing::{Listing, SymbolStatus},
    order::{NewOrder, Order, OrderType, Size, Status, TimeInForce},
};
use crate::{
    config::DECIMALS,
    error::{ApiError, Rejection, of_rule},
};

/// Fills that an order makes as it arrives, as pairs of price and quantity.
type Takes = Vec<(Amount, Amount)>;

impl Exchange {
    /// Tests a new order against everything but the balance, without placing it.
    pub(crate) fn check_new(
        &self,
        user: &str,
        new: &NewOrder,
        now: Millis,
    ) -> Result<(), ApiError> {
        let listing = self.listing(&new.symbol)?;
        let account = self.users.get(user).ok_or(ApiError::Key)?;
        check_numbers(new)?;
        self.check_filters(user, listing, new, now)?;
        if listing.status != SymbolStatus::Trading {
            return Err(ApiError::Rejected(Rejection::MarketClosed));
        }
        if !account.can_trade {
            return Err(ApiError::Rejected(Rejection::Disabled));
        }
        let is_duplicate =
            |order: &Order| order.user == user && Some(&order.client_id) == new.client_id.as_ref();
        let mut open = listing.open.iter().filter_map(|id| self.orders.get(id));
        if open.any(is_duplicate) {
            return Err(ApiError::Rejected(Rejection::Duplicate));
        }
        if new.kind == OrderType::LimitMaker && listing.is_marketable(new.side, new.price)? {
            return Err(ApiError::Rejected(Rejection::WouldTake));
        }
        Ok(())
    }

    fn check_filters(
        &self,
        user: &str,
        listing: &Listing,
        new: &NewOrder,
        now: Millis,
    ) -> Result<(), ApiError> {
        let is_market = new.kind == OrderType::Market;
        if !is_market && (new.price < listing.min_price || new.price > listing.max_price) {
            return Err(ApiError::Filter("PRICE_FILTER"));
        }
        let kind = if is_market {
            KernelType::Market
        } else {
            KernelType::Limit {
                price: new.price,
                time_in_force: KernelTime::GoodTillCancelled,
            }
        };
        let size = match new.size {
            Size::Base(quantity) => OrderSize::Base(quantity),
            Size::Quote(quote) => OrderSize::Quote(quote),
        };
        let market = &listing.market;
        let reference = listing.average(now)?;
        refuse_broken(market, market.check(new.side, kind, size, reference), &size)?;
        let mut open = listing.open.iter().filter_map(|id| self.orders.get(id));
        let count = open.by_ref().filter(|order| order.user == user).count();
        if !is_market && market.max_orders.is_some_and(|most| count >= most as usize) {
            return Err(ApiError::Filter("MAX_NUM_ORDERS"));
        }
        Ok(())
    }

    /// Places an order, fills what it takes and rests or expires the remainder. Returns its id.
    pub(crate) fn place(
        &mut self,
        user: &str,
        new: NewOrder,
        circumstances: &Circumstances,
        now: Millis,
    ) -> Result<u64, ApiError> {
        self.check_new(user, &new, now)?;
        let listing = self.listing(&new.symbol)?;
        let quantity = quantity_of(listing, &new)?;
        let mut order = self.draft(user, new, quantity, circumstances, now);
        let listing = self.listing(&order.symbol)?;
        let takes = takes(listing, &mut order)?;
        if circumstances.has_balance_taken {
            return Err(ApiError::Rejected(Rejection::InsufficientBalance));
        }
        let assets = self.lock(&mut order, &takes, now)?;
        self.last_order = order.id;
        let (id, symbol) = (order.id, order.symbol.clone());
        self.last_execution += 1;
        let report = execution_report(&order, &Execution::New, now, self.last_execution);
        self.events.push(report);
        self.orders.insert(id, order);
        if let Some(listing) = self.symbols.get_mut(&symbol) {
            listing.open.insert(id);
        }
        self.take(id, &takes, assets, now)?;
        Ok(id)
    }

    fn draft(
        &self,
        user: &str,
        new: NewOrder,
        quantity: Amount,
        circumstances: &Circumstances,
        now: Millis,
    ) -> Order {
        let id = self.last_order + 1;
        let quote_quantity = match new.size {
            Size::Base(_) => Amount::ZERO,
            Size::Quote(quote) => quote,
        };
        Order {
            id,
            user: user.to_owned(),
            symbol: new.symbol,
            client_id: new.client_id.unwrap_or_else(|| format!("emulator{id:014}")),
            side: new.side,
            kind: new.kind,
            time_in_force: new.time_in_force,
            price: new.price,
            quantity,
            quote_quantity,
            executed: Amount::ZERO,
            quote: Amount::ZERO,
            status: Status::New,
            time: now,
            updated: now,
            locked: Amount::ZERO,
            shares: VecDeque::from(circumstances.shares.clone()),
            expiry_reason: None,
            self_trade_prevention: new.self_trade_prevention,
        }
    }

    /// Locks what a limit order needs, or tests that a market order can be paid.
    fn lock(
        &mut self,
        order: &mut Order,
        takes: &Takes,
        now: Millis,
    ) -> Result<BTreeSet<Asset>, ApiError> {
        let market = &self.listing(&order.symbol)?.market;
        let asset = match order.side {
            Side::Buy => market.symbol.quote(),
            Side::Sell => market.symbol.base(),
        }
        .clone();
        let needed = match (order.kind, order.side) {
            (_, Side::Sell) => order.quantity,
            (OrderType::Market, Side::Buy) => cost(takes)?,
            (_, Side::Buy) => order.price.times(order.quantity)?,
        };
        let user = self.users.get_mut(&order.user).ok_or(ApiError::Key)?;
        if user.account.balance(&asset).free < needed {
            return Err(ApiError::Rejected(Rejection::InsufficientBalance));
        }
        user.remember(now);
        if order.kind != OrderType::Market {
            user.account.reserve(&asset, needed)?;
            order.locked = needed;
        }
        Ok(BTreeSet::from([asset]))
    }

    /// Fills an order that has just arrived, and expires what may not rest.
    fn take(
        &mut self,
        id: u64,
        takes: &Takes,
        mut assets: BTreeSet<Asset>,
        now: Millis,
    ) -> Result<(), ApiError> {
        for fill in takes {
            assets.extend(self.fill(id, *fill, false, now)?);
        }
        let order = self.orders.get(&id).ok_or(ApiError::Unknown)?;
        let may_rest = order.kind != OrderType::Market && order.time_in_force == TimeInForce::Gtc;
        let user = order.user.clone();
        if order.status.is_open() && !may_rest {
            self.expire(id, now)?;
        }
        self.tell_position(&user, &assets, now);
        Ok(())
    }

    fn expire(&mut self, id: u64, now: Millis) -> Result<(), ApiError> {
        self.close(id, Status::Expired, now)?;
        let order = self.orders.get_mut(&id).ok_or(ApiError::Unknown)?;
        order.expiry_reason = Some("INSUFFICIENT_LIQUIDITY");
        self.last_execution += 1;
        let report = execution_report(order, &Execution::Expired, now, self.last_execution);
        self.events.push(report);
        Ok(())
    }
}

/// Sign and precision of the numbers of an order.
fn check_numbers(new: &NewOrder) -> Result<(), ApiError> {
    let (name, size) = match new.size {
        Size::Base(quantity) => ("quantity", quantity),
        Size::Quote(quote) => ("quoteOrderQty", quote),
    };
    for (name, number) in [(name, size), ("price", new.price)] {
        if number.decimals() > DECIMALS {
            return Err(ApiError::Precision(name));
        }
    }
    if !size.is_positive() {
        return Err(ApiError::Invalid("quantity"));
    }
    if new.kind != OrderType::Market && !new.price.is_positive() {
        return Err(ApiError::Invalid("price"));
    }
    Ok(())
}

/// Words a broken rule of the market as Binance does.
fn refuse_broken(
    market: &Market,
    checked: Result<(), OrderError>,
    size: &OrderSize,
) -> Result<(), ApiError> {
    match checked {
        Ok(()) => Ok(()),
        Err(OrderError::Amount(error)) => Err(error.into()),
        Err(OrderError::Rejected(code)) => {
            let is_general = match size {
                OrderSize::Base(quantity) => market.check_quantity(*quantity, false).is_err(),
                OrderSize::Quote(_) => true,
            };
            Err(of_rule(code, !is_general))
        }
    }
}

/// The base that an order is for. One that names quote is for what the book gives for it.
fn quantity_of(listing: &Listing, new: &NewOrder) -> Result<Amount, ApiError> {
    let quote = match new.size {
        Size::Base(quantity) => return Ok(quantity),
        Size::Quote(quote) => quote,
    };
    let (mut left, mut quantity) = (quote, Amount::ZERO);
    for (price, offered) in listing.book(new.side)? {
        let most = listing.market.quantity_for_quote(left, price)?;
        let part = most.min(offered);
        left = left.minus(price.times(part)?)?;
        quantity = quantity.plus(part)?;
        if part < offered {
            break;
        }
    }
    match listing.market.check_quantity(quantity, true) {
        Ok(()) => Ok(quantity),
        Err(OrderError::Rejected(_)) => Err(ApiError::Filter("LOT_SIZE")),
        Err(OrderError::Amount(error)) => Err(error.into()),
    }
}

/// What an order takes from the book as it arrives: level by level, within its limit and the first share of its schedule.
fn takes(listing: &Listing, order: &mut Order) -> Result<Takes, ApiError> {
    let book = listing.book(order.side)?;
    let reaches = |price: Amount| match (order.kind, order.side) {
        (OrderType::Market, _) => true,
        (_, Side::Buy) => price <= order.price,
        (_, Side::Sell) => price >= order.price,
    };
    let within: Takes = book
        .into_iter()
        .filter(|(price, _)| reaches(*price))
        .collect();
    if within.is_empty() {
        return Ok(Takes::new());
    }
    let mut left = next_part(order, listing.market.lot_size)?;
    let mut takes = Takes::new();
    for (price, offered) in within {
        let quantity = left.min(offered);
        if quantity.is_positive() {
            takes.push((price, quantity));
            left = left.minus(quantity)?;
        }
    }
    let all = trading::amount::sum(takes.iter().map(|(_, quantity)| *quantity))?;
    if order.time_in_force == TimeInForce::Fok && all < order.quantity {
        takes.clear();
    }
    Ok(takes)
}

fn cost(takes: &Takes) -> Result<Amount, ApiError> {
    let mut cost = Amount::ZERO;
    for (price, quantity) in takes {
        cost = cost.plus(price.times(*quantity)?)?;
    }
    Ok(cost)
}
