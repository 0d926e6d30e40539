//! Public market data.

use serde_json::{Value, json};
use trading::{
    Amount,
    order::{Millis, Side},
};

use super::{
    call::Call,
    symbols::{chosen, required},
};
use crate::{
    error::ApiError,
    exchange::{Exchange, Interval, Listing, PublicTrade},
    wire::{fixed, level},
};

/// Answers the route `depth`.
pub(crate) fn depth(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let symbol = required(exchange, call)?;
    let limit = call.params.limit(100, 5_000)?;
    call.params.finish()?;
    let listing = exchange.listing(&symbol)?;
    let side = |side| -> Result<Vec<[String; 2]>, ApiError> {
        Ok(listing
            .book(side)?
            .into_iter()
            .take(limit)
            .map(level)
            .collect())
    };
    Ok(json!({
        "lastUpdateId": listing.update, "bids": side(Side::Sell)?, "asks": side(Side::Buy)?,
    }))
}

fn last_trades(
    exchange: &Exchange,
    symbol: &str,
    limit: usize,
    wanted: impl Fn(&PublicTrade) -> bool,
) -> Result<Vec<PublicTrade>, ApiError> {
    let trades: Vec<PublicTrade> = exchange
        .listing(symbol)?
        .trades
        .iter()
        .filter(|trade| wanted(trade))
        .copied()
        .collect();
    Ok(trades[trades.len().saturating_sub(limit)..].to_vec())
}

/// Answers the route `trades`.
pub(crate) fn trades(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let symbol = required(exchange, call)?;
    let limit = call.params.limit(500, 1_000)?;
    call.params.finish()?;
    let trades = last_trades(exchange, &symbol, limit, |_| true)?;
    let rows = trades.iter().map(|trade| {
        json!({
            "id": trade.id, "price": fixed(trade.price), "qty": fixed(trade.quantity),
            "quoteQty": fixed(trade.quote), "time": trade.time, "isBuyerMaker": trade.is_buyer_maker,
            "isBestMatch": true,
        })
    });
    Ok(rows.collect())
}

/// `aggTrades`: each trade of the emulator is an aggregate of itself.
pub(crate) fn aggregate_trades(
    exchange: &Exchange,
    call: &mut Call<'_>,
) -> Result<Value, ApiError> {
    let symbol = required(exchange, call)?;
    let from_id: Option<u64> = call.params.number("fromId")?;
    let from: Option<Millis> = call.params.number("startTime")?;
    let to: Option<Millis> = call.params.number("endTime")?;
    let limit = call.params.limit(500, 1_000)?;
    call.params.finish()?;
    let trades = last_trades(exchange, &symbol, limit, |trade| {
        from_id.is_none_or(|id| trade.id >= id)
            && from.is_none_or(|from| trade.time >= from)
            && to.is_none_or(|to| trade.time <= to)
    })?;
    let rows = trades.iter().map(|trade| {
        json!({
            "a": trade.id, "p": fixed(trade.price), "q": fixed(trade.quantity), "f": trade.id, "l": trade.id,
            "T": trade.time, "m": trade.is_buyer_maker, "M": true,
        })
    });
    Ok(rows.collect())
}

/// Answers the route `klines`.
pub(crate) fn candles(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let symbol = required(exchange, call)?;
    let interval = call.params.required("interval")?;
    let interval = Interval::parse(&interval).ok_or(ApiError::Interval)?;
    let from: Option<Millis> = call.params.number("startTime")?;
    let to: Option<Millis> = call.params.number("endTime")?;
    let limit = call.params.limit(500, 1_000)?;
    call.params.finish()?;
    let bars = exchange.listing(&symbol)?.bars.aggregated(
        interval,
        from.unwrap_or(0),
        to.unwrap_or(Millis::MAX),
    )?;
    // With a start the oldest rows are meant, without one the newest.
    let rows = if from.is_some() {
        &bars[..bars.len().min(limit)]
    } else {
        &bars[bars.len().saturating_sub(limit)..]
    };
    let rows = rows.iter().map(|(bar, end)| {
        json!([
            bar.open_time,
            fixed(bar.open),
            fixed(bar.high),
            fixed(bar.low),
            fixed(bar.close),
            fixed(bar.volume),
            end - 1,
            fixed(bar.quote),
            bar.trades,
            fixed(bar.taker_volume),
            fixed(bar.taker_quote),
            "0"
        ])
    });
    Ok(rows.collect())
}

/// Answers the route `avgPrice`.
pub(crate) fn average_price(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let symbol = required(exchange, call)?;
    call.params.finish()?;
    let listing = exchange.listing(&symbol)?;
    let time = listing.trades.back().map_or(call.now, |trade| trade.time);
    let price = fixed(listing.average(call.now)?);
    Ok(json!({ "mins": 5, "price": price, "closeTime": time }))
}

/// One row a symbol: an object when `symbol` was named, else an array.
fn rows(
    exchange: &Exchange,
    call: &mut Call<'_>,
    row: impl Fn(&Listing) -> Result<Value, ApiError>,
) -> Result<Value, ApiError> {
    let (symbols, is_one) = chosen(exchange, call)?;
    call.params.finish()?;
    let mut rows = Vec::new();
    for symbol in &symbols {
        rows.push(row(exchange.listing(symbol)?)?);
    }
    match rows.pop() {
        Some(row) if is_one => Ok(row),
        last => {
            rows.extend(last);
            Ok(Value::Array(rows))
        }
    }
}

/// Answers the route `ticker/price`.
pub(crate) fn price(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    rows(exchange, call, |listing| {
        Ok(json!({ "symbol": listing.name, "price": fixed(listing.price) }))
    })
}

/// The best bid and ask, as texts of price and quantity.
fn best(listing: &Listing) -> Result<[[String; 2]; 2], ApiError> {
    let first = |side| -> Result<[String; 2], ApiError> {
        Ok(listing
            .book(side)?
            .into_iter()
            .next()
            .map(level)
            .unwrap_or_default())
    };
    Ok([first(Side::Sell)?, first(Side::Buy)?])
}

/// Answers the route `ticker/bookTicker`.
pub(crate) fn book_ticker(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    rows(exchange, call, |listing| {
        let [bid, ask] = best(listing)?;
        Ok(json!({
            "symbol": listing.name, "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1],
        }))
    })
}

/// Answers the route `ticker/24hr`.
pub(crate) fn ticker_24h(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let is_mini = match call.params.text("type").as_deref() {
        None | Some("FULL") => false,
        Some("MINI") => true,
        Some(_) => return Err(ApiError::BadData("type")),
    };
    let now = call.now;
    rows(exchange, call, |listing| {
        let day = listing.day(now)?;
        let last = listing.trades.back();
        let last_id = last.map_or(0, |trade| trade.id);
        let mut row = json!({
            "symbol": listing.name, "lastPrice": fixed(listing.price), "openPrice": fixed(day.bar.open),
            "highPrice": fixed(day.bar.high), "lowPrice": fixed(day.bar.low),
            "volume": fixed(day.bar.volume), "quoteVolume": fixed(day.bar.quote),
            "openTime": now - crate::exchange::DAY, "closeTime": now,
            "firstId": (last_id + 1).saturating_sub(day.bar.trades), "lastId": last_id, "count": day.bar.trades,
        });
        if !is_mini {
            let [bid, ask] = best(listing)?;
            let quantity = last.map_or(Amount::ZERO, |trade| trade.quantity);
            let more = json!({
                "priceChange": fixed(day.change), "priceChangePercent": day.percent,
                "weightedAvgPrice": fixed(day.average), "prevClosePrice": fixed(day.bar.open),
                "lastQty": fixed(quantity), "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0],
                "askQty": ask[1],
            });
            if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
                row.extend(more);
            }
        }
        Ok(row)
    })
}
