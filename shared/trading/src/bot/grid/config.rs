use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;

/// Configuration of a grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridConfig {
    /// Price of the lowest line, in quote.
    pub lower: Amount,
    /// Highest line, at most ten times the lowest.
    pub upper: Amount,
    /// Intervals between the lines, 2–200.
    #[schema(minimum = 2, maximum = 200)]
    pub grid_count: u32,
    /// How the lines are spaced.
    pub spacing: Spacing,
    /// How much each line trades.
    pub quantity: GridQuantity,
    /// Base already held that the grid may sell, valued at the start price.
    #[serde(default)]
    pub base_supplied: Amount,
    /// Starts once the price reaches it; at once when absent.
    #[serde(default)]
    pub trigger_price: Option<Amount>,
    /// Ends the grid at or above this price.
    #[serde(default)]
    pub take_profit_price: Option<Amount>,
    /// Ends the grid at or below this price.
    #[serde(default)]
    pub stop_loss_price: Option<Amount>,
    /// What becomes of the base when the grid ends.
    #[serde(default)]
    pub on_stop: StopBase,
    /// Orders in the book at once, those nearest to the price; all when absent.
    #[serde(default)]
    #[schema(minimum = 2, maximum = 201)]
    pub max_active_orders: Option<u32>,
    /// Refuses orders that would take from the book.
    #[serde(default)]
    pub post_only: bool,
    /// What to do at the start about a buy line above the market.
    #[serde(default)]
    pub crossed_line: CrossedLine,
    /// Moves the grid up by a line whenever the price is a step above the highest: the lowest buy goes to the top.
    #[serde(default)]
    pub trailing_up: bool,
    /// No line goes above this price.
    #[serde(default)]
    pub trailing_up_limit: Option<Amount>,
    /// Moves the grid down by a line whenever the price is a step below the lowest: the highest sell goes to the bottom,
    /// and sells below what its base cost.
    #[serde(default)]
    pub trailing_down: bool,
    /// No line goes below this price.
    #[serde(default)]
    pub trailing_down_limit: Option<Amount>,
}

/// How lines are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// The same difference: `L + i × (U - L) / N`.
    Arithmetic,
    /// The same ratio: `L × (U / L)^(i / N)`.
    Geometric,
}

/// How much each line trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum GridQuantity {
    /// The same base at every line.
    FixedBase {
        /// Base of one order.
        quantity: Amount,
    },
    /// The same quote at every buy line.
    FixedQuote {
        /// Quote of one buy, fee not counted.
        amount: Amount,
    },
    /// The same base at every line, so much that the whole grid costs this.
    Investment {
        /// Quote for the whole grid, fees included.
        quote: Amount,
    },
}

/// What becomes of the base when a grid ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopBase {
    /// It stays.
    #[default]
    Keep,
    /// It is sold at market.
    Sell,
}

/// What to do about a buy line above the market, whose limit would fill at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrossedLine {
    /// Place it once the price is above it.
    #[default]
    Wait,
    /// Buy its quantity at market.
    BuyAtMarket,
}
