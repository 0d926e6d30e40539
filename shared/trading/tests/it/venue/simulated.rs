//! A venue for one bot: it fills in any parts, tells late and twice, refuses, expires, and charges in any asset.

mod orders;

use std::collections::{BTreeMap, BTreeSet};

use trading::amount::{Rounding, sum};
use trading::bot::grid::StopBase;
use trading::bot::{
    BotConfig, BotSetup, BotStatus, CloseReason, Command, Event, Fees, Funds, Input, KindState,
    Known, Output, Quote, State, StopMode, Timer, step,
};
use trading::candle::Candle;
use trading::market::Sale;
use trading::order::{
    DealNumber, Fill, Millis, OrderIntent, OrderNumber, OrderSize, OrderStatus, OrderType,
    OrderUpdate, Purpose, Side,
};
use trading::pnl::Position;
use trading::{Amount, Market, RejectCode};

use crate::support::amount;

/// Milliseconds between two prices.
const WALK: Millis = 20_000;

/// An order as the venue knows it.
#[derive(Clone)]
struct Placed {
    intent: OrderIntent,
    filled: Amount,
    spent: Amount,
    /// The venue has said that it is in the book.
    is_open: bool,
    is_cancelled: bool,
}

/// In what a fill is charged, and whether it took.
#[derive(Clone, Copy, Debug)]
pub(super) enum Charge {
    /// What is received.
    Received,
    /// Base, of a sale on top of what it sells: the account has some of its own.
    Base,
    /// In the quote asset of the market.
    Quote,
    /// A third asset, worth 600.
    Third,
}

/// How an order ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Canceled,
    Expired,
    Absent,
    Rejected(RejectCode),
}

pub(super) struct Venue {
    pub(super) setup: BotSetup,
    state: State,
    at: Millis,
    /// The price when the bot was started.
    pub(super) first: Amount,
    price: Amount,
    live: BTreeMap<OrderNumber, Placed>,
    /// Fills that happened before their order ended, and that the bot has not been told of.
    untold: Vec<(Known, Fill)>,
    /// Counts trades: their identities.
    trades: u64,
    seen: BTreeSet<String>,
    last_fill: Option<Fill>,
    last_update: Option<OrderUpdate>,
    /// What the bot's trades moved, fees included, as far as it was told.
    told: Purse,
    /// The same as it is.
    has: Purse,
    /// The deal that was opened last, while it is open.
    deal: Option<DealNumber>,
    /// What a stop that is under way was asked to do with the base.
    sells: bool,
    /// Base was to be kept at some time.
    pub(super) keeps: bool,
    /// A sale was told after its order had ended: what it sold may have been offered again.
    is_oversold: bool,
    /// Candles told so far.
    minutes: Millis,
    /// Only one lot is filled at a time.
    is_thin: bool,
    /// Base that was paid on top of what was sold.
    sold_fees_in_base: Amount,
    /// Highest price of a purchase that was told.
    dearest: Amount,
    inputs: Vec<(Input, Vec<Output>)>,
    /// The step that comes next fails once it is done.
    pub(super) fails: bool,
    /// A step has failed.
    pub(super) has_failed: bool,
}

#[derive(Clone, Copy, Default)]
struct Purse {
    base: Amount,
    quote: Amount,
}

impl Purse {
    fn book(&mut self, fill: &Fill, side: Side, market: &Market) {
        let legs = fill.legs(side, &market.symbol).unwrap();
        let is_third = ![market.symbol.base(), market.symbol.quote()].contains(&&fill.fee.asset);
        self.base = self.base.plus(legs.base).unwrap();
        self.quote = self.quote.plus(legs.quote).unwrap();
        if is_third {
            self.quote = self.quote.minus(legs.fee_not_in_base).unwrap();
        }
    }
}

impl Venue {
    /// A bot in a market whose first price is 100.
    pub(super) fn new(bot: BotConfig, market: Market, fees: Fees) -> Self {
        Self::of(BotSetup::paper(bot, market, fees), amount("100"))
    }

    pub(super) fn of(mut setup: BotSetup, first: Amount) -> Self {
        setup.terms.debounce_ms = 250;
        setup.terms.stale_after_ms = 10_000;
        let state = State::new(&setup);
        let mut venue = Self {
            setup,
            state,
            at: 0,
            first,
            price: first,
            live: BTreeMap::new(),
            untold: Vec::new(),
            trades: 0,
            seen: BTreeSet::new(),
            last_fill: None,
            last_update: None,
            told: Purse::default(),
            has: Purse::default(),
            deal: None,
            sells: false,
            keeps: false,
            is_oversold: false,
            minutes: 0,
            is_thin: false,
            sold_fees_in_base: Amount::ZERO,
            dearest: Amount::ZERO,
            inputs: Vec::new(),
            fails: false,
            has_failed: false,
        };
        venue.command(Command::Start);
        venue.walk(0, 0);
        venue
    }

    pub(super) fn tell(&mut self, event: Event) -> Vec<Output> {
        self.at += 1;
        let (input, mut out) = (Input::new(self.at, event), Vec::new());
        let left = self.left_over();
        let before = (self.state.position().unwrap(), self.state.core.realised);
        step(&self.setup, &mut self.state, &input, &mut out).unwrap();
        if let Event::Command(Command::TakeOver { price, .. }) = &input.event {
            self.hand_over(before, *price);
        }
        if std::mem::take(&mut self.fails) {
            self.state.fail(&self.setup, self.at, &mut out);
            self.has_failed = true;
            assert_eq!(self.state.core.status, BotStatus::Error);
        }
        self.state.check(&self.setup).unwrap();
        self.inputs.push((input, out.clone()));
        for output in &out {
            match output {
                Output::Place(intent) => self.receive(intent),
                Output::Cancel(number) => {
                    if let Some(order) = self.live.get_mut(number) {
                        order.is_cancelled = true;
                    }
                }
                Output::DealClosed(deal) => {
                    if deal.reason != CloseReason::BotFailed {
                        self.check_closed(deal.reason, left, &out);
                    }
                    self.deal = self.deal.filter(|open| *open != deal.deal);
                }
                Output::DealOpened { deal } => self.deal = Some(*deal),
                Output::TradeClosed(_)
                | Output::Decision(_)
                | Output::Status { .. }
                | Output::SignalSettled { .. } => {}
            }
        }
        self.check();
        out
    }

    /// Base that the account gave to the bot is booked as if it had been bought.
    fn hand_over(&mut self, (before, realised): (Position, Amount), price: Amount) {
        let after = self.state.position().unwrap();
        let taken = after.quantity.minus(before.quantity).unwrap();
        let cost = after.cost.minus(before.cost).unwrap();
        // Part of it may go to what was sold before without being there.
        let earned = self.state.core.realised.minus(realised).unwrap();
        let value = cost.minus(earned).unwrap();
        assert!(value == Amount::ZERO || value == taken.valued_at(price).unwrap());
        for purse in [&mut self.told, &mut self.has] {
            purse.base = purse.base.plus(taken).unwrap();
            purse.quote = purse.quote.minus(value).unwrap();
        }
        self.dearest = self.dearest.max(price);
    }

    /// What is sent keeps the rules of the market.
    fn receive(&mut self, intent: &OrderIntent) {
        let market = &self.setup.terms.market;
        let known = self.state.core.mark.unwrap();
        let reference = intent.kind.limit().unwrap_or(known);
        let checked = match (intent.kind, intent.size) {
            (OrderType::Market, OrderSize::Base(quantity)) => market.check_quantity(quantity, true),
            (kind, size) => market.check(intent.side, kind, size, reference),
        };
        assert_eq!(checked, Ok(()), "{intent:?}");
        let placed = Placed {
            intent: intent.clone(),
            filled: Amount::ZERO,
            spent: Amount::ZERO,
            is_open: false,
            is_cancelled: false,
        };
        assert!(self.live.insert(intent.number, placed).is_none());
    }

    fn kept(&self) -> Position {
        self.state.core.holdings.kept()
    }

    /// Base that belongs to no deal that is open.
    fn left_over(&self) -> Amount {
        match &self.state.kind {
            KindState::Dca(state) => state.carry.quantity,
            KindState::Strategy(state) => state.carry.quantity,
            KindState::Signal(state) => state.carry.quantity,
            KindState::Grid(_) | KindState::DcaInterval(_) => self.kept().quantity,
        }
    }

    /// What was asked to sell holds nothing that the market takes.
    fn check_closed(&self, reason: CloseReason, before: Amount, outputs: &[Output]) {
        let is_closed = |output: &&Output| matches!(output, Output::DealClosed(_));
        let is_alone = outputs.iter().filter(is_closed).count() == 1;
        let (was_asked, left) = match &self.state.kind {
            KindState::Dca(state) => (
                reason != CloseReason::Cancelled && is_alone,
                state.carry.quantity.minus(before).unwrap(),
            ),
            KindState::Strategy(state) => (
                reason != CloseReason::Cancelled && is_alone,
                state.carry.quantity.minus(before).unwrap(),
            ),
            KindState::Signal(state) => (
                reason != CloseReason::Cancelled && is_alone,
                state.carry.quantity.minus(before).unwrap(),
            ),
            KindState::Grid(_) | KindState::DcaInterval(_) => (
                self.sells && !self.has_failed,
                self.kept().quantity.minus(before).unwrap(),
            ),
        };
        if was_asked {
            self.assert_unsellable(left);
        }
    }

    fn assert_unsellable(&self, quantity: Amount) {
        let sale = self
            .setup
            .terms
            .market
            .sale(quantity, self.state.core.mark.unwrap());
        let is_sellable = matches!(sale, Ok(Sale::Order(..)));
        assert!(!is_sellable, "{quantity} is left, and {sale:?}");
    }

    /// Nothing was made or lost, and nobody sells more than there is.
    fn check(&self) {
        let position = self.state.position().unwrap();
        assert_eq!(position.quantity, self.told.base);
        assert!(
            self.state.is_balanced().unwrap(),
            "the kind knows of other base than the books"
        );
        let owned = self.state.core.holdings.owned().unwrap();
        let core = &self.state.core;
        assert_eq!(core.realised.minus(position.cost).unwrap(), self.told.quote);
        let held = self
            .told
            .base
            .mul_rounded(self.price, 18, Rounding::HalfEven);
        let equity = self.told.quote.plus(held.unwrap()).unwrap();
        let earned = core.realised.plus(position.unrealised(self.price).unwrap());
        assert_eq!(equity, earned.unwrap());
        let is_looked_at_soon = self.state.core.timers.next().is_some_and(|(due, timer)| {
            matches!(timer, Timer::Manage(_)) && due <= self.at + self.setup.terms.debounce_ms
        });
        let offered = core.live_orders().map(|(_, order)| order);
        let offered = offered.filter(|order| order.side == Side::Sell);
        // What a sale told late was sold of is taken back where it rests; what is to be sold at once is on its way.
        let offered = offered.filter(|order| {
            let rests = matches!(order.purpose, Purpose::TakeProfit | Purpose::GridSell);
            !self.is_oversold || (rests && order.status != OrderStatus::Canceling)
        });
        let offered = offered.map(|order| match order.size {
            OrderSize::Base(size) => size.minus(order.filled).unwrap(),
            OrderSize::Quote(_) => panic!("a sale has a quantity"),
        });
        // What was paid in base is still offered by orders that rest since before.
        let paid = self.sold_fees_in_base;
        let offered = sum(offered).unwrap();
        let is_covered = offered <= owned.plus(paid).unwrap().max(Amount::ZERO);
        assert!(
            is_covered || (self.is_oversold && is_looked_at_soon),
            "{offered} of {position:?}"
        );
        self.check_costs();
    }

    /// Nothing costs nothing, what is held no more than anybody ever asked, and what is owed was paid for.
    fn check_costs(&self) {
        let held: Vec<Position> = match &self.state.kind {
            KindState::Dca(state) => {
                let deals = state.deals.iter().map(|deal| deal.position);
                deals.chain([state.carry, self.kept()]).collect()
            }
            KindState::Strategy(state) => {
                let deals = state.deals.iter().map(|deal| deal.position);
                deals.chain([state.carry, self.kept()]).collect()
            }
            KindState::Signal(state) => {
                let deals = state.deals.iter().map(|deal| deal.position);
                deals.chain([state.carry, self.kept()]).collect()
            }
            KindState::Grid(state) => {
                let lots = state.cells.iter().map(|cell| cell.lot);
                lots.chain([state.inventory, self.kept()]).collect()
            }
            KindState::DcaInterval(state) => vec![state.position, self.kept()],
        };
        // Fees are rounded up: of the smallest trades they take all.
        let rounded = amount("0.000001")
            .mul_rounded(self.dearest, 18, Rounding::Up)
            .unwrap();
        let rounded = rounded.max(amount("0.01"));
        for Position { quantity, cost } in held {
            let most = self.dearest.times(amount("1.05")).unwrap();
            let dearest = quantity
                .max(Amount::ZERO)
                .mul_rounded(most, 8, Rounding::Up)
                .unwrap();
            let is_sound = if quantity.is_zero() {
                cost.abs() <= rounded
            } else if quantity.is_negative() {
                cost <= rounded
            } else {
                cost >= rounded.negated() && cost <= dearest.plus(rounded).unwrap()
            };
            assert!(is_sound, "{quantity} for {cost}");
        }
    }

    /// So much of the first price, on the tick.
    fn share(&self, factor: &str) -> Amount {
        let exact = self
            .first
            .mul_rounded(amount(factor), 9, Rounding::HalfEven);
        exact
            .unwrap()
            .nearest_to(self.setup.terms.market.tick_size)
            .unwrap()
    }

    /// Moves the price and fires what has come due. Half the spread lies on either side of it.
    pub(super) fn walk(&mut self, ticks: i64, spread: i64) {
        self.go(ticks, spread, WALK);
    }

    /// Moves the price within a moment.
    pub(super) fn jump(&mut self, ticks: i64, ms: Millis) {
        let (base, quote) = (Amount::ZERO, amount("1000"));
        self.tell(Event::Funds(Funds { base, quote }));
        self.go(ticks, 0, ms);
    }

    /// A tick is a ten-thousandth of the first price.
    fn go(&mut self, ticks: i64, spread: i64, ms: Millis) {
        let part = |ticks: i64| {
            let factor = Amount::from_parts(i128::from(ticks), 4).unwrap();
            self.share(&factor.to_string())
        };
        let moved = self.price.plus(part(ticks)).unwrap();
        let half = part(spread);
        self.price = moved.max(self.share("0.4")).min(self.share("2.5"));
        self.pass(ms);
        let quote = Quote {
            bid: self.price.minus(half).unwrap(),
            ask: self.price.plus(half).unwrap(),
            last: self.price,
            as_of: self.at,
        };
        self.tell(Event::Price(quote));
        let price = self.price;
        self.tell(Event::Candle(Candle {
            open_time: self.minutes * 60_000,
            close_time: self.minutes * 60_000 + 59_999,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Amount::ONE,
        }));
        self.minutes += 1;
    }

    /// Fires what comes due within a time.
    fn pass(&mut self, ms: Millis) {
        let until = self.at + ms;
        while let Some((due, timer)) = self.state.next_timer().filter(|(due, _)| *due <= until) {
            self.at = self.at.max(due);
            self.tell(Event::Timer(timer));
        }
        self.at = self.at.max(until);
    }

    /// Nothing is heard for so many hours: then all comes due at once.
    pub(super) fn gap(&mut self, hours: i64) {
        self.at += hours * 3_600_000;
        self.pass(0);
    }

    /// Tells a price that was far off, long ago.
    pub(super) fn stale(&mut self) {
        let quote = Quote::flat(self.share("0.1"), self.at - 100_000);
        self.tell(Event::Price(quote));
    }

    /// Fills one lot of an order.
    pub(super) fn fill_lot(&mut self, which: usize, charge: Charge) {
        self.is_thin = true;
        self.fill(which, 1, charge);
        self.is_thin = false;
    }

    /// Changes the configuration of a bot while it runs.
    pub(super) fn configure(&mut self, config: BotConfig) {
        self.setup.configure(config.clone()).unwrap();
        let config = Box::new(config);
        self.tell(Event::Command(Command::Configure { config }));
    }

    /// Fills whole what the price has reached.
    pub(super) fn cross(&mut self, charge: Charge) {
        let reached = |order: &Placed| match (order.intent.side, order.intent.kind.limit()) {
            (_, None) => true,
            (Side::Buy, Some(limit)) => limit >= self.price,
            (Side::Sell, Some(limit)) => limit <= self.price,
        };
        let live = self.live.iter().filter(|(_, order)| reached(order));
        let numbers: Vec<OrderNumber> = live.map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(which) = self.live.keys().position(|live| *live == number) {
                self.fill(which, 8, charge);
            }
        }
    }

    /// Waits for the next timer.
    pub(super) fn wait(&mut self) -> bool {
        let Some((due, timer)) = self.state.next_timer() else {
            return false;
        };
        self.at = self.at.max(due);
        self.tell(Event::Timer(timer));
        true
    }

    pub(super) fn command(&mut self, command: Command) {
        if let Command::Stop { mode } = &command
            && !matches!(
                self.state.core.status,
                BotStatus::Draft | BotStatus::Stopped
            )
        {
            let sells_at_the_end = match &self.setup.bot {
                BotConfig::Grid(config) => config.on_stop == StopBase::Sell,
                BotConfig::Dca(_)
                | BotConfig::DcaInterval(_)
                | BotConfig::Strategy(_)
                | BotConfig::Signal(_) => false,
            };
            self.keeps |= *mode == StopMode::Keep;
            self.sells = match mode {
                StopMode::Keep => false,
                StopMode::Sell => true,
                StopMode::Finish => self.sells || sells_at_the_end,
            };
        }
        self.keeps |= matches!(command, Command::CancelDeal { .. });
        match command {
            Command::CloseDeal { deal } if self.deal == Some(deal) => self.sells = true,
            Command::CancelDeal { deal } if self.deal == Some(deal) => self.sells = false,
            _ => {}
        }
        if let Command::Start = command {
            self.sells = false;
        }
        self.tell(Event::Mark(self.price));
        self.tell(Event::Command(command));
    }

    /// The account holds base for 150 of quote that no bot owns, and the bot is told to take some over.
    pub(super) fn take_over(&mut self, cents: i128, percent: i128) {
        let lot = self.setup.terms.market.lot_size;
        let base = |cents| {
            let value = Amount::from_parts(cents, 2).unwrap();
            let base = value.div_rounded(self.first, 18, Rounding::Down).unwrap();
            base.floor_to(lot).unwrap()
        };
        let (quantity, unowned) = (base(cents), base(15_000));
        let price = self.share(&format!("{}", Amount::from_parts(percent, 2).unwrap()));
        self.tell(Event::Unowned(unowned));
        self.command(Command::TakeOver { quantity, price });
    }

    /// The bot is closed and opened again by whoever saved it.
    pub(super) fn restart(&mut self) {
        let saved = serde_json::to_string(&self.state).unwrap();
        let state: State = serde_json::from_str(&saved).unwrap();
        let open = self.live.keys().copied();
        let state = state.restored(&self.setup, open).unwrap();
        assert_eq!(state, self.state);
        self.state = state;
    }

    /// Everything is told, the bot is stopped and asked to sell, and the venue does all that it is asked: the bot ends,
    /// and holds nothing that it could sell.
    pub(super) fn wind_up(&mut self) {
        while !self.untold.is_empty() {
            self.late(0);
        }
        assert_eq!(
            (self.told.base, self.told.quote),
            (self.has.base, self.has.quote)
        );
        let is_over =
            |state: &State| matches!(state.core.status, BotStatus::Draft | BotStatus::Stopped);
        let was_over = is_over(&self.state);
        self.command(Command::Stop {
            mode: StopMode::Sell,
        });
        // Some markets take so little at once that it is sold in thousands of parts.
        for _ in 0..20_000 {
            if is_over(&self.state) && self.live.is_empty() {
                break;
            }
            let cancelled = self.live.iter().find(|(_, order)| order.is_cancelled);
            let first = cancelled.or_else(|| self.live.iter().next());
            match first.map(|(number, order)| (*number, order.is_cancelled)) {
                Some((number, true)) => self.finish(number, End::Canceled, None),
                Some(_) => self.fill(0, 8, Charge::Quote),
                None => _ = self.wait(),
            }
        }
        assert!(is_over(&self.state), "{:?}", self.state);
        assert!(self.live.is_empty());
        assert_eq!(self.deal, None, "a deal is still open");
        if self.has_failed && !matches!(&self.state.kind, KindState::Dca(_)) && !was_over {
            let owned = self.state.core.holdings.owned().unwrap();
            assert!(!owned.is_positive(), "{owned} is owned");
        }
        // What earlier runs of a grid left behind is not sold by a later one.
        if let (KindState::Dca(state), false) = (&self.state.kind, was_over || self.keeps) {
            self.assert_unsellable(state.carry.quantity);
        }
    }

    /// The same inputs give the same outputs.
    pub(super) fn replay(&self) {
        let mut state = State::new(&self.setup);
        for (input, expected) in &self.inputs {
            let mut out = Vec::new();
            step(&self.setup, &mut state, input, &mut out).unwrap();
            assert_eq!(&out, expected);
        }
        assert_eq!(state, self.state);
    }
}
