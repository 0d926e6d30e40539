//! Symbols as requests name them, and as `exchangeInfo` describes them.

use serde_json::{Value, json};
use trading::Amount;

use super::call::Call;
use crate::{
    error::ApiError,
    exchange::{Exchange, Listing, SymbolStatus},
    wire::fixed,
};

/// What a symbol on the wire may be.
const PATTERN: &str = "^[A-Z0-9-_.]{1,20}$";

/// Tests the spelling of a symbol.
fn checked(symbol: String) -> Result<String, ApiError> {
    let is_allowed = |byte: u8| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
    };
    if (1..=20).contains(&symbol.len()) && symbol.bytes().all(is_allowed) {
        Ok(symbol)
    } else {
        Err(ApiError::IllegalCharacters {
            parameter: "symbol",
            pattern: PATTERN,
        })
    }
}

/// The `symbol` that a request must name.
pub(crate) fn required(exchange: &Exchange, call: &mut Call<'_>) -> Result<String, ApiError> {
    let symbol = checked(call.params.required("symbol")?)?;
    exchange.listing(&symbol)?;
    Ok(symbol)
}

/// The `symbol` that a request may name.
pub(crate) fn optional(
    exchange: &Exchange,
    call: &mut Call<'_>,
) -> Result<Option<String>, ApiError> {
    let Some(symbol) = call.params.text("symbol").map(checked).transpose()? else {
        return Ok(None);
    };
    exchange.listing(&symbol)?;
    Ok(Some(symbol))
}

/// The symbols of a request with `symbol`, `symbols` or neither, which means all; and whether it was `symbol`.
pub(crate) fn chosen(
    exchange: &Exchange,
    call: &mut Call<'_>,
) -> Result<(Vec<String>, bool), ApiError> {
    let one = optional(exchange, call)?;
    let many = call.params.text("symbols");
    match (one, many) {
        (Some(_), Some(_)) => Err(ApiError::Combination),
        (Some(symbol), None) => Ok((vec![symbol], true)),
        (None, None) => Ok((exchange.symbols.keys().cloned().collect(), false)),
        (None, Some(list)) => {
            let symbols: Vec<String> =
                serde_json::from_str(&list).map_err(|_| ApiError::IllegalCharacters {
                    parameter: "symbols",
                    pattern: r#"^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$"#,
                })?;
            for symbol in &symbols {
                exchange.listing(symbol)?;
            }
            Ok((symbols, false))
        }
    }
}

/// Answers the route `exchangeInfo`.
pub(crate) fn exchange_info(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let (symbols, _) = chosen(exchange, call)?;
    // Asked for by clients that want fewer symbols; all of the emulator's are spot.
    call.params.text("permissions");
    call.params.text("showPermissionSets");
    call.params.text("symbolStatus");
    call.params.finish()?;
    let limits = call.limits;
    let symbols = symbols
        .iter()
        .map(|symbol| exchange.listing(symbol).map(describe));
    Ok(json!({
        "timezone": "UTC", "serverTime": call.now,
        "rateLimits": [
            limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weight_per_minute),
            limit("ORDERS", "SECOND", 10, limits.orders_per_10_seconds),
            limit("ORDERS", "DAY", 1, limits.orders_per_day),
            limit("RAW_REQUESTS", "MINUTE", 5, limits.requests_per_5_minutes),
        ],
        "exchangeFilters": [], "symbols": symbols.collect::<Result<Vec<_>, _>>()?, "sors": [],
    }))
}

fn limit(kind: &str, interval: &str, count: u32, limit: u32) -> Value {
    json!({ "rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit })
}

/// The limits of orders with how many were placed: `rateLimit/order`.
pub(crate) fn order_counts(call: &Call<'_>) -> Value {
    let limits = call.limits;
    let mut seconds = limit("ORDERS", "SECOND", 10, limits.orders_per_10_seconds);
    let mut day = limit("ORDERS", "DAY", 1, limits.orders_per_day);
    seconds["count"] = json!(call.orders[0]);
    day["count"] = json!(call.orders[1]);
    json!([seconds, day])
}

fn describe(listing: &Listing) -> Value {
    let market = &listing.market;
    let is_trading = listing.status == SymbolStatus::Trading;
    json!({
        "symbol": listing.name, "status": listing.status.as_str(),
        "baseAsset": market.symbol.base().as_str(), "baseAssetPrecision": 8,
        "quoteAsset": market.symbol.quote().as_str(), "quotePrecision": 8, "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"], "icebergAllowed": false, "ocoAllowed": false,
        "otoAllowed": false, "opoAllowed": false, "quoteOrderQtyMarketAllowed": true, "allowTrailingStop": false,
        "cancelReplaceAllowed": false, "amendAllowed": false, "pegInstructionsAllowed": false,
        "isSpotTradingAllowed": is_trading, "isMarginTradingAllowed": false, "filters": filters(listing),
        "permissions": [], "permissionSets": [["SPOT"]], "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    })
}

fn filters(listing: &Listing) -> Vec<Value> {
    let market = &listing.market;
    let most = |amount: Option<Amount>| fixed(amount.unwrap_or(Amount::from_whole(9_000_000_000)));
    let mut filters = vec![
        json!({
            "filterType": "PRICE_FILTER", "minPrice": fixed(listing.min_price),
            "maxPrice": fixed(listing.max_price), "tickSize": fixed(market.tick_size),
        }),
        json!({
            "filterType": "LOT_SIZE", "minQty": fixed(market.min_quantity),
            "maxQty": most(market.max_quantity), "stepSize": fixed(market.lot_size),
        }),
        json!({
            "filterType": "NOTIONAL", "minNotional": fixed(market.min_notional),
            "applyMinToMarket": market.min_notional_for_market, "maxNotional": most(market.max_notional),
            "applyMaxToMarket": market.max_notional_for_market, "avgPriceMins": 5,
        }),
    ];
    if let Some(lot) = &market.market_lot {
        filters.push(json!({
            "filterType": "MARKET_LOT_SIZE", "minQty": fixed(lot.min_quantity),
            "maxQty": most(lot.max_quantity), "stepSize": fixed(lot.lot_size),
        }));
    }
    if let Some(band) = &market.percent_price {
        filters.push(json!({
            "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": band.bid_up,
            "bidMultiplierDown": band.bid_down, "askMultiplierUp": band.ask_up,
            "askMultiplierDown": band.ask_down, "avgPriceMins": 5,
        }));
    }
    if let Some(most) = market.max_orders {
        filters.push(json!({ "filterType": "MAX_NUM_ORDERS", "maxNumOrders": most }));
    }
    filters
}
