use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Rule;
use crate::amount::Amount;
use crate::deal::{EntryType, PlainTerms, StopLoss, TakeProfit, Volume};
use crate::market::MinNotionalPolicy;

/// Configuration of a bot that opens and closes deals by rules over indicators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyConfig {
    /// Length of the candles at whose close the rules are tested: `1m`, `3m`, `5m`, `15m`, `30m`, `1h`, `4h` or `1d`. Not
    /// shorter than those of the market's feed.
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$", example = "1h")]
    pub interval: String,
    /// When a deal is opened.
    pub entry: Rule,
    /// When all deals are closed at market; only by the exits below where it is absent.
    #[serde(default)]
    pub exit: Option<Rule>,
    /// How much a deal buys.
    pub size: Size,
    /// How its order is priced.
    #[serde(default)]
    pub order_type: EntryType,
    /// Percent below the close at which a limit order rests, 0–10; at the close where it is absent.
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
    /// Candles of `interval` after the end of a deal at whose close none is opened, 0–1000.
    #[serde(default)]
    #[schema(maximum = 1000)]
    pub cooldown_candles: u32,
    /// Deals open at once, 1–199.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 199, default = 1)]
    pub max_active_deals: u32,
    /// Least share of the entry rule's conditions, by weight, that has to hold, 0–1. The rule has to hold besides.
    #[serde(default)]
    pub min_confidence: Option<Amount>,
    /// What to do when an order is below the market's smallest.
    #[serde(default)]
    pub min_notional_policy: MinNotionalPolicy,
}

const fn one() -> u32 {
    1
}

/// How much a deal buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "unit", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = StrategySize)]
pub enum Size {
    /// A sum of quote.
    Quote {
        /// How much, fee not counted.
        amount: Amount,
    },
    /// A quantity of base.
    Base {
        /// The quantity, in base.
        amount: Amount,
    },
    /// A part of the equity: free quote of the account, and what the bot holds at the price.
    Equity {
        /// Percent, above 0 and at most 100.
        amount: Amount,
    },
    /// So much that the stop-loss loses a part of the equity, fees not counted: equity × percent / stop-loss percentage. At most
    /// the free quote.
    Risk {
        /// Percent, above 0 and at most 100.
        amount: Amount,
    },
}

impl StrategyConfig {
    /// Whether a deal opens at every price: a preview takes the conditions as met.
    pub(super) const fn is_unconditional(&self) -> bool {
        self.entry.is_empty()
    }

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
