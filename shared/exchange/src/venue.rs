//! What the engine asks of an exchange, in the kernel's types.

use std::fmt;

use tokio_util::sync::CancellationToken;
use trading::{
    Amount, Asset, Market, Symbol,
    bot::Quote,
    candle::Candle,
    market::Fees,
    order::{
        Millis, OrderSize, OrderType, Side,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use crate::{
    budget::Priority,
    error::VenueError,
    permit::SendPermit,
    stream::{EventStream, MarketStream, UserEvent},
};

/// An account at an exchange. Every method makes one attempt; the caller decides what follows.
pub trait Venue: Send + Sync + 'static {
    /// The part of the exchange that needs no account.
    type Market: MarketData;

    /// The part of the exchange that needs no account.
    fn market(&self) -> &Self::Market;

    /// Sends a new order. The caller has made it durable before.
    ///
    /// # Errors
    /// [`VenueError::submitted_as`] says what becomes of the order. Of all errors only [`VenueError::Unknown`] leaves
    /// open whether the venue has the order.
    fn submit(
        &self,
        permit: &SendPermit,
        order: &NewOrder<'_>,
    ) -> impl Future<Output = Result<Submitted, VenueError>> + Send;

    /// Takes an order out of the book, named by the client order id that it was sent with.
    ///
    /// # Errors
    /// [`VenueError::OrderNotFound`] when the venue has no open order of this id: it may never have had one, or the
    /// order has ended, so it is to be queried.
    fn cancel(
        &self,
        permit: &SendPermit,
        symbol: &Symbol,
        client_order_id: &str,
    ) -> impl Future<Output = Result<OrderState, VenueError>> + Send;

    /// Looks an order up by its client order id; nothing where the venue does not know it. Of several orders of one id
    /// the venue answers with the newest.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn order(
        &self,
        symbol: &Symbol,
        client_order_id: &str,
    ) -> impl Future<Output = Result<Option<OrderState>, VenueError>> + Send;

    /// Lists trades of the account in a market, oldest first.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn trades(
        &self,
        symbol: &Symbol,
        which: TradesOf<'_>,
    ) -> impl Future<Output = Result<Page<AccountTrade>, VenueError>> + Send;

    /// Lists the open orders of the account, in one market or in all.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn open_orders(
        &self,
        symbol: Option<&Symbol>,
    ) -> impl Future<Output = Result<Vec<OrderState>, VenueError>> + Send;

    /// Lists orders of the account in a market, open or ended, oldest first.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn orders(
        &self,
        symbol: &Symbol,
        since: OrdersSince<'_>,
    ) -> impl Future<Output = Result<Page<OrderState>, VenueError>> + Send;

    /// What the account holds, assets of which it holds nothing left out.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn balances(&self) -> impl Future<Output = Result<Vec<Balance>, VenueError>> + Send;

    /// What the account and its API key may do.
    ///
    /// # Errors
    /// [`VenueError::Credential`] when the venue does not accept the key.
    fn permissions(&self) -> impl Future<Output = Result<Permissions, VenueError>> + Send;

    /// The fee rates of the account in a market.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn fee_rates(
        &self,
        symbol: &Symbol,
    ) -> impl Future<Output = Result<FeeRates, VenueError>> + Send;

    /// Follows the account. Runs in a task of its own until `stop` is cancelled or the stream is closed.
    fn user_stream(&self, stop: &CancellationToken) -> EventStream<UserEvent>;
}

/// What an exchange tells everybody.
pub trait MarketData: Send + Sync + 'static {
    /// The markets of the exchange and their rules. Adapters take their names of markets from it.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn instruments(&self) -> impl Future<Output = Result<Instruments, VenueError>> + Send;

    /// Candles of a market from `from` on, oldest first: one page of what the venue gives at once.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn candles(
        &self,
        symbol: &Symbol,
        range: CandleRange,
    ) -> impl Future<Output = Result<CandlePage, VenueError>> + Send;

    /// Best prices and the last trade of a market.
    ///
    /// # Errors
    /// When the venue could not be asked, or nothing is bid, asked or traded there.
    fn quote(&self, symbol: &Symbol) -> impl Future<Output = Result<Quote, VenueError>> + Send;

    /// The best bid and ask of a market.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn book_top(&self, symbol: &Symbol)
    -> impl Future<Output = Result<BookTop, VenueError>> + Send;

    /// The average price by which the venue judges limits and market orders.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn average_price(
        &self,
        symbol: &Symbol,
    ) -> impl Future<Output = Result<Amount, VenueError>> + Send;

    /// The venue's clock, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn server_time(&self) -> impl Future<Output = Result<Millis, VenueError>> + Send;

    /// Follows markets, at first none. Runs in a task of its own until `stop` is cancelled or the stream is closed.
    fn market_stream(&self, stop: &CancellationToken) -> MarketStream;
}

/// An order to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder<'a> {
    /// The id by which the order is found again: at most 32 letters and digits.
    pub client_order_id: &'a str,
    /// The market.
    pub symbol: &'a Symbol,
    /// Whether base is bought or sold.
    pub side: Side,
    /// At market, or at which limit.
    pub kind: OrderType,
    /// How much base is traded, or quote spent.
    pub size: OrderSize,
    /// [`Priority::Exit`] or [`Priority::Entry`]: how much of the rate limits it may use up.
    pub priority: Priority,
}

/// An order as the venue has it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The market.
    pub symbol: Symbol,
    /// The order. A status that the adapter does not know is `Unknown`.
    pub order: VenueOrder,
    /// When the venue changed it last, in milliseconds since 1970.
    pub updated_at: Millis,
}

/// What a venue answered to a new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The order.
    pub state: OrderState,
    /// What was filled at once.
    pub trades: Vec<VenueTrade>,
}

/// A trade of the account, and where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTrade {
    /// The market.
    pub symbol: Symbol,
    /// The trade.
    pub trade: VenueTrade,
}

/// Which trades are listed.
#[derive(Clone, Copy, Debug)]
pub enum TradesOf<'a> {
    /// Those of one order, by the venue's order id.
    Order(&'a str),
    /// Those after this trade, by the venue's trade id.
    After(&'a str),
    /// Those from this millisecond since 1970 on. Binance answers with at most 24 hours.
    Since(Millis),
}

/// Which orders are listed.
#[derive(Clone, Copy, Debug)]
pub enum OrdersSince<'a> {
    /// Those after this order, by the venue's order id.
    After(&'a str),
    /// Those from this millisecond since 1970 on. Binance answers with at most 24 hours.
    Time(Millis),
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What the venue listed, oldest first.
    pub items: Vec<T>,
    /// The page was full: more may follow after its last item.
    pub is_full: bool,
}

/// What an account holds of one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The asset.
    pub asset: Asset,
    /// What may be used.
    pub free: Amount,
    /// What open orders hold.
    pub locked: Amount,
}

/// What an account and its API key may do, as far as the venue tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The venue's own id of the account: the same for all keys of one account.
    pub account: Option<String>,
    /// The account may trade.
    pub can_trade: bool,
    /// The account may withdraw. This says nothing about the key.
    pub can_withdraw: bool,
    /// The account may deposit.
    pub can_deposit: bool,
    /// Names of the venue for what the account may trade: `SPOT`.
    pub scopes: Vec<String>,
    /// What the API key may do, where the venue tells: Binance tells it on the live exchange alone.
    pub key: Option<KeyPermissions>,
}

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPermissions {
    /// It may read the account.
    pub can_read: bool,
    /// It may trade on the spot market.
    pub can_trade_spot: bool,
    /// It may withdraw: such a key is to be refused.
    pub can_withdraw: bool,
    /// It may move money to other accounts of the venue.
    pub can_transfer: bool,
    /// It works from listed addresses only. Which they are, the venue does not tell.
    pub is_bound_to_addresses: bool,
}

/// Fee rates of an account in a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRates {
    /// The rates without any discount, the larger of those for buyer and seller: what plans count with.
    pub fees: Fees,
    /// A discount for paying in another asset, where the account uses one.
    pub discount: Option<FeeDiscount>,
}

/// A discount on fees that are paid in a certain asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeDiscount {
    /// The asset: `BNB`.
    pub asset: Asset,
    /// By what the standard part of the fee is multiplied: 0.75 takes a quarter off.
    pub factor: Amount,
}

/// The markets of a venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instruments {
    /// Those that can be used.
    pub listed: Vec<Instrument>,
    /// Those whose rules or names could not be read: the venue's name and why.
    pub unreadable: Vec<(String, String)>,
}

/// A market and what the venue says of it beyond the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The market's rules.
    pub market: Market,
    /// The venue's own name: `BTCUSDT`.
    pub venue_name: String,
    /// Whether it trades now.
    pub status: MarketStatus,
    /// Smallest price of a limit; zero where there is none.
    pub min_price: Amount,
    /// Largest price of a limit.
    pub max_price: Option<Amount>,
    /// Market orders may ask for an amount of quote.
    pub allows_quote_size: bool,
    /// Market orders are accepted.
    pub allows_market: bool,
    /// Limit orders that never take are accepted.
    pub allows_post_only: bool,
    /// It is a spot market that spot accounts may trade.
    pub is_spot: bool,
}

/// Whether a market trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketStatus {
    /// Orders are accepted and filled.
    Trading,
    /// Only cancels are accepted.
    CancelOnly,
    /// Nothing is traded for the time being.
    Halted,
    /// It was closed for good, or for the day.
    Ended,
    /// The venue said something that the adapter does not know: no orders are to be sent.
    Unknown,
}

/// Which candles are read.
#[derive(Clone, Copy, Debug)]
pub struct CandleRange {
    /// Length of a candle.
    pub interval: CandleInterval,
    /// Candles that open at this millisecond since 1970 or later.
    pub from: Millis,
    /// Candles that open at this millisecond since 1970 or earlier.
    pub to: Option<Millis>,
}

/// Candles, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandlePage {
    /// The candles.
    pub candles: Vec<VenueCandle>,
    /// Where the next page begins, if this one was full.
    pub next_from: Option<Millis>,
}

/// A candle as a venue tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueCandle {
    /// The candle.
    pub candle: Candle,
    /// Its interval is over: it will not change any more.
    pub is_closed: bool,
}

/// Length of a candle that venues know. All begin at multiples of their length since 1970, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandleInterval {
    /// One minute.
    Minute1,
    /// Three minutes.
    Minute3,
    /// Five minutes.
    Minute5,
    /// A quarter of an hour.
    Minute15,
    /// Half an hour.
    Minute30,
    /// One hour.
    Hour1,
    /// Two hours.
    Hour2,
    /// Four hours.
    Hour4,
    /// Six hours.
    Hour6,
    /// Eight hours.
    Hour8,
    /// Twelve hours.
    Hour12,
    /// One day.
    Day1,
}

/// One side of the top of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Price in quote.
    pub price: Amount,
    /// Base offered there.
    pub quantity: Amount,
}

/// The top of a book; a side is absent when nobody offers anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookTop {
    /// The best bid.
    pub bid: Option<Level>,
    /// The best ask.
    pub ask: Option<Level>,
}

impl CandleInterval {
    /// All lengths, shortest first.
    pub const ALL: [Self; 12] = [
        Self::Minute1,
        Self::Minute3,
        Self::Minute5,
        Self::Minute15,
        Self::Minute30,
        Self::Hour1,
        Self::Hour2,
        Self::Hour4,
        Self::Hour6,
        Self::Hour8,
        Self::Hour12,
        Self::Day1,
    ];

    /// Length in milliseconds.
    pub const fn millis(self) -> Millis {
        let minutes = match self {
            Self::Minute1 => 1,
            Self::Minute3 => 3,
            Self::Minute5 => 5,
            Self::Minute15 => 15,
            Self::Minute30 => 30,
            Self::Hour1 => 60,
            Self::Hour2 => 120,
            Self::Hour4 => 240,
            Self::Hour6 => 360,
            Self::Hour8 => 480,
            Self::Hour12 => 720,
            Self::Day1 => 1_440,
        };
        minutes * 60_000
    }
}

impl Permissions {
    /// Whether a bot can trade spot with this key, as far as the venue tells.
    pub fn allows_trading(&self) -> bool {
        self.can_trade && self.key.is_none_or(|key| key.can_trade_spot)
    }
}

impl Instruments {
    /// The instrument of a market.
    pub fn find(&self, symbol: &Symbol) -> Option<&Instrument> {
        self.listed
            .iter()
            .find(|instrument| instrument.market.symbol == *symbol)
    }
}

impl fmt::Display for CandleInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.millis() / 60_000;
        match minutes {
            1_440 => f.write_str("1d"),
            60.. => write!(f, "{}h", minutes / 60),
            _ => write!(f, "{minutes}m"),
        }
    }
}
