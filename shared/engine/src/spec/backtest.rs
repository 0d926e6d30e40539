use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trading::{
    Amount, Asset, Symbol,
    backtest::{BacktestError, BotPlan, MarketPlan, Plan, Report},
    bot::{BotConfig, BotSetup, Budget, Fees, FieldError, Severity, validate},
    candle::{Candle, CandleError, PointOrder},
};
use utoipa::ToSchema;

use super::{CandleSource, MarketRules, Summary, account_findings, market::default_fees};

/// Milliseconds between samples of the equity series.
const SAMPLE_MS: i64 = 3_600_000;

/// One bot, played over candles that have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestSpec {
    /// What is traded.
    pub symbol: Symbol,
    /// What the bot does.
    pub config: BotConfig,
    /// What the account begins with, by asset.
    #[schema(schema_with = super::market::balances_schema)]
    pub balances: BTreeMap<Asset, Amount>,
    /// What trades cost; 0.1 % unless said otherwise.
    #[serde(default = "default_fees")]
    #[schema(required = false)]
    pub fees: Fees,
    /// The rules of the market.
    #[serde(default)]
    #[schema(required = false)]
    pub market: MarketRules,
    /// Where the prices come from.
    pub candles: CandleSource,
    /// In which order the extremes of a candle are visited.
    #[serde(default)]
    #[schema(required = false)]
    pub point_order: PointOrder,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its figures.
    pub summary: Summary,
    /// All that happened.
    pub report: Report,
    /// What is doubtful about the request.
    pub warnings: Vec<FieldError>,
}

/// Why a backtest has no result.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Fields of the request are wrong.
    #[error("{} fields are wrong", .0.len())]
    Fields(Vec<FieldError>),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] BacktestError),
}

impl BacktestSpec {
    /// What is wrong or doubtful, with pointers into the request; `price` is the first one of the candles.
    pub fn findings(&self, price: Amount) -> Vec<FieldError> {
        let mut found = account_findings(&self.balances, &self.fees, &self.market);
        let free = |asset| Some(self.balances.get(asset).copied().unwrap_or_default());
        let market = self.market.market(self.symbol.clone());
        let budget = Budget {
            price,
            free_quote: free(self.symbol.quote()),
            free_base: free(self.symbol.base()),
        };
        let setup = BotSetup::paper(self.config.clone(), market, self.fees);
        found.extend(
            validate(&setup, &budget)
                .into_iter()
                .map(|finding| FieldError {
                    pointer: format!("/config{}", finding.pointer),
                    ..finding
                }),
        );
        found
    }

    /// Plays `candles` to their end.
    ///
    /// # Errors
    /// [`SpecError::Fields`] before anything is played; [`SpecError::Run`] for candles that cannot be used.
    pub fn play(
        &self,
        candles: impl Iterator<Item = Result<Candle, CandleError>>,
    ) -> Result<Played, SpecError> {
        let mut candles = candles.peekable();
        let warnings = match candles.peek() {
            Some(Ok(candle)) => {
                let (errors, warnings): (Vec<_>, Vec<_>) = self
                    .findings(candle.open)
                    .into_iter()
                    .partition(|finding| finding.severity == Severity::Error);
                if !errors.is_empty() {
                    return Err(SpecError::Fields(errors));
                }
                warnings
            }
            // The run says what is wrong with it.
            Some(Err(_)) => Vec::new(),
            None => return Err(BacktestError::Empty.into()),
        };
        let plan = Plan {
            accounts: vec![self.balances.clone().into_iter().collect()],
            markets: vec![MarketPlan {
                market: self.market.market(self.symbol.clone()),
                fees: self.fees,
            }],
            bots: vec![BotPlan {
                config: self.config.clone(),
                account: 0,
                market: 0,
            }],
            commands: Vec::new(),
            point_order: self.point_order,
            sample_ms: SAMPLE_MS,
        };
        let report = trading::backtest::run(&plan, vec![candles])?;
        Ok(Played {
            summary: self.summary(&report)?,
            report,
            warnings,
        })
    }
}
