use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::order::{OrderNumber, Purpose, Side};
use crate::pnl::Position;

/// The interval between two neighbouring lines. It has one order: a buy at its lower line, or, once it holds base, a
/// sell at its upper line. N intervals on N + 1 lines leave exactly one line empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Base of one buy.
    pub quantity: Amount,
    /// Which order it wants.
    pub side: CellSide,
    /// The order it has.
    pub order: Option<OrderNumber>,
    /// Base it holds and its cost, dust of earlier rounds included.
    pub lot: Position,
    /// A counter-order placed while the rest of a partly filled order still waits.
    pub early: Option<OrderNumber>,
    /// Base filled of the current order.
    pub filled: Amount,
    /// Base of the current order that already has its counter-order; of a buy that has not begun to fill, what the order
    /// itself buys back, where the rest of it is still to be placed.
    pub countered: Amount,
    /// The market's rules do not let its order be placed now.
    pub is_blocked: bool,
}

impl Cell {
    pub(super) const fn new(quantity: Amount, side: CellSide) -> Self {
        Self {
            quantity,
            side,
            order: None,
            lot: Position::EMPTY,
            early: None,
            filled: Amount::ZERO,
            countered: Amount::ZERO,
            is_blocked: false,
        }
    }

    /// Whether its buy is only a part of the answer to a sell: the bot was paused when the other part was due.
    pub(super) fn lacks_part(&self) -> bool {
        let is_part = self.filled.is_zero() && self.countered.is_positive();
        self.side == CellSide::Buy && self.order.is_some() && self.early.is_none() && is_part
    }

    /// Whether it should have an order and has none.
    pub(super) const fn is_waiting(&self) -> bool {
        self.order.is_none() && self.early.is_none() && !self.is_blocked
    }
}

/// Which order an interval wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellSide {
    /// A buy at its lower line.
    Buy,
    /// A sell at its upper line.
    Sell,
}

impl CellSide {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    pub(super) const fn side(self) -> Side {
        match self {
            Self::Buy => Side::Buy,
            Self::Sell => Side::Sell,
        }
    }

    pub(super) const fn purpose(self) -> Purpose {
        match self {
            Self::Buy => Purpose::GridBuy,
            Self::Sell => Purpose::GridSell,
        }
    }
}
