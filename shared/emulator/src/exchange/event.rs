//! What happened, as sockets hear of it.

use serde_json::{Value, json};
use trading::{Amount, Asset, order::Millis};

use super::{
    order::{Order, Trade, side},
    user::User,
};
use crate::wire::fixed;

/// Something for the sockets.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// For the streams of one user.
    User {
        user: String,
        /// A fill: where a stream breaks in the middle of one, this is the event that is lost.
        is_fill: bool,
        body: Value,
    },
    /// The streams of one user end.
    Terminated { user: String, body: Value },
    /// For everybody who has subscribed to a market stream.
    Market { stream: String, body: Value },
}

/// Why an execution report is sent.
pub(crate) enum Execution<'a> {
    New,
    Trade(&'a Trade),
    /// With the client id of the cancel request.
    Canceled(&'a str),
    Expired,
}

/// The execution report of an order; `number` identifies the execution.
pub(crate) fn execution_report(
    order: &Order,
    execution: &Execution<'_>,
    at: Millis,
    number: u64,
) -> Event {
    let zero = fixed(Amount::ZERO);
    let (kind, client_id, original, trade) = match execution {
        Execution::New => ("NEW", order.client_id.as_str(), "", None),
        Execution::Trade(trade) => ("TRADE", order.client_id.as_str(), "", Some(*trade)),
        Execution::Canceled(id) => ("CANCELED", *id, order.client_id.as_str(), None),
        Execution::Expired => ("EXPIRED", order.client_id.as_str(), "", None),
    };
    let mut body = json!({
        "e": "executionReport", "E": at, "s": order.symbol, "c": client_id, "S": side(order.side),
        "o": order.kind.as_str(), "f": order.time_in_force.as_str(), "q": fixed(order.quantity),
        "p": fixed(order.price), "P": zero, "F": zero, "g": -1, "C": original, "x": kind,
        "X": order.status.as_str(), "r": "NONE", "i": order.id,
        "l": fixed(trade.map_or(Amount::ZERO, |trade| trade.quantity)), "z": fixed(order.executed),
        "L": fixed(trade.map_or(Amount::ZERO, |trade| trade.price)),
        "n": trade.map_or_else(|| "0".to_owned(), |trade| fixed(trade.fee)),
        "N": trade.map(|trade| trade.fee_asset.as_str()), "T": at,
        "t": trade.map_or(json!(-1), |trade| json!(trade.id)), "I": number, "w": order.status.is_open(),
        "m": trade.is_some_and(|trade| trade.is_maker), "M": trade.is_some(), "O": order.time,
        "Z": fixed(order.quote), "Y": fixed(trade.map_or(Amount::ZERO, |trade| trade.quote)),
        "Q": fixed(order.quote_quantity), "W": order.time, "V": order.self_trade_prevention,
    });
    if let Some(reason) = order.expiry_reason {
        body["eR"] = json!(reason);
    }
    Event::User {
        user: order.user.clone(),
        is_fill: trade.is_some(),
        body,
    }
}

/// The balances of the assets that an operation touched.
pub(crate) fn account_position(user: &User, assets: &[Asset], at: Millis) -> Event {
    let balances: Vec<Value> = assets
        .iter()
        .map(|asset| {
            let balance = user.account.balance(asset);
            json!({ "a": asset.as_str(), "f": fixed(balance.free), "l": fixed(balance.reserved) })
        })
        .collect();
    Event::User {
        user: user.name.clone(),
        is_fill: false,
        body: json!({ "e": "outboundAccountPosition", "E": at, "u": at, "B": balances }),
    }
}

/// Money that came or went outside of trading.
pub(crate) fn balance_update(user: &str, asset: &Asset, change: Amount, at: Millis) -> Event {
    Event::User {
        user: user.to_owned(),
        is_fill: false,
        body: json!({ "e": "balanceUpdate", "E": at, "a": asset.as_str(), "d": fixed(change), "T": at }),
    }
}

/// The end of a user's streams.
pub(crate) fn stream_terminated(user: &str, at: Millis) -> Event {
    Event::Terminated {
        user: user.to_owned(),
        body: json!({ "e": "eventStreamTerminated", "E": at }),
    }
}
