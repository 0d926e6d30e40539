use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::deal::{EntryType, PlainTerms, StopLoss, TakeProfit, Volume};
use crate::market::MinNotionalPolicy;

/// Configuration of a bot that opens and closes deals by signals from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalConfig {
    /// How much a deal buys where its signal names no amount.
    pub size: Volume,
    /// Percent of what the deals hold that `exit_long` sells where its signal names no amount, above 0 and at most 100; all of it
    /// where this is absent.
    #[serde(default)]
    pub exit_percentage: Option<Amount>,
    /// What `enter_long` does while a deal is open.
    #[serde(default)]
    pub in_position: InPosition,
    /// Least confidence with which a signal opens a deal, 0–1. One that names none opens none then.
    #[serde(default)]
    pub min_confidence: Option<Amount>,
    /// Seconds after it was sent for which a signal counts, when it arrives and when the bot is told, 1–3600.
    #[serde(default = "default_lag")]
    #[schema(minimum = 1, maximum = 3600, default = 60)]
    pub max_lag_s: u32,
    /// How the order of a deal is priced.
    #[serde(default)]
    pub order_type: EntryType,
    /// Percent below the price at which a limit order rests, 0–10; at the price where it is absent.
    #[serde(default)]
    pub limit_offset_percentage: Option<Amount>,
    /// Seconds after which what is not filled of a limit order is cancelled, 10–86,400; it rests until the deal ends where it is
    /// absent.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 86_400)]
    pub unfilled_timeout_s: Option<u32>,
    /// When to sell with a profit.
    #[serde(default)]
    pub take_profit: Option<TakeProfit>,
    /// When to sell with a loss.
    #[serde(default)]
    pub stop_loss: Option<StopLoss>,
    /// Seconds after its first fill at which a deal is sold at market, 60–31,536,000.
    #[serde(default)]
    #[schema(minimum = 60, maximum = 31_536_000)]
    pub max_hold_s: Option<u32>,
    /// Seconds after the end of a deal that bought something in which none is opened, 0–2,592,000.
    #[serde(default)]
    #[schema(maximum = 2_592_000)]
    pub cooldown_s: u32,
    /// Deals open at once, 1–199: more than one only where `in_position` is `add`.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 199, default = 1)]
    pub max_active_deals: u32,
    /// What to do when an order is below the market's smallest.
    #[serde(default)]
    pub min_notional_policy: MinNotionalPolicy,
    /// A deal opens at the first price: a preview takes the signal as given.
    #[serde(skip)]
    pub(super) is_signalled: bool,
}

const fn default_lag() -> u32 {
    60
}

const fn one() -> u32 {
    1
}

/// What a signal to enter does while a deal is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SignalInPosition)]
pub enum InPosition {
    /// Nothing.
    #[default]
    Ignore,
    /// Opens another deal, with exits of its own, as long as there is room.
    Add,
}

impl SignalConfig {
    /// The terms of a deal that begins now.
    pub(super) fn terms(&self, volume: Volume) -> PlainTerms {
        PlainTerms {
            volume,
            order_type: self.order_type,
            limit_offset: self.limit_offset_percentage,
            timeout_s: self.unfilled_timeout_s,
            take_profit: self.take_profit.clone(),
            stop_loss: self.stop_loss.clone(),
            max_hold_s: self.max_hold_s,
            min_notional_policy: self.min_notional_policy,
        }
    }
}
