//! Promises of the contract, shown with a kind that the rest of the kernel does not know.

use super::{FAR, NEAR, PairConfig};
use crate::amount::Amount;
use crate::backtest::{BotPlan, Ledger, MarketPlan, Plan, Report, ScheduledCommand, record};
use crate::bot::{
    BotConfig, BotSetup, BotStatus, Command, Event, FeeCharge, Fees, Input, Leg, Output, State,
    StopMode, step,
};
use crate::candle::{PointOrder, SyntheticMarket};
use crate::market::Market;
use crate::order::{LegId, Millis, OrderSize, OrderStatus, OrderUpdate};
use crate::paper::{Account, BotSlot, Session};

const MINUTE: Millis = 60_000;
const FAILS_AT: &str = "100000";
const NEAR_MARKET: usize = 0;
const FAR_MARKET: usize = 1;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn market() -> Market {
    let symbol = "SOL-USDT".parse().unwrap();
    Market::simple(symbol, amount("0.01"), amount("0.001"), amount("5"))
}

fn fees(rate: &str) -> Fees {
    Fees::flat(amount(rate), FeeCharge::Quote)
}

fn config() -> BotConfig {
    BotConfig::Pair(PairConfig {
        quantity: amount("2"),
        fails_at: Some(amount(FAILS_AT)),
    })
}

fn setup() -> BotSetup {
    let mut setup = BotSetup::paper(config(), market(), fees("0.001"));
    setup.terms.others.push(Leg {
        market: market(),
        fees: fees("0.002"),
    });
    setup
}

/// Two accounts with a market each, and the pair on both.
fn session() -> (Session, BotSlot) {
    let mut session = Session::default();
    for rate in ["0.001", "0.002"] {
        let balances = [("USDT".parse().unwrap(), amount("1000"))];
        session.add_account(Account::new(balances).unwrap());
        session.add_market(market(), fees(rate));
    }
    let setup = setup();
    let state = State::new(&setup);
    let legs = [(0, NEAR_MARKET), (1, FAR_MARKET)];
    let bot = session.add_bot_on(setup, state, &legs).unwrap();
    (session, bot)
}

fn play(session: &mut Session, points: &[(usize, &str)]) {
    for (at, (market, price)) in points.iter().enumerate() {
        let at = Millis::try_from(at).unwrap() + 10;
        session.point(*market, at, amount(price), &mut ()).unwrap();
    }
}

fn free(session: &Session, account: usize, asset: &str) -> Amount {
    session.accounts()[account]
        .balance(&asset.parse().unwrap())
        .free
}

fn state(session: &Session) -> &State {
    &session.bots()[0].state
}

fn held(session: &Session, leg: LegId) -> Amount {
    state(session).position_on(leg).unwrap().quantity
}

/// Bought far at 102, moved to the near market when that is dearer.
fn moved() -> (Session, BotSlot) {
    let (mut session, bot) = session();
    session.command(bot, 1, Command::Start, &mut ()).unwrap();
    play(
        &mut session,
        &[
            (NEAR_MARKET, "100"),
            (FAR_MARKET, "102"),
            (FAR_MARKET, "102"),
            (NEAR_MARKET, "104"),
            (NEAR_MARKET, "104"),
            (FAR_MARKET, "103"),
        ],
    );
    (session, bot)
}

#[test]
fn each_leg_spends_from_its_own_account_at_its_own_fees() {
    let (session, _) = moved();
    // Near: 2 at 104 and 0.1 %. Far: 2 at 102 and at 103, each with 0.2 %.
    assert_eq!(free(&session, 0, "USDT"), amount("791.792"));
    assert_eq!(free(&session, 0, "SOL"), amount("2"));
    assert_eq!(free(&session, 1, "USDT"), amount("1001.18"));
    assert_eq!(free(&session, 1, "SOL"), amount("0"));
    assert_eq!(held(&session, NEAR), amount("2"));
    assert_eq!(held(&session, FAR), amount("0"));
    assert_eq!(state(&session).core.realised, amount("1.18"));
    assert_eq!(state(&session).core.realised_on(FAR), Ok(amount("1.18")));
    assert_eq!(state(&session).core.realised_on(NEAR), Ok(amount("0")));
    for leg in [NEAR, FAR] {
        assert_eq!(state(&session).is_balanced_on(leg), Ok(true));
    }
}

#[test]
fn a_saved_state_has_all_legs() {
    let (session, _) = moved();
    let saved = serde_json::to_string(state(&session)).unwrap();
    let read: State = serde_json::from_str(&saved).unwrap();
    let restored = read.restored(&setup(), []).unwrap();
    assert_eq!(&restored, state(&session));
    for leg in [NEAR, FAR] {
        let watch = state(&session).watch(&setup(), leg);
        assert_eq!(restored.watch(&setup(), leg), watch);
    }
}

#[test]
fn a_pair_sells_what_it_holds_wherever_it_holds_it() {
    let (mut session, bot) = moved();
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    session.command(bot, 20, stop, &mut ()).unwrap();
    let point = (NEAR_MARKET, 21, amount("105"));
    session.point(point.0, point.1, point.2, &mut ()).unwrap();
    assert_eq!(state(&session).core.status, BotStatus::Stopped);
    assert_eq!(free(&session, 0, "SOL"), amount("0"));
    // 2 × (105 − 104), less both fees of 0.1 %.
    assert_eq!(free(&session, 0, "USDT"), amount("1001.582"));
    assert_eq!(state(&session).core.realised, amount("2.762"));
}

#[test]
fn what_a_failed_pair_holds_is_sold_on_every_leg() {
    let (mut session, bot) = session();
    session.command(bot, 1, Command::Start, &mut ()).unwrap();
    play(
        &mut session,
        &[
            (NEAR_MARKET, "100"),
            (FAR_MARKET, "102"),
            (FAR_MARKET, "102"),
            (NEAR_MARKET, "104"),
            // Bought near; the sale of the far leg fills with it.
            (NEAR_MARKET, "104"),
            (FAR_MARKET, "102"),
            (NEAR_MARKET, FAILS_AT),
        ],
    );
    assert_eq!(state(&session).core.status, BotStatus::Error);
    let holdings = state(&session).core.holdings_of(NEAR);
    assert_eq!(holdings.owned(), Ok(amount("2")));
    for leg in [NEAR, FAR] {
        assert_eq!(state(&session).is_balanced_on(leg), Ok(true));
    }
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    session.command(bot, 30, stop, &mut ()).unwrap();
    for (at, market) in [(31, FAR_MARKET), (32, NEAR_MARKET), (33, FAR_MARKET)] {
        let price = amount("105");
        session.point(market, at, price, &mut ()).unwrap();
    }
    assert_eq!(state(&session).core.status, BotStatus::Stopped);
    assert_eq!(free(&session, 0, "SOL"), amount("0"));
    assert_eq!(free(&session, 1, "SOL"), amount("0"));
    // Far: 2 × (102 − 102) less both fees. Near: 2 × (105 − 104) less both fees.
    assert_eq!(state(&session).core.realised, amount("0.766"));
}

/// Too little to sell on one leg keeps nothing of the other.
#[test]
fn what_cannot_be_sold_on_one_leg_does_not_stay_on_the_other() {
    let (mut session, bot) = session();
    session.command(bot, 1, Command::Start, &mut ()).unwrap();
    let points = [
        (NEAR_MARKET, "100"),
        (FAR_MARKET, "102"),
        (FAR_MARKET, "102"),
        (NEAR_MARKET, "104"),
        (NEAR_MARKET, "104"),
    ];
    play(&mut session, &points);
    let mut failed = state(&session).clone();
    let mut setup = setup();
    failed.fail(&setup, 20, &mut Vec::new());
    // The far order is gone; near, the market takes nothing so small any more.
    setup.terms.market.min_quantity = amount("3");
    let mut out = Vec::new();
    let mut tell = |failed: &mut State, event| {
        step(&setup, failed, &Input::new(21, event), &mut out).unwrap();
    };
    let orders: Vec<_> = failed
        .core
        .live_orders()
        .map(|(number, _)| number)
        .collect();
    for order in orders {
        let update = OrderUpdate {
            order,
            status: OrderStatus::Canceled,
            reject: None,
        };
        tell(&mut failed, Event::Order(update));
    }
    let mode = StopMode::Sell;
    tell(&mut failed, Event::Command(Command::Stop { mode }));
    let placed: Vec<_> = out
        .iter()
        .filter_map(|output| match output {
            Output::Place(intent) => Some((intent.leg, intent.size)),
            _ => None,
        })
        .collect();
    assert_eq!(placed, [(FAR, OrderSize::Base(amount("2")))]);
}

#[test]
fn a_pair_fails_alone_while_it_holds_base_on_both_legs() {
    let (mut session, bot) = session();
    session.command(bot, 1, Command::Start, &mut ()).unwrap();
    let points = [
        (NEAR_MARKET, "100"),
        (FAR_MARKET, "102"),
        (FAR_MARKET, "102"),
        (NEAR_MARKET, "104"),
        (NEAR_MARKET, "104"),
    ];
    play(&mut session, &points);
    assert_eq!(held(&session, NEAR), amount("2"));
    assert_eq!(held(&session, FAR), amount("2"));
    let mut failed = state(&session).clone();
    failed.fail(&setup(), 20, &mut Vec::new());
    for leg in [NEAR, FAR] {
        assert_eq!(failed.is_balanced_on(leg), Ok(true));
        assert_eq!(failed.core.holdings_of(leg).owned(), Ok(amount("2")));
    }
}

fn backtest(commands: Vec<ScheduledCommand>) -> (Report, Ledger) {
    let usdt = || vec![("USDT".parse().unwrap(), amount("1000"))];
    let listed = |rate| MarketPlan {
        market: market(),
        fees: fees(rate),
    };
    let plan = Plan {
        accounts: vec![usdt(), usdt()],
        markets: vec![listed("0.001"), listed("0.002")],
        bots: vec![BotPlan {
            config: config(),
            account: 0,
            market: NEAR_MARKET,
            others: vec![(1, FAR_MARKET)],
        }],
        commands,
        point_order: PointOrder::Nearest,
        sample_ms: MINUTE,
    };
    let feed = |seed| {
        SyntheticMarket::new(seed, amount("100"), amount("0.01"), 0, MINUTE)
            .unwrap()
            .take(2_000)
            .map(Ok)
    };
    record(&plan, vec![feed(1), feed(2)]).unwrap()
}

#[test]
fn a_pair_runs_in_a_backtest_on_both_its_markets() {
    let (report, ledger) = backtest(Vec::new());
    let bot = &report.bots[0];
    assert_eq!(bot.trades.count, 58);
    let profits = report
        .accounts
        .iter()
        .map(|account| account.figures.unwrap().profit);
    let profit = crate::amount::sum(profits).unwrap();
    assert_eq!(profit, bot.realised.plus(bot.unrealised).unwrap());
    // Each sale follows a purchase, and what was bought last is still held.
    assert_eq!(ledger.orders.len(), 2 * 58 + 1);
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    let (report, _) = backtest(vec![ScheduledCommand {
        at: 1_000 * MINUTE,
        bot: 0,
        command: stop,
    }]);
    assert_eq!(report.bots[0].status, BotStatus::Stopped);
    let sol = "SOL".parse().unwrap();
    for account in &report.accounts {
        let left = account.balances.get(&sol).copied().unwrap_or_default();
        assert_eq!(left.free, amount("0"));
    }
}
