use crate::amount::Amount;
use crate::bot::{BotConfig, BotSetup, Command, Fees, Leg};
use crate::candle::PointOrder;
use crate::market::Market;
use crate::order::Millis;
use crate::symbol::Asset;

/// What a backtest is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Free balances of each account.
    pub accounts: Vec<Vec<(Asset, Amount)>>,
    /// The markets; each has one feed.
    pub markets: Vec<MarketPlan>,
    /// The bots: all start before the first price, in this order.
    pub bots: Vec<BotPlan>,
    /// Commands during the run, in the order of their times.
    pub commands: Vec<ScheduledCommand>,
    /// In which order extremes are visited.
    pub point_order: PointOrder,
    /// Milliseconds between samples of the equity series.
    pub sample_ms: Millis,
}

/// A market of a backtest.
#[derive(Clone, Debug)]
pub struct MarketPlan {
    /// Its rules.
    pub market: Market,
    /// What trading on it costs.
    pub fees: Fees,
}

/// A bot of a backtest.
#[derive(Clone, Debug)]
pub struct BotPlan {
    /// Its configuration.
    pub config: BotConfig,
    /// Index of its account.
    pub account: usize,
    /// Index of its market.
    pub market: usize,
    /// Account and market of each further leg, of a kind that trades on several.
    pub others: Vec<(usize, usize)>,
}

/// A command that arrives during the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledCommand {
    /// Data time: it arrives before the first point at or after it; a signal is told at that point's time.
    pub at: Millis,
    /// Index of the bot.
    pub bot: u32,
    /// What it says.
    pub command: Command,
}

impl Plan {
    /// The setup of a bot; none where it names a market that the plan does not have.
    pub(super) fn setup(&self, bot: &BotPlan) -> Option<BotSetup> {
        let first = self.markets.get(bot.market)?;
        let mut setup = BotSetup::paper(bot.config.clone(), first.market.clone(), first.fees);
        for (_, market) in &bot.others {
            let MarketPlan { market, fees } = self.markets.get(*market)?.clone();
            setup.terms.others.push(Leg { market, fees });
        }
        Some(setup)
    }
}
