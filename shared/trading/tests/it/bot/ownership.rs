//! Base has one owner: no bot sells what another one counts on.

use serde_json::json;
use trading::bot::dca::TakeProfit;
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Command, Event, FeeCharge, Input, Reason, State, StopMode, step,
};
use trading::order::{Purpose, Side};
use trading::paper::{Account, BotSlot, Session};
use trading::{Amount, Asset};

use crate::support::{MINUTE, World, amount, dca, fees, grid, sol, stop_loss};

const FIRST: BotSlot = BotSlot(0);
const SECOND: BotSlot = BotSlot(1);

struct Floor {
    session: Session,
    recorder: trading::backtest::Recorder,
    at: i64,
}

impl Floor {
    fn new(base: &str, bots: &[BotConfig]) -> Self {
        let mut session = Session::default();
        let asset = |name: &str| name.parse::<Asset>().unwrap();
        let balances = [
            (asset("USDT"), amount("10000")),
            (asset("SOL"), amount(base)),
        ];
        session.add_account(Account::new(balances).unwrap());
        let rates = fees("0.001", FeeCharge::Received);
        session.add_market(sol(), rates);
        for bot in bots {
            let setup = BotSetup::paper(bot.clone(), sol(), rates);
            let state = State::new(&setup);
            session.add_bot(setup, state, 0, 0).unwrap();
        }
        Self {
            session,
            recorder: trading::backtest::Recorder::default(),
            at: 0,
        }
    }

    fn tell(&mut self, bot: BotSlot, command: Command) {
        self.session
            .command(bot, self.at, command, &mut self.recorder)
            .unwrap();
    }

    fn prices(&mut self, prices: &[&str]) {
        for price in prices {
            self.at += MINUTE;
            self.session
                .point(0, self.at, amount(price), &mut self.recorder)
                .unwrap();
        }
    }

    fn state(&self, bot: BotSlot) -> &State {
        &self.session.bots()[usize::try_from(bot.0).unwrap()].state
    }

    fn owned(&self, bot: BotSlot) -> Amount {
        self.state(bot).core.holdings.owned().unwrap()
    }

    fn base(&self) -> Amount {
        self.session.accounts()[0]
            .total(&"SOL".parse().unwrap())
            .unwrap()
    }

    fn last_reason(&self, bot: BotSlot) -> Reason {
        self.recorder.decisions(bot).last().unwrap().1.reason
    }

    fn sentence(&self, bot: BotSlot) -> String {
        let (_, decision) = self.recorder.decisions(bot).last().unwrap();
        decision.sentence(&sol().symbol)
    }
}

fn supplied(quantity: &str) -> BotConfig {
    let mut config = grid();
    config.base_supplied = amount(quantity);
    BotConfig::Grid(config)
}

/// Buys 2.6 at 100, and holds it until 10 % are lost from its peak.
fn trailing() -> BotConfig {
    let mut config = dca(0, "50");
    config.base_order = trading::bot::dca::Volume::Quote {
        amount: amount("260"),
    };
    let mut stop = stop_loss("10");
    stop.trailing = true;
    config.stop_loss = Some(stop);
    config.take_profit = TakeProfit {
        percentage: Some(amount("50")),
        ..TakeProfit::default()
    };
    BotConfig::Dca(Box::new(config))
}

#[test]
fn a_grid_is_not_supplied_with_base_of_an_open_deal() {
    let mut floor = Floor::new("0", &[trailing(), supplied("2.5")]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100", "100"]);
    assert_eq!(floor.base(), amount("2.5974"));
    assert_eq!(floor.owned(FIRST), amount("2.5974"));
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.state(SECOND).core.status, BotStatus::Stopped);
    assert_eq!(floor.last_reason(SECOND), Reason::InsufficientUnownedBase);
    assert_eq!(
        floor.sentence(SECOND),
        "did not take base of the account: 2.5 SOL are needed, and 0 SOL belong to no bot"
    );
    assert_eq!(floor.owned(SECOND), Amount::ZERO);
    // The stop-loss sells everything that was bought for it.
    floor.prices(&["89", "89"]);
    assert_eq!(floor.base(), amount("0.0004"));
}

#[test]
fn what_is_supplied_belongs_to_the_grid_from_its_start_on() {
    let mut floor = Floor::new("3", &[supplied("2.5"), supplied("2")]);
    floor.tell(FIRST, Command::Start);
    assert_eq!(floor.owned(FIRST), amount("2.5"));
    // Before any price was seen.
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.state(SECOND).core.status, BotStatus::Stopped);
    floor.tell(
        FIRST,
        Command::Stop {
            mode: StopMode::Keep,
        },
    );
    assert_eq!(floor.owned(FIRST), Amount::ZERO);
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.state(SECOND).core.status, BotStatus::Running);
    assert_eq!(floor.owned(SECOND), amount("2"));
}

#[test]
fn a_grid_that_is_started_again_reports_what_there_is() {
    let mut floor = Floor::new("2.5", &[supplied("2.5")]);
    for _ in 0..3 {
        floor.tell(FIRST, Command::Start);
        floor.prices(&["100.3", "100.3"]);
        assert_eq!(floor.session.orders(0).len(), 10);
        assert_eq!(
            floor.state(FIRST).position().unwrap().quantity,
            amount("2.5")
        );
        assert_eq!(floor.owned(FIRST), amount("2.5"));
        floor.tell(
            FIRST,
            Command::Stop {
                mode: StopMode::Keep,
            },
        );
        let position = floor.state(FIRST).position().unwrap();
        assert_eq!(position.quantity, amount("2.5"));
        // What it cost when it was first supplied.
        assert_eq!(position.cost, amount("250.75"));
        assert!(floor.state(FIRST).is_balanced().unwrap());
    }
}

#[test]
fn base_of_a_cancelled_deal_belongs_to_the_account_again() {
    let mut floor = Floor::new("0", &[trailing(), supplied("2.5")]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100", "100"]);
    floor.tell(FIRST, Command::Pause);
    floor.tell(FIRST, Command::CancelDeal { deal: 1 });
    assert_eq!(floor.owned(FIRST), Amount::ZERO);
    floor.tell(SECOND, Command::Start);
    floor.prices(&["100.3", "100.3"]);
    assert_eq!(floor.owned(SECOND), amount("2.5"));
    let sells = |order: &&trading::paper::PaperOrder| order.intent.side == Side::Sell;
    assert_eq!(floor.session.orders(0).filter(sells).count(), 5);
    // Its old owner sells none of it.
    floor.tell(
        FIRST,
        Command::Stop {
            mode: StopMode::Sell,
        },
    );
    floor.prices(&["100.3"]);
    assert_eq!(floor.state(FIRST).core.status, BotStatus::Stopped);
    assert_eq!(floor.owned(SECOND), amount("2.5"));
    assert_eq!(floor.base(), amount("2.5974"));
}

#[test]
fn base_that_bots_elsewhere_own_is_not_supplied() {
    let mut floor = Floor::new("3", &[supplied("2.5")]);
    let sol: Asset = "SOL".parse().unwrap();
    floor.session.set_owned_elsewhere(0, &sol, amount("0.6"));
    floor.tell(FIRST, Command::Start);
    assert_eq!(floor.last_reason(FIRST), Reason::InsufficientUnownedBase);
    floor.session.set_owned_elsewhere(0, &sol, amount("0.5"));
    floor.tell(FIRST, Command::Start);
    assert_eq!(floor.state(FIRST).core.status, BotStatus::Running);
}

/// Format 3 knew nothing of holdings: only the kinds did, and what they had left to the account.
#[test]
fn states_of_the_release_before_go_on_with_what_they_hold() {
    let mut world = World::new(
        BotConfig::Grid(grid()),
        fees("0.001", FeeCharge::Quote),
        "1000",
    );
    world.prices(&["100.3", "100.3"]);
    let before = world.state().clone();
    let read = |value: &serde_json::Value| -> State {
        serde_json::from_value::<State>(value.clone())
            .unwrap()
            .upgraded()
            .unwrap()
    };
    let mut world = world.restarted(|state| {
        state["state_format"] = json!(3);
        for added in ["holdings", "deals"] {
            assert!(
                state["core"]
                    .as_object_mut()
                    .unwrap()
                    .remove(added)
                    .is_some()
            );
        }
        state["strategy"]["kept"] = json!({"quantity": "0.4", "cost": "40"});
        assert_eq!(read(state).position().unwrap().quantity, amount("2.9"));
    });
    let holdings = world.state().core.holdings;
    assert_eq!(holdings.owned().unwrap(), amount("2.5"));
    assert_eq!(holdings.kept().quantity, amount("0.4"));
    assert!(world.state().is_balanced().unwrap());
    let cost = before.position().unwrap().cost.plus(amount("40")).unwrap();
    assert_eq!(world.state().position().unwrap().cost, cost);
    world.prices(&["98", "102"]);
    assert!(world.state().is_balanced().unwrap());
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    world.prices(&["100", "100"]);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn a_schedule_that_is_stopped_leaves_what_it_bought() {
    let config: trading::bot::interval::IntervalConfig =
        serde_json::from_value(serde_json::json!({
            "amount": "50", "frequency": {"every": "hourly", "minute": 0}, "timezone": "UTC",
        }))
        .unwrap();
    let mut floor = Floor::new("0", &[BotConfig::DcaInterval(config)]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100", "100", "100"]);
    assert_eq!(floor.owned(FIRST), amount("0.4995"));
    floor.tell(
        FIRST,
        Command::Stop {
            mode: StopMode::Finish,
        },
    );
    assert_eq!(floor.owned(FIRST), Amount::ZERO);
    assert_eq!(
        floor.state(FIRST).position().unwrap().quantity,
        amount("0.4995")
    );
    // A later run sells what it bought itself.
    floor.tell(FIRST, Command::Start);
    for _ in 0..61 {
        floor.prices(&["100"]);
    }
    let owned = floor.owned(FIRST);
    floor.tell(
        FIRST,
        Command::Stop {
            mode: StopMode::Sell,
        },
    );
    let sale = floor
        .session
        .orders(0)
        .find(|order| order.intent.purpose == Purpose::Close);
    assert_eq!(
        sale.map(|order| order.reserved),
        Some(owned.floor_to(amount("0.001")).unwrap())
    );
}

#[test]
fn more_than_a_grid_needs_belongs_to_the_account_again_when_it_stops() {
    let mut floor = Floor::new("10", &[supplied("9"), supplied("7")]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100.3", "100.3"]);
    assert_eq!(floor.owned(FIRST), amount("9"));
    let held = floor.state(FIRST).position().unwrap();
    assert_eq!(held.quantity, amount("2.5"));
    floor.tell(
        FIRST,
        Command::Stop {
            mode: StopMode::Sell,
        },
    );
    floor.prices(&["100.3"]);
    assert_eq!(floor.state(FIRST).core.status, BotStatus::Stopped);
    assert_eq!(
        (floor.owned(FIRST), floor.base()),
        (Amount::ZERO, amount("7.5"))
    );
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.owned(SECOND), amount("7"));
}

fn taking(bot: BotSlot, floor: &mut Floor, quantity: &str, price: &str) {
    floor.tell(
        bot,
        Command::TakeOver {
            quantity: amount(quantity),
            price: amount(price),
        },
    );
}

/// Deals that begin far above the market only, so that none opens of itself.
fn patient(count: u32, deals: u32) -> BotConfig {
    let mut config = dca(count, "2");
    config.min_price = Some(amount("1000"));
    config.max_active_deals = deals;
    BotConfig::Dca(Box::new(config))
}

#[test]
fn a_deal_takes_over_base_and_goes_on_as_if_it_had_bought_it() {
    let mut floor = Floor::new("3", &[patient(2, 2)]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["90"]);
    taking(FIRST, &mut floor, "2", "95");
    assert_eq!(floor.owned(FIRST), amount("2"));
    let trading::bot::KindState::Dca(state) = &floor.state(FIRST).kind else {
        panic!("not a deal bot");
    };
    let deal = &state.deals[0];
    assert_eq!((state.opened, deal.invested), (1, amount("190")));
    let levels: Vec<_> = deal.levels.iter().map(|level| level.price).collect();
    // 2 % and 5 % below the market: from 95 both would be bought at once.
    assert_eq!(levels, [amount("88.2"), amount("85.5")]);
    floor.prices(&["90", "90"]);
    assert_eq!(floor.base(), amount("3"));
    // 190 / 2 × 1.02 / 0.999 = 96.997, up to the tick.
    floor.prices(&["97"]);
    assert_eq!(floor.state(FIRST).core.realised, amount("3.806"));
    assert_eq!(floor.base(), amount("1"));
}

#[test]
fn what_is_taken_over_is_nobody_elses_and_is_kept_on_a_cancel() {
    let mut floor = Floor::new("3", &[patient(0, 5), supplied("1.5"), patient(0, 5)]);
    floor.tell(FIRST, Command::Start);
    floor.tell(BotSlot(2), Command::Start);
    floor.prices(&["100"]);
    taking(FIRST, &mut floor, "2", "100");
    taking(FIRST, &mut floor, "1.001", "100");
    assert_eq!(
        floor.sentence(FIRST),
        "did not take base of the account: 1.001 SOL are needed, and 1 SOL belong to no bot"
    );
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.last_reason(SECOND), Reason::InsufficientUnownedBase);
    taking(BotSlot(2), &mut floor, "1", "100");
    assert_eq!(floor.owned(FIRST), amount("2"));
    assert_eq!(floor.owned(BotSlot(2)), amount("1"));
    floor.tell(FIRST, Command::CancelDeal { deal: 1 });
    assert_eq!(floor.owned(FIRST), Amount::ZERO);
    floor.tell(SECOND, Command::Start);
    assert_eq!(floor.owned(SECOND), amount("1.5"));
}

/// What a cancelled deal kept comes back at what it cost, whatever price is named; the ladder hangs from that price.
#[test]
fn base_that_the_bot_itself_kept_comes_back_at_what_it_cost() {
    let mut floor = Floor::new("0.5", &[trailing()]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100", "100"]);
    floor.tell(FIRST, Command::CancelDeal { deal: 1 });
    let kept = floor.state(FIRST).core.holdings.kept();
    assert_eq!(
        (kept.quantity, kept.cost),
        (amount("2.5974"), amount("260"))
    );
    // Before the next price, at which it would open another deal.
    taking(FIRST, &mut floor, "3", "80");
    let trading::bot::KindState::Dca(state) = &floor.state(FIRST).kind else {
        panic!("not a deal bot");
    };
    let deal = &state.deals[0];
    // 260 and 0.4026 × 80
    assert_eq!(deal.position.cost, amount("292.208"));
    assert_eq!(deal.base_quote, amount("240"));
    assert_eq!(floor.owned(FIRST), amount("3"));
    assert!(floor.state(FIRST).core.holdings.kept().is_empty());
}

#[test]
fn base_is_not_taken_over_where_no_deal_may_begin_or_nothing_could_be_sold() {
    let mut guarded = dca(0, "2");
    guarded.min_price = Some(amount("1000"));
    guarded.stop_loss = Some(stop_loss("10"));
    guarded.max_active_deals = 1;
    let mut floor = Floor::new("3", &[BotConfig::Dca(Box::new(guarded))]);
    let nothing = |floor: &Floor, reason| {
        assert_eq!(floor.last_reason(FIRST), reason);
        assert_eq!(floor.owned(FIRST), Amount::ZERO);
    };
    taking(FIRST, &mut floor, "1", "100");
    nothing(&floor, Reason::NotRunning);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100"]);
    floor.tell(FIRST, Command::Pause);
    taking(FIRST, &mut floor, "1", "100");
    nothing(&floor, Reason::NotRunning);
    floor.tell(FIRST, Command::Resume);
    // At the stop-loss it would bring 4.95, and 5 are the least that can be sold.
    taking(FIRST, &mut floor, "0.055", "100");
    nothing(&floor, Reason::ExitNotViable);
    taking(FIRST, &mut floor, "0.056", "100");
    assert_eq!(floor.owned(FIRST), amount("0.056"));
    taking(FIRST, &mut floor, "1", "100");
    assert_eq!(floor.last_reason(FIRST), Reason::TooManyDeals);
    assert_eq!(floor.owned(FIRST), amount("0.056"));
    // Its stop-loss protects it from the start on.
    floor.prices(&["90", "90"]);
    assert_eq!(floor.owned(FIRST), Amount::ZERO);
    assert_eq!(floor.base(), amount("2.944"));
}

/// Orders of the run that failed may still sell what it left.
#[test]
fn what_a_failed_run_left_is_not_taken_over() {
    let mut floor = Floor::new("1", &[trailing()]);
    floor.tell(FIRST, Command::Start);
    floor.prices(&["100", "100"]);
    let entry = floor.session.bots()[0].clone();
    let mut state = entry.state.clone();
    state.fail(&entry.setup, floor.at, &mut Vec::new());
    assert_eq!(state.core.holdings.owned().unwrap(), amount("2.5974"));
    let tell = |state: &mut State, event| {
        let (input, mut out) = (Input::new(floor.at, event), Vec::new());
        step(&entry.setup, state, &input, &mut out).unwrap();
    };
    tell(&mut state, Event::Command(Command::Start));
    let take = |quantity: &str| {
        Event::Command(Command::TakeOver {
            quantity: amount(quantity),
            price: amount("100"),
        })
    };
    tell(&mut state, Event::Unowned(amount("1")));
    tell(&mut state, take("1.001"));
    assert_eq!(state.core.holdings.owned().unwrap(), amount("2.5974"));
    tell(&mut state, Event::Unowned(amount("1")));
    tell(&mut state, take("1"));
    assert_eq!(state.core.holdings.owned().unwrap(), amount("3.5974"));
}
