//! The books of bots at their edges: failures, debts, supplies and states of the release before.

use serde_json::{Value, json};
use trading::bot::interval::IntervalConfig;
use trading::bot::{
    BotConfig, BotSetup, BotStatus, ClosedDeal, Command, FeeCharge, Fees, Output, Reason, State,
    StopMode,
};
use trading::order::Side;
use trading::paper::{Account, BotSlot, Event, Session, Sink};
use trading::{Amount, Asset, Market};

use crate::support::{MINUTE, amount, dca, fees, grid, sol};

const FIRST: BotSlot = BotSlot(0);
const SECOND: BotSlot = BotSlot(1);

/// What whoever stores a session writes down.
#[derive(Clone, Default)]
struct Rows {
    /// The status of each bot, as last told.
    status: Vec<(BotSlot, BotStatus)>,
    closed: Vec<ClosedDeal>,
    reasons: Vec<Reason>,
    failed: usize,
}

impl Sink for Rows {
    fn receive(&mut self, _at: i64, bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Failed(_) => {
                self.failed += 1;
                self.status.push((bot, BotStatus::Error));
            }
            Event::Output(Output::Status { status, .. }) => self.status.push((bot, *status)),
            Event::Output(Output::DealClosed(deal)) => self.closed.push(*deal),
            Event::Output(Output::Decision(told)) => self.reasons.push(told.reason),
            Event::Input(_)
            | Event::Output(_)
            | Event::Placed(_)
            | Event::Update(_)
            | Event::Fill(..) => {}
        }
    }
}

struct Desk {
    session: Session,
    rows: Rows,
    at: i64,
}

impl Desk {
    fn of(market: &Market, rates: Fees, (quote, base): (&str, &str), bots: &[BotConfig]) -> Self {
        let mut session = Session::default();
        let balances = [
            (market.symbol.quote().clone(), amount(quote)),
            (market.symbol.base().clone(), amount(base)),
        ];
        session.add_account(Account::new(balances).unwrap());
        session.add_market(market.clone(), rates);
        for bot in bots {
            let setup = BotSetup::paper(bot.clone(), market.clone(), rates);
            let state = State::new(&setup);
            session.add_bot(setup, state, 0, 0).unwrap();
        }
        Self {
            session,
            rows: Rows::default(),
            at: 0,
        }
    }

    fn new(quote: &str, base: &str, bots: &[BotConfig]) -> Self {
        Self::of(&sol(), fees("0.001", FeeCharge::Quote), (quote, base), bots)
    }

    fn tell(&mut self, bot: BotSlot, command: Command) {
        self.session
            .command(bot, self.at, command, &mut self.rows)
            .unwrap();
    }

    fn stop(&mut self, bot: BotSlot, mode: StopMode) {
        self.tell(bot, Command::Stop { mode });
    }

    fn price(&mut self, price: &str) {
        self.at += MINUTE;
        self.session
            .point(0, self.at, amount(price), &mut self.rows)
            .unwrap();
    }

    fn state(&self, bot: BotSlot) -> &State {
        &self.session.bots()[usize::try_from(bot.0).unwrap()].state
    }

    fn status(&self, bot: BotSlot) -> BotStatus {
        self.state(bot).core.status
    }

    fn owned(&self, bot: BotSlot) -> Amount {
        self.state(bot).core.holdings.owned().unwrap()
    }

    fn total(&self, asset: &str) -> Amount {
        let asset: Asset = asset.parse().unwrap();
        self.session.accounts()[0].total(&asset).unwrap()
    }

    /// Realised and unrealised profit of a bot.
    fn profit(&self, bot: BotSlot, mark: &str) -> Amount {
        let state = self.state(bot);
        let held = state.position().unwrap().unrealised(amount(mark)).unwrap();
        state.core.realised.plus(held).unwrap()
    }

    /// After a restart that changed what a bot had saved.
    fn restarted(&self, of: BotSlot, change: impl FnOnce(&mut Value)) -> Self {
        let mut session = Session::default();
        session.add_account(self.session.accounts()[0].clone());
        let entry = &self.session.bots()[0];
        session.add_market(entry.setup.terms.market.clone(), entry.setup.terms.fees);
        let mut change = Some(change);
        for (index, entry) in self.session.bots().iter().enumerate() {
            let slot = BotSlot(u32::try_from(index).unwrap());
            let mut saved = serde_json::to_value(&entry.state).unwrap();
            if slot == of
                && let Some(change) = change.take()
            {
                change(&mut saved);
            }
            let state: State = serde_json::from_value(saved).unwrap();
            let open = self.session.orders(0).filter(|order| order.bot == slot);
            let state = state.restored(&entry.setup, open.map(|order| order.intent.number));
            session
                .add_bot(entry.setup.clone(), state.unwrap(), 0, 0)
                .unwrap();
        }
        for order in self.session.orders(0) {
            session.restore_order(order.clone()).unwrap();
        }
        if let Some(price) = self.session.price(0) {
            session.restore_price(0, price).unwrap();
        }
        Self {
            session,
            rows: self.rows.clone(),
            at: self.at,
        }
    }

    /// The next fill of a bot is one too many.
    fn with_full_books(&self, bot: BotSlot) -> Self {
        self.restarted(bot, |state| state["core"]["fees"] = json!("9".repeat(28)))
    }

    fn mended(&self, bot: BotSlot) -> Self {
        self.restarted(bot, |state| state["core"]["fees"] = json!("0"))
    }
}

fn format_3(state: &mut Value) {
    state["state_format"] = json!(3);
    let core = state["core"].as_object_mut().unwrap();
    for added in [
        "holdings",
        "deals",
        "kind_since",
        "unowned",
        "liquidation",
        "sells_inventory",
    ] {
        core.remove(added);
    }
}

fn plain() -> BotConfig {
    BotConfig::Dca(Box::new(dca(0, "5")))
}

fn supplied(quantity: &str) -> BotConfig {
    let mut config = grid();
    config.base_supplied = amount(quantity);
    BotConfig::Grid(config)
}

fn schedule() -> BotConfig {
    let config: IntervalConfig = serde_json::from_value(json!({
        "amount": "50", "frequency": {"every": "hourly", "minute": 0}, "timezone": "UTC",
    }))
    .unwrap();
    BotConfig::DcaInterval(config)
}

/// A bot with deals that holds 1 bought at 100, and failed.
fn failed_dca(quote: &str) -> Desk {
    let mut desk = Desk::new(quote, "0", &[plain()]);
    desk.tell(FIRST, Command::Start);
    let mut desk = desk.with_full_books(FIRST);
    desk.price("100");
    desk.price("100");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.owned(FIRST), amount("1"));
    desk.mended(FIRST)
}

#[test]
fn the_last_status_that_is_told_is_the_one_it_has() {
    let mut broken = grid();
    broken.lower = amount("99.99");
    broken.upper = amount("100.01");
    let mut desk = Desk::new("1000", "0", &[BotConfig::Grid(broken)]);
    desk.tell(FIRST, Command::Start);
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.rows.status.last(), Some(&(FIRST, BotStatus::Error)));
}

#[test]
fn to_finish_is_no_other_wish_than_to_sell() {
    let mut desk = failed_dca("1000");
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    assert_eq!(desk.owned(FIRST), amount("2"));
    desk.stop(FIRST, StopMode::Sell);
    desk.stop(FIRST, StopMode::Finish);
    for _ in 0..4 {
        desk.price("100");
    }
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
    assert_eq!(desk.total("SOL"), Amount::ZERO);
}

#[test]
fn a_stop_of_a_stopped_bot_is_not_remembered() {
    let mut config = dca(0, "5");
    config.disable_after_deals_count = Some(1);
    let mut desk = Desk::new("1000", "0", &[BotConfig::Dca(Box::new(config))]);
    desk.tell(FIRST, Command::Start);
    let mut desk = desk.with_full_books(FIRST);
    desk.price("100");
    desk.price("100");
    let mut desk = desk.mended(FIRST);
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    // Winds down by selling, and fails again while it does.
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    let mut desk = desk.with_full_books(FIRST);
    desk.stop(FIRST, StopMode::Sell);
    desk.price("100");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    let mut desk = desk.mended(FIRST);
    // The next run ends by itself: nobody told it to sell the rest.
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    desk.price("106");
    let before = desk.total("SOL");
    desk.price("106");
    desk.price("106");
    desk.price("106");
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
    assert_eq!(desk.total("SOL"), before);
}

#[test]
fn a_stop_of_a_bot_at_rest_is_not_remembered() {
    let mut desk = Desk::new("1000", "0", &[plain()]);
    desk.stop(FIRST, StopMode::Sell);
    assert_eq!(desk.status(FIRST), BotStatus::Draft);
    let saved = serde_json::to_value(desk.state(FIRST)).unwrap();
    assert_eq!(saved["core"].get("sells_inventory"), None);
}

/// Its first order waits for funds when it is stopped: the deal and the bot end within one step.
#[test]
fn inventory_is_sold_before_the_bot_is_stopped() {
    let mut desk = failed_dca("150");
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    assert_eq!(desk.status(FIRST), BotStatus::WaitingFunds);
    desk.stop(FIRST, StopMode::Sell);
    let open = desk.session.orders(0).len();
    assert_eq!((desk.status(FIRST), open), (BotStatus::Stopping, 1));
    let setup = desk.session.bots()[0].setup.clone();
    desk.state(FIRST).check(&setup).unwrap();
}

/// 1 was supplied and 1.5 bought; the next run takes 1 of it up, and cannot buy the rest.
#[test]
fn a_start_that_comes_to_nothing_makes_no_profit() {
    let mut desk = Desk::new("500", "1", &[supplied("1")]);
    desk.tell(FIRST, Command::Start);
    desk.price("100.3");
    desk.price("100.3");
    desk.stop(FIRST, StopMode::Keep);
    assert_eq!(desk.owned(FIRST), Amount::ZERO);
    let before = (desk.profit(FIRST, "200"), desk.state(FIRST).position());
    // More than the quote that is left buys.
    let mut dear = grid();
    dear.base_supplied = amount("1");
    dear.lower = amount("150");
    dear.upper = amount("250");
    dear.quantity = trading::bot::grid::GridQuantity::FixedBase {
        quantity: amount("5"),
    };
    let setup = BotSetup::paper(
        BotConfig::Grid(dear),
        sol(),
        fees("0.001", FeeCharge::Quote),
    );
    desk.session.replace_setup(FIRST, setup).unwrap();
    desk.tell(FIRST, Command::Start);
    desk.price("200");
    desk.price("200");
    assert_eq!(desk.status(FIRST), BotStatus::WaitingFunds);
    desk.stop(FIRST, StopMode::Keep);
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
    assert_eq!(desk.total("SOL"), amount("2.5"));
    let after = (desk.profit(FIRST, "200"), desk.state(FIRST).position());
    assert_eq!(after, before);
}

#[test]
fn a_supplied_grid_of_the_release_before_that_waits_for_its_trigger() {
    let mut config = grid();
    config.base_supplied = amount("2.5");
    config.trigger_price = Some(amount("100"));
    let mut desk = Desk::new("1000", "2.5", &[BotConfig::Grid(config)]);
    desk.tell(FIRST, Command::Start);
    desk.price("103");
    let mut desk = desk.restarted(FIRST, format_3);
    desk.price("100");
    desk.price("100");
    let sells = desk
        .session
        .orders(0)
        .filter(|order| order.intent.side == Side::Sell);
    assert_eq!(
        sells.count(),
        5,
        "{:?} {:?}",
        desk.status(FIRST),
        desk.state(FIRST).core.holdings
    );
    assert_eq!(desk.owned(FIRST), amount("2.5"));
}

#[test]
fn a_stopped_schedule_of_the_release_before_owns_nothing() {
    let mut desk = Desk::new("1000", "0", &[schedule(), supplied("0.4")]);
    desk.tell(FIRST, Command::Start);
    for _ in 0..3 {
        desk.price("100");
    }
    desk.stop(FIRST, StopMode::Keep);
    assert_eq!(desk.total("SOL"), amount("0.5"));
    // That release left what it bought with the kind.
    let mut desk = desk.restarted(FIRST, |state| {
        state["strategy"]["position"] = state["core"]["holdings"]["kept"].clone();
        format_3(state);
    });
    assert_eq!(desk.owned(FIRST), Amount::ZERO);
    desk.tell(SECOND, Command::Start);
    assert_eq!(desk.status(SECOND), BotStatus::Running);
}

#[test]
fn the_deal_of_a_liquidation_tells_what_it_earned() {
    let mut desk = failed_dca("1000");
    desk.stop(FIRST, StopMode::Sell);
    desk.price("110");
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
    let realised = desk.state(FIRST).core.realised;
    assert_eq!(realised, amount("9.79"));
    let closed = desk.rows.closed.last().unwrap();
    assert_eq!(closed.realised, realised);
}

#[test]
fn a_sale_of_everything_that_fails_its_bot_is_profit() {
    let mut desk = Desk::new("1000", "0", &[plain()]);
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    desk.price("100");
    let mut desk = desk.with_full_books(FIRST);
    desk.price("106");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.total("SOL"), Amount::ZERO);
    let desk = desk.mended(FIRST);
    let again = desk.restarted(FIRST, |_| ());
    assert!(again.state(FIRST).is_balanced().unwrap());
    let earned = desk.total("USDT").minus(amount("1000")).unwrap();
    assert_eq!(desk.profit(FIRST, "1"), earned);
    assert_eq!(desk.state(FIRST).core.realised, earned);
}

#[test]
fn a_failed_bot_with_a_debt_can_be_sold_out() {
    let mut desk = Desk::new("1000", "0", &[BotConfig::Grid(grid())]);
    desk.tell(FIRST, Command::Start);
    desk.price("100.3");
    desk.price("100.3");
    let desk = desk.restarted(FIRST, |state| {
        format_3(state);
        state["strategy"]["kept"] = json!({"quantity": "-0.4", "cost": "-40"});
    });
    let mut desk = desk.with_full_books(FIRST);
    desk.price("98");
    let mut desk = desk.mended(FIRST);
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    desk.stop(FIRST, StopMode::Sell);
    for _ in 0..90 {
        desk.price("98");
    }
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
}

#[test]
fn a_grid_with_a_debt_can_be_sold_out() {
    let mut desk = Desk::new("1000", "0", &[BotConfig::Grid(grid())]);
    desk.tell(FIRST, Command::Start);
    desk.price("100.3");
    desk.price("100.3");
    let mut desk = desk.restarted(FIRST, |state| {
        format_3(state);
        state["strategy"]["kept"] = json!({"quantity": "-0.4", "cost": "-40"});
    });
    desk.stop(FIRST, StopMode::Sell);
    for _ in 0..90 {
        desk.price("100.3");
    }
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
}

/// Prices and sizes with nine decimals each, in an account with a hundred billion of the quote.
#[test]
fn an_order_that_the_account_cannot_count_fails_its_bot_alone() {
    let market = Market::simple(
        "SOL-USDT".parse().unwrap(),
        amount("0.000000001"),
        amount("0.000000001"),
        amount("0.00001"),
    );
    let mut config = grid();
    (config.lower, config.upper) = (amount("0.011111111"), amount("0.013333333"));
    config.quantity = trading::bot::grid::GridQuantity::FixedBase {
        quantity: amount("0.333333333"),
    };
    let rates = fees("0", FeeCharge::Quote);
    let bots = [BotConfig::Grid(config), plain()];
    let mut desk = Desk::of(&market, rates, ("100000000000", "100"), &bots);
    desk.tell(FIRST, Command::Start);
    desk.tell(SECOND, Command::Start);
    let before = desk.total("USDT");
    for _ in 0..3 {
        desk.at += MINUTE;
        let told = desk
            .session
            .point(0, desk.at, amount("0.012345678"), &mut desk.rows);
        assert_eq!(told, Ok(()));
    }
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.status(SECOND), BotStatus::Running);
    assert!(desk.total("USDT") <= before);
}

#[test]
fn a_failed_grid_begins_anew_with_the_base_it_was_supplied_with() {
    let mut desk = Desk::new("1000", "2.5", &[supplied("2.5")]);
    desk.tell(FIRST, Command::Start);
    desk.price("100.3");
    desk.price("100.3");
    let mut desk = desk.with_full_books(FIRST);
    desk.price("98");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    let mut desk = desk.mended(FIRST);
    desk.tell(FIRST, Command::Start);
    assert_eq!(
        desk.status(FIRST),
        BotStatus::Running,
        "{:?}",
        desk.rows.reasons.last()
    );
}

/// What a deal could not sell at the price then is worth an order later, when the bot is told to keep it.
#[test]
fn a_bot_that_is_stopped_and_keeps_leaves_what_deals_left_over() {
    let mut config = dca(0, "5");
    config.base_order = trading::bot::dca::Volume::Quote {
        amount: amount("6"),
    };
    let mut desk = Desk::new("1000", "0", &[BotConfig::Dca(Box::new(config))]);
    desk.tell(FIRST, Command::Start);
    desk.price("100");
    desk.price("100");
    desk.tell(FIRST, Command::Pause);
    desk.price("50");
    desk.tell(FIRST, Command::CloseDeal { deal: 1 });
    desk.price("50");
    desk.price("100");
    assert_eq!(desk.owned(FIRST), amount("0.06"));
    desk.stop(FIRST, StopMode::Keep);
    assert_eq!(desk.status(FIRST), BotStatus::Stopped);
    assert_eq!(desk.owned(FIRST), Amount::ZERO);
}

#[test]
fn a_deal_of_a_failed_bot_tells_what_was_spent() {
    let desk = failed_dca("1000");
    let closed = desk.rows.closed.last().unwrap();
    assert_eq!(closed.invested, amount("100.1"));
}

#[test]
fn a_fill_is_booked_though_what_was_spent_cannot_be_counted() {
    let mut desk = Desk::new("1000", "0", &[plain()]);
    desk.tell(FIRST, Command::Start);
    let mut desk = desk.restarted(FIRST, |state| {
        state["core"]["holdings"]["spent"] = json!("9".repeat(28));
    });
    desk.price("100");
    desk.price("100");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.total("SOL"), amount("1"));
    assert_eq!(desk.owned(FIRST), amount("1"));
}

/// Free and reserved have 18 decimals, and their sum has none.
#[test]
fn nothing_is_paid_for_what_cannot_be_received() {
    let market = Market::simple(
        "SOL-USDT".parse().unwrap(),
        amount("0.000001"),
        amount("0.000000000000000001"),
        amount("0"),
    );
    let mut config = dca(0, "5");
    config.base_order = trading::bot::dca::Volume::Base {
        amount: amount("100000000000"),
    };
    let rates = fees("0", FeeCharge::Quote);
    let usdt: Asset = "USDT".parse().unwrap();
    let base: Asset = "SOL".parse().unwrap();
    let mut account =
        Account::new([(usdt, amount("1000000")), (base.clone(), amount("1"))]).unwrap();
    account
        .reserve(&base, amount("0.499999999999999999"))
        .unwrap();
    let mut session = Session::default();
    session.add_account(account);
    session.add_market(market.clone(), rates);
    let setup = BotSetup::paper(BotConfig::Dca(Box::new(config)), market, rates);
    let state = State::new(&setup);
    session.add_bot(setup, state, 0, 0).unwrap();
    let mut desk = Desk {
        session,
        rows: Rows::default(),
        at: 0,
    };
    desk.tell(FIRST, Command::Start);
    desk.price("0.000001");
    assert_eq!(desk.session.orders(0).len(), 1, "{:?}", desk.rows.reasons);
    desk.price("0.000001");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    assert_eq!(desk.total("SOL"), amount("1"));
    assert_eq!(desk.total("USDT"), amount("1000000"));
}

/// As the API reads it for the figures of a bot that no engine has saved since.
#[test]
fn a_state_of_the_release_before_tells_what_it_holds() {
    let mut desk = Desk::new("1000", "0", &[BotConfig::Grid(grid())]);
    desk.tell(FIRST, Command::Start);
    for price in ["100.3", "100.3", "103", "98"] {
        desk.price(price);
    }
    let state = desk.state(FIRST);
    assert!(state.core.realised.is_positive());
    let mut saved = serde_json::to_value(state).unwrap();
    format_3(&mut saved);
    let read: State = serde_json::from_value(saved).unwrap();
    assert_eq!(read.upgraded().unwrap().position(), state.position());
}

/// 0.001 is owed when the bot fails: what the next run buys pays it, as it would have without the failure.
#[test]
fn what_is_owed_at_a_failure_is_paid_by_the_next_run() {
    let mut desk = Desk::new("1000", "0", &[plain()]);
    let sound = desk.session.bots()[0].setup.clone();
    desk.tell(FIRST, Command::Start);
    let mut desk = desk.restarted(FIRST, |state| {
        let owed = json!({"quantity": "-0.001", "cost": "-0.1"});
        state["strategy"]["carry"] = owed;
        state["core"]["holdings"]["base"] = json!("-0.001");
        state["core"]["holdings"]["spent"] = json!("-0.1");
    });
    let other = BotSetup::paper(BotConfig::Grid(grid()), sol(), sound.terms.fees);
    desk.session.replace_setup(FIRST, other).unwrap();
    desk.price("100");
    assert_eq!(desk.status(FIRST), BotStatus::Error);
    desk.session.replace_setup(FIRST, sound).unwrap();
    desk.tell(FIRST, Command::Start);
    desk.tell(FIRST, Command::Start);
    assert_eq!(desk.status(FIRST), BotStatus::Running);
    for _ in 0..3 {
        desk.price("100");
    }
    assert_eq!(desk.owned(FIRST), amount("0.999"));
    let sells = desk
        .session
        .orders(0)
        .filter(|order| order.intent.side == Side::Sell);
    let sells: Vec<Amount> = sells.map(|order| order.reserved).collect();
    assert_eq!(sells, [amount("0.999")], "{:?}", desk.rows.reasons.last());
}
