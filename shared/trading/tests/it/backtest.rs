use trading::backtest::{
    BacktestError, BotPlan, Ledger, MarketPlan, Plan, Report, ScheduledCommand, record, run,
};
use trading::bot::{BotConfig, BotStatus, Command, FeeCharge, StopMode};
use trading::candle::{Candle, CandleError, PointOrder, SyntheticMarket};

use crate::support::{MINUTE, amount, dca, fees, grid, sol, stop_loss};

pub(crate) fn plan(bots: Vec<BotConfig>, point_order: PointOrder) -> Plan {
    Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), amount("10000"))]],
        markets: vec![MarketPlan {
            market: sol(),
            fees: fees("0.001", FeeCharge::Received),
        }],
        bots: bots
            .into_iter()
            .map(|config| BotPlan {
                config,
                account: 0,
                market: 0,
                others: Vec::new(),
            })
            .collect(),
        commands: Vec::new(),
        point_order,
        sample_ms: 60 * MINUTE,
    }
}

fn synthetic(seed: u64, count: usize) -> impl Iterator<Item = Result<Candle, CandleError>> {
    SyntheticMarket::new(seed, amount("100"), amount("0.01"), 0, MINUTE)
        .unwrap()
        .take(count)
        .map(Ok)
}

fn deal() -> BotConfig {
    let mut config = dca(4, "1");
    config.stop_loss = Some(stop_loss("30"));
    BotConfig::Dca(Box::new(config))
}

fn recorded(point_order: PointOrder) -> (Report, Ledger) {
    let plan = plan(vec![deal(), BotConfig::Grid(grid())], point_order);
    record(&plan, vec![synthetic(3, 20_000)]).unwrap()
}

#[test]
fn a_month_adds_up() {
    let (report, _) = recorded(PointOrder::Nearest);
    let figures = report.accounts[0].figures.unwrap();
    let sum = report.bots.iter().fold(amount("0"), |sum, bot| {
        sum.plus(bot.realised)
            .unwrap()
            .plus(bot.unrealised)
            .unwrap()
    });
    assert_eq!(sum, figures.profit);
    assert!(
        report.bots.iter().all(|bot| bot.fills > 10),
        "{:?}",
        report.bots.iter().map(|bot| bot.fills).collect::<Vec<_>>()
    );
    assert_eq!(report.markets[0].candles, 20_000);
    assert!(report.accounts[0].equity.len() > 300);
    assert!(figures.drawdown.ratio.unwrap().is_positive());
    assert!(figures.sharpe.is_some());
}

#[test]
fn the_same_input_gives_the_same_ledger() {
    let (one, two) = (recorded(PointOrder::Nearest), recorded(PointOrder::Nearest));
    assert_eq!(one, two);
    assert_eq!(one.1.difference(&two.1), None);
    let (worse, ledger) = recorded(PointOrder::WorseForPosition);
    assert!(worse.markets[0].reordered > 0);
    assert!(one.1.difference(&ledger).is_some());
}

#[test]
fn commands_arrive_at_their_time() {
    let mut plan = plan(vec![deal()], PointOrder::Nearest);
    let command = Command::Stop {
        mode: StopMode::Sell,
    };
    plan.commands = vec![ScheduledCommand {
        at: 60 * MINUTE,
        bot: 0,
        command,
    }];
    let (report, ledger) = record(&plan, vec![synthetic(3, 500)]).unwrap();
    assert_eq!(report.bots[0].status, BotStatus::Stopped);
    assert!(
        ledger
            .orders
            .iter()
            .all(|order| order.placed_at <= 60 * MINUTE)
    );
}

#[test]
fn two_markets_share_a_clock_and_an_account() {
    let mut plan = plan(vec![deal(), deal()], PointOrder::Nearest);
    let mut second = sol();
    second.symbol = "ADA-USDT".parse().unwrap();
    plan.markets.push(MarketPlan {
        market: second,
        fees: fees("0.001", FeeCharge::Received),
    });
    plan.bots[1].market = 1;
    let (report, ledger) = record(&plan, vec![synthetic(3, 3000), synthetic(4, 3000)]).unwrap();
    let sum = report.bots.iter().fold(amount("0"), |sum, bot| {
        sum.plus(bot.realised)
            .unwrap()
            .plus(bot.unrealised)
            .unwrap()
    });
    assert_eq!(sum, report.accounts[0].figures.unwrap().profit);
    let (alone, its) = record(
        &self::plan(vec![deal()], PointOrder::Nearest),
        vec![synthetic(3, 3000)],
    )
    .unwrap();
    let mut first = ledger.orders;
    first.retain(|order| order.bot == 0);
    assert_eq!(
        (first, &report.bots[0]),
        (its.orders, &alone.bots[0]),
        "enough funds: the other market does not matter"
    );
}

#[test]
fn plans_that_make_no_sense_are_refused() {
    let one = plan(vec![deal()], PointOrder::Nearest);
    assert!(matches!(
        run(&one, vec![synthetic(1, 0)]),
        Err(BacktestError::Empty)
    ));
    assert!(matches!(
        run(&one, vec![synthetic(1, 1), synthetic(1, 1)]),
        Err(BacktestError::Plan)
    ));
    let mut lost = one;
    lost.bots[0].account = 3;
    assert!(matches!(
        run(&lost, vec![synthetic(1, 1)]),
        Err(BacktestError::Plan)
    ));
}

/// Recorded files, where the environment names their folder.
#[test]
fn recorded_markets_can_be_traded() {
    let Ok(folder) = std::env::var("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no recorded month was traded ***\n"
        );
        return;
    };
    let path = std::path::Path::new(&folder).join("candles/BTCUSD-1m-2022-01.csv");
    let feed = || trading::candle::CandleReader::new(std::fs::File::open(&path).unwrap());
    let mut config = grid();
    config.lower = amount("35000");
    config.upper = amount("50000");
    config.grid_count = 60;
    config.quantity = trading::bot::grid::GridQuantity::Investment {
        quote: amount("4000"),
    };
    let mut deals = dca(5, "1");
    deals.take_profit.trailing_deviation = Some(amount("0.3"));
    let mut plan = plan(
        vec![BotConfig::Grid(config), BotConfig::Dca(Box::new(deals))],
        PointOrder::Nearest,
    );
    plan.markets[0].market.lot_size = amount("0.00001");
    plan.markets[0].market.min_quantity = amount("0.00001");
    let report = run(&plan, vec![feed()]).unwrap();
    assert_eq!(report, run(&plan, vec![feed()]).unwrap());
    let figures = report.accounts[0].figures.unwrap();
    let sum = report.bots.iter().fold(amount("0"), |sum, bot| {
        sum.plus(bot.realised)
            .unwrap()
            .plus(bot.unrealised)
            .unwrap()
    });
    assert_eq!(sum, figures.profit);
    assert!(report.bots.iter().all(|bot| bot.fills > 20));
    eprintln!("{:?} {figures:?}", report.markets[0]);
}
