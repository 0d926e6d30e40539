//! Market streams: their names and what they say.

use serde_json::{Value, json};
use trading::{
    AmountError,
    order::{Millis, Side},
};

use super::{
    Exchange,
    bars::Bar,
    event::Event,
    interval::{DAY, Interval},
    listing::Listing,
};
use crate::wire::{fixed, level};

/// The stream of all changed mini tickers.
const ALL_MINI_TICKERS: &str = "!miniTicker@arr";

/// What a market stream is about.
enum Topic<'a> {
    Trade,
    Candles { interval: Interval, name: &'a str },
    BookTicker,
    MiniTicker,
    Ticker,
    Depth(usize),
}

impl<'a> Topic<'a> {
    /// The topic of a stream such as `kline_1m`, the part of its name after the symbol.
    fn parse(name: &'a str) -> Option<Self> {
        if let Some(name) = name.strip_prefix("kline_") {
            let interval = Interval::parse(name)?;
            return Some(Self::Candles { interval, name });
        }
        if let Some(levels) = name.strip_prefix("depth") {
            let levels = levels.strip_suffix("@100ms").unwrap_or(levels);
            let levels = levels.strip_suffix("@1000ms").unwrap_or(levels);
            let levels = levels.parse().ok();
            return levels
                .filter(|levels| [5, 10, 20].contains(levels))
                .map(Self::Depth);
        }
        match name {
            "trade" => Some(Self::Trade),
            "bookTicker" => Some(Self::BookTicker),
            "miniTicker" => Some(Self::MiniTicker),
            "ticker" => Some(Self::Ticker),
            _ => None,
        }
    }
}

/// Whether the emulator serves a stream of this name.
pub(crate) fn is_stream(name: &str) -> bool {
    name == ALL_MINI_TICKERS
        || name
            .split_once('@')
            .is_some_and(|(_, topic)| Topic::parse(topic).is_some())
}

impl Exchange {
    /// Tells the watched streams of a symbol about its new price. `ended` are the minutes that ended before it.
    pub(super) fn tell_market(&mut self, symbol: &str, ended: &[Bar], now: Millis) {
        self.tell_candles(symbol, ended, now);
        let Some(listing) = self.symbols.get(symbol) else {
            return;
        };
        let prefix = format!("{}@", symbol.to_lowercase());
        let names = self.watched.range(prefix.clone()..);
        let mut events = Vec::new();
        for (stream, _) in names.take_while(|(stream, _)| stream.starts_with(&prefix)) {
            let topic = Topic::parse(&stream[prefix.len()..]);
            match topic.map(|topic| body(listing, &topic, now)) {
                Some(Ok(Some(body))) => events.push(Event::Market {
                    stream: stream.clone(),
                    body,
                }),
                Some(Err(error)) => tracing::error!(%error, stream, "cannot make a stream event"),
                Some(Ok(None)) | None => {}
            }
        }
        self.events.append(&mut events);
    }

    /// Tells the candle streams of a symbol about candles that ended with one of these minutes.
    pub(super) fn tell_candles(&mut self, symbol: &str, ended: &[Bar], now: Millis) {
        let Some(listing) = self.symbols.get(symbol).filter(|_| !ended.is_empty()) else {
            return;
        };
        let prefix = format!("{}@kline_", symbol.to_lowercase());
        let names = self.watched.range(prefix.clone()..);
        let mut events = Vec::new();
        for (stream, _) in names.take_while(|(stream, _)| stream.starts_with(&prefix)) {
            let name = &stream[prefix.len()..];
            let Some(interval) = Interval::parse(name) else {
                continue;
            };
            let (first, last) = (ended[0].open_time, ended[ended.len() - 1].open_time);
            let candles = listing
                .bars
                .aggregated(interval, interval.start(first), last)
                .unwrap_or_default();
            for (bar, end) in candles.iter().filter(|(_, end)| *end <= now) {
                events.push(Event::Market {
                    stream: stream.clone(),
                    body: candle(listing, bar, *end, name, true, now),
                });
            }
        }
        self.events.append(&mut events);
    }

    /// Tells the stream of all mini tickers about the symbols that have moved.
    pub(super) fn tell_all_tickers(&mut self, moved: &[String], now: Millis) {
        if moved.is_empty() || !self.watched.contains_key(ALL_MINI_TICKERS) {
            return;
        }
        let tickers = moved
            .iter()
            .filter_map(|name| mini_ticker(self.symbols.get(name)?, now).ok());
        let body = Value::Array(tickers.collect());
        self.events.push(Event::Market {
            stream: ALL_MINI_TICKERS.to_owned(),
            body,
        });
    }
}

fn body(listing: &Listing, topic: &Topic<'_>, now: Millis) -> Result<Option<Value>, AmountError> {
    Ok(match topic {
        Topic::Trade => listing.trades.back().map(|trade| {
            json!({
                "e": "trade", "E": now, "s": listing.name, "t": trade.id, "p": fixed(trade.price),
                "q": fixed(trade.quantity), "T": trade.time, "m": trade.is_buyer_maker, "M": true,
            })
        }),
        Topic::Candles { interval, name } => listing
            .bars
            .last(*interval)?
            .map(|(bar, end)| candle(listing, &bar, end, name, false, now)),
        Topic::BookTicker => {
            let [bid, ask] = best(listing)?;
            Some(json!({
                "u": listing.update, "s": listing.name, "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1],
            }))
        }
        Topic::MiniTicker => Some(mini_ticker(listing, now)?),
        Topic::Ticker => Some(ticker(listing, now)?),
        Topic::Depth(levels) => {
            let side = |side| -> Result<Vec<[String; 2]>, AmountError> {
                Ok(listing
                    .book(side)?
                    .into_iter()
                    .take(*levels)
                    .map(level)
                    .collect())
            };
            Some(json!({
                "lastUpdateId": listing.update, "bids": side(Side::Sell)?, "asks": side(Side::Buy)?,
            }))
        }
    })
}

/// The best bid and ask as texts.
fn best(listing: &Listing) -> Result<[[String; 2]; 2], AmountError> {
    let first = |side| -> Result<[String; 2], AmountError> {
        Ok(listing
            .book(side)?
            .into_iter()
            .next()
            .map(level)
            .unwrap_or_default())
    };
    Ok([first(Side::Sell)?, first(Side::Buy)?])
}

fn candle(
    listing: &Listing,
    bar: &Bar,
    end: Millis,
    interval: &str,
    is_closed: bool,
    now: Millis,
) -> Value {
    let last = listing.trades.back().map_or(0, |trade| trade.id);
    let first = (last + 1).saturating_sub(bar.trades);
    json!({
        "e": "kline", "E": now, "s": listing.name,
        "k": {
            "t": bar.open_time, "T": end - 1, "s": listing.name, "i": interval, "f": first, "L": last,
            "o": fixed(bar.open), "c": fixed(bar.close), "h": fixed(bar.high), "l": fixed(bar.low),
            "v": fixed(bar.volume), "n": bar.trades, "x": is_closed, "q": fixed(bar.quote),
            "V": fixed(bar.taker_volume), "Q": fixed(bar.taker_quote), "B": "0",
        },
    })
}

fn mini_ticker(listing: &Listing, now: Millis) -> Result<Value, AmountError> {
    let day = listing.bars.since(now - DAY)?;
    let of = |read: fn(&Bar) -> trading::Amount| fixed(day.as_ref().map_or(listing.price, read));
    Ok(json!({
        "e": "24hrMiniTicker", "E": now, "s": listing.name, "c": fixed(listing.price), "o": of(|bar| bar.open),
        "h": of(|bar| bar.high), "l": of(|bar| bar.low), "v": of(|bar| bar.volume), "q": of(|bar| bar.quote),
    }))
}

fn ticker(listing: &Listing, now: Millis) -> Result<Value, AmountError> {
    let mut all = mini_ticker(listing, now)?;
    let day = listing.day(now)?;
    let [bid, ask] = best(listing)?;
    let last = listing.trades.back();
    let more = json!({
        "e": "24hrTicker", "p": fixed(day.change), "P": day.percent, "w": fixed(day.average),
        "x": fixed(day.bar.open), "Q": fixed(last.map_or(trading::Amount::ZERO, |trade| trade.quantity)),
        "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1], "O": now - DAY, "C": now,
        "F": (last.map_or(0, |trade| trade.id) + 1).saturating_sub(day.bar.trades),
        "L": last.map_or(0, |trade| trade.id), "n": day.bar.trades,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    Ok(all)
}
