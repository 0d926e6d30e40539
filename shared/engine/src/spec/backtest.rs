use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trading::{
    Amount, Asset, Symbol,
    backtest::{BacktestError, BotPlan, Excerpt, MarketPlan, MarketReport, Plan, run_with},
    bot::{
        BotConfig, BotSetup, Budget, FeedCandles, Fees, FieldCode, FieldError, Severity, validate,
    },
    candle::{Candle, CandleError, Mended, PointOrder},
    paper::Sink,
};
use utoipa::ToSchema;

use super::{
    BacktestSignal, CandleSource, MarketRules, Summary, account_findings, market::default_fees,
    signals,
};

/// Missing candles are warned about from one in so many on.
const MANY_MISSING: u64 = 100;
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
    /// Signals that the bot is sent: of a `signal` bot, or of a `dca` bot with `start_condition` `signal`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 10_000)]
    pub signals: Vec<BacktestSignal>,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its figures.
    pub summary: Summary,
    /// The beginning of what happened.
    pub excerpt: Excerpt,
    /// What is doubtful about the request and its candles.
    pub warnings: Vec<FieldError>,
}

impl Played {
    /// Warns of what was changed of the candles while they were read.
    #[must_use]
    pub fn of_mended(mut self, mended: Mended, tick: Amount) -> Self {
        let candles = self.summary.market.candles;
        if mended.rounded > 0 {
            self.warnings.push(warning(
                "/market/tick_size",
                FieldCode::PricesOffTick,
                format!(
                    "{} of {candles} candles have prices off the tick size of {tick}: these were brought to the nearest tick",
                    mended.rounded
                ),
            ));
        }
        if mended.shortened > 0 {
            self.warnings.push(warning(
                "/candles",
                FieldCode::CandlesCutShort,
                format!(
                    "{} of {candles} candles begin late or end early: these were played as whole ones",
                    mended.shortened
                ),
            ));
        }
        self
    }
}

fn warning(pointer: &str, code: FieldCode, message: String) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        code,
        message,
        severity: Severity::Warning,
    }
}

/// Warns of gaps where they are many.
fn gaps(market: &MarketReport) -> Option<FieldError> {
    let missing = u64::try_from(market.missing).unwrap_or(0);
    let all = market.candles.saturating_add(missing);
    if missing == 0 || missing < all / MANY_MISSING {
        return None;
    }
    let message = format!(
        "{missing} of {all} candles are missing: nothing was traded meanwhile, and prices jumped afterwards"
    );
    Some(warning("/candles", FieldCode::CandlesMissing, message))
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
    /// What is wrong or doubtful, with pointers into the request; `first` is the first of the candles.
    pub fn findings(&self, first: &Candle) -> Vec<FieldError> {
        let mut found = self.early_findings();
        found.extend(signals::early(&self.signals, first));
        let free = |asset| Some(self.balances.get(asset).copied().unwrap_or_default());
        let market = self.market.market(self.symbol.clone());
        let budget = Budget {
            price: first.open,
            free_quote: free(self.symbol.quote()),
            free_base: free(self.symbol.base()),
            candles: FeedCandles::Every(first.duration()),
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

    /// What is wrong whatever the candles are, with pointers into the request.
    pub fn early_findings(&self) -> Vec<FieldError> {
        let mut found = account_findings(&self.balances, &self.fees, &self.market);
        found.extend(signals::findings(&self.signals, &self.config));
        found.extend(
            self.candles
                .findings()
                .into_iter()
                .map(|finding| FieldError {
                    pointer: format!("/candles{}", finding.pointer),
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
        let mut excerpt = Excerpt::default();
        let (summary, warnings) = self.play_with(candles, &mut excerpt)?;
        Ok(Played {
            summary,
            excerpt,
            warnings,
        })
    }

    /// Plays `candles` to their end for the figures alone.
    ///
    /// # Errors
    /// As [`Self::play`].
    pub fn measure(
        &self,
        candles: impl Iterator<Item = Result<Candle, CandleError>>,
    ) -> Result<Summary, SpecError> {
        self.play_with(candles, &mut ()).map(|(summary, _)| summary)
    }

    /// What it came to, and what is doubtful about it, while `sink` hears everything that happens.
    fn play_with(
        &self,
        candles: impl Iterator<Item = Result<Candle, CandleError>>,
        sink: &mut impl Sink,
    ) -> Result<(Summary, Vec<FieldError>), SpecError> {
        let mut candles = candles.peekable();
        let mut warnings = match candles.peek() {
            Some(Ok(candle)) => {
                let (errors, warnings): (Vec<_>, Vec<_>) = self
                    .findings(candle)
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
        let report = run_with(&self.plan(), vec![candles], sink)?;
        warnings.extend(report.markets.first().and_then(gaps));
        warnings.extend(signals::late(&self.signals, report.to));
        Ok((Summary::of(self.bot_type(), &report)?, warnings))
    }

    /// The type of its bot.
    pub const fn bot_type(&self) -> &'static str {
        self.config.kind().as_str()
    }

    /// The run that it asks for.
    pub fn plan(&self) -> Plan {
        Plan {
            accounts: vec![self.balances.clone().into_iter().collect()],
            markets: vec![MarketPlan {
                market: self.market.market(self.symbol.clone()),
                fees: self.fees,
            }],
            bots: vec![BotPlan {
                config: self.config.clone(),
                account: 0,
                market: 0,
                others: Vec::new(),
            }],
            commands: signals::commands(&self.signals),
            point_order: self.point_order,
            sample_ms: SAMPLE_MS,
        }
    }
}
