use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::market::RejectCode;
use crate::order::{DealNumber, LegId, OrderSize, OrderStatus, Purpose, Side};

/// An order as the bot that placed it knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The leg that it trades on.
    #[serde(default, skip_serializing_if = "LegId::is_first")]
    pub leg: LegId,
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// Why it exists.
    pub purpose: Purpose,
    /// Which of its purpose.
    pub level: u32,
    /// Which way.
    pub side: Side,
    /// Its limit, when it has one.
    pub limit: Option<Amount>,
    /// How much was asked for.
    pub size: OrderSize,
    /// Base filled so far.
    pub filled: Amount,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectCode>,
}
