use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::market::RejectCode;
use crate::order::{
    DealNumber, Fill, Liquidity, Millis, OrderNumber, OrderSize, OrderStatus, OrderType,
    OrderUpdate, Placed, Purpose, Side,
};
use crate::paper::Balance;
use crate::symbol::Asset;

/// What a run did, reduced to what must be the same in every run over the same inputs: no ids, no wall time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ledger {
    /// By bot, then number.
    pub orders: Vec<LedgerOrder>,
    /// By account, then asset.
    pub balances: Vec<BTreeMap<Asset, Balance>>,
}

/// An order and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerOrder {
    /// Position of its bot.
    pub bot: u32,
    /// Number within the bot.
    pub number: OrderNumber,
    /// Deal within the bot.
    pub deal: DealNumber,
    /// Why it exists.
    pub purpose: Purpose,
    /// Which of its purpose.
    pub level: u32,
    /// Which attempt.
    pub attempt: u32,
    /// Which way.
    pub side: Side,
    /// Type and price.
    #[serde(rename = "order_type")]
    pub kind: OrderType,
    /// Quantity asked for.
    pub size: OrderSize,
    /// Data time of its placing.
    pub placed_at: Millis,
    /// Last status.
    pub status: OrderStatus,
    /// Why it was refused.
    pub reject: Option<RejectCode>,
    /// Data time of its end.
    pub ended_at: Option<Millis>,
    /// Its fills, in order.
    pub fills: Vec<LedgerFill>,
}

/// A fill of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerFill {
    /// Data time.
    pub at: Millis,
    /// Price.
    pub price: Amount,
    /// Base, before fees.
    pub quantity: Amount,
    /// Quote, before fees.
    pub quote: Amount,
    /// In what the fee was charged.
    pub fee_asset: Asset,
    /// The fee.
    pub fee: Amount,
    /// Maker or taker.
    pub liquidity: Liquidity,
}

/// The first place where two ledgers part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An order differs, or one side lacks it.
    Order {
        /// On the left.
        left: Option<Box<LedgerOrder>>,
        /// On the right.
        right: Option<Box<LedgerOrder>>,
    },
    /// The balances of an account differ, or one side lacks it.
    Balances {
        /// Index of the account.
        account: usize,
    },
}

impl Ledger {
    /// The first difference from another ledger; nothing when both tell the same story.
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        for index in 0..self.orders.len().max(other.orders.len()) {
            let (left, right) = (self.orders.get(index), other.orders.get(index));
            if left != right {
                let boxed = |order: Option<&LedgerOrder>| order.cloned().map(Box::new);
                return Some(Difference::Order {
                    left: boxed(left),
                    right: boxed(right),
                });
            }
        }
        let accounts = self.balances.len().max(other.balances.len());
        (0..accounts)
            .find(|account| self.balances.get(*account) != other.balances.get(*account))
            .map(|account| Difference::Balances { account })
    }
}

impl LedgerOrder {
    pub(super) fn placed(bot: u32, at: Millis, placed: &Placed<'_>) -> Self {
        let intent = placed.intent;
        Self {
            bot,
            number: intent.number,
            deal: intent.deal,
            purpose: intent.purpose,
            level: intent.level,
            attempt: intent.attempt,
            side: intent.side,
            kind: intent.kind,
            size: intent.size,
            placed_at: at,
            status: placed.status,
            reject: placed.reject,
            ended_at: placed.status.is_terminal().then_some(at),
            fills: Vec::new(),
        }
    }

    pub(super) fn update(&mut self, at: Millis, update: &OrderUpdate) {
        self.status = update.status;
        self.reject = update.reject;
        self.ended_at = update.status.is_terminal().then_some(at);
    }

    pub(super) fn fill(&mut self, at: Millis, fill: &Fill) {
        self.fills.push(LedgerFill::new(at, fill));
        if fill.is_last {
            self.status = OrderStatus::Filled;
            self.ended_at = Some(at);
        } else {
            self.status = OrderStatus::PartiallyFilled;
        }
    }
}

impl LedgerFill {
    pub(super) fn new(at: Millis, fill: &Fill) -> Self {
        Self {
            at,
            price: fill.price,
            quantity: fill.quantity,
            quote: fill.quote,
            fee_asset: fill.fee.asset.clone(),
            fee: fill.fee.amount,
            liquidity: fill.liquidity,
        }
    }
}
