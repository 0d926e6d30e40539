//! Events of an account.

use serde::Deserialize;
use trading::{
    Amount, Asset, Symbol,
    order::{
        Filled, Liquidity, Millis, Side,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use super::models::EventError;
use crate::{
    binance::{
        common::{
            enums,
            parse::{ParseError, filled, not_negative, truncated},
            symbols::SymbolTable,
        },
        http::convert,
    },
    stream::{OrderEvent, UserEvent},
    venue::OrderState,
};

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
        let symbol = convert::symbol(table, &self.symbol)?;
        let side = enums::side_of(&self.side).ok_or_else(|| ParseError::NotKnown {
            field: "side",
            value: self.side.clone(),
        })?;
        let trade = match self.execution.as_str() {
            "TRADE" => Some(self.trade(&symbol, side, table.quote_decimals(&symbol))?),
            _ => None,
        };
        let id = if self.original_client_order_id.is_empty() {
            self.client_order_id
        } else {
            self.original_client_order_id
        };
        Ok(OrderEvent {
            state: OrderState {
                symbol,
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

    /// The trade that is told about, in a market whose quote has so many decimals.
    fn trade(
        &self,
        symbol: &Symbol,
        side: Side,
        quote_decimals: u32,
    ) -> Result<VenueTrade, ParseError> {
        if self.trade_id < 0 {
            return Err(ParseError::Missing { field: "trade id" });
        }
        // Where nothing is charged no asset need be named: it would be what is received.
        let received = match side {
            Side::Buy => symbol.base(),
            Side::Sell => symbol.quote(),
        };
        let fee_asset = match &self.fee_asset {
            Some(asset) => asset,
            None if self.fee.is_zero() => received.as_str(),
            None => return Err(ParseError::Missing { field: "fee asset" }),
        };
        let price = not_negative("the price of a trade", self.last_price)?;
        let filled = match self.last_quote {
            Some(quote) => Filled {
                base: not_negative("the quantity of a trade", self.last_quantity)?,
                quote: not_negative("the quote of a trade", quote)?,
            },
            None => convert::traded(self.last_quantity, price, quote_decimals)?,
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
