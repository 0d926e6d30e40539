//! What an emulator is started with.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use platform::{Secret, SharedClock};
use serde::Deserialize;
use trading::{
    Amount, Market, Venue,
    candle::Candle,
    market::{MarketLot, PercentPrice},
};

/// Decimals of every asset, as on Binance.
pub const DECIMALS: u32 = 8;

/// The configuration of one emulated exchange.
#[derive(Clone)]
pub struct Config {
    /// The clock that the exchange reads. Tests step it, the binary uses the machine's.
    pub clock: SharedClock,
    /// Seed of prices, of traded quantities and of nothing else.
    pub seed: u64,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The symbols that are traded.
    pub symbols: Vec<SymbolConfig>,
    /// The users that exist from the start.
    pub users: Vec<UserConfig>,
    /// Request and order limits.
    pub limits: RateLimits,
    /// Minutes of candles that exist from the start.
    pub history_minutes: u32,
    /// Moves prices as real time passes; without it, only an action moves them.
    pub ticker: Option<Ticker>,
    /// How often the server pings its sockets, in real time.
    pub ping_every: Duration,
}

/// How prices move by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticker {
    /// Real time between two moves.
    pub every: Duration,
    /// Points of the price path that a move plays.
    pub points: u32,
}

/// Limits as `exchangeInfo` tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Request weight that one address may use in a minute.
    pub weight_per_minute: u32,
    /// Requests that one address may make in five minutes.
    pub requests_per_5_minutes: u32,
    /// Orders that one account may place in ten seconds.
    pub orders_per_10_seconds: u32,
    /// Orders that one account may place in a day (UTC).
    pub orders_per_day: u32,
    /// Requests after a 429, before its `Retry-After` has passed, that lead to a ban.
    pub requests_until_ban: u32,
    /// Length of a ban, in seconds.
    pub ban_s: u64,
    /// Commands that a client may send on a socket for market streams in a second of the exchange's clock; one more
    /// costs the connection.
    pub commands_per_second: u32,
    /// Market streams that one socket may have; asking for more costs the connection.
    pub streams_per_socket: usize,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            weight_per_minute: 6_000,
            requests_per_5_minutes: 300_000,
            orders_per_10_seconds: 100,
            orders_per_day: 200_000,
            requests_until_ban: 3,
            ban_s: 120,
            commands_per_second: 5,
            streams_per_socket: 1_024,
        }
    }
}

/// One symbol of the exchange.
#[derive(Clone, Debug)]
pub struct SymbolConfig {
    /// Its filters. The decimals of tick and lot make at most eight together.
    pub market: Market,
    /// Smallest price of an order.
    pub min_price: Amount,
    /// Largest price of an order.
    pub max_price: Amount,
    /// The first price.
    pub price: Amount,
    /// Where further prices come from.
    pub feed: Feed,
    /// Base that the synthetic market offers on each level of its book. Levels are one tick apart.
    pub level_quantity: Amount,
    /// Levels on each side of the book.
    pub levels: u32,
}

/// Where prices of a symbol come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The kernel's random walk, from the exchange's seed and the symbol's name.
    Synthetic,
    /// The points of these candles in their order, from the start again when all are played. Their times are not used.
    Candles(Vec<Candle>),
    /// Only actions set prices.
    Fixed,
}

/// A user and its API key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserConfig {
    /// The name that actions call the user by.
    pub name: String,
    /// The API key, sent in `X-MBX-APIKEY`.
    pub api_key: String,
    /// What requests are signed with.
    #[serde(deserialize_with = "secret")]
    pub secret_key: Secret<String>,
    /// Whether the account and its key may trade.
    #[serde(default = "yes")]
    pub can_trade: bool,
    /// Whether the key may withdraw.
    #[serde(default)]
    pub can_withdraw: bool,
    /// Whether fees are paid in BNB where there is enough of it.
    #[serde(default)]
    pub pays_fees_in_bnb: bool,
    /// Fee of a fill that rested, as a share.
    #[serde(default = "fee")]
    pub maker_fee: Amount,
    /// Fee of a fill that took, as a share.
    #[serde(default = "fee")]
    pub taker_fee: Amount,
    /// First deposits, as pairs of asset and amount.
    #[serde(default)]
    pub deposits: Vec<(trading::Asset, Amount)>,
}

const fn yes() -> bool {
    true
}

fn fee() -> Amount {
    amount(1, 3)
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}

/// `mantissa × 10^-scale`, for the constants of this file.
fn amount(mantissa: i128, scale: u32) -> Amount {
    Amount::from_parts(mantissa, scale).unwrap_or_default()
}

impl UserConfig {
    /// A user who may trade and not withdraw, with a fee of 0.1 % and no deposits.
    pub fn new(name: &str, api_key: &str, secret_key: &str) -> Self {
        Self {
            name: name.to_owned(),
            api_key: api_key.to_owned(),
            secret_key: Secret::from(secret_key),
            can_trade: true,
            can_withdraw: false,
            pays_fees_in_bnb: false,
            maker_fee: fee(),
            taker_fee: fee(),
            deposits: Vec::new(),
        }
    }

    /// The same user with a further first deposit.
    #[must_use]
    pub fn with_deposit(mut self, asset: trading::Asset, amount: Amount) -> Self {
        self.deposits.push((asset, amount));
        self
    }
}

impl SymbolConfig {
    /// A symbol with filters like those of Binance's large markets: notional 5 to 9,000,000, at most 200 open orders,
    /// prices within a factor of five.
    pub fn new(
        symbol: trading::Symbol,
        tick_size: Amount,
        lot_size: Amount,
        price: Amount,
    ) -> Self {
        let simple = Market::simple(symbol, tick_size, lot_size, amount(5, 0));
        let market = Market {
            venue: Venue::Binance,
            max_quantity: Some(amount(9_000, 0)),
            max_notional: Some(amount(9_000_000, 0)),
            market_lot: Some(MarketLot {
                lot_size: Amount::ZERO,
                min_quantity: Amount::ZERO,
                max_quantity: Some(amount(120, 0)),
            }),
            percent_price: Some(PercentPrice {
                bid_up: amount(5, 0),
                bid_down: amount(2, 1),
                ask_up: amount(5, 0),
                ask_down: amount(2, 1),
            }),
            max_orders: Some(200),
            ..simple
        };
        Self {
            market,
            min_price: tick_size,
            max_price: amount(1_000_000, 0),
            price,
            feed: Feed::Synthetic,
            level_quantity: amount(10, 0),
            levels: 20,
        }
    }
}

impl Config {
    /// An exchange on a free loopback port, with BTCUSDT, ETHUSDT, BNBUSDT and ETHBTC, and no users.
    pub fn new(clock: SharedClock) -> Self {
        let symbols = [
            ("BTC-USDT", (1, 2), (1, 5), (60_000, 0)),
            ("ETH-USDT", (1, 2), (1, 4), (3_000, 0)),
            ("BNB-USDT", (1, 2), (1, 3), (600, 0)),
            ("ETH-BTC", (1, 6), (1, 2), (5, 2)),
        ];
        let symbols = symbols.into_iter().filter_map(|(name, tick, lot, price)| {
            let symbol = name.parse().ok()?;
            let [tick, lot, price] =
                [tick, lot, price].map(|(digits, scale)| amount(digits, scale));
            let mut config = SymbolConfig::new(symbol, tick, lot, price);
            if name == "ETH-BTC" {
                config.market.min_notional = amount(1, 4);
            }
            Some(config)
        });
        Self {
            clock,
            seed: 1,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            symbols: symbols.collect(),
            users: Vec::new(),
            limits: RateLimits::default(),
            history_minutes: 1_000,
            ticker: None,
            ping_every: Duration::from_secs(20),
        }
    }

    /// The same exchange with a further user.
    #[must_use]
    pub fn with_user(mut self, user: UserConfig) -> Self {
        self.users.push(user);
        self
    }
}
