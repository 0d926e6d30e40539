//! Orders: place, test, cancel, query, list.

use serde_json::{Value, json};
use trading::{Amount, order::Side};

use super::{
    account::discount,
    call::Call,
    symbols::{optional, required},
};
use crate::{
    error::ApiError,
    exchange::{
        Exchange, NewOrder, OrderKey, OrderRow, OrderType, Restriction, Size, TimeInForce,
        side_name,
    },
    wire::fixed,
};

/// What a client order id may be.
const CLIENT_ID: &str = "^[a-zA-Z0-9-_:/.]{1,36}$";

/// A client order id of a request.
fn client_id(call: &mut Call<'_>, name: &'static str) -> Result<Option<String>, ApiError> {
    let Some(id) = call.params.text(name) else {
        return Ok(None);
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:/.".contains(&byte);
    if id.len() > 36 || !id.bytes().all(is_allowed) {
        return Err(ApiError::IllegalCharacters {
            parameter: name,
            pattern: CLIENT_ID,
        });
    }
    Ok(Some(id))
}

/// How much the answer to a new order tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ResponseType {
    Ack,
    Result,
    Full,
}

/// Reads a new order and what its answer is to tell.
fn new_order(
    exchange: &Exchange,
    call: &mut Call<'_>,
) -> Result<(NewOrder, ResponseType), ApiError> {
    let symbol = required(exchange, call)?;
    let side = match call.params.required("side")?.as_str() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        _ => return Err(ApiError::Side),
    };
    let kind = match call.params.required("type")?.as_str() {
        "LIMIT" => OrderType::Limit,
        "LIMIT_MAKER" => OrderType::LimitMaker,
        "MARKET" => OrderType::Market,
        _ => return Err(ApiError::OrderType),
    };
    let time_in_force = time_in_force(call, kind)?;
    let price = call.params.amount("price")?;
    let price = match (kind, price) {
        (OrderType::Market, None) => Amount::ZERO,
        (OrderType::Market, Some(_)) => return Err(ApiError::NotRequired("price")),
        (_, Some(price)) => price,
        (_, None) => return Err(ApiError::Mandatory("price")),
    };
    let quantity = call.params.amount("quantity")?;
    let quote = call.params.amount("quoteOrderQty")?;
    let size = match (kind, quantity, quote) {
        (_, Some(quantity), None) => Size::Base(quantity),
        (OrderType::Market, None, Some(quote)) => Size::Quote(quote),
        (OrderType::Market, Some(_), Some(_)) => return Err(ApiError::Combination),
        (OrderType::Market, None, None) => {
            return Err(ApiError::MandatoryEither("quantity", "quoteOrderQty"));
        }
        (_, _, Some(_)) => return Err(ApiError::NotRequired("quoteOrderQty")),
        (_, None, None) => return Err(ApiError::Mandatory("quantity")),
    };
    let client_id = client_id(call, "newClientOrderId")?;
    let response = match (call.params.text("newOrderRespType").as_deref(), kind) {
        (Some("ACK"), _) | (None, OrderType::LimitMaker) => ResponseType::Ack,
        (Some("RESULT"), _) => ResponseType::Result,
        (Some("FULL") | None, _) => ResponseType::Full,
        (Some(_), _) => return Err(ApiError::BadData("newOrderRespType")),
    };
    let mode = call.params.text("selfTradePreventionMode");
    let mode = mode.unwrap_or_else(|| "EXPIRE_MAKER".to_owned());
    if !["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"].contains(&mode.as_str()) {
        return Err(ApiError::BadData("selfTradePreventionMode"));
    }
    let new = NewOrder {
        symbol,
        side,
        kind,
        time_in_force,
        price,
        size,
        client_id,
        self_trade_prevention: mode,
    };
    Ok((new, response))
}

fn time_in_force(call: &mut Call<'_>, kind: OrderType) -> Result<TimeInForce, ApiError> {
    let given = call.params.text("timeInForce");
    match (kind, given.as_deref()) {
        (OrderType::Limit, None) => Err(ApiError::Mandatory("timeInForce")),
        (OrderType::Limit, Some("GTC")) | (_, None) => Ok(TimeInForce::Gtc),
        (OrderType::Limit, Some("IOC")) => Ok(TimeInForce::Ioc),
        (OrderType::Limit, Some("FOK")) => Ok(TimeInForce::Fok),
        (OrderType::Limit, Some(_)) => Err(ApiError::TimeInForce),
        (_, Some(_)) => Err(ApiError::NotRequired("timeInForce")),
    }
}

/// Answers the route `POST order`.
pub(crate) fn place(exchange: &mut Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let (new, response) = new_order(exchange, call)?;
    call.params.finish()?;
    let id = exchange.place(&user, new, &call.circumstances, call.now)?;
    let order = exchange.order(id)?;
    let mut answer = json!({
        "symbol": order.symbol, "orderId": order.id, "orderListId": -1, "clientOrderId": order.client_id,
        "transactTime": order.time,
    });
    if response == ResponseType::Ack {
        return Ok(answer);
    }
    answer["workingTime"] = json!(order.time);
    state(&mut answer, order);
    if response == ResponseType::Full {
        let fills = exchange.trades.iter().filter(|trade| trade.order == id);
        let fills = fills.map(|trade| {
            json!({
                "price": fixed(trade.price), "qty": fixed(trade.quantity), "commission": fixed(trade.fee),
                "commissionAsset": trade.fee_asset.as_str(), "tradeId": trade.id,
            })
        });
        answer["fills"] = fills.collect();
    }
    Ok(answer)
}

/// Answers the route `POST order/test`.
pub(crate) fn test(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let wants_rates = call.params.flag("computeCommissionRates")?;
    let (new, _) = new_order(exchange, call)?;
    call.params.finish()?;
    exchange.check_new(&user, &new, call.now)?;
    let user = exchange.users.get(&user).ok_or(ApiError::Key)?;
    if !wants_rates {
        return Ok(json!({}));
    }
    let none = json!({ "maker": "0.00000000", "taker": "0.00000000" });
    Ok(json!({
        "standardCommissionForOrder": { "maker": fixed(user.maker_fee), "taker": fixed(user.taker_fee) },
        "specialCommissionForOrder": none, "taxCommissionForOrder": none,
        "discount": discount(user),
    }))
}

/// What an answer tells of where an order stands.
fn state(answer: &mut Value, order: &OrderRow) {
    let more = json!({
        "price": fixed(order.price), "origQty": fixed(order.quantity), "executedQty": fixed(order.executed),
        "origQuoteOrderQty": fixed(order.quote_quantity), "cummulativeQuoteQty": fixed(order.quote),
        "status": order.status.as_str(), "timeInForce": order.time_in_force.as_str(),
        "type": order.kind.as_str(), "side": side_name(order.side),
        "selfTradePreventionMode": order.self_trade_prevention,
    });
    if let (Value::Object(answer), Value::Object(more)) = (answer, more) {
        answer.extend(more);
    }
}

/// An order as it is queried.
fn queried(order: &OrderRow) -> Value {
    let zero = fixed(Amount::ZERO);
    let mut answer = json!({
        "symbol": order.symbol, "orderId": order.id, "orderListId": -1, "clientOrderId": order.client_id,
        "stopPrice": zero, "icebergQty": zero, "time": order.time, "updateTime": order.updated,
        "isWorking": true, "workingTime": order.time,
    });
    if let Some(reason) = order.expiry_reason {
        answer["expiryReason"] = json!(reason);
    }
    state(&mut answer, order);
    answer
}

/// The order that a request is about: `orderId` first, else `origClientOrderId`.
fn key(call: &mut Call<'_>) -> Result<OrderKey, ApiError> {
    let id = call.params.number("orderId")?;
    let client_id = client_id(call, "origClientOrderId")?;
    match (id, client_id) {
        (Some(id), _) => Ok(OrderKey::Id(id)),
        (None, Some(client_id)) => Ok(OrderKey::ClientId(client_id)),
        (None, None) => Err(ApiError::MandatoryEither("origClientOrderId", "orderId")),
    }
}

/// An answer to a cancel request.
fn canceled(order: &OrderRow, cancel_id: &str) -> Value {
    let mut answer = json!({
        "symbol": order.symbol, "origClientOrderId": order.client_id, "orderId": order.id, "orderListId": -1,
        "clientOrderId": cancel_id, "transactTime": order.updated,
    });
    state(&mut answer, order);
    answer
}

/// The client id of a cancel request, made up where none was given.
fn cancel_id(call: &mut Call<'_>) -> Result<String, ApiError> {
    let given = client_id(call, "newClientOrderId")?;
    Ok(given.unwrap_or_else(|| format!("cancel{}", call.now)))
}

/// Answers the route `DELETE order`.
pub(crate) fn cancel(exchange: &mut Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    let key = key(call)?;
    let cancel_id = cancel_id(call)?;
    let restriction = match call.params.text("cancelRestrictions").as_deref() {
        None => None,
        Some("ONLY_NEW") => Some(Restriction::OnlyNew),
        Some("ONLY_PARTIALLY_FILLED") => Some(Restriction::OnlyPartiallyFilled),
        Some(_) => return Err(ApiError::BadData("cancelRestrictions")),
    };
    call.params.finish()?;
    let found = exchange.find_order(&user, &symbol, &key);
    let id = found.map(|order| order.id).ok_or(ApiError::UnknownOrder)?;
    exchange.cancel(id, restriction, &cancel_id, &call.circumstances, call.now)?;
    Ok(canceled(exchange.order(id)?, &cancel_id))
}

/// Answers the route `DELETE openOrders`.
pub(crate) fn cancel_open(exchange: &mut Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    let cancel_id = cancel_id(call)?;
    call.params.finish()?;
    let ids: Vec<u64> = exchange
        .open_orders(&user, Some(&symbol))
        .map(|order| order.id)
        .collect();
    if ids.is_empty() {
        return Err(ApiError::UnknownOrder);
    }
    let mut answers = Vec::new();
    for id in ids {
        exchange.cancel(id, None, &cancel_id, &call.circumstances, call.now)?;
        answers.push(canceled(exchange.order(id)?, &cancel_id));
    }
    Ok(Value::Array(answers))
}

/// Answers the route `GET order`.
pub(crate) fn query(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    let key = key(call)?;
    call.params.finish()?;
    let order = exchange.find_order(&user, &symbol, &key);
    order.map(queried).ok_or(ApiError::NoSuchOrder)
}

/// Answers the route `GET openOrders`.
pub(crate) fn open(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = optional(exchange, call)?;
    call.params.finish()?;
    let orders = exchange.open_orders(&user, symbol.as_deref());
    Ok(orders.map(queried).collect())
}

/// Answers the route `GET allOrders`.
pub(crate) fn all(exchange: &Exchange, call: &mut Call<'_>) -> Result<Value, ApiError> {
    let user = call.user()?;
    let symbol = required(exchange, call)?;
    let from_id: Option<u64> = call.params.number("orderId")?;
    let [from, to] = call.range()?;
    let limit = call.params.limit(500, 1_000)?;
    call.params.finish()?;
    let orders: Vec<&OrderRow> = exchange
        .orders
        .values()
        .filter(|order| order.user == user && order.symbol == symbol)
        .filter(|order| from_id.is_none_or(|id| order.id >= id))
        .filter(|order| from.is_none_or(|from| order.time >= from))
        .filter(|order| to.is_none_or(|to| order.time <= to))
        .collect();
    // From an id or a time on the oldest are meant, else the newest.
    let rows = if from_id.is_some() || from.is_some() {
        &orders[..orders.len().min(limit)]
    } else {
        &orders[orders.len().saturating_sub(limit)..]
    };
    Ok(rows.iter().map(|order| queried(order)).collect())
}
