use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::bot::BotStatus;
use crate::order::Millis;
use crate::paper::Balance;
use crate::pnl::{EquityPoint, Figures, Position, TradeStats};
use crate::symbol::{Asset, Symbol};

/// Result of a backtest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Open time of the first candle.
    pub from: Millis,
    /// Close time of the last candle.
    pub to: Millis,
    /// The bots, in the order of the plan.
    pub bots: Vec<BotReport>,
    /// The accounts, in the order of the plan.
    pub accounts: Vec<AccountReport>,
    /// The markets, in the order of the plan.
    pub markets: Vec<MarketReport>,
}

/// What one bot did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BotReport {
    /// Its status at the end.
    pub status: BotStatus,
    /// The market of its first leg.
    pub symbol: Symbol,
    /// Fills.
    pub fills: u64,
    /// Price × quantity of all fills, in quote.
    pub volume: Amount,
    /// Profit booked, in quote, fees off.
    pub realised: Amount,
    /// Profit of what it holds, at the last prices, without an exit fee.
    pub unrealised: Amount,
    /// The same if all of it were sold at the last prices as a taker.
    pub unrealised_after_fee: Amount,
    /// Fees paid, as value in quote.
    pub fees: Amount,
    /// Base held on its first leg, and its cost.
    pub position: Position,
    /// For how long it held base that it had bought on its first leg.
    pub held: Held,
    /// Closed deals.
    pub closed_deals: u64,
    /// How many trades were closed, and how they ended.
    pub trades: TradeStats,
}

/// Milliseconds during which the fills of a bot left it at least a lot of base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Held(pub Millis);

/// What became of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountReport {
    /// In what its equity is counted.
    pub quote: Option<Asset>,
    /// Balances at the end.
    pub balances: BTreeMap<Asset, Balance>,
    /// Figures; nothing for an account without a bot.
    pub figures: Option<Figures>,
    /// Equity over time, at most [`MOST_SAMPLES`](crate::pnl::MOST_SAMPLES) samples and the latest.
    pub equity: Vec<EquityPoint>,
}

/// What was played back of one market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarketReport {
    /// How many candles were played.
    pub candles: u64,
    /// Candles whose points came in another order than by nearness, where something happened during the candle.
    pub reordered: u64,
    /// Candles missing between others.
    pub missing: i64,
}
