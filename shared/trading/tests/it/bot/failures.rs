//! Bots whose step fails: what was filled stays booked, and a person can sell it, leave it or begin anew.

use serde_json::json;
use trading::bot::{BotConfig, BotStatus, CloseReason, Command, FeeCharge, Output, StopMode};
use trading::order::{OrderStatus, Purpose, Side};
use trading::paper::{BotSlot, Event, Session, SessionError, Sink};
use trading::pnl::Position;
use trading::{Amount, Asset};

use crate::support::{BOT, MINUTE, World, amount, dca, fees, grid, stop_loss};

/// What a session told of failures, deals and statuses.
#[derive(Default)]
struct Told {
    failed: Vec<String>,
    closed: Vec<CloseReason>,
    canceled: usize,
}

impl Sink for Told {
    fn receive(&mut self, _at: i64, _bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Failed(error) => self.failed.push(error.to_string()),
            Event::Output(Output::DealClosed(deal)) => self.closed.push(deal.reason),
            Event::Update(update) if update.status == OrderStatus::Canceled => self.canceled += 1,
            Event::Input(_)
            | Event::Output(_)
            | Event::Placed(_)
            | Event::Update(_)
            | Event::Fill(..) => {}
        }
    }
}

/// The next fill is one input too many: what the bot has paid in fees does not fit with it.
fn about_to_fail(world: &World) -> World {
    world.restarted(|state| state["core"]["fees"] = json!("9".repeat(28)))
}

/// After a restart with the cause of the failure gone.
fn mended(world: &World) -> World {
    world.restarted(|state| state["core"]["fees"] = json!("0"))
}

fn tell(world: &mut World, told: &mut Told, command: Command) {
    world.session.command(BOT, world.at, command, told).unwrap();
}

fn price(world: &mut World, told: &mut Told, price: &str) {
    world.at += MINUTE;
    world
        .session
        .point(0, world.at, amount(price), told)
        .unwrap();
}

fn status(world: &World) -> BotStatus {
    world.state().core.status
}

fn reserved(world: &World) -> Vec<Amount> {
    let balances = world.session.accounts()[0].balances();
    balances.iter().map(|(_, of)| of.reserved).collect()
}

/// A grid that has 2.5 for its sells and fails when its highest buy fills.
fn failed_grid() -> (World, Told) {
    let mut world = World::new(
        BotConfig::Grid(grid()),
        fees("0.001", FeeCharge::Quote),
        "1000",
    );
    world.prices(&["100.3", "100.3"]);
    assert_eq!(world.base(), amount("2.5"));
    let (mut world, mut told) = (about_to_fail(&world), Told::default());
    price(&mut world, &mut told, "98");
    (mended(&world), told)
}

#[test]
fn a_fill_that_fails_its_bot_stays_booked_and_frees_its_orders() {
    let (world, told) = failed_grid();
    assert_eq!(status(&world), BotStatus::Error);
    assert_eq!(told.failed.len(), 1, "{:?}", told.failed);
    assert_eq!(told.closed, [CloseReason::BotFailed]);
    assert_eq!(told.canceled, 9, "all orders but the one that filled");
    assert_eq!(world.session.orders(0).len(), 0);
    assert_eq!(reserved(&world), [Amount::ZERO, Amount::ZERO]);
    // 0.5 more than before the fill that failed, and everything is known to be the bot's.
    assert_eq!(world.base(), amount("3"));
    let core = &world.state().core;
    assert_eq!(core.holdings.owned().unwrap(), amount("3"));
    let spent = amount("1000").minus(world.quote()).unwrap();
    let held = Position {
        quantity: amount("3"),
        cost: spent,
    };
    assert_eq!(world.state().position().unwrap(), held);
    assert!(world.state().is_balanced().unwrap());
}

#[test]
fn a_bot_that_failed_can_be_sold_out() {
    let (mut world, mut told) = failed_grid();
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    tell(&mut world, &mut told, stop);
    assert_eq!(status(&world), BotStatus::Stopping);
    let sale = world.order_of(Purpose::Close);
    assert_eq!(sale.unwrap().1, "3");
    price(&mut world, &mut told, "99");
    assert_eq!(status(&world), BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(told.closed, [CloseReason::BotFailed, CloseReason::Closed]);
    // Profit is what the account has more.
    let earned = world.quote().minus(amount("1000")).unwrap();
    assert_eq!(world.state().core.realised, earned);
    assert_eq!(world.state().position().unwrap(), Position::EMPTY);
}

#[test]
fn a_bot_that_failed_can_be_stopped_and_its_base_left_to_the_account() {
    for mode in [StopMode::Keep, StopMode::Finish] {
        let (mut world, mut told) = failed_grid();
        tell(&mut world, &mut told, Command::Stop { mode });
        assert_eq!(status(&world), BotStatus::Stopped);
        assert_eq!(world.base(), amount("3"));
        let holdings = world.state().core.holdings;
        assert_eq!(holdings.owned().unwrap(), Amount::ZERO);
        assert_eq!(holdings.kept().quantity, amount("3"));
    }
}

#[test]
fn a_bot_that_failed_begins_anew_and_sells_the_rest_with_everything() {
    let (mut world, mut told) = failed_grid();
    tell(&mut world, &mut told, Command::Start);
    assert_eq!(status(&world), BotStatus::Running);
    price(&mut world, &mut told, "100.3");
    price(&mut world, &mut told, "100.3");
    // Its lines have base of their own; what the failed run left is not offered.
    assert_eq!(world.base(), amount("5.5"));
    assert_eq!(world.open(Side::Sell).len(), 5);
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    tell(&mut world, &mut told, stop);
    for _ in 0..3 {
        price(&mut world, &mut told, "100");
    }
    assert_eq!(status(&world), BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
    let earned = world.quote().minus(amount("1000")).unwrap();
    assert_eq!(world.state().core.realised, earned);
}

#[test]
fn a_failed_deal_is_sold_in_parts_that_the_market_takes_and_tried_again() {
    let mut config = dca(0, "5");
    config.stop_loss = Some(stop_loss("10"));
    let mut world = World::dca(config, fees("0.001", FeeCharge::Received));
    let mut told = Told::default();
    let mut failing = about_to_fail(&world);
    price(&mut failing, &mut told, "100");
    price(&mut failing, &mut told, "100");
    assert_eq!(status(&failing), BotStatus::Error);
    world = failing;
    assert_eq!(world.base(), amount("0.999"));
    assert_eq!(
        world.state().core.holdings.owned().unwrap(),
        amount("0.999")
    );
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    // Restarted while it is being sold.
    tell(&mut world, &mut told, stop);
    let mut world = mended(&world);
    price(&mut world, &mut told, "90");
    assert_eq!(status(&world), BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn the_other_bots_of_an_account_play_on_as_if_alone() {
    let play = |fails: bool| {
        let mut session = Session::default();
        let usdt: Asset = "USDT".parse().unwrap();
        let account = trading::paper::Account::new([(usdt, amount("100000"))]).unwrap();
        session.add_account(account);
        let rates = fees("0.001", FeeCharge::Quote);
        let market = crate::support::sol();
        session.add_market(market.clone(), rates);
        let configs = [
            BotConfig::Grid(grid()),
            BotConfig::Dca(Box::new(dca(2, "1"))),
        ];
        for (index, config) in configs.into_iter().enumerate() {
            let setup = trading::bot::BotSetup::paper(config, market.clone(), rates);
            let mut saved = serde_json::to_value(trading::bot::State::new(&setup)).unwrap();
            if fails && index == 0 {
                saved["core"]["fees"] = json!("9".repeat(28));
            }
            let state = serde_json::from_value(saved).unwrap();
            session.add_bot(setup, state, 0, 0).unwrap();
        }
        let mut told = Told::default();
        for bot in 0..2 {
            session
                .command(BotSlot(bot), 0, Command::Start, &mut told)
                .unwrap();
        }
        let mut at = 0;
        for step in 0..400_i64 {
            at += MINUTE;
            let price = Amount::from_int(100 + (step * 7) % 13 - 6);
            session.point(0, at, price, &mut told).unwrap();
        }
        (session.bots()[1].state.clone(), told, session.fault())
    };
    let (alone, _, sound) = play(false);
    let (beside, told, fault) = play(true);
    assert_eq!(sound, None);
    assert!(matches!(fault, Some(SessionError::Bot { bot, .. }) if bot == BotSlot(0)));
    assert_eq!(told.failed.len(), 1);
    assert_eq!(beside, alone);
}

#[test]
fn a_failed_bot_of_which_no_price_is_known_is_sold_at_the_first() {
    let (world, mut told) = failed_grid();
    let mut world = world.restarted(|state| {
        state["core"].as_object_mut().unwrap().remove("mark");
    });
    world.session = without_price(&world);
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    tell(&mut world, &mut told, stop);
    assert_eq!(status(&world), BotStatus::Stopping);
    assert_eq!(world.session.orders(0).len(), 0);
    price(&mut world, &mut told, "99");
    assert_eq!(world.order_of(Purpose::Close).unwrap().1, "3");
    price(&mut world, &mut told, "99");
    assert_eq!(status(&world), BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
}

/// The same bot in a session that has not seen a price.
fn without_price(world: &World) -> Session {
    let entry = &world.session.bots()[0];
    let mut session = Session::default();
    session.add_account(world.session.accounts()[0].clone());
    session.add_market(entry.setup.terms.market.clone(), entry.setup.terms.fees);
    let (setup, state) = (entry.setup.clone(), entry.state.clone());
    session.add_bot(setup, state, 0, 0).unwrap();
    session
}
