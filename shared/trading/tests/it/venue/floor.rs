//! Several bots on one paper account: they are told anything, fail at any time, and are restarted.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use trading::amount::sum;
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Command, Fees, KindState as Kind, Output, State, StopMode,
};
use trading::order::{OrderIntent, OrderNumber, Side};
use trading::paper::{Account, BotSlot, Event, Session, Sink};
use trading::{Amount, Market, RejectCode};

use super::{any_command, any_ending, any_market};
use crate::properties::{any_bot, any_fees, closed};
use crate::support::{MINUTE, amount};

const BOTS: u32 = 3;

#[derive(Clone, Debug)]
enum Act {
    Walk(i64),
    Tell(u32, Command),
    /// The next fill of a bot is one too many for the books.
    BreakBooks(u32),
    /// And for its kind.
    BreakKind(u32),
    Mend,
    Restart,
}

fn any_act() -> impl Strategy<Value = Act> {
    let bot = 0..BOTS;
    prop_oneof![
        14 => (-400_i64..400).prop_map(Act::Walk),
        6 => (bot.clone(), any_command()).prop_map(|(bot, command)| Act::Tell(bot, command)),
        2 => (bot.clone(), any_take_over()).prop_map(|(bot, command)| Act::Tell(bot, command)),
        2 => (bot.clone(), stop()).prop_map(|(bot, command)| Act::Tell(bot, command)),
        2 => bot.clone().prop_map(|bot| Act::Tell(bot, Command::Start)),
        2 => bot.clone().prop_map(Act::BreakBooks),
        2 => bot.prop_map(Act::BreakKind),
        2 => Just(Act::Mend),
        1 => Just(Act::Restart),
    ]
}

fn stop() -> impl Strategy<Value = Command> {
    let modes = [StopMode::Sell, StopMode::Keep, StopMode::Finish];
    (0_usize..3).prop_map(move |mode| Command::Stop { mode: modes[mode] })
}

/// What the venue did to one bot.
#[derive(Clone, Default)]
struct Told {
    base: Amount,
    quote: Amount,
    status: Option<BotStatus>,
    open_deals: Vec<u32>,
    intents: BTreeMap<OrderNumber, OrderIntent>,
}

impl Told {
    /// A bot sells nothing that it does not own.
    fn refusal(&self, bot: BotSlot, number: OrderNumber, reject: Option<RejectCode>) {
        let side = self.intents[&number].side;
        assert!(
            side == Side::Buy || reject != Some(RejectCode::InsufficientBalance),
            "{bot:?} sells what it does not own: order {number}"
        );
    }
}

#[derive(Clone)]
struct Ledger {
    market: Market,
    told: BTreeMap<BotSlot, Told>,
}

impl Sink for Ledger {
    fn receive(&mut self, _at: i64, bot: BotSlot, event: Event<'_>) {
        let told = self.told.entry(bot).or_default();
        match event {
            Event::Fill(intent, fill) => {
                let legs = fill.legs(intent.side, &self.market.symbol).unwrap();
                told.base = told.base.plus(legs.base).unwrap();
                told.quote = told.quote.plus(legs.quote).unwrap();
            }
            Event::Failed(_) => told.status = Some(BotStatus::Error),
            Event::Output(Output::Status { status, .. }) => told.status = Some(*status),
            Event::Output(Output::Place(intent)) => {
                assert!(told.intents.insert(intent.number, intent.clone()).is_none());
            }
            Event::Output(Output::DealOpened { deal }) => told.open_deals.push(*deal),
            Event::Output(Output::DealClosed(closed)) => {
                let place = told.open_deals.iter().position(|deal| *deal == closed.deal);
                told.open_deals
                    .remove(place.expect("a deal that was opened"));
            }
            Event::Placed(placed) => {
                let asked = &told.intents[&placed.intent.number];
                assert_eq!(placed.intent, asked, "what the bot asked for");
                told.refusal(bot, placed.intent.number, placed.reject);
            }
            Event::Update(update) => told.refusal(bot, update.order, update.reject),
            Event::Input(_) | Event::Output(_) => {}
        }
    }
}

/// Base beyond its own fills that a bot counts, and what it took it for.
type Supply = (Amount, Amount);

struct Floor {
    session: Session,
    ledger: Ledger,
    at: i64,
    ticks: i64,
    supplies: Vec<Vec<Supply>>,
    /// The price that base is taken over at, where a command has just named one.
    named: Option<Amount>,
    had: (Amount, Amount),
}

impl Floor {
    fn new(bots: &[BotConfig], market: Market, rates: Fees, quote: &str, base: &str) -> Self {
        let mut session = Session::default();
        let symbol = market.symbol.clone();
        let balances = [
            (symbol.quote().clone(), amount(quote)),
            (symbol.base().clone(), amount(base)),
        ];
        session.add_account(Account::new(balances).unwrap());
        session.add_market(market.clone(), rates);
        for bot in bots {
            let setup = BotSetup::paper(bot.clone(), market.clone(), rates);
            let state = State::new(&setup);
            session.add_bot(setup, state, 0, 0).unwrap();
        }
        let told = BTreeMap::new();
        Self {
            session,
            ledger: Ledger { market, told },
            at: 0,
            ticks: 10_000,
            supplies: vec![vec![(Amount::ZERO, Amount::ZERO)]; bots.len()],
            named: None,
            had: (amount(base), amount(quote)),
        }
    }

    fn price(&self) -> Amount {
        Amount::from_parts(i128::from(self.ticks), 2).unwrap()
    }

    fn play(&mut self, act: &Act) {
        match act {
            Act::Walk(ticks) => {
                self.ticks = (self.ticks + ticks).clamp(4_000, 25_000);
                self.at += MINUTE;
                let (at, price) = (self.at, self.price());
                let candle = closed(at - MINUTE, price);
                self.session.candle(0, &candle, &mut self.ledger).unwrap();
                self.session.point(0, at, price, &mut self.ledger).unwrap();
            }
            Act::Tell(bot, command) => self.tell(BotSlot(*bot), command.clone()),
            Act::BreakBooks(bot) => self.restart(|place, state| {
                if place == *bot {
                    state["core"]["fees"] = json!("9".repeat(28));
                }
            }),
            Act::BreakKind(bot) => self.restart(|place, state| {
                let all = json!("9".repeat(28));
                let kind = &mut state["strategy"];
                if place != *bot {
                    return;
                }
                match kind["type"].as_str().unwrap() {
                    "dca" | "strategy" | "signal" => {
                        for deal in kind["deals"].as_array_mut().unwrap() {
                            deal["invested"] = all.clone();
                        }
                    }
                    "grid" => kind["grid_profit"] = all,
                    _ => kind["spent"] = all,
                }
            }),
            Act::Mend => self.restart(|_, state| state["core"]["fees"] = json!("0")),
            Act::Restart => self.restart(|_, _| ()),
        }
        self.check();
    }

    fn tell(&mut self, bot: BotSlot, command: Command) {
        let at = self.at;
        if let Command::TakeOver { price, .. } = &command {
            self.named = Some(*price);
        }
        self.session
            .command(bot, at, command, &mut self.ledger)
            .unwrap();
    }

    fn restart(&mut self, change: impl Fn(u32, &mut Value)) {
        let mut session = Session::default();
        session.add_account(self.session.accounts()[0].clone());
        let fees = self.session.bots()[0].setup.terms.fees;
        session.add_market(self.ledger.market.clone(), fees);
        for (place, entry) in (0_u32..).zip(self.session.bots()) {
            let mut saved = serde_json::to_value(&entry.state).unwrap();
            let same: State = serde_json::from_value(saved.clone()).unwrap();
            assert_eq!(same, entry.state);
            change(place, &mut saved);
            let state: State = serde_json::from_value(saved).unwrap();
            let slot = BotSlot(place);
            let open = self.session.orders(0).filter(|order| order.bot == slot);
            let state = state.restored(&entry.setup, open.map(|order| order.intent.number));
            let setup = entry.setup.clone();
            session.add_bot(setup, state.unwrap(), 0, 0).unwrap();
        }
        for order in self.session.orders(0) {
            session.restore_order(order.clone()).unwrap();
        }
        if let Some(price) = self.session.price(0) {
            session.restore_price(0, price).unwrap();
        }
        self.session = session;
    }

    fn check(&mut self) {
        let price = self.named.take().unwrap_or(self.price());
        let market = &self.ledger.market;
        let account = &self.session.accounts()[0];
        let (base, quote) = (market.symbol.base(), market.symbol.quote());
        let of = |asset| account.balance(asset);
        assert!(!of(base).free.is_negative() && !of(quote).free.is_negative());
        let reserved = |side| {
            let orders = self.session.orders(0);
            sum(orders
                .filter(|order| order.intent.side == side)
                .map(|order| order.reserved))
            .unwrap()
        };
        assert_eq!(of(base).reserved, reserved(Side::Sell));
        assert_eq!(of(quote).reserved, reserved(Side::Buy));
        let told = self.ledger.told.values();
        let moved = sum(told.clone().map(|told| told.base)).unwrap();
        assert_eq!(
            account.total(base).unwrap(),
            self.had.0.plus(moved).unwrap()
        );
        let moved = sum(told.map(|told| told.quote)).unwrap();
        assert_eq!(
            account.total(quote).unwrap(),
            self.had.1.plus(moved).unwrap()
        );
        let mut owned = Amount::ZERO;
        for (place, entry) in (0_u32..).zip(self.session.bots()) {
            let (state, slot) = (&entry.state, BotSlot(place));
            state.check(&entry.setup).unwrap();
            assert!(state.is_balanced().unwrap(), "{state:?}");
            let own = state.core.holdings.owned().unwrap();
            assert!(!own.is_negative());
            owned = owned.plus(own).unwrap();
            let sells = self
                .session
                .orders(0)
                .filter(|order| order.bot == slot && order.intent.side == Side::Sell);
            assert!(sum(sells.map(|order| order.reserved)).unwrap() <= own);
            let told = self.ledger.told.get(&slot).cloned().unwrap_or_default();
            let status = state.core.status;
            assert_eq!(told.status.unwrap_or(BotStatus::Draft), status);
            let is_over = matches!(status, BotStatus::Draft | BotStatus::Stopped);
            if is_over || status == BotStatus::Error {
                assert!(!self.session.orders(0).any(|order| order.bot == slot));
                assert!(told.open_deals.is_empty(), "{:?}", told.open_deals);
            }
            if is_over {
                match &state.kind {
                    Kind::Dca(_) | Kind::Strategy(_) | Kind::Signal(_) => {}
                    Kind::DcaInterval(_) | Kind::Grid(_) => assert_eq!(own, Amount::ZERO),
                }
            }
            let held = state.position().unwrap();
            let taken = held.quantity.minus(told.base).unwrap();
            let cost = held.cost.minus(state.core.realised).unwrap();
            let supply = (taken, cost.plus(told.quote).unwrap());
            let known = &mut self.supplies[place as usize];
            let last = *known.last().unwrap();
            if let Some(before) = known.iter().position(|known| *known == supply) {
                known.truncate(before + 1);
            } else {
                let more = taken.minus(last.0).unwrap();
                assert!(more.is_positive(), "{supply:?} after {known:?}");
                let value = more.times(price).unwrap();
                assert_eq!(supply.1, last.1.plus(value).unwrap(), "{more}");
                known.push(supply);
            }
        }
        assert!(owned <= account.total(base).unwrap(), "{owned} is owned");
    }

    /// Everything is sold.
    fn wind_up(&mut self) {
        self.play(&Act::Mend);
        let mode = StopMode::Sell;
        for bot in 0..BOTS {
            self.play(&Act::Tell(bot, Command::Stop { mode }));
        }
        for _ in 0..400 {
            self.play(&Act::Walk(0));
        }
        for entry in self.session.bots() {
            let core = &entry.state.core;
            let is_over = matches!(core.status, BotStatus::Draft | BotStatus::Stopped);
            assert!(is_over, "{:?}", entry.state);
        }
    }
}

fn any_take_over() -> impl Strategy<Value = Command> {
    (1_i128..2000, 5_000_i128..15_000).prop_map(|(lots, ticks)| Command::TakeOver {
        quantity: Amount::from_parts(lots, 3).unwrap(),
        price: Amount::from_parts(ticks, 2).unwrap(),
    })
}

fn any_supplied(supply: usize) -> impl Strategy<Value = BotConfig> {
    any_bot().prop_map(move |mut bot| {
        if let BotConfig::Grid(config) = &mut bot {
            config.base_supplied = amount(["0", "0.5", "3"][supply]);
            if config.grid_count % 3 == 0 {
                config.trigger_price = Some(amount("102"));
            }
        }
        bot
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn base_has_one_owner_whatever_becomes_of_bots(
        first in any_supplied(1),
        second in any_supplied(2),
        third in any_supplied(0),
        market in any_market(),
        fees in any_fees(),
        rich in prop::bool::ANY,
        sells in prop::bool::ANY,
        acts in prop::collection::vec(any_act(), 1..120),
    ) {
        let bots = [first, any_ending(second, sells), any_ending(third, sells)];
        let quote = if rich { "20000" } else { "700" };
        let mut floor = Floor::new(&bots, market, fees, quote, "3.2");
        for bot in 0..BOTS {
            floor.play(&Act::Tell(bot, Command::Start));
        }
        for act in &acts {
            floor.play(act);
        }
        floor.wind_up();
    }
}
