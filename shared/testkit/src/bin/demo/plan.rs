use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::{Value, json};
use trading::{
    Amount, Asset, Market, Symbol,
    amount::Rounding,
    backtest::{BotPlan, Ledger, MarketPlan, Plan, record},
    bot::{FeeCharge, Fees},
    candle::{Candle, CandleError, CandleReader, PointOrder, SyntheticMarket},
};

use crate::table::Figures;

/// Minutes of a month.
const MONTH: u32 = 43_200;
const SEED: u64 = 7;
const PRICE: i64 = 60_000;
/// Beginning of 2024.
const START: i64 = 1_704_067_200_000;
const SYMBOL: &str = "BTC-USDT";

type Candles = Box<dyn Iterator<Item = Result<Candle, CandleError>>>;

/// Candles of a file, brought to `tick` where it is known; a made-up month without one.
fn candles(file: Option<&Path>, tick: Option<Amount>) -> anyhow::Result<Candles> {
    if let Some(path) = file {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        return Ok(Box::new(
            CandleReader::new(file).on_tick(tick.unwrap_or_default()),
        ));
    }
    let tick = Amount::from_parts(1, 2)?;
    let market = SyntheticMarket::new(SEED, Amount::from_int(PRICE), tick, START, 60_000)?;
    Ok(Box::new(market.take(usize::try_from(MONTH)?).map(Ok)))
}

/// What is traded, and by which bots.
pub(crate) struct Demo {
    /// For people.
    pub(crate) about: String,
    /// The settings of the paper account.
    pub(crate) account: Value,
    /// Names and configurations.
    pub(crate) bots: Vec<(String, Value)>,
    /// In what it is counted.
    pub(crate) quote: Asset,
    symbol: Symbol,
    tick: Amount,
    file: Option<PathBuf>,
}

/// The same without a stack.
pub(crate) struct Backtest {
    /// Of each bot.
    pub(crate) figures: Vec<Figures>,
    ledger: Ledger,
}

impl Demo {
    /// A month from `file`, else a made-up one.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let symbol: Symbol = SYMBOL.parse()?;
        let first = candles(file, None)?.next().context("no candles")??;
        let prices = [first.open, first.high, first.low, first.close];
        let decimals = prices.iter().map(|price| price.decimals()).max();
        let tick = Amount::from_parts(1, decimals.unwrap_or_default().max(2))?;
        let (about, feed) = match file {
            Some(path) => {
                let name = path.file_name().and_then(|name| name.to_str());
                let name = name.context("the candles have no name")?;
                (name.to_owned(), json!({ "kind": "file", "name": name }))
            }
            None => (
                format!("a made-up month of minutes, seed {SEED}"),
                json!({
                    "kind": "synthetic", "seed": SEED, "candles": MONTH, "start_price": PRICE.to_string(),
                    "start_at": START,
                }),
            ),
        };
        Ok(Self {
            about: format!("{symbol}, {about}"),
            account: json!({
                "symbol": symbol, "balances": { symbol.quote().as_str(): "100000" }, "speed": "flat_out",
                "market": { "tick_size": tick }, "feed": feed,
            }),
            bots: bots(first.open, tick)?,
            quote: symbol.quote().clone(),
            symbol,
            tick,
            file: file.map(Path::to_owned),
        })
    }

    /// What the kernel alone makes of it.
    pub(crate) fn backtest(&self) -> anyhow::Result<Backtest> {
        let lot = Amount::from_parts(1, 5)?;
        let market = Market {
            min_quantity: lot,
            ..Market::simple(self.symbol.clone(), self.tick, lot, Amount::from_int(5))
        };
        let bots = self.bots.iter().map(|(_, config)| {
            Ok(BotPlan {
                config: serde_json::from_value(config.clone())?,
                account: 0,
                market: 0,
                others: Vec::new(),
            })
        });
        let plan = Plan {
            accounts: vec![vec![(self.quote.clone(), Amount::from_int(100_000))]],
            markets: vec![MarketPlan {
                market,
                fees: Fees::flat(Amount::from_parts(1, 3)?, FeeCharge::Received),
            }],
            bots: bots.collect::<anyhow::Result<_>>()?,
            commands: Vec::new(),
            point_order: PointOrder::Nearest,
            sample_ms: 3_600_000,
        };
        let (report, ledger) =
            record(&plan, vec![candles(self.file.as_deref(), Some(self.tick))?])?;
        let figures = report.bots.iter().zip(0..).map(|(bot, slot)| Figures {
            orders: ledger
                .orders
                .iter()
                .filter(|order| order.bot == slot)
                .count() as u64,
            fills: bot.fills,
            fees: bot.fees,
            realised: bot.realised,
            unrealised: bot.unrealised,
        });
        Ok(Backtest {
            figures: figures.collect(),
            ledger,
        })
    }
}

/// Averages down, and trades 15 % around the first price.
fn bots(price: Amount, tick: Amount) -> anyhow::Result<Vec<(String, Value)>> {
    let part = |hundredths: i64| -> anyhow::Result<Amount> {
        let share = Amount::from_int(hundredths).div_rounded(Amount::HUNDRED, 2, Rounding::Down)?;
        Ok(price
            .mul_rounded(share, price.decimals() + 2, Rounding::Down)?
            .floor_to(tick)?)
    };
    Ok(vec![
        (
            "DCA".to_owned(),
            json!({
                "type": "dca", "base_order": { "unit": "quote", "amount": "500" },
                "safety_orders": { "volume": "500", "step_percentage": "0.5", "max_count": 5, "volume_coefficient": "1.2" },
                "take_profit": { "percentage": "0.6" },
            }),
        ),
        (
            "Grid".to_owned(),
            json!({
                "type": "grid", "lower": part(85)?, "upper": part(115)?, "grid_count": 40, "spacing": "arithmetic",
                "quantity": { "mode": "fixed_quote", "amount": "600" },
            }),
        ),
    ])
}

impl Backtest {
    /// Whether its account ends with what a live one holds of an asset.
    pub(crate) fn holds(&self, live: &Value) -> bool {
        let asset = live["asset"].as_str().unwrap_or_default();
        let end = self.ledger.balances.iter().flatten();
        let mut same = end.filter(|(name, _)| name.as_str() == asset);
        same.any(|(_, balance)| {
            live["free"] == json!(balance.free) && live["reserved"] == json!(balance.reserved)
        })
    }

    /// How many assets its account ends with.
    pub(crate) fn assets(&self) -> usize {
        self.ledger
            .balances
            .iter()
            .map(std::collections::BTreeMap::len)
            .sum()
    }
}
