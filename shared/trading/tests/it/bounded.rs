//! What a backtest keeps does not grow with its length, and what it says is what all of it comes to.

use rust_decimal::{Decimal, MathematicalOps as _};
use trading::Amount;
use trading::backtest::{Excerpt, Ledger, LedgerFill, Plan, record, run_with};
use trading::bot::{
    BotConfig, BotSetup, Command, FeeCharge, Output, State, grid::GridConfig, grid::GridQuantity,
};
use trading::candle::{Candle, CandleError, PointOrder, SyntheticMarket};
use trading::order::Side;
use trading::paper::{Account, BotSlot, Event, Session, Sink};
use trading::pnl::{EquityCurve, EquityPoint, Figures, MOST_SAMPLES};

use crate::backtest::plan;
use crate::support::{BOT, MINUTE, amount, dca, fees, grid, sol, stop_loss};

const DAY: i64 = 1440 * MINUTE;

fn candles(count: usize) -> impl Iterator<Item = Result<Candle, CandleError>> {
    SyntheticMarket::new(3, amount("100"), amount("0.01"), 0, MINUTE)
        .unwrap()
        .take(count)
        .map(Ok)
}

/// Trades at every turn of the market.
fn narrow() -> GridConfig {
    let mut config = grid();
    config.lower = amount("95");
    config.upper = amount("105");
    config.grid_count = 50;
    config.quantity = GridQuantity::FixedBase {
        quantity: amount("0.1"),
    };
    config
}

fn grid_plan() -> Plan {
    plan(vec![BotConfig::Grid(narrow())], PointOrder::Nearest)
}

#[test]
fn an_excerpt_keeps_the_first_and_counts_the_rest() {
    let (_, ledger) = record(&grid_plan(), vec![candles(20_000)]).unwrap();
    let mut fills: Vec<(u64, LedgerFill)> = fills(&ledger)
        .map(|(_, number, fill)| (number, fill.clone()))
        .collect();
    let all = fills.len();
    assert!(all > 1_000, "{all} fills are too few to tell");
    fills.truncate(100);

    let mut excerpt = Excerpt::of(100, 10, 50);
    let report = run_with(&grid_plan(), vec![candles(20_000)], &mut excerpt).unwrap();
    let kept = excerpt.fills.kept().iter();
    let kept: Vec<_> = kept.map(|one| (one.number, one.fill.clone())).collect();
    assert!(kept == fills, "the first are others");
    assert_eq!(excerpt.fills.dropped(), u64::try_from(all - 100).unwrap());
    assert_eq!(report.bots[0].fills, u64::try_from(all).unwrap());
    assert_eq!(excerpt.decisions.kept().len(), 50);
    assert!(excerpt.decisions.dropped() > 1_000);
}

/// Everything that a run keeps has a size: the report, the excerpt, the state of the bot, its open orders, its account.
#[test]
fn what_is_kept_does_not_grow_with_the_run() {
    let kept = |count: usize| {
        let mut excerpt = Excerpt::of(100, 10, 50);
        let report = run_with(&grid_plan(), vec![candles(count)], &mut excerpt).unwrap();
        let lists = excerpt.fills.kept().len()
            + excerpt.deals.kept().len()
            + excerpt.decisions.kept().len();
        let samples = report.accounts[0].equity.len();
        let mut whole = serde_json::to_value(&report).unwrap();
        whole["accounts"][0]["equity"] = serde_json::Value::Null;
        (
            report.bots[0].fills,
            lists,
            samples,
            whole.to_string().len(),
        )
    };
    let (few, lists, samples, size) = kept(10_000);
    let (many, more_lists, more_samples, more_size) = kept(100_000);
    assert!(many > 5 * few, "{few} and {many} fills");
    assert_eq!(lists, more_lists);
    // One an hour, which `a_curve_keeps_so_many_samples` bounds.
    assert_eq!((samples, more_samples), (168, 1_668));
    assert!(
        more_size < size + 100,
        "the report has {size} and then {more_size} bytes"
    );

    for config in [
        BotConfig::Grid(narrow()),
        BotConfig::Dca(Box::new({
            let mut config = dca(4, "0.2");
            config.stop_loss = Some(stop_loss("5"));
            config
        })),
        serde_json::from_value(serde_json::json!({
            "type": "dca_interval", "amount": "5", "frequency": {"every": "hourly"},
        }))
        .unwrap(),
    ] {
        let sizes = sizes(&config, 100_000);
        let (early, late) = sizes.split_at(sizes.len() / 10);
        let (early, late) = (early.iter().max().unwrap(), late.iter().max().unwrap());
        assert!(
            *late < early + early / 10,
            "a session of {early} bytes grows to {late}: {config:?}"
        );
    }
}

/// Bytes of what a session holds, after every thousandth candle.
fn sizes(config: &BotConfig, count: usize) -> Vec<usize> {
    let costs = fees("0.001", FeeCharge::Received);
    let mut session = Session::default();
    let balances = [("USDT".parse().unwrap(), amount("10000"))];
    let account = session.add_account(Account::new(balances).unwrap());
    let desk = session.add_market(sol(), costs);
    let setup = BotSetup::paper(config.clone(), sol(), costs);
    let state = State::new(&setup);
    session.add_bot(setup, state, account, desk).unwrap();
    session.command(BOT, 0, Command::Start, &mut ()).unwrap();
    let mut sizes = Vec::new();
    for (candle, number) in candles(count).zip(1..) {
        let candle = candle.unwrap();
        for point in candle.points(true) {
            session.point(desk, point.at, point.price, &mut ()).unwrap();
        }
        session.candle(desk, &candle, &mut ()).unwrap();
        if number % 1_000 == 0 {
            let state = serde_json::to_string(&session.bots()[0].state).unwrap();
            let orders = serde_json::to_string(&session.orders(desk).collect::<Vec<_>>()).unwrap();
            let account = serde_json::to_string(&session.accounts()[0]).unwrap();
            sizes.push(state.len() + orders.len() + account.len());
        }
    }
    sizes
}

#[test]
fn a_curve_keeps_so_many_samples() {
    let start = EquityPoint {
        at: 0,
        equity: Amount::HUNDRED,
    };
    let mut curve = EquityCurve::new(start, MINUTE);
    let most = i64::try_from(MOST_SAMPLES).unwrap();
    for minute in 1..5 * most {
        let equity = amount("100").plus(Amount::from_int(minute % 7)).unwrap();
        curve.record(minute * MINUTE - 1, equity).unwrap();
        if minute == most - 1 {
            assert_eq!(curve.samples().len(), MOST_SAMPLES, "all of them until now");
        }
    }
    let samples = curve.samples();
    assert!((MOST_SAMPLES / 2..=MOST_SAMPLES + 1).contains(&samples.len()));
    assert_eq!(samples[0], start);
    assert_eq!(*samples.last().unwrap(), curve.last());
    let regular = &samples[1..samples.len() - 1];
    assert!(
        regular
            .windows(2)
            .all(|pair| pair[1].at - pair[0].at == 8 * MINUTE)
    );
}

/// Fills by time, with side and number of their orders.
fn fills(ledger: &Ledger) -> impl Iterator<Item = (Side, u64, &LedgerFill)> {
    let mut fills: Vec<_> = ledger
        .orders
        .iter()
        .flat_map(|order| {
            let of = |fill| (order.side, order.number, fill);
            order.fills.iter().map(of)
        })
        .collect();
    fills.sort_by_key(|(_, number, fill)| (fill.at, *number));
    fills.into_iter()
}

/// Keeps the profit of every closed trade.
#[derive(Default)]
struct Profits(Vec<Amount>);

impl Sink for Profits {
    fn receive(&mut self, _at: i64, _bot: BotSlot, event: Event<'_>) {
        if let Event::Output(Output::TradeClosed(trade)) = event {
            self.0.push(trade.realised);
        }
    }
}

fn total(values: impl Iterator<Item = Decimal>) -> Decimal {
    values.sum()
}

/// `mean / √(Σ squares / n) × √365`, at so many decimals as two ways to compute it agree on.
fn annualised(mean: Decimal, squares: Decimal, n: Decimal) -> Decimal {
    let deviation = (squares / n).sqrt().unwrap();
    (mean / deviation * Decimal::from(365).sqrt().unwrap()).round_dp(11)
}

fn near(figure: Option<Amount>) -> Decimal {
    figure.unwrap().decimal().round_dp(11)
}

/// The equity after every candle, from the fills alone.
fn equities(ledger: &Ledger, count: usize) -> Vec<(i64, Amount)> {
    let mut fills = fills(ledger).peekable();
    let (mut cash, mut base) = (amount("10000"), Amount::ZERO);
    let after = |candle: Candle| {
        while let Some((side, _, fill)) = fills.next_if(|(.., fill)| fill.at <= candle.close_time) {
            let (paid, got) = match side {
                Side::Buy => (fill.quote, fill.quantity.minus(fill.fee).unwrap()),
                Side::Sell => (
                    fill.quote.minus(fill.fee).unwrap().negated(),
                    fill.quantity.negated(),
                ),
            };
            cash = cash.minus(paid).unwrap();
            base = base.plus(got).unwrap();
        }
        let value = base.times(candle.close).unwrap();
        (candle.close_time, cash.plus(value).unwrap())
    };
    candles(count).map(Result::unwrap).map(after).collect()
}

/// Deepest fall as a share of its peak and in quote, of every pair of a peak and what comes after it.
fn drawdown(start: Amount, equities: impl Iterator<Item = Amount>) -> (Decimal, Amount) {
    let (mut peak, mut ratio, mut most) = (start, Decimal::ZERO, Amount::ZERO);
    for equity in equities {
        peak = peak.max(equity);
        let fall = peak.minus(equity).unwrap();
        most = most.max(fall);
        ratio = ratio.max(fall.decimal() / peak.decimal());
    }
    (ratio.round_dp(12), most)
}

/// Sharpe, Sortino and the drawdown, from the equity after every candle.
fn assert_risk(figures: &Figures, equities: &[(i64, Amount)]) {
    let start = amount("10000");
    let mut closes = vec![start];
    for day in equities.chunk_by(|one, other| one.0 / DAY == other.0 / DAY) {
        closes.push(day.last().unwrap().1);
    }
    let growth = |pair: &[Amount]| (pair[1].decimal() - pair[0].decimal()) / pair[0].decimal();
    let returns: Vec<Decimal> = closes.windows(2).map(growth).collect();
    let n = Decimal::from(returns.len());
    let mean = total(returns.iter().copied()) / n;
    let squares = total(returns.iter().map(|r| (r - mean) * (r - mean)));
    let falls = total(
        returns
            .iter()
            .filter(|r| r.is_sign_negative())
            .map(|r| r * r),
    );
    let sharpe = annualised(mean, squares, n - Decimal::ONE);
    assert_eq!(near(figures.sharpe), sharpe);
    assert_eq!(near(figures.sortino), annualised(mean, falls, n));
    let (ratio, most) = drawdown(start, equities.iter().map(|(_, equity)| *equity));
    assert_eq!(figures.drawdown.ratio.unwrap().decimal(), ratio.normalize());
    assert_eq!(figures.drawdown.amount, most);
}

/// What is summed up while it streams by is what the whole stream comes to: every fill, trade and candle, taken together
/// afterwards.
#[test]
fn the_figures_are_those_of_the_whole_stream() {
    const COUNT: usize = 100_000;
    let plan = grid_plan();
    let (recorded, ledger) = record(&plan, vec![candles(COUNT)]).unwrap();
    let (mut excerpt, mut profits) = (Excerpt::of(10, 10, 10), Profits::default());
    let report = run_with(&plan, vec![candles(COUNT)], &mut excerpt).unwrap();
    assert_eq!(report, recorded, "whoever listens");
    run_with(&plan, vec![candles(COUNT)], &mut profits).unwrap();

    let bot = &report.bots[0];
    let all: Vec<_> = fills(&ledger).collect();
    assert!(all.len() > 5_000, "{} fills are too few to tell", all.len());
    assert_eq!(bot.fills, u64::try_from(all.len()).unwrap());
    let volume = trading::amount::sum(all.iter().map(|(.., fill)| fill.quote));
    assert_eq!(bot.volume, volume.unwrap());

    let (mut held, mut last, mut time) = (Amount::ZERO, 0, 0);
    for (side, _, fill) in &all {
        if held >= sol().lot_size {
            time += fill.at - last;
        }
        held = match side {
            Side::Buy => held.plus(fill.quantity.minus(fill.fee).unwrap()).unwrap(),
            Side::Sell => held.minus(fill.quantity).unwrap(),
        };
        last = fill.at;
    }
    if held >= sol().lot_size {
        time += report.to - last;
    }
    assert_eq!((bot.held.0, bot.position.quantity), (time, held));

    let figures = report.accounts[0].figures.unwrap();
    let equities = equities(&ledger, COUNT);
    assert_eq!(figures.end_equity, equities.last().unwrap().1);
    assert_risk(&figures, &equities);

    let start = amount("10000");
    let profits = profits.0;
    assert_eq!(figures.trades.count, u64::try_from(profits.len()).unwrap());
    let sum = trading::amount::sum(profits.iter().copied()).unwrap();
    assert_eq!(bot.realised, sum);
    let capitals = profits.iter().scan(start, |capital, profit| {
        *capital = capital.plus(*profit).unwrap();
        Some(*capital)
    });
    let (ratio, most) = drawdown(start, capitals);
    let closed = figures.closed_drawdown;
    assert_eq!(
        (closed.ratio.unwrap().decimal(), closed.amount),
        (ratio.normalize(), most)
    );
    let returns: Vec<Decimal> = profits
        .iter()
        .map(|profit| profit.decimal() / start.decimal())
        .collect();
    let n = Decimal::from(returns.len());
    let sum = total(returns.iter().copied());
    let mean = sum / n;
    let squares = total(returns.iter().map(|r| (r - mean) * (r - mean)));
    let days = Decimal::from((report.to - report.from) / DAY);
    assert_eq!(
        near(figures.freqtrade_sharpe),
        annualised(sum / days, squares, n)
    );
}
