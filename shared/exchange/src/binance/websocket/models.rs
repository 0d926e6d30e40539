//! Messages of Binance's sockets.

use serde::Deserialize;
use serde_json::value::RawValue;
use trading::{
    Amount, Asset,
    candle::Candle,
    order::{
        Filled, Liquidity, Millis,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use crate::{
    binance::{
        common::{
            enums,
            parse::{ParseError, filled, not_negative, truncated},
            symbols::SymbolTable,
        },
        http::convert,
    },
    stream::{MarketEvent, OrderEvent, UserEvent},
    venue::{BookTop, CandleInterval, OrderState, VenueCandle},
};

/// A message of the WebSocket API: an answer, or an event in its envelope, or a bare event.
#[derive(Debug, Deserialize)]
pub(super) struct ApiMessage<'a> {
    pub(super) id: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<ApiFailure>,
    #[serde(borrow)]
    pub(super) event: Option<&'a RawValue>,
    pub(super) e: Option<String>,
}

/// What the WebSocket API says instead of a result.
#[derive(Debug, Deserialize)]
pub(super) struct ApiFailure {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) msg: String,
    pub(super) data: Option<ApiFailureData>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiFailureData {
    pub(super) retry_after: Option<Millis>,
}

/// A message of the combined streams: an event and its stream, an answer, or a failure.
#[derive(Debug, Deserialize)]
pub(super) struct StreamMessage<'a> {
    #[serde(borrow)]
    pub(super) stream: Option<&'a str>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    pub(super) id: Option<u64>,
    pub(super) error: Option<ApiFailure>,
    pub(super) code: Option<i64>,
    pub(super) e: Option<String>,
}

/// A message that was not understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// What an event of the user stream is.
#[derive(Debug)]
pub(super) enum UserMessage {
    Event(UserEvent),
    /// The subscription or the connection is about to end.
    Ending,
}

#[derive(Debug, Deserialize)]
struct Kind {
    e: String,
}

#[derive(Debug, Deserialize)]
struct ExecutionReport {
    #[serde(rename = "s")]
    symbol: String,
    /// Of a cancel: the id of the cancel itself.
    #[serde(rename = "c")]
    client_order_id: String,
    /// Of a cancel: the order's id; otherwise empty.
    #[serde(rename = "C", default)]
    original_client_order_id: String,
    #[serde(rename = "x")]
    execution: String,
    #[serde(rename = "X")]
    status: String,
    #[serde(rename = "r", default)]
    reject: String,
    #[serde(rename = "S")]
    side: String,
    #[serde(rename = "i")]
    order_id: u64,
    #[serde(rename = "l")]
    last_quantity: Amount,
    #[serde(rename = "L")]
    last_price: Amount,
    #[serde(rename = "Y")]
    last_quote: Option<Amount>,
    #[serde(rename = "z")]
    executed: Amount,
    #[serde(rename = "Z")]
    executed_quote: Amount,
    #[serde(rename = "n")]
    fee: Amount,
    #[serde(rename = "N")]
    fee_asset: Option<String>,
    #[serde(rename = "T")]
    at: Millis,
    #[serde(rename = "t")]
    trade_id: i64,
    #[serde(rename = "m")]
    is_maker: bool,
}

#[derive(Debug, Deserialize)]
struct AccountPosition {
    #[serde(rename = "E")]
    at: Millis,
    #[serde(rename = "B")]
    balances: Vec<PositionBalance>,
}

#[derive(Debug, Deserialize)]
struct PositionBalance {
    #[serde(rename = "a")]
    asset: String,
    #[serde(rename = "f", deserialize_with = "truncated")]
    free: Amount,
    #[serde(rename = "l", deserialize_with = "truncated")]
    locked: Amount,
}

#[derive(Debug, Deserialize)]
struct BalanceUpdate {
    #[serde(rename = "T")]
    at: Millis,
    #[serde(rename = "a")]
    asset: String,
    #[serde(rename = "d", deserialize_with = "truncated")]
    change: Amount,
}

#[derive(Debug, Deserialize)]
struct Trade {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "T")]
    at: Millis,
    #[serde(rename = "p")]
    price: Amount,
    #[serde(rename = "q")]
    quantity: Amount,
}

#[derive(Debug, Deserialize)]
struct MiniTicker {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "E")]
    at: Millis,
    #[serde(rename = "c")]
    last: Amount,
}

#[derive(Debug, Deserialize)]
struct BookTicker {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "b")]
    bid: Amount,
    #[serde(rename = "B")]
    bid_quantity: Amount,
    #[serde(rename = "a")]
    ask: Amount,
    #[serde(rename = "A")]
    ask_quantity: Amount,
}

#[derive(Debug, Deserialize)]
struct KlineEvent {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "k")]
    kline: Kline,
}

#[derive(Debug, Deserialize)]
struct Kline {
    #[serde(rename = "t")]
    open_time: Millis,
    #[serde(rename = "T")]
    close_time: Millis,
    #[serde(rename = "i")]
    interval: String,
    #[serde(rename = "o")]
    open: Amount,
    #[serde(rename = "c")]
    close: Amount,
    #[serde(rename = "h")]
    high: Amount,
    #[serde(rename = "l")]
    low: Amount,
    #[serde(rename = "v")]
    volume: Amount,
    #[serde(rename = "x")]
    is_closed: bool,
}

/// Reads an event of the user stream, out of its envelope.
pub(super) fn user_event(event: &str, table: &SymbolTable) -> Result<UserMessage, EventError> {
    let kind = serde_json::from_str::<Kind>(event)?.e;
    let read = match kind.as_str() {
        "executionReport" => {
            let report: ExecutionReport = serde_json::from_str(event)?;
            UserEvent::Order(Box::new(report.event(table)?))
        }
        "outboundAccountPosition" => {
            let position: AccountPosition = serde_json::from_str(event)?;
            position.event()?
        }
        "balanceUpdate" => {
            let update: BalanceUpdate = serde_json::from_str(event)?;
            match update.asset.parse::<Asset>() {
                Ok(asset) => UserEvent::BalanceChanged {
                    at: update.at,
                    asset,
                    change: update.change,
                },
                // No market here can have an asset of this name.
                Err(_) => UserEvent::Other(kind),
            }
        }
        "eventStreamTerminated" | "serverShutdown" => return Ok(UserMessage::Ending),
        _ => UserEvent::Other(kind),
    };
    Ok(UserMessage::Event(read))
}

impl ExecutionReport {
    fn event(self, table: &SymbolTable) -> Result<OrderEvent, ParseError> {
        enums::side_of(&self.side).ok_or_else(|| ParseError::NotKnown {
            field: "side",
            value: self.side.clone(),
        })?;
        let trade = match self.execution.as_str() {
            "TRADE" => Some(self.trade()?),
            _ => None,
        };
        let id = if self.original_client_order_id.is_empty() {
            self.client_order_id
        } else {
            self.original_client_order_id
        };
        Ok(OrderEvent {
            state: OrderState {
                symbol: convert::symbol(table, &self.symbol)?,
                order: VenueOrder {
                    client_order_id: id,
                    venue_order_id: self.order_id.to_string(),
                    status: enums::order_status(&self.status),
                    filled: filled(self.executed, self.executed_quote)?,
                },
                updated_at: self.at,
            },
            trade,
            reject: enums::reject_reason(&self.reject),
        })
    }

    fn trade(&self) -> Result<VenueTrade, ParseError> {
        if self.trade_id < 0 {
            return Err(ParseError::Missing { field: "trade id" });
        }
        let fee_asset = self
            .fee_asset
            .as_deref()
            .ok_or(ParseError::Missing { field: "fee asset" })?;
        let price = not_negative("the price of a trade", self.last_price)?;
        let filled = match self.last_quote {
            Some(quote) => Filled {
                base: not_negative("the quantity of a trade", self.last_quantity)?,
                quote: not_negative("the quote of a trade", quote)?,
            },
            None => convert::traded(self.last_quantity, price)?,
        };
        Ok(VenueTrade {
            venue_order_id: self.order_id.to_string(),
            trade: self.trade_id.to_string(),
            at: self.at,
            price,
            filled,
            fee: convert::fee(self.fee, fee_asset)?,
            liquidity: if self.is_maker {
                Liquidity::Maker
            } else {
                Liquidity::Taker
            },
        })
    }
}

impl AccountPosition {
    fn event(self) -> Result<UserEvent, ParseError> {
        let balances = self.balances.iter();
        let balances = balances
            .filter_map(|held| convert::balance(&held.asset, held.free, held.locked).transpose());
        Ok(UserEvent::Balances {
            at: self.at,
            balances: balances.collect::<Result<_, _>>()?,
        })
    }
}

/// Reads an event of a market by the stream that it came on; nothing for a stream that is not followed here.
pub(super) fn market_event(
    stream: &str,
    data: &str,
    table: &SymbolTable,
) -> Result<Option<MarketEvent>, EventError> {
    let Some((_, kind)) = stream.split_once('@') else {
        return Ok(None);
    };
    let event = match kind {
        "trade" => {
            let trade: Trade = serde_json::from_str(data)?;
            MarketEvent::Trade {
                symbol: convert::symbol(table, &trade.symbol)?,
                at: trade.at,
                price: not_negative("the price of a trade", trade.price)?,
                quantity: not_negative("the quantity of a trade", trade.quantity)?,
            }
        }
        "miniTicker" => {
            let ticker: MiniTicker = serde_json::from_str(data)?;
            MarketEvent::LastPrice {
                symbol: convert::symbol(table, &ticker.symbol)?,
                at: ticker.at,
                price: not_negative("the last price", ticker.last)?,
            }
        }
        "bookTicker" => {
            let ticker: BookTicker = serde_json::from_str(data)?;
            MarketEvent::BookTop {
                symbol: convert::symbol(table, &ticker.symbol)?,
                top: BookTop {
                    bid: convert::level(ticker.bid, ticker.bid_quantity)?,
                    ask: convert::level(ticker.ask, ticker.ask_quantity)?,
                },
            }
        }
        kline if kline.starts_with("kline_") => {
            serde_json::from_str::<KlineEvent>(data)?.event(table)?
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

impl KlineEvent {
    fn event(self, table: &SymbolTable) -> Result<MarketEvent, ParseError> {
        let kline = self.kline;
        let mut intervals = CandleInterval::ALL.into_iter();
        let interval = intervals.find(|known| known.to_string() == kline.interval);
        let interval = interval.ok_or(ParseError::NotKnown {
            field: "interval",
            value: kline.interval,
        })?;
        let candle = Candle {
            open_time: kline.open_time,
            close_time: kline.close_time,
            open: kline.open,
            high: kline.high,
            low: kline.low,
            close: kline.close,
            volume: kline.volume,
        };
        if !candle.is_consistent() {
            return Err(ParseError::Candle(kline.open_time));
        }
        Ok(MarketEvent::Candle {
            symbol: convert::symbol(table, &self.symbol)?,
            interval,
            candle: VenueCandle {
                candle,
                is_closed: kline.is_closed,
            },
        })
    }
}
