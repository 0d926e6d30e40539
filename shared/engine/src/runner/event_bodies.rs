//! Bodies of the events that users get.

use platform::time::{of_millis, to_wire};
use serde_json::{Value, json};
use store::{
    events::NewEvent,
    trading::commit::{DealClosed, DealOpened, NewFill, NewOrder, NewStatus},
};
use trading::{
    Asset,
    bot::Reason,
    market::RejectCode,
    order::{Millis, OrderNumber, OrderSize, OrderStatus},
    paper::Balance,
};
use uuid::Uuid;

use events::EventType;

/// A time of the data in RFC 3339, as clients see it.
pub(crate) fn at(millis: Millis) -> Value {
    to_wire(of_millis(millis)).into()
}

fn event(kind: EventType, body: Value) -> NewEvent {
    NewEvent { kind, body }
}

pub(super) fn order_created(order: &NewOrder) -> NewEvent {
    let intent = &order.intent;
    let (quantity, quote_quantity) = match intent.size {
        OrderSize::Base(quantity) => (Some(quantity), None),
        OrderSize::Quote(quote) => (None, Some(quote)),
    };
    event(
        EventType::OrderCreated,
        json!({
            "id": order.id, "bot_id": order.bot, "client_order_id": order.client_order_id, "symbol": order.symbol,
            "number": intent.number, "deal": intent.deal, "purpose": intent.purpose, "level": intent.level,
            "attempt": intent.attempt, "side": intent.side, "order_type": intent.kind, "quantity": quantity,
            "quote_quantity": quote_quantity, "placed_at": at(order.placed_at),
        }),
    )
}

pub(super) fn order_filled(number: OrderNumber, fill: &NewFill) -> NewEvent {
    let NewFill { fill: filled, .. } = fill;
    event(
        EventType::OrderFilled,
        json!({
            "id": fill.order, "bot_id": fill.bot, "fill_id": fill.id, "symbol": fill.symbol, "number": number,
            "side": fill.side, "price": filled.price, "quantity": filled.quantity, "quote": filled.quote,
            "fee": filled.fee.amount, "fee_asset": filled.fee.asset, "liquidity": filled.liquidity,
            "is_last": filled.is_last, "filled_at": at(fill.at),
        }),
    )
}

/// The end of an order without a fill.
pub(super) fn order_ended(
    (id, bot, number): (Uuid, Uuid, OrderNumber),
    status: OrderStatus,
    reject: Option<RejectCode>,
    ended_at: Millis,
) -> NewEvent {
    let kind = match reject {
        Some(_) => EventType::OrderRejected,
        None => EventType::OrderCancelled,
    };
    event(
        kind,
        json!({
            "id": id, "bot_id": bot, "number": number, "status": status, "reject_code": reject,
            "ended_at": at(ended_at),
        }),
    )
}

pub(super) fn deal_opened(deal: &DealOpened) -> NewEvent {
    event(
        EventType::DealOpened,
        json!({"id": deal.id, "bot_id": deal.bot, "number": deal.number, "opened_at": at(deal.at)}),
    )
}

pub(super) fn deal_closed(deal: &DealClosed) -> NewEvent {
    event(
        EventType::DealClosed,
        json!({
            "bot_id": deal.bot, "number": deal.number, "closed_at": at(deal.at), "close_reason": deal.reason,
            "invested": deal.invested, "realised": deal.realised,
        }),
    )
}

pub(super) fn bot_status_changed(new: &NewStatus) -> NewEvent {
    event(
        EventType::BotStatusChanged,
        json!({"id": new.bot, "status": new.status, "status_reason": new.reason}),
    )
}

pub(super) fn balance_updated(connection: Uuid, balances: &[(Asset, Balance)]) -> NewEvent {
    let balances: Vec<Value> = balances
        .iter()
        .map(|(asset, of)| json!({"asset": asset, "free": of.free, "reserved": of.reserved}))
        .collect();
    event(
        EventType::BalanceUpdated,
        json!({"connection_id": connection, "balances": balances}),
    )
}

pub(super) fn feed_ended(connection: Uuid, error: Option<&str>) -> NewEvent {
    let status = if error.is_some() { "error" } else { "finished" };
    event(
        EventType::ConnectionUpdated,
        json!({"id": connection, "feed": {"status": status, "error": error}}),
    )
}

/// A reason's code, and more of it where there is more.
pub(super) fn reason(reason: Reason) -> (String, Option<String>) {
    let value = serde_json::to_value(reason).unwrap_or_default();
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    (field("code").unwrap_or_default(), field("detail"))
}
