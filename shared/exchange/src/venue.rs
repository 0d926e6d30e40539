//! What the engine asks of an exchange, in the kernel's types.

use tokio_util::sync::CancellationToken;
use trading::{Amount, Symbol, bot::Quote, order::Millis};

use crate::{
    error::VenueError,
    permit::SendPermit,
    stream::{EventStream, MarketStream, UserEvent},
};

pub use crate::{
    accounts::{Balance, FeeDiscount, FeeRates, KeyPermissions, Permissions},
    markets::{
        BookTop, CandleInterval, CandlePage, CandleRange, Instrument, Instruments, Level,
        MarketStatus, VenueCandle,
    },
    orders::{AccountTrade, NewOrder, OrderState, OrdersSince, Page, Submitted, TradesOf},
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

    /// Looks an order up by the venue's own id; nothing where the venue does not know it.
    ///
    /// # Errors
    /// When the venue could not be asked.
    fn order_of_venue(
        &self,
        symbol: &Symbol,
        venue_order_id: &str,
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
