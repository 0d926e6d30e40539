//! Grids at the edges: small orders, half filled ones, exits at the start.

use trading::bot::grid::{Cell, CellSide, CrossedLine, GridConfig, GridPhase, GridState};
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Budget, Command, Event, FeeCharge, Fees, FieldCode, Input,
    KindState, Output, Quote, Reason, Severity, State, StopMode, step, validate,
};
use trading::market::RejectCode;
use trading::order::{
    Fee, Fill, Liquidity, OrderIntent, OrderNumber, OrderSize, OrderStatus, OrderUpdate, Purpose,
    Side,
};
use trading::{Amount, Market};

use crate::support::{World, amount, fees, grid, sol};

fn base(text: &str) -> OrderSize {
    OrderSize::Base(amount(text))
}

/// Lots of 0.01 and a smallest notional of 5.
fn coarse() -> Market {
    Market::simple(
        "SOL-USDT".parse().unwrap(),
        amount("0.01"),
        amount("0.01"),
        amount("5"),
    )
}

fn fixed_base(config: &mut GridConfig, quantity: &str) {
    config.quantity = trading::bot::grid::GridQuantity::FixedBase {
        quantity: amount(quantity),
    };
}

fn warnings(config: GridConfig, market: Market, fees: Fees, price: &str) -> Vec<FieldCode> {
    let setup = BotSetup::paper(BotConfig::Grid(config), market, fees);
    let budget = Budget {
        price: amount(price),
        free_quote: None,
        free_base: None,
        candles: trading::bot::FeedCandles::Unknown,
    };
    let found = validate(&setup, &budget);
    assert!(
        found
            .iter()
            .all(|finding| finding.severity == Severity::Warning),
        "{found:?}"
    );
    found.into_iter().map(|finding| finding.code).collect()
}

fn received() -> Fees {
    fees("0.001", FeeCharge::Received)
}

/// A venue that does to orders what a test says.
struct Venue {
    setup: BotSetup,
    state: State,
    at: i64,
    placed: Vec<OrderIntent>,
    cancelled: Vec<OrderNumber>,
    reasons: Vec<Reason>,
    quote: Amount,
    base: Amount,
}

impl Venue {
    fn new(market: Market, fees: Fees, change: impl FnOnce(&mut GridConfig)) -> Self {
        let mut config = grid();
        change(&mut config);
        let setup = BotSetup::paper(BotConfig::Grid(config), market, fees);
        let state = State::new(&setup);
        let mut venue = Self {
            setup,
            state,
            at: 0,
            placed: Vec::new(),
            cancelled: Vec::new(),
            reasons: Vec::new(),
            quote: Amount::ZERO,
            base: Amount::ZERO,
        };
        venue.tell(Event::Command(Command::Start));
        venue
    }

    /// A grid on the common market, its base bought at 100.3 and its orders placed.
    fn running(fees: Fees, change: impl FnOnce(&mut GridConfig)) -> Self {
        let mut venue = Self::new(sol(), fees, change);
        venue.price("100.3");
        venue.fill(1, "100.3", "2.5", true);
        venue.price("100.3");
        venue
    }

    fn tell(&mut self, event: Event) {
        let mut out = Vec::new();
        let input = Input::new(self.at, event);
        step(&self.setup, &mut self.state, &input, &mut out).unwrap();
        for output in out {
            match output {
                Output::Place(intent) => self.placed.push(intent),
                Output::Cancel(number) => self.cancelled.push(number),
                Output::Decision(decision) => self.reasons.push(decision.reason),
                _ => {}
            }
        }
        self.state.check(&self.setup).unwrap();
        // A restart between any two inputs changes nothing.
        let saved = serde_json::to_value(&self.state).unwrap();
        self.state = serde_json::from_value(saved).unwrap();
    }

    fn price(&mut self, price: &str) {
        self.at += 60_000;
        let quote = Quote::flat(amount(price), self.at);
        while let Some((_, timer)) = self.state.next_timer().filter(|(due, _)| *due <= self.at) {
            self.tell(Event::Timer(timer));
        }
        self.tell(Event::Price(quote));
    }

    fn fill(&mut self, order: OrderNumber, price: &str, quantity: &str, is_last: bool) {
        let side = self.order(order).side;
        let (price, quantity) = (amount(price), amount(quantity));
        let quote = price.times(quantity).unwrap();
        let rate = self.setup.terms.fees.maker;
        let symbol = &self.setup.terms.market.symbol;
        let (asset, of) = match (self.setup.terms.fees.charge, side) {
            (FeeCharge::Received, Side::Buy) => (symbol.base().clone(), quantity),
            (FeeCharge::Received, Side::Sell) | (FeeCharge::Quote, _) => {
                (symbol.quote().clone(), quote)
            }
        };
        let fee = Fee {
            asset,
            amount: of
                .mul_rounded(rate, 8, trading::amount::Rounding::Up)
                .unwrap(),
            rate: Some(rate),
            is_estimated: false,
            conversion: None,
        };
        let fill = Fill {
            order,
            trade: format!("{}-{}", self.at, self.placed.len()),
            price,
            quantity,
            quote,
            fee,
            liquidity: Liquidity::Maker,
            is_last,
        };
        let legs = fill.legs(side, symbol).unwrap();
        self.quote = self.quote.plus(legs.quote).unwrap();
        self.base = self.base.plus(legs.base).unwrap();
        self.tell(Event::Fill(fill));
        self.assert_whole();
    }

    fn end(&mut self, order: OrderNumber, status: OrderStatus) {
        self.refuse(order, status, None);
    }

    fn refuse(&mut self, order: OrderNumber, status: OrderStatus, reject: Option<RejectCode>) {
        self.tell(Event::Order(OrderUpdate {
            order,
            status,
            reject,
        }));
        self.assert_whole();
    }

    /// The bot's books are the venue's, and what it earned is the change of equity.
    fn assert_whole(&self) {
        let position = self.state.position().unwrap();
        assert_eq!(position.quantity, self.base);
        let cash = self.state.core.realised.minus(position.cost).unwrap();
        assert_eq!(cash, self.quote);
    }

    fn order(&self, number: OrderNumber) -> &OrderIntent {
        let mut placed = self.placed.iter();
        placed.find(|intent| intent.number == number).unwrap()
    }

    /// The newest order of a purpose and line.
    fn at(&self, purpose: Purpose, level: u32) -> OrderIntent {
        let mut placed = self.placed.iter().rev();
        let found = placed.find(|intent| intent.purpose == purpose && intent.level == level);
        found.unwrap().clone()
    }

    /// Lines and sizes of the orders of a purpose that may still fill.
    fn live(&self, purpose: Purpose) -> Vec<(u32, OrderSize)> {
        let live = self.state.core.live_orders();
        let mut found: Vec<_> = live
            .filter(|(_, order)| order.purpose == purpose)
            .map(|(_, order)| (order.level, order.size))
            .collect();
        found.sort_by_key(|(level, _)| *level);
        found
    }

    fn grid(&self) -> &GridState {
        match &self.state.kind {
            KindState::Grid(grid) => grid,
            other => panic!("not a grid: {other:?}"),
        }
    }

    fn cell(&self, index: usize) -> Cell {
        self.grid().cells[index]
    }
}

#[test]
fn a_line_whose_sell_would_be_too_small_buys_once_more_and_sells_both() {
    let change = |config: &mut GridConfig| fixed_base(config, "0.06");
    let mut config = grid();
    change(&mut config);
    assert_eq!(
        warnings(config, coarse(), received(), "109.9"),
        [FieldCode::SellsBelowMinimum]
    );
    let mut venue = Venue::new(coarse(), received(), change);
    // All lines buy. Of 0.06 at 90 remain 0.05994: 0.05 at 92 are 4.6.
    venue.price("109.9");
    venue.price("109.9");
    let buy = venue.at(Purpose::GridBuy, 0);
    venue.fill(buy.number, "90", "0.06", true);
    assert!(venue.live(Purpose::GridSell).is_empty());
    assert_eq!(venue.cell(0).side, CellSide::Buy);
    assert_eq!(venue.cell(0).lot.quantity, amount("0.05994"));
    venue.price("91");
    let again = venue.at(Purpose::GridBuy, 0);
    assert_eq!((again.attempt, again.size), (2, base("0.06")));
    venue.fill(again.number, "90", "0.06", true);
    let sell = venue.at(Purpose::GridSell, 1);
    assert_eq!(sell.size, base("0.11"));
    venue.fill(sell.number, "92", "0.11", true);
    assert_eq!(venue.cell(0).side, CellSide::Buy);
    assert_eq!(venue.cell(0).lot.quantity, amount("0.00988"));
}

#[test]
fn no_line_dies_on_a_way_down_and_up_again() {
    let mut config = grid();
    fixed_base(&mut config, "0.06");
    let mut world = World::idle(BotConfig::Grid(config), coarse(), received(), "10000");
    world.command(Command::Start);
    for _ in 0..4 {
        world.prices(&["109.9", "109.9", "90", "90", "91", "90", "110", "110"]);
    }
    let state = world.grid_state();
    assert!(state.cells.iter().all(|cell| !cell.is_blocked));
    assert!(state.cells.iter().all(|cell| cell.order.is_some()));
    let lot = state.cells[0].lot.quantity;
    assert!(lot < amount("0.06"), "the lowest line has sold: {lot}");
    assert_eq!(world.base(), world.state().position().unwrap().quantity);
}

#[test]
fn base_that_is_off_the_lot_or_leaves_too_little_to_buy_starts_the_grid() {
    // 2.5 are needed for five sells.
    for (supplied, bought, code) in [
        ("1.0000005", Some("1.5"), None),
        ("2.4999", None, Some(FieldCode::RestBelowMinimum)),
        ("2.46", None, Some(FieldCode::RestBelowMinimum)),
        ("2.45", Some("0.05"), None),
        ("2.5", None, None),
        ("7", None, None),
    ] {
        let change = |config: &mut GridConfig| config.base_supplied = amount(supplied);
        let mut config = grid();
        change(&mut config);
        let quote = fees("0", FeeCharge::Quote);
        let found = warnings(config, sol(), quote, "100.3");
        assert_eq!(found, Vec::from_iter(code), "{supplied}");
        let mut venue = Venue::new(sol(), quote, change);
        venue.price("100.3");
        let size = venue.live(Purpose::GridStart).first().map(|order| order.1);
        assert_eq!(size, bought.map(base), "{supplied}");
        if let Some(bought) = bought {
            venue.tell(Event::Fill(Fill {
                order: 1,
                trade: "start".into(),
                price: amount("100.3"),
                quantity: amount(bought),
                quote: amount("100.3").times(amount(bought)).unwrap(),
                fee: Fee {
                    asset: "USDT".parse().unwrap(),
                    amount: Amount::ZERO,
                    rate: None,
                    is_estimated: false,
                    conversion: None,
                },
                liquidity: Liquidity::Taker,
                is_last: true,
            }));
        }
        venue.price("100.3");
        assert_eq!(venue.state.core.status, BotStatus::Running, "{supplied}");
        let sells = venue.live(Purpose::GridSell);
        let full = |order: &&(u32, OrderSize)| order.1 == base("0.5");
        assert_eq!(sells[..4].iter().filter(full).count(), 4, "{sells:?}");
        assert_eq!(sells.len(), 5, "{sells:?}");
        assert_eq!(venue.live(Purpose::GridBuy).len(), 5);
    }
}

#[test]
fn a_grid_beyond_its_own_exit_waits_until_the_price_is_back() {
    for (beyond, code) in [
        ("80", FieldCode::PriceOutsideGrid),
        ("85", FieldCode::PriceOutsideGrid),
    ] {
        let mut config = grid();
        config.stop_loss_price = Some(amount("85"));
        let found = warnings(config, sol(), received(), beyond);
        assert_eq!(found, [FieldCode::PriceBeyondExit, code]);
    }
    let change = |config: &mut GridConfig| {
        config.stop_loss_price = Some(amount("85"));
        config.take_profit_price = Some(amount("115"));
    };
    for beyond in ["80", "85", "115", "130"] {
        let mut venue = Venue::new(sol(), received(), change);
        venue.price(beyond);
        venue.price(beyond);
        assert!(venue.placed.is_empty(), "{beyond}");
        assert_eq!(venue.reasons, [Reason::BeyondExit]);
        assert_eq!(venue.state.core.status, BotStatus::Running);
        venue.price("100.3");
        assert_eq!(venue.live(Purpose::GridStart).len(), 1);
    }
    for inside in ["85.01", "114.99"] {
        let mut venue = Venue::new(sol(), received(), change);
        venue.price(inside);
        assert!(!venue.placed.is_empty(), "{inside}");
    }
}

#[test]
fn a_grid_wholly_above_or_below_the_market_is_warned_about() {
    for (price, expected) in [
        ("89.99", Some(FieldCode::PriceOutsideGrid)),
        ("90", None),
        ("110", None),
        ("110.01", Some(FieldCode::PriceOutsideGrid)),
    ] {
        let found = warnings(grid(), sol(), received(), price);
        assert_eq!(found, Vec::from_iter(expected), "{price}");
        // One that waits for a trigger begins there.
        let mut config = grid();
        config.trigger_price = Some(amount("95"));
        assert!(warnings(config, sol(), received(), price).is_empty());
    }
}

#[test]
fn a_stop_takes_the_start_purchase_back() {
    for (mode, status, sold) in [
        (StopMode::Keep, BotStatus::Stopped, None),
        (StopMode::Finish, BotStatus::Stopped, None),
        (StopMode::Sell, BotStatus::Stopping, Some("0.3")),
    ] {
        let mut venue = Venue::new(sol(), fees("0", FeeCharge::Quote), |_| {});
        venue.price("100.3");
        venue.fill(1, "100.3", "0.3", false);
        venue.tell(Event::Command(Command::Stop { mode }));
        assert_eq!(venue.cancelled, [1]);
        venue.end(1, OrderStatus::Canceled);
        assert_eq!(venue.state.core.status, status, "{mode:?}");
        let sale = venue.live(Purpose::Close).first().map(|order| order.1);
        assert_eq!(sale, sold.map(base));
        if sold.is_some() {
            // A second stop leaves the sale alone; one that keeps the base takes it back.
            let stop = |mode| Event::Command(Command::Stop { mode });
            venue.tell(stop(StopMode::Sell));
            venue.tell(stop(StopMode::Finish));
            assert_eq!(venue.cancelled, [1]);
            venue.tell(stop(StopMode::Keep));
            assert_eq!(venue.cancelled, [1, 2]);
            venue.end(2, OrderStatus::Canceled);
            assert_eq!(venue.state.core.status, BotStatus::Stopped);
        }
        assert_eq!(venue.grid().phase, GridPhase::Idle);
    }
}

#[test]
fn a_start_purchase_that_is_filled_in_part_serves_the_nearest_sells_whole_and_the_rest_is_bought() {
    let mut venue = Venue::new(sol(), fees("0", FeeCharge::Quote), |_| {});
    venue.price("100.3");
    venue.fill(1, "100.3", "0.6", false);
    venue.end(1, OrderStatus::Expired);
    venue.price("100.3");
    assert_eq!(venue.live(Purpose::GridSell), [(6, base("0.5"))]);
    assert_eq!(venue.live(Purpose::GridBuy).len(), 5);
    let rest = venue.live(Purpose::GridStart);
    assert_eq!(rest, [(0, base("1.9"))]);
    // The second comes to nothing, and is tried again half a minute later.
    let second = venue.at(Purpose::GridStart, 0);
    venue.end(second.number, OrderStatus::Expired);
    venue.tell(Event::Price(Quote::flat(amount("100.4"), venue.at)));
    assert!(venue.live(Purpose::GridStart).is_empty());
    // The price has passed the line of 104: it buys at 102 again instead.
    venue.price("104.5");
    let third = venue.at(Purpose::GridStart, 0);
    assert_eq!(third.size, base("1.4"));
    assert_eq!(venue.cell(6).side, CellSide::Buy);
    venue.fill(third.number, "104.5", "1.4", true);
    venue.price("104.5");
    let expected = [6, 8, 9, 10].map(|line| (line, base("0.5")));
    assert_eq!(venue.live(Purpose::GridSell), expected);
    assert_eq!(venue.grid().inventory.quantity, Amount::ZERO);
}

#[test]
fn a_tenth_of_the_start_purchase_blocks_no_line() {
    let mut venue = Venue::new(sol(), received(), |_| {});
    venue.price("100.3");
    venue.fill(1, "100.3", "0.25", false);
    venue.end(1, OrderStatus::Expired);
    venue.price("100.3");
    assert!(
        venue.live(Purpose::GridSell).is_empty(),
        "half a line's base"
    );
    let rest = venue.at(Purpose::GridStart, 0);
    assert_eq!(rest.size, base("2.25"));
    // Refused for good: the line that has half its base sells that, the others buy below.
    venue.refuse(
        rest.number,
        OrderStatus::Rejected,
        Some(RejectCode::Refused),
    );
    venue.price("100.3");
    assert_eq!(venue.live(Purpose::GridSell), [(6, base("0.249"))]);
    assert!(venue.grid().cells.iter().all(|cell| !cell.is_blocked));
    venue.price("107");
    let lines: Vec<u32> = venue
        .live(Purpose::GridBuy)
        .iter()
        .map(|order| order.0)
        .collect();
    assert_eq!(lines, [0, 1, 2, 3, 4, 6, 7, 8]);
}

#[test]
fn a_sell_filled_in_parts_is_countered_twice_and_bought_back_once() {
    for paused in [false, true] {
        let mut venue = Venue::running(fees("0.001", FeeCharge::Quote), |_| {});
        let sell = venue.at(Purpose::GridSell, 6);
        if paused {
            venue.tell(Event::Command(Command::Pause));
        }
        let before = venue.placed.len();
        venue.fill(sell.number, "102", "0.2", false);
        venue.fill(sell.number, "102", "0.3", true);
        let counters: Vec<OrderSize> = venue.placed[before..]
            .iter()
            .map(|order| order.size)
            .collect();
        if paused {
            assert!(counters.is_empty(), "{counters:?}");
            venue.tell(Event::Command(Command::Resume));
            venue.price("102");
            assert_eq!(venue.at(Purpose::GridBuy, 5).size, base("0.5"));
            continue;
        }
        assert_eq!(counters, [base("0.2"), base("0.3")]);
        let (early, rest) = (venue.placed[before].number, venue.placed[before + 1].number);
        venue.fill(rest, "100", "0.3", true);
        venue.fill(early, "100", "0.2", true);
        assert_eq!(venue.cell(5).lot.quantity, amount("0.5"));
        assert_eq!(venue.at(Purpose::GridSell, 6).size, base("0.5"));
    }
}

#[test]
fn the_part_of_a_sell_that_came_while_it_was_paused_is_bought_back_afterwards() {
    let mut venue = Venue::running(fees("0.001", FeeCharge::Quote), |_| {});
    let sell = venue.at(Purpose::GridSell, 6);
    venue.fill(sell.number, "102", "0.2", false);
    let early = venue.at(Purpose::GridBuy, 5);
    assert_eq!(early.size, base("0.2"));
    venue.tell(Event::Command(Command::Pause));
    venue.fill(sell.number, "102", "0.3", true);
    venue.price("102");
    assert_eq!(venue.at(Purpose::GridBuy, 5).size, base("0.2"));
    venue.tell(Event::Command(Command::Resume));
    // Not where it would not rest, and once where it does.
    venue.price("100");
    assert_eq!(venue.at(Purpose::GridBuy, 5).number, early.number);
    venue.price("102");
    venue.price("102");
    let rest = venue.at(Purpose::GridBuy, 5);
    assert_eq!(rest.size, base("0.3"));
    let of_line = venue.live(Purpose::GridBuy);
    assert_eq!(of_line.iter().filter(|(line, _)| *line == 5).count(), 2);
    let placed = venue.placed.len();
    venue.fill(rest.number, "100", "0.3", true);
    venue.price("102");
    assert_eq!(venue.placed.len(), placed, "it is not bought twice");
    venue.fill(early.number, "100", "0.2", true);
    assert_eq!(venue.cell(5).lot.quantity, amount("0.5"));
    assert_eq!(venue.at(Purpose::GridSell, 6).size, base("0.5"));
}

#[test]
fn a_part_of_an_answer_that_is_taken_away_is_answered_again() {
    // While the sell still waits, and after the bot was paused.
    for paused in [false, true] {
        let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
        let sell = venue.at(Purpose::GridSell, 6);
        venue.fill(sell.number, "102", "0.2", false);
        let early = venue.at(Purpose::GridBuy, 5);
        if paused {
            venue.tell(Event::Command(Command::Pause));
            venue.fill(sell.number, "102", "0.3", true);
            venue.end(early.number, OrderStatus::Canceled);
            venue.tell(Event::Command(Command::Resume));
        } else {
            venue.end(early.number, OrderStatus::Canceled);
            venue.fill(sell.number, "102", "0.3", true);
        }
        venue.price("102");
        assert_eq!(venue.at(Purpose::GridBuy, 5).size, base("0.5"));
        let of_line = venue.live(Purpose::GridBuy);
        assert_eq!(of_line.iter().filter(|(line, _)| *line == 5).count(), 1);
    }
    // A part of the part was bought: only that is not bought again.
    let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
    let sell = venue.at(Purpose::GridSell, 6);
    venue.fill(sell.number, "102", "0.2", false);
    let early = venue.at(Purpose::GridBuy, 5);
    venue.fill(early.number, "100", "0.15", false);
    venue.end(early.number, OrderStatus::Canceled);
    venue.fill(sell.number, "102", "0.3", true);
    venue.price("102");
    assert_eq!(venue.at(Purpose::GridBuy, 5).size, base("0.35"));
}

#[test]
fn parts_are_answered_from_the_smallest_notional_on_and_nothing_is_said_below_it() {
    // Answered at 100, and both the part and the rest have to be worth 5.
    for (part, is_answered) in [
        ("0.049", false),
        ("0.05", true),
        ("0.45", true),
        ("0.451", false),
    ] {
        let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
        let buy = venue.at(Purpose::GridBuy, 4);
        let (placed, said) = (venue.placed.len(), venue.reasons.len());
        venue.fill(buy.number, "98", part, false);
        assert_eq!(
            venue.placed.len() - placed,
            usize::from(is_answered),
            "{part}"
        );
        assert_eq!(venue.reasons[said..], [Reason::Bought], "{part}");
    }
}

#[test]
fn half_a_sell_that_is_taken_away_is_offered_again() {
    let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
    let sell = venue.at(Purpose::GridSell, 10);
    venue.fill(sell.number, "110", "0.01", false);
    venue.end(sell.number, OrderStatus::Canceled);
    assert_eq!(venue.cell(9).side, CellSide::Sell);
    venue.price("100.3");
    assert_eq!(venue.at(Purpose::GridSell, 10).size, base("0.49"));
    // What is left of 0.49 at 110 is below 5: the line buys, and sells the rest with what it bought.
    let again = venue.at(Purpose::GridSell, 10);
    venue.fill(again.number, "110", "0.45", false);
    venue.end(again.number, OrderStatus::Canceled);
    assert_eq!(venue.cell(9).side, CellSide::Buy);
    assert_eq!(venue.cell(9).lot.quantity, amount("0.04"));
}

#[test]
fn a_sell_refused_for_its_distance_waits_and_does_not_die() {
    let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
    let sell = venue.at(Purpose::GridSell, 10);
    let far = Some(RejectCode::PriceOutsideBand);
    venue.refuse(sell.number, OrderStatus::Rejected, far);
    venue.price("100.3");
    assert_eq!(venue.at(Purpose::GridSell, 10).attempt, 2);
}

#[test]
fn an_exit_is_reached_by_a_bid_equal_to_it() {
    let change = |config: &mut GridConfig| {
        config.stop_loss_price = Some(amount("85"));
        config.take_profit_price = Some(amount("115"));
    };
    for (price, reaches) in [
        ("85.01", false),
        ("85", true),
        ("114.99", false),
        ("115", true),
    ] {
        let mut venue = Venue::running(fees("0", FeeCharge::Quote), change);
        venue.price(price);
        assert_eq!(!venue.cancelled.is_empty(), reaches, "{price}");
    }
}

#[test]
fn a_sale_at_the_end_that_comes_to_nothing_is_tried_again() {
    let mut venue = Venue::running(fees("0", FeeCharge::Quote), |_| {});
    venue.tell(Event::Command(Command::Stop {
        mode: StopMode::Sell,
    }));
    for number in venue.cancelled.clone() {
        venue.end(number, OrderStatus::Canceled);
    }
    let sale = venue.at(Purpose::Close, 0);
    venue.end(sale.number, OrderStatus::Expired);
    assert!(venue.live(Purpose::Close).is_empty());
    venue.price("100.3");
    let again = venue.at(Purpose::Close, 0);
    assert_eq!((again.attempt, again.size), (2, base("2.5")));
    venue.fill(again.number, "100.3", "2.5", true);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
}

#[test]
fn dust_of_received_fees_moves_up_with_the_grid_once_it_is_a_lot() {
    let mut config = grid();
    config.trailing_up = true;
    let mut world = World::idle(BotConfig::Grid(config), sol(), received(), "1000");
    world.command(Command::Start);
    world.prices(&["100.3", "100.3"]);
    for round in 0..4 {
        let top = world.grid_state().lines[10];
        let low = top.minus(amount("12.1")).unwrap();
        let high = top.plus(amount("2")).unwrap();
        for price in [low, high, high] {
            world.prices(&[&price.to_string()]);
            let dust = world.grid_state().inventory.quantity;
            assert!(
                dust < amount("0.001"),
                "round {round}: {dust} could be sold"
            );
            assert_eq!(world.base(), world.state().position().unwrap().quantity);
            let report = world.state().grid_report(price).unwrap().unwrap();
            assert_eq!(report.total, world.equity().minus(amount("1000")).unwrap());
        }
    }
}

#[test]
fn fees_at_the_ninth_decimal_are_conserved() {
    let odd = Fees {
        maker: amount("0.000777777"),
        taker: amount("0.001111111"),
        charge: FeeCharge::Received,
    };
    let mut world = World::idle(BotConfig::Grid(grid()), sol(), odd, "1000");
    world.command(Command::Start);
    let walk = [
        "100.3", "100.3", "95.9", "102.5", "91.1", "109.9", "97", "110", "90",
    ];
    for price in walk {
        world.prices(&[price]);
        assert_eq!(world.base(), world.state().position().unwrap().quantity);
        let report = world.state().grid_report(amount(price)).unwrap().unwrap();
        assert_eq!(report.total, world.equity().minus(amount("1000")).unwrap());
    }
}

#[test]
fn grids_that_share_the_venues_limit_of_orders_place_what_there_is_room_for() {
    use trading::paper::{Account, Session};
    let mut market = sol();
    market.max_orders = Some(12);
    let quote = fees("0.001", FeeCharge::Quote);
    let mut session = Session::default();
    let account = Account::new([("USDT".parse().unwrap(), amount("10000"))]).unwrap();
    let account = session.add_account(account);
    let desk = session.add_market(market.clone(), quote);
    let mut slots = Vec::new();
    for _ in 0..2 {
        let mut config = grid();
        config.crossed_line = CrossedLine::Wait;
        let setup = BotSetup::paper(BotConfig::Grid(config), market.clone(), quote);
        let state = State::new(&setup);
        slots.push(session.add_bot(setup, state, account, desk).unwrap());
    }
    for slot in &slots {
        session.command(*slot, 0, Command::Start, &mut ()).unwrap();
    }
    let mut at = 0;
    let mut point = |session: &mut Session, price: &str| {
        at += 60_000;
        session.point(desk, at, amount(price), &mut ()).unwrap();
        assert!(session.orders(desk).len() <= 12);
        for seat in session.bots() {
            seat.state.check(&seat.setup).unwrap();
        }
    };
    for _ in 0..10 {
        point(&mut session, "100.3");
    }
    assert_eq!(session.orders(desk).len(), 12);
    // The first one ends: the second takes its room.
    let stop = Command::Stop {
        mode: StopMode::Keep,
    };
    session.command(slots[0], 600_000, stop, &mut ()).unwrap();
    for _ in 0..200 {
        point(&mut session, "100.3");
    }
    assert_eq!(session.orders(desk).len(), 10);
}

#[test]
fn what_winds_down_when_no_price_comes_any_more_is_sold_at_the_last_one() {
    let mut world = World::idle(
        BotConfig::Grid(grid()),
        sol(),
        fees("0.001", FeeCharge::Quote),
        "1000",
    );
    world.command(Command::Start);
    world.prices(&["100.3", "100.3", "97"]);
    let bot = crate::support::BOT;
    let settle = |world: &mut World| {
        let at = world.at;
        let World {
            session, recorder, ..
        } = world;
        session.settle(bot, at, recorder).unwrap();
    };
    let open = world.session.orders(0).len();
    settle(&mut world);
    assert_eq!(world.session.orders(0).len(), open, "limits rest");
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    assert_eq!(world.state().core.status, BotStatus::Stopping);
    settle(&mut world);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
    let ledger = world.recorder.ledger(&world.session);
    let sale = ledger.orders.last().unwrap();
    assert_eq!(sale.fills[0].price, amount("97"));
}
