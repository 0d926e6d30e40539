//! The parameters of a new order.

use trading::order::{OrderSize, OrderType, Side};

use super::sign::Params;
use crate::{binance::common::enums, error::NotSent, venue::NewOrder};

/// Longest client order id.
const LONGEST_ID: usize = 32;

/// The parameters of a new order.
pub(crate) fn new_order(order: &NewOrder<'_>, name: String) -> Result<Params, NotSent> {
    let id = order.client_order_id;
    let is_id =
        (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(NotSent::Invalid(
            "a client order id is 1 to 32 letters and digits",
        ));
    }
    let (quantity, quote) = match (order.size, order.kind, order.side) {
        (OrderSize::Base(quantity), _, _) => (Some(quantity), None),
        (OrderSize::Quote(quote), OrderType::Market, Side::Buy) => (None, Some(quote)),
        (OrderSize::Quote(_), _, _) => {
            return Err(NotSent::Invalid(
                "only market buys are sized by the quote to spend",
            ));
        }
    };
    let figures = [quantity, quote, order.kind.limit()];
    if figures.iter().flatten().any(|figure| !figure.is_positive()) {
        return Err(NotSent::Invalid("quantity, quote and price are above zero"));
    }
    let (kind, time_in_force) = enums::order_type(order.kind);
    Ok(Params::new()
        .with("symbol", name)
        .with("side", enums::side(order.side))
        .with("type", kind)
        .with_some("timeInForce", time_in_force)
        .with_some("quantity", quantity)
        .with_some("quoteOrderQty", quote)
        .with_some("price", order.kind.limit())
        .with("newClientOrderId", id)
        .with("newOrderRespType", "FULL"))
}
