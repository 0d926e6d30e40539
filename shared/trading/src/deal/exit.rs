use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;

/// When a deal is sold. Each rule works with every other one, and without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExitPolicy<'a> {
    /// When to sell with a profit.
    pub take_profit: Option<&'a TakeProfit>,
    /// When to sell with a loss.
    pub stop_loss: Option<&'a StopLoss>,
    /// Seconds after its first fill at which whatever the deal holds is sold at market.
    pub max_hold_s: Option<u32>,
}

/// When to sell with a profit. Exactly one of `percentage` and `steps`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeProfit {
    /// Percent of profit after fees, above 0 and at most 1000.
    #[serde(default)]
    pub percentage: Option<Amount>,
    /// Of what the percentage is.
    #[serde(default)]
    pub reference: TakeProfitReference,
    /// Sells in parts: one after the other, lowest first.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub steps: Vec<TakeProfitStep>,
    /// Follows the price up once the profit is reached, and sells when it falls so many percent, 0.1–50, from its peak.
    #[serde(default)]
    pub trailing_deviation: Option<Amount>,
}

/// A part of the take-profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeProfitStep {
    /// Percent of profit after fees, above 0 and at most 1000.
    pub percentage: Amount,
    /// Percent of the position to sell; all steps make 100.
    pub share: Amount,
}

/// Of what the take-profit percentage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakeProfitReference {
    /// Of all that the deal spent.
    #[default]
    Total,
    /// Of what the first order spent.
    Base,
}

/// When to sell with a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopLoss {
    /// Percent below the reference, above 0 and below 100.
    pub percentage: Amount,
    /// The price that the loss is measured from.
    #[serde(default)]
    pub reference: StopReference,
    /// What becomes of the bot.
    #[serde(default)]
    pub action: StopAction,
    /// Seconds that the price must stay there, 0–86,400. They begin anew when the price recovers or the stop moves.
    #[serde(default)]
    #[schema(maximum = 86_400)]
    pub timeout_s: u32,
    /// Follows the price up, always `percentage` below its peak.
    #[serde(default)]
    pub trailing: bool,
    /// Moves to break-even once a take-profit step is sold whole.
    #[serde(default)]
    pub to_breakeven: bool,
}

/// Below what the stop-loss lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReference {
    /// The average cost of the deal.
    #[default]
    Average,
    /// The price of the first order.
    Base,
}

/// What becomes of the bot after a stop-loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopAction {
    /// It opens further deals.
    #[default]
    StopLoss,
    /// It stops.
    StopLossAndDisableBot,
}

impl<'a> ExitPolicy<'a> {
    /// Parts in which the take-profit sells; none where it sells all at once.
    pub(super) fn steps(&self) -> &'a [TakeProfitStep] {
        self.take_profit
            .map_or(&[], |take_profit| take_profit.steps.as_slice())
    }

    /// A step of the take-profit; a plain take-profit has one step of everything.
    pub(super) fn step(&self, index: usize) -> Option<TakeProfitStep> {
        let take_profit = self.take_profit?;
        match take_profit.percentage {
            Some(percentage) if index == 0 => Some(TakeProfitStep {
                percentage,
                share: Amount::HUNDRED,
            }),
            Some(_) => None,
            None => take_profit.steps.get(index).copied(),
        }
    }

    /// How many percent below its peak a trailing take-profit sells.
    pub(super) fn trailing_deviation(&self) -> Option<Amount> {
        self.take_profit?.trailing_deviation
    }

    /// Whether the stop-loss follows the price up.
    pub(super) fn has_trailing_stop(&self) -> bool {
        self.stop_loss.is_some_and(|stop| stop.trailing)
    }
}
