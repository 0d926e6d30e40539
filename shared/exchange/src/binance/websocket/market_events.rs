//! Events of markets.

use serde::Deserialize;
use trading::{Amount, candle::Candle, order::Millis};

use super::models::EventError;
use crate::{
    binance::{
        common::{
            parse::{ParseError, not_negative},
            symbols::SymbolTable,
        },
        http::convert,
    },
    stream::MarketEvent,
    venue::{BookTop, CandleInterval, VenueCandle},
};

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
