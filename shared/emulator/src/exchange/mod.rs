//! The exchange itself: symbols, users, orders and trades. Every operation says what time it is.

mod audit;
mod bars;
mod books;
mod cancel;
mod circumstances;
mod commission;
mod day;
mod event;
mod feed;
mod fill;
mod interval;
mod listing;
mod order;
mod place;
mod prices;
mod stream;
mod user;

use std::collections::{BTreeMap, BTreeSet};

use trading::{Amount, AmountError, Asset, order::Millis, paper::AccountError};

use crate::{
    config::{Config, UserConfig},
    error::ApiError,
};
use event::{Event, account_position, balance_update, stream_terminated};
use order::{Order, Trade};

pub use audit::Violation;
pub use books::{BalanceEntry, Books, OrderEntry, TradeEntry};
pub(crate) use cancel::Restriction;
pub(crate) use circumstances::Circumstances;
pub(crate) use event::Event as ExchangeEvent;
pub(crate) use interval::{DAY, Interval};
pub(crate) use listing::{Listing, PublicTrade, check_decimals};
pub use listing::{ListingError, SymbolStatus};
pub(crate) use order::{NewOrder, Order as OrderRow, Size, Trade as TradeRow, side as side_name};
pub use order::{OrderType, Status, TimeInForce};
pub(crate) use stream::is_stream;
pub use user::Deposit;
pub(crate) use user::User;

/// The state of the exchange.
pub(crate) struct Exchange {
    pub(crate) symbols: BTreeMap<String, Listing>,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) orders: BTreeMap<u64, Order>,
    pub(crate) trades: Vec<Trade>,
    deposits: Vec<Deposit>,
    /// What the sockets have not been told yet.
    events: Vec<Event>,
    /// Market streams that somebody has subscribed to, with the number of subscriptions.
    watched: BTreeMap<String, usize>,
    last_order: u64,
    last_trade: u64,
    last_execution: u64,
}

/// An exchange or a user that cannot be set up, or an operation on one that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A symbol cannot be listed.
    #[error("symbol {symbol}: {error}")]
    Symbol {
        /// The symbol on the wire, such as `BTCUSDT`.
        symbol: String,
        /// Why it is refused.
        error: ListingError,
    },
    /// The name or the key of a user is taken.
    #[error("the name or the API key of user {0} is taken")]
    Taken(String),
    /// There is no such user.
    #[error("there is no user {0}")]
    NoUser(String),
    /// There is no such symbol.
    #[error("there is no symbol {0}")]
    NoSymbol(String),
    /// A price is not above zero or not on the tick.
    #[error("the price {0} is not a positive multiple of the tick")]
    Price(Amount),
    /// A balance would fall below zero.
    #[error("user {user}: {error}")]
    Balance {
        /// Name of the user.
        user: String,
        /// Why it is refused.
        error: AccountError,
    },
    /// The numbers have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Exchange {
    /// Opens an exchange at a time.
    pub(crate) fn new(config: &Config, now: Millis) -> Result<Self, SetupError> {
        let mut exchange = Self {
            symbols: BTreeMap::new(),
            users: BTreeMap::new(),
            orders: BTreeMap::new(),
            trades: Vec::new(),
            deposits: Vec::new(),
            events: Vec::new(),
            watched: BTreeMap::new(),
            last_order: 0,
            last_trade: 0,
            last_execution: 0,
        };
        for symbol in &config.symbols {
            let listing = Listing::new(config.seed, symbol, config.history_minutes, now).map_err(
                |error| SetupError::Symbol {
                    symbol: symbol.market.symbol.to_string(),
                    error,
                },
            )?;
            exchange.symbols.insert(listing.name.clone(), listing);
        }
        for user in &config.users {
            exchange.add_user(user, now)?;
        }
        Ok(exchange)
    }

    /// Opens an account.
    pub(crate) fn add_user(&mut self, config: &UserConfig, now: Millis) -> Result<(), SetupError> {
        let is_taken = |user: &User| user.name == config.name || user.api_key == config.api_key;
        if self.users.values().any(is_taken) {
            return Err(SetupError::Taken(config.name.clone()));
        }
        let uid = self.users.len() as u64 + 1;
        let user = User::new(config, uid, now).map_err(|error| SetupError::Balance {
            user: config.name.clone(),
            error,
        })?;
        let deposits = config.deposits.iter().map(|(asset, amount)| Deposit {
            user: config.name.clone(),
            asset: asset.clone(),
            amount: *amount,
            time: now,
        });
        self.deposits.extend(deposits);
        self.users.insert(user.name.clone(), user);
        Ok(())
    }

    /// Moves money in from outside, or out when the amount is below zero.
    pub(crate) fn deposit(
        &mut self,
        name: &str,
        asset: &Asset,
        amount: Amount,
        now: Millis,
    ) -> Result<(), SetupError> {
        let user = self
            .users
            .get_mut(name)
            .ok_or_else(|| SetupError::NoUser(name.to_owned()))?;
        user.remember(now);
        let booked = if amount.is_negative() {
            user.account.pay(asset, Amount::ZERO, amount.abs())
        } else {
            user.account.credit(asset, amount)
        };
        booked.map_err(|error| SetupError::Balance {
            user: name.to_owned(),
            error,
        })?;
        self.events.push(balance_update(name, asset, amount, now));
        let position = account_position(user, std::slice::from_ref(asset), now);
        self.events.push(position);
        self.deposits.push(Deposit {
            user: name.to_owned(),
            asset: asset.clone(),
            amount,
            time: now,
        });
        Ok(())
    }

    /// Revokes the key of a user, which ends its streams, or makes it valid again.
    pub(crate) fn set_revoked(
        &mut self,
        name: &str,
        is_revoked: bool,
        now: Millis,
    ) -> Result<(), SetupError> {
        let user = self
            .users
            .get_mut(name)
            .ok_or_else(|| SetupError::NoUser(name.to_owned()))?;
        user.is_revoked = is_revoked;
        if is_revoked {
            self.events.push(stream_terminated(name, now));
        }
        Ok(())
    }

    /// The user of an API key that is not revoked.
    pub(crate) fn user_of_key(&self, api_key: &str) -> Option<&User> {
        self.users
            .values()
            .find(|user| user.api_key == api_key && !user.is_revoked)
    }

    /// A symbol by its name on the wire.
    pub(crate) fn listing(&self, symbol: &str) -> Result<&Listing, ApiError> {
        self.symbols.get(symbol).ok_or(ApiError::Symbol)
    }

    /// The order of a user by its id, or by the newest that had a client id.
    pub(crate) fn find_order(&self, user: &str, symbol: &str, by: &OrderKey) -> Option<&Order> {
        let is_of = |order: &&Order| order.user == user && order.symbol == symbol;
        match by {
            OrderKey::Id(id) => self.orders.get(id).filter(is_of),
            OrderKey::ClientId(client_id) => self
                .orders
                .values()
                .rev()
                .filter(is_of)
                .find(|order| order.client_id == *client_id),
        }
    }

    /// The open orders of a user, by id: of one symbol, or of all.
    pub(crate) fn open_orders(
        &self,
        user: &str,
        symbol: Option<&str>,
    ) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(move |order| {
            order.user == user
                && order.status.is_open()
                && symbol.is_none_or(|symbol| symbol == order.symbol)
        })
    }

    /// The order with an id that an operation has just worked on.
    pub(crate) fn order(&self, id: u64) -> Result<&Order, ApiError> {
        self.orders.get(&id).ok_or(ApiError::Unknown)
    }

    /// Takes what the sockets have not been told yet.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Notes that a market stream has one subscription more.
    pub(crate) fn watch(&mut self, stream: &str) {
        *self.watched.entry(stream.to_owned()).or_default() += 1;
    }

    /// Notes that a market stream has one subscription less.
    pub(crate) fn unwatch(&mut self, stream: &str) {
        if let Some(count) = self.watched.get_mut(stream) {
            *count -= 1;
            if *count == 0 {
                self.watched.remove(stream);
            }
        }
    }

    fn tell_position(&mut self, user: &str, assets: &BTreeSet<Asset>, now: Millis) {
        if let Some(user) = self.users.get(user) {
            let assets: Vec<Asset> = assets.iter().cloned().collect();
            self.events.push(account_position(user, &assets, now));
        }
    }
}

/// How a request names an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OrderKey {
    Id(u64),
    ClientId(String),
}
