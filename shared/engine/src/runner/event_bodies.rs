//! What users are told of the rows that are written.

use platform::time::of_millis;
use serde_json::Value;
use store::trading::commit::{self, NewFill, NewOrder, NewStatus};
use trading::{
    Asset,
    bot::Reason,
    market::RejectCode,
    order::{Millis, OrderNumber, OrderSize, OrderStatus},
    paper::Balance,
};
use uuid::Uuid;
use views::{
    EventBody,
    event::{
        AssetBalance, BalanceUpdated, BotStatusChanged, ConnectionUpdated, DealClosed, DealOpened,
        OrderCancelled, OrderCreated, OrderFilled, OrderRejected,
    },
};

pub(super) fn order_created(order: &NewOrder) -> EventBody {
    let intent = &order.intent;
    let (quantity, quote_quantity) = match intent.size {
        OrderSize::Base(quantity) => (Some(quantity), None),
        OrderSize::Quote(quote) => (None, Some(quote)),
    };
    OrderCreated {
        id: order.id,
        bot_id: order.bot,
        client_order_id: order.client_order_id.clone(),
        symbol: order.symbol.clone(),
        number: intent.number,
        deal: intent.deal,
        purpose: intent.purpose,
        level: intent.level,
        attempt: intent.attempt,
        side: intent.side,
        order_type: intent.kind,
        quantity,
        quote_quantity,
        placed_at: of_millis(order.placed_at),
    }
    .into()
}

pub(super) fn order_filled(number: OrderNumber, fill: &NewFill) -> EventBody {
    let NewFill { fill: filled, .. } = fill;
    OrderFilled {
        id: fill.order,
        bot_id: fill.bot,
        fill_id: fill.id,
        symbol: fill.symbol.clone(),
        number,
        side: fill.side,
        price: filled.price,
        quantity: filled.quantity,
        quote: filled.quote,
        fee: filled.fee.amount,
        fee_asset: filled.fee.asset.clone(),
        liquidity: filled.liquidity,
        is_last: filled.is_last,
        filled_at: of_millis(fill.at),
    }
    .into()
}

/// The end of an order without a fill.
pub(super) fn order_ended(
    (id, bot_id, number): (Uuid, Uuid, OrderNumber),
    status: OrderStatus,
    reject: Option<RejectCode>,
    ended_at: Millis,
) -> EventBody {
    let ended_at = of_millis(ended_at);
    match reject {
        Some(reject_code) => OrderRejected {
            id,
            bot_id,
            number,
            status,
            reject_code,
            ended_at,
        }
        .into(),
        None => OrderCancelled {
            id,
            bot_id,
            number,
            status,
            reject_code: None,
            ended_at,
        }
        .into(),
    }
}

pub(super) fn deal_opened(deal: &commit::DealOpened) -> EventBody {
    DealOpened {
        id: deal.id,
        bot_id: deal.bot,
        number: deal.number,
        opened_at: of_millis(deal.at),
    }
    .into()
}

pub(super) fn deal_closed(deal: &commit::DealClosed) -> EventBody {
    DealClosed {
        bot_id: deal.bot,
        number: deal.number,
        closed_at: of_millis(deal.at),
        close_reason: deal.reason,
        invested: deal.invested,
        realised: deal.realised,
    }
    .into()
}

pub(super) fn bot_status_changed(new: &NewStatus) -> EventBody {
    BotStatusChanged {
        id: new.bot,
        status: new.status,
        status_reason: new.reason.clone(),
    }
    .into()
}

pub(super) fn balance_updated(connection: Uuid, balances: &[(Asset, Balance)]) -> EventBody {
    let balances = balances.iter().map(|(asset, of)| AssetBalance {
        asset: asset.clone(),
        free: of.free,
        reserved: of.reserved,
    });
    BalanceUpdated {
        connection_id: connection,
        balances: balances.collect(),
    }
    .into()
}

pub(super) fn feed_ended(connection: Uuid, error: Option<&str>) -> EventBody {
    ConnectionUpdated::feed_ended(connection, error.map(str::to_owned)).into()
}

/// A reason's code, and more of it where there is more.
pub(super) fn reason(reason: Reason) -> (String, Option<String>) {
    let value = serde_json::to_value(reason).unwrap_or_default();
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    (field("code").unwrap_or_default(), field("detail"))
}
