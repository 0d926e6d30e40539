use trading::Amount;
use trading::bot::grid::{CellSide, CrossedLine, GridConfig, GridQuantity, StopBase};
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Budget, Command, Event, FeeCharge, FieldCode, Input, KindState,
    Output, Quote, Severity, State, StepError, step, validate_edit,
};
use trading::order::{Fee, Fill, Liquidity, OrderIntent, OrderSize, Purpose, Side};

use crate::support::{World, amount, fees, grid, sol};

fn world(change: impl FnOnce(&mut trading::bot::grid::GridConfig)) -> World {
    let mut config = grid();
    change(&mut config);
    World::new(
        BotConfig::Grid(config),
        fees("0.001", FeeCharge::Quote),
        "1000",
    )
}

#[test]
fn it_waits_for_its_trigger() {
    let mut world = world(|config| config.trigger_price = Some(amount("95")));
    world.prices(&["100", "97"]);
    assert!(world.session.orders(0).len() == 0);
    world.prices(&["94", "94"]);
    assert_eq!(world.session.orders(0).len(), 10);
}

#[test]
fn exit_prices_end_it() {
    let mut kept = world(|config| config.stop_loss_price = Some(amount("85")));
    kept.prices(&["100.3", "100.3", "84", "84"]);
    assert_eq!(kept.state().core.status, BotStatus::Stopped);
    assert_eq!(kept.base(), amount("5"));
    assert!(kept.session.orders(0).len() == 0);

    let mut sold = world(|config| {
        config.take_profit_price = Some(amount("115"));
        config.on_stop = StopBase::Sell;
    });
    sold.prices(&["100.3", "100.3", "104", "116", "116"]);
    assert_eq!(sold.base(), Amount::ZERO);
    assert_eq!(
        sold.quote().minus(amount("1000")).unwrap(),
        sold.state().core.realised
    );
}

#[test]
fn a_running_grid_takes_other_exit_prices() {
    let mut world = world(|config| config.take_profit_price = Some(amount("115")));
    world.prices(&["100.3", "100.3"]);
    let orders = world.session.orders(0).len();
    let mut config = grid();
    config.stop_loss_price = Some(amount("95"));
    config.on_stop = StopBase::Sell;
    world.command(Command::Configure {
        config: Box::new(BotConfig::Grid(config.clone())),
    });
    assert_eq!(world.session.orders(0).len(), orders);
    // The upper one is gone, the lower one sells.
    world.prices(&["116"]);
    assert_eq!(world.state().core.status, BotStatus::Running);
    world.prices(&["100", "94.9", "94.9"]);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn other_exit_prices_are_tested_as_those_of_a_grid_that_runs() {
    let mut config = grid();
    // Too little to start with, and lines that may have moved far away.
    config.quantity = GridQuantity::FixedBase {
        quantity: amount("0.001"),
    };
    let found = |config: &GridConfig| {
        let bot = BotConfig::Grid(config.clone());
        let setup = BotSetup::paper(bot, sol(), fees("0", FeeCharge::Quote));
        let budget = Budget {
            price: amount("150"),
            free_quote: None,
            free_base: None,
            candles: trading::bot::FeedCandles::Unknown,
        };
        let findings = validate_edit(&setup, &budget);
        assert!(
            findings
                .iter()
                .all(|found| found.severity == Severity::Error)
        );
        let codes = findings
            .into_iter()
            .map(|found| (found.pointer, found.code));
        codes.collect::<Vec<_>>()
    };
    config.stop_loss_price = Some(amount("140"));
    config.take_profit_price = Some(amount("160"));
    assert_eq!(found(&config), []);
    let (stop, take) = (
        "/stop_loss_price".to_owned(),
        "/take_profit_price".to_owned(),
    );
    config.stop_loss_price = Some(amount("150"));
    assert_eq!(found(&config), [(stop.clone(), FieldCode::PriceBeyondExit)]);
    config.stop_loss_price = None;
    config.take_profit_price = Some(amount("150"));
    assert_eq!(found(&config), [(take, FieldCode::PriceBeyondExit)]);
    config.take_profit_price = Some(amount("160"));
    config.stop_loss_price = Some(amount("160"));
    assert_eq!(found(&config), [(stop, FieldCode::Inconsistent)]);
}

#[test]
fn a_running_grid_keeps_its_lines() {
    let before = BotConfig::Grid(grid());
    let mut finer = grid();
    finer.grid_count = 20;
    finer.stop_loss_price = Some(amount("85"));
    let mut setup = BotSetup::paper(before.clone(), sol(), fees("0", FeeCharge::Quote));
    let refused = setup.configure(BotConfig::Grid(finer));
    assert_eq!(refused, Err(StepError::WrongKind));
    assert_eq!(setup.bot, before);
}

#[test]
fn an_investment_is_what_the_grid_costs() {
    let mut world = world(|config| {
        config.quantity = GridQuantity::Investment {
            quote: amount("486.23575"),
        }
    });
    world.prices(&["100.3", "100.3"]);
    assert!(
        world.open(Side::Buy).iter().all(|order| order.1 == "0.5"),
        "{:?}",
        world.open(Side::Buy)
    );
}

#[test]
fn a_fee_in_base_makes_sells_smaller_and_loses_nothing() {
    let config = BotConfig::Grid(grid());
    let mut world = World::new(config, fees("0.001", FeeCharge::Received), "1000");
    world.prices(&["100.3", "100.3"]);
    assert_eq!(
        world
            .open(Side::Sell)
            .iter()
            .map(|order| order.1.as_str())
            .collect::<Vec<_>>(),
        ["0.499"; 5]
    );
    assert_eq!(world.base(), world.state().position().unwrap().quantity);
}

#[test]
fn a_buy_line_above_the_market_is_not_sent() {
    let mut waits = world(|_| {});
    waits.prices(&["100.3", "95"]);
    assert_eq!(waits.prices_of(Side::Buy), ["90", "92", "94"]);
    waits.prices(&["97", "99"]);
    assert_eq!(waits.prices_of(Side::Buy), ["90", "92", "94", "96", "98"]);

    let mut buys = world(|config| config.crossed_line = CrossedLine::BuyAtMarket);
    buys.prices(&["100.3", "95", "95"]);
    assert_eq!(buys.base(), amount("3.5"));
    assert_eq!(buys.open(Side::Sell).len(), 7);
}

#[test]
fn only_the_nearest_orders_rest() {
    let mut world = world(|config| config.max_active_orders = Some(4));
    world.prices(&["100.3", "100.3", "100.3"]);
    assert_eq!(world.session.orders(0).len(), 4);
    world.prices(&["91", "91", "91"]);
    let nearest = world.prices_of(Side::Buy);
    assert!(nearest.contains(&"90".to_owned()), "{nearest:?}");
}

#[test]
fn it_stops_on_command() {
    let mut world = world(|_| {});
    world.prices(&["100.3", "100.3"]);
    world.command(Command::Stop {
        mode: trading::bot::StopMode::Sell,
    });
    world.prices(&["100.3"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

#[test]
fn without_funds_for_all_lines_it_places_what_it_can_and_waits() {
    let config = BotConfig::Grid(grid());
    let mut world = World::new(config, fees("0.001", FeeCharge::Quote), "350");
    world.prices(&["100.3", "100.3", "100.3"]);
    assert_eq!(world.prices_of(Side::Buy), ["96", "98"]);
    assert_eq!(world.open(Side::Sell).len(), 5);
    assert_eq!(world.state().core.status, BotStatus::WaitingFunds);
    let before = world.recorder.ledger(&world.session).orders.len();
    for _ in 0..60 {
        world.prices(&["100.3"]);
    }
    let tried = world.recorder.ledger(&world.session).orders.len() - before;
    assert!(
        (3..=8).contains(&tried),
        "one probe at a time, ever more rarely: {tried}"
    );
    // Sales bring funds: lines follow, as many as they pay for.
    for _ in 0..200 {
        world.prices(&["111"]);
    }
    assert_eq!(world.prices_of(Side::Buy).len(), 7);
    assert!(world.quote() > amount("350"));
}

#[test]
fn short_of_funds_it_still_sells_what_it_has_bought() {
    let config = BotConfig::Grid(grid());
    let mut world = World::new(config, fees("0.001", FeeCharge::Quote), "350");
    world.prices(&["100.3", "100.3", "100.3"]);
    assert_eq!(world.state().core.status, BotStatus::WaitingFunds);
    world.prices(&["95.9"]);
    assert!(
        world
            .prices_of(Side::Sell)
            .starts_with(&["98".into(), "100".into()])
    );
    let held = world.base();
    world.prices(&["101"]);
    assert_eq!(world.base(), held.minus(amount("1")).unwrap());
}

#[test]
fn paused_it_buys_nothing_more_and_sells_what_it_has_bought() {
    let mut world = world(|config| config.trailing_up = true);
    world.prices(&["100.3", "100.3"]);
    let buys = world.prices_of(Side::Buy);
    world.command(Command::Pause);
    // The sells are filled, and the price at which it would move is reached.
    world.prices(&["110.5", "120", "120"]);
    assert!(world.open(Side::Sell).is_empty());
    assert_eq!(world.prices_of(Side::Buy), buys);
    world.prices(&["95.9"]);
    assert_eq!(world.prices_of(Side::Buy), buys[..buys.len() - 2]);
    assert_eq!(world.prices_of(Side::Sell).len(), 2);
    world.prices(&["101"]);
    assert_eq!(world.base(), Amount::ZERO);
    world.command(Command::Resume);
    world.prices(&["101", "101"]);
    // Those above the price wait until it has crossed them.
    assert_eq!(
        world.prices_of(Side::Buy),
        ["90", "92", "94", "96", "98", "100"]
    );
}

fn assert_whole(world: &World) {
    let seat = &world.session.bots()[0];
    seat.state.check(&seat.setup).unwrap();
    let price = world.session.price(0).unwrap();
    let report = world.state().grid_report(price).unwrap().unwrap();
    let earned = world.equity().minus(amount("1000")).unwrap();
    assert_eq!(report.total, earned);
    let parts = report.grid_profit.plus(report.closing_profit).unwrap();
    assert_eq!(parts.plus(report.unrealised).unwrap(), report.total);
    assert_eq!(
        world.base(),
        world.state().position().unwrap().quantity,
        "its books are those of the account"
    );
}

#[test]
fn it_reports_what_its_lines_earned_and_what_it_holds() {
    let mut world = world(|_| {});
    world.prices(&["100.3", "100.3", "95.9", "102.5"]);
    let report = world.state().grid_report(amount("102.5")).unwrap().unwrap();
    assert_eq!(report.grid_profit, amount("2.55285"));
    assert_eq!(report.closing_profit, Amount::ZERO);
    assert_eq!(report.unrealised, amount("4.1994"));
    assert_eq!(report.total, amount("6.75225"));
    assert_whole(&world);
    world.command(Command::Stop {
        mode: trading::bot::StopMode::Sell,
    });
    world.prices(&["101"]);
    assert_eq!(world.base(), Amount::ZERO);
    let report = world.state().grid_report(amount("101")).unwrap().unwrap();
    assert_eq!(report.grid_profit, amount("2.55285"));
    // 2 at 101 less a fee of 0.202, which had cost 4 × 50.200150
    assert_eq!(report.closing_profit, amount("0.9974"));
    assert_whole(&world);
}

#[test]
fn it_follows_the_price_up() {
    let mut world = world(|config| config.trailing_up = true);
    world.prices(&["100.3", "100.3", "111.99"]);
    assert_eq!(world.prices_of(Side::Buy)[0], "90", "not a whole step yet");
    world.prices(&["112"]);
    let expected: Vec<String> = (0..10).map(|step| (92 + 2 * step).to_string()).collect();
    let mut sorted = world.prices_of(Side::Buy);
    sorted.sort_by_key(|price| amount(price));
    assert_eq!(sorted, expected);
    assert_eq!(world.grid_state().empty_line(), Some(10));
    assert_whole(&world);
    // A jump over several lines moves as many.
    world.prices(&["119"]);
    assert_eq!(world.grid_state().lines[0], amount("98"));
    assert_eq!(world.grid_state().lines[10], amount("118"));
    assert_eq!(world.session.orders(0).len(), 10);
    // Back down: what it buys there it sells a line above.
    world.prices(&["115.5"]);
    assert_eq!(world.prices_of(Side::Sell), ["118"]);
    assert_whole(&world);
}

#[test]
fn it_follows_no_further_than_it_may_and_not_while_it_is_paused() {
    let mut limited = world(|config| {
        config.trailing_up = true;
        config.trailing_up_limit = Some(amount("115"));
    });
    limited.prices(&["100.3", "100.3", "130", "130"]);
    assert_eq!(limited.grid_state().lines[10], amount("114"));
    assert_whole(&limited);

    let mut paused = world(|config| config.trailing_up = true);
    paused.prices(&["100.3", "100.3", "110"]);
    paused.command(Command::Pause);
    paused.prices(&["120"]);
    assert_eq!(paused.grid_state().lines[10], amount("110"));
    paused.command(Command::Resume);
    paused.prices(&["120", "120"]);
    assert_eq!(paused.grid_state().lines[10], amount("120"));
    assert_whole(&paused);

    let mut still = world(|_| {});
    still.prices(&["100.3", "100.3", "130", "130"]);
    assert_eq!(still.grid_state().lines[10], amount("110"));
}

#[test]
fn it_follows_the_price_down_with_the_base_of_its_highest_sell() {
    let mut world = world(|config| config.trailing_down = true);
    world.prices(&["100.3", "100.3", "88"]);
    assert_eq!(world.grid_state().lines[0], amount("88"));
    let mut sells = world.prices_of(Side::Sell);
    sells.sort_by_key(|price| amount(price));
    let expected: Vec<String> = (0..10).map(|step| (90 + 2 * step).to_string()).collect();
    assert_eq!(sells, expected);
    assert_eq!(world.grid_state().empty_line(), Some(0));
    assert_eq!(world.base(), amount("5"), "nothing was bought for it");
    assert_whole(&world);
    world.prices(&["82", "85"]);
    assert_eq!(world.grid_state().lines[0], amount("82"));
    assert_eq!(
        world.prices_of(Side::Buy),
        ["82"],
        "sold at 84 what had been the highest"
    );
    assert_whole(&world);
}

#[test]
fn a_geometric_grid_moves_by_its_ratio() {
    let mut world = world(|config| {
        config.spacing = trading::bot::grid::Spacing::Geometric;
        config.lower = amount("80");
        config.upper = amount("117.128");
        config.grid_count = 4;
        config.trailing_up = true;
        config.trailing_down = true;
    });
    world.prices(&["100", "100", "142"]);
    let lines = ["96.8", "106.48", "117.13", "128.84", "141.72"].map(amount);
    assert_eq!(world.grid_state().lines, lines);
    assert_whole(&world);
    world.prices(&["66", "66", "66"]);
    assert_eq!(world.grid_state().lines[0], amount("66.12"));
    assert_whole(&world);
}

#[test]
fn lines_outside_the_price_band_wait_for_the_price() {
    let mut config = grid();
    config.lower = amount("60");
    config.upper = amount("140");
    config.grid_count = 8;
    let mut world = World::banded(BotConfig::Grid(config), fees("0.001", FeeCharge::Quote));
    world.prices(&["101", "101"]);
    // From 80.8 to 121.2: no buy at 80 yet, no sell at 130 and 140.
    assert_eq!(world.prices_of(Side::Buy), ["90"]);
    assert_eq!(world.prices_of(Side::Sell), ["110", "120"]);
    world.prices(&["99"]);
    assert_eq!(world.prices_of(Side::Buy), ["80", "90"]);
    world.prices(&["109"]);
    let mut sells = world.prices_of(Side::Sell);
    sells.sort_by_key(|price| amount(price));
    assert_eq!(sells, ["110", "120", "130"]);
}

#[test]
fn a_post_only_line_waits_until_it_would_rest() {
    let mut world = world(|config| config.post_only = true);
    // The base is bought at 100.3; by the time of the orders the price is on a buy line, and another lies above it.
    world.prices(&["100.3", "96"]);
    assert_eq!(world.prices_of(Side::Buy), ["90", "92", "94"]);
    world.prices(&["97"]);
    assert_eq!(world.prices_of(Side::Buy), ["90", "92", "94", "96"]);
    let ledger = world.recorder.ledger(&world.session);
    assert!(ledger.orders.iter().all(|order| order.reject.is_none()));
    assert_whole(&world);
}

#[test]
fn closing_its_deal_stops_it() {
    for (command, base) in [
        (Command::CloseDeal { deal: 1 }, "0"),
        (Command::CancelDeal { deal: 1 }, "2.5"),
    ] {
        let mut world = world(|_| {});
        world.prices(&["100.3", "100.3"]);
        world.command(Command::CloseDeal { deal: 2 });
        assert_eq!(world.state().core.status, BotStatus::Running);
        world.command(command);
        world.prices(&["100.3"]);
        assert_eq!(world.state().core.status, BotStatus::Stopped);
        assert_eq!(world.base(), amount(base));
    }
}

/// A venue that fills in parts.
struct Venue {
    setup: BotSetup,
    state: State,
    at: i64,
    placed: Vec<OrderIntent>,
}

impl Venue {
    fn new() -> Self {
        let setup = BotSetup::paper(BotConfig::Grid(grid()), sol(), fees("0", FeeCharge::Quote));
        let state = State::new(&setup);
        let mut venue = Self {
            setup,
            state,
            at: 0,
            placed: Vec::new(),
        };
        venue.tell(Event::Command(Command::Start));
        venue.tell(Event::Price(Quote::flat(amount("100.3"), 0)));
        venue.fill(1, "100.3", "2.5", true);
        venue.tell(Event::Price(Quote::flat(amount("100.3"), 0)));
        venue
    }

    fn tell(&mut self, event: Event) {
        let mut out = Vec::new();
        self.at += 1;
        step(
            &self.setup,
            &mut self.state,
            &Input::new(self.at, event),
            &mut out,
        )
        .unwrap();
        for output in out {
            if let Output::Place(intent) = output {
                self.placed.push(intent);
            }
        }
    }

    fn fill(&mut self, order: u64, price: &str, quantity: &str, is_last: bool) {
        let (price, quantity) = (amount(price), amount(quantity));
        let quote = price.times(quantity).unwrap();
        let asset = "USDT".parse().unwrap();
        let fee = Fee {
            asset,
            amount: Amount::ZERO,
            rate: None,
            is_estimated: false,
            conversion: None,
        };
        let trade = self.at.to_string();
        self.tell(Event::Fill(Fill {
            order,
            trade,
            price,
            quantity,
            quote,
            fee,
            liquidity: Liquidity::Maker,
            is_last,
        }));
    }

    fn number_at(&self, purpose: Purpose, level: u32) -> u64 {
        self.placed
            .iter()
            .rev()
            .find(|intent| intent.purpose == purpose && intent.level == level)
            .unwrap()
            .number
    }

    fn cell(&self, index: usize) -> trading::bot::grid::Cell {
        match &self.state.kind {
            KindState::Grid(grid) => grid.cells[index],
            other => panic!("not a grid: {other:?}"),
        }
    }
}

#[test]
fn a_part_is_countered_once_it_is_large_enough() {
    let mut venue = Venue::new();
    let buy = venue.number_at(Purpose::GridBuy, 4);
    let before = venue.placed.len();
    venue.fill(buy, "98", "0.01", false);
    assert_eq!(
        venue.placed.len(),
        before,
        "0.98 is below the smallest notional"
    );
    venue.fill(buy, "98", "0.19", false);
    let early = venue.placed.last().unwrap().clone();
    assert_eq!(
        (early.purpose, early.level, early.size),
        (Purpose::GridSell, 5, OrderSize::Base(amount("0.2")))
    );
    venue.fill(buy, "98", "0.3", true);
    let rest = venue.placed.last().unwrap().clone();
    assert_eq!(
        (rest.purpose, rest.level, rest.size),
        (Purpose::GridSell, 5, OrderSize::Base(amount("0.3")))
    );
    assert_eq!(venue.cell(4).side, CellSide::Sell);
    // Both parts sold: one buy of the whole is back at the line below.
    venue.fill(early.number, "100", "0.2", true);
    assert_eq!(venue.cell(4).side, CellSide::Sell);
    venue.fill(rest.number, "100", "0.3", true);
    let back = venue.placed.last().unwrap();
    assert_eq!(
        (back.purpose, back.level, back.size),
        (Purpose::GridBuy, 4, OrderSize::Base(amount("0.5")))
    );
    assert_eq!(venue.cell(4).lot.quantity, Amount::ZERO);
    assert_eq!(venue.state.core.realised, amount("1"));
}

#[test]
fn a_tiny_rest_waits_for_the_whole_line() {
    let mut venue = Venue::new();
    let buy = venue.number_at(Purpose::GridBuy, 4);
    let before = venue.placed.len();
    venue.fill(buy, "98", "0.48", false);
    assert_eq!(
        venue.placed.len(),
        before,
        "what is left could not be countered alone"
    );
    venue.fill(buy, "98", "0.02", true);
    assert_eq!(
        venue.placed.last().unwrap().size,
        OrderSize::Base(amount("0.5"))
    );
}
