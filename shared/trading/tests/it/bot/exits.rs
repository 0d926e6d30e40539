//! What a bot holds can leave again: in orders that the market takes, at the price of now, as often as it needs.

use trading::bot::dca::{TakeProfit, TakeProfitStep, Volume};
use trading::bot::grid::StopBase;
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Command, Event, FeeCharge, Fees, FieldCode, Input, Output,
    Quote, Reason, State, StopMode, step,
};
use trading::market::{MarketLot, RejectCode};
use trading::order::{
    Fee, Fill, Liquidity, OrderIntent, OrderSize, OrderStatus, OrderType, OrderUpdate, Purpose,
    Side, TimeInForce,
};
use trading::{Amount, Market};

use crate::support::{World, amount, dca, fees, grid, sol, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn bounded(change: impl FnOnce(&mut Market)) -> Market {
    let mut market = sol();
    change(&mut market);
    market
}

fn at_most(notional: &str) -> Market {
    bounded(|market| {
        market.max_notional = Some(amount(notional));
        market.max_notional_for_market = true;
    })
}

fn started(bot: BotConfig, market: Market, fees: Fees) -> World {
    let mut world = World::idle(bot, market, fees, "10000");
    world.command(Command::Start);
    world
}

/// Quantities of what was sold, in order, by purpose.
fn sold(world: &World, purpose: Purpose) -> Vec<String> {
    let ledger = world.recorder.ledger(&world.session);
    let sales = ledger
        .orders
        .iter()
        .filter(|order| order.purpose == purpose);
    sales
        .flat_map(|order| &order.fills)
        .map(|fill| fill.quantity.to_string())
        .collect()
}

fn stopped_out() -> BotConfig {
    let mut config = dca(0, "50");
    config.stop_loss = Some(stop_loss("10"));
    config.cooldown_s = 2_592_000;
    BotConfig::Dca(Box::new(config))
}

#[test]
fn a_stop_loss_above_the_largest_order_is_sold_in_equal_parts() {
    // 1 SOL in orders of at most 40 USDT at 89: three of 0.334, 0.333 and 0.333.
    let mut world = started(stopped_out(), at_most("100"), free());
    world.prices(&["100", "100"]);
    let mut narrow = started(stopped_out(), at_most("40"), free());
    narrow.prices(&["100"]);
    assert_eq!(
        narrow.reasons(),
        [Reason::OrderRejected(RejectCode::AboveMaxNotional)]
    );
    world.prices(&["89", "89", "89"]);
    assert_eq!(sold(&world, Purpose::StopLoss), ["1"]);

    let mut market = at_most("100");
    market.market_lot = Some(MarketLot {
        lot_size: amount("0.01"),
        min_quantity: amount("0.1"),
        max_quantity: Some(amount("0.3")),
    });
    let mut config = dca(0, "50");
    config.start_order_type = trading::bot::dca::EntryType::Limit;
    config.stop_loss = Some(stop_loss("10"));
    config.cooldown_s = 2_592_000;
    let mut world = started(BotConfig::Dca(Box::new(config)), market, free());
    world.prices(&["100", "100", "89", "89", "89", "89", "89"]);
    assert_eq!(
        sold(&world, Purpose::StopLoss),
        ["0.25", "0.25", "0.25", "0.25"]
    );
    assert_eq!(world.base(), Amount::ZERO);
    assert!(world.dca_state().deals.is_empty());
}

#[test]
fn what_only_the_rules_of_market_orders_forbid_goes_by_a_limit_that_fills_at_once() {
    let market = bounded(|market| {
        market.market_lot = Some(MarketLot {
            lot_size: amount("0.001"),
            min_quantity: amount("5"),
            max_quantity: None,
        });
    });
    let mut config = dca(0, "50");
    config.start_order_type = trading::bot::dca::EntryType::Limit;
    let mut world = started(BotConfig::Dca(Box::new(config)), market, free());
    world.prices(&["100", "100"]);
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    world.prices(&["100"]);
    assert_eq!(sold(&world, Purpose::Close), ["1"]);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

#[test]
fn a_take_profit_above_the_largest_order_is_sold_in_parts() {
    let mut config = dca(0, "1");
    config.cooldown_s = 2_592_000;
    config.safety_orders = Some(crate::support::safety_orders(1));
    let mut world = started(BotConfig::Dca(Box::new(config)), at_most("150"), free());
    // 2.02 SOL at 100: two of 1.01, which 150 USDT allow.
    world.prices(&["100", "100", "98", "100", "100", "100", "100"]);
    assert_eq!(sold(&world, Purpose::TakeProfit), ["1.01", "1.01"]);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn a_trailing_exit_above_the_largest_order_goes_on_until_all_is_sold() {
    let mut config = dca(1, "1");
    config.cooldown_s = 2_592_000;
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = started(BotConfig::Dca(Box::new(config)), at_most("150"), free());
    world.prices(&["100", "100", "98", "104", "102", "102", "102", "102"]);
    assert_eq!(sold(&world, Purpose::Trailing), ["1.01", "1.01"]);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn a_grid_and_a_schedule_sell_in_parts_too() {
    let mut config = grid();
    config.on_stop = StopBase::Sell;
    let mut market = sol();
    market.market_lot = Some(MarketLot {
        lot_size: amount("0.001"),
        min_quantity: Amount::ZERO,
        max_quantity: Some(amount("2.5")),
    });
    let mut world = started(BotConfig::Grid(config), market, free());
    world.prices(&["100", "100", "100", "95.9"]);
    world.command(Command::Stop {
        mode: StopMode::Finish,
    });
    world.prices(&["96", "96", "96"]);
    assert_eq!(sold(&world, Purpose::Close), ["1.75", "1.75"]);
    assert_eq!(world.base(), Amount::ZERO);

    let config = serde_json::from_value(serde_json::json!({
        "amount": "60", "frequency": { "every": "hourly" },
    }));
    let bot = BotConfig::DcaInterval(config.unwrap());
    let mut world = started(bot, at_most("70"), free());
    world.prices(&["100"]);
    world.at += 3_600_000;
    world.prices(&["100", "100"]);
    world.at += 3_600_000;
    world.prices(&["100", "100"]);
    let held = world.base();
    assert!(held >= amount("1.2"), "{held}");
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    world.prices(&["100", "100", "100", "100"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

/// A venue that answers as the test says.
struct Venue {
    setup: BotSetup,
    state: State,
    at: i64,
}

impl Venue {
    fn new(bot: BotConfig) -> Self {
        let setup = BotSetup::paper(bot, sol(), fees("0.001", FeeCharge::Received));
        let state = State::new(&setup);
        let mut venue = Self {
            setup,
            state,
            at: 0,
        };
        venue.tell(Event::Command(Command::Start));
        venue
    }

    fn tell(&mut self, event: Event) -> Vec<Output> {
        let mut out = Vec::new();
        self.at += 1;
        let input = Input::new(self.at, event);
        step(&self.setup, &mut self.state, &input, &mut out).unwrap();
        self.state.check(&self.setup).unwrap();
        out
    }

    fn price(&mut self, price: &str) -> Vec<Output> {
        self.tell(Event::Price(Quote::flat(amount(price), self.at)))
    }

    fn fill(&mut self, order: u64, price: &str, quantity: &str, is_last: bool) -> Vec<Output> {
        self.tell(Event::Fill(Fill {
            order,
            trade: format!("{order}-{}", self.at),
            price: amount(price),
            quantity: amount(quantity),
            quote: amount(price).times(amount(quantity)).unwrap(),
            fee: Fee {
                asset: "BNB".parse().unwrap(),
                amount: amount("0.0001"),
                rate: None,
                is_estimated: false,
                conversion: Some(amount("600")),
            },
            liquidity: Liquidity::Taker,
            is_last,
        }))
    }

    fn end(&mut self, order: u64, status: OrderStatus, reject: Option<RejectCode>) -> Vec<Output> {
        self.tell(Event::Order(OrderUpdate {
            order,
            status,
            reject,
        }))
    }

    /// Waits for the next timer; gives how long that was, and what came of it.
    fn wait(&mut self) -> (i64, Vec<Output>) {
        let (at, timer) = self.state.next_timer().unwrap();
        let waited = at - self.at;
        self.at = at - 1;
        (waited, self.tell(Event::Timer(timer)))
    }
}

fn placed(outputs: &[Output]) -> Vec<&OrderIntent> {
    let placed = outputs.iter().filter_map(|output| match output {
        Output::Place(intent) => Some(intent),
        _ => None,
    });
    placed.collect()
}

fn decisions(outputs: &[Output]) -> usize {
    let said = outputs
        .iter()
        .filter(|output| matches!(output, Output::Decision(_)));
    said.count()
}

fn is_closed(outputs: &[Output]) -> bool {
    outputs
        .iter()
        .any(|output| matches!(output, Output::DealClosed(_)))
}

/// Refuses the sales of a bot for ever longer waits, then sells in parts.
fn refuse_and_sell(mut venue: Venue, first: u64, held: &str) {
    let mut number = first;
    let mut said = 0;
    for wait in [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000] {
        let outputs = venue.end(number, OrderStatus::Rejected, Some(RejectCode::Refused));
        said += decisions(&outputs);
        assert!(!is_closed(&outputs), "closed with its base inside");
        let (waited, outputs) = venue.wait();
        assert_eq!(waited, wait);
        let sale = placed(&outputs);
        assert_eq!(sale.len(), 1, "{outputs:?}");
        assert_eq!(sale[0].size, OrderSize::Base(amount(held)));
        number = sale[0].number;
    }
    assert_eq!(said, 1, "one notice, however often it is refused");
    // Part is sold, and the rest cancelled by the venue: it follows at once.
    assert!(!is_closed(&venue.fill(number, "90", "0.1", false)));
    let outputs = venue.end(number, OrderStatus::Expired, None);
    let sale = placed(&outputs);
    assert_eq!(sale.len(), 1, "{outputs:?}");
    let OrderSize::Base(rest) = sale[0].size else {
        panic!("a sale is in base")
    };
    assert_eq!(rest, amount(held).minus(amount("0.1")).unwrap());
    // A fill begins the waits anew.
    let number = sale[0].number;
    venue.end(number, OrderStatus::Rejected, Some(RejectCode::Refused));
    let (waited, outputs) = venue.wait();
    assert_eq!(waited, 30_000);
    let number = placed(&outputs)[0].number;
    let mut outputs = venue.fill(number, "90", &rest.to_string(), true);
    while !is_closed(&outputs) {
        outputs = venue.wait().1;
    }
    assert!(venue.state.position().unwrap().quantity.is_zero());
}

#[test]
fn a_refused_stop_loss_is_tried_until_it_is_sold() {
    let mut venue = Venue::new(stopped_out());
    venue.price("100");
    venue.fill(1, "100", "1", true);
    let (_, outputs) = venue.wait();
    assert_eq!(placed(&outputs)[0].purpose, Purpose::TakeProfit);
    venue.price("89");
    let outputs = venue.end(2, OrderStatus::Canceled, None);
    assert_eq!(placed(&outputs)[0].purpose, Purpose::StopLoss);
    refuse_and_sell(venue, 3, "1");
}

#[test]
fn a_refused_sale_of_a_grid_is_tried_until_it_is_sold() {
    let mut config = grid();
    config.on_stop = StopBase::Sell;
    config.grid_count = 2;
    config.stop_loss_price = Some(amount("80"));
    let mut venue = Venue::new(BotConfig::Grid(config));
    venue.price("100");
    venue.fill(1, "100", "0.5", true);
    venue.price("100");
    let live: Vec<u64> = venue
        .state
        .core
        .live_orders()
        .map(|(number, _)| number)
        .collect();
    venue.price("79");
    let mut outputs = Vec::new();
    for number in live {
        outputs = venue.end(number, OrderStatus::Canceled, None);
    }
    let sale = placed(&outputs)[0].number;
    refuse_and_sell(venue, sale, "0.5");
}

#[test]
fn a_refused_sale_of_a_schedule_is_tried_until_it_is_sold() {
    let config = serde_json::from_value(serde_json::json!({
        "amount": "100", "frequency": { "every": "hourly" },
    }));
    let mut venue = Venue::new(BotConfig::DcaInterval(config.unwrap()));
    venue.wait();
    venue.price("100");
    venue.fill(1, "100", "1", true);
    let outputs = venue.tell(Event::Command(Command::Stop {
        mode: StopMode::Sell,
    }));
    let sale = placed(&outputs)[0].number;
    refuse_and_sell(venue, sale, "1");
}

#[test]
fn an_entry_that_could_not_leave_is_refused_at_the_door_and_later() {
    let door = |spend: &str, charge| {
        let mut config = dca(0, "1.5");
        config.base_order = Volume::Quote {
            amount: amount(spend),
        };
        let bot = BotConfig::Dca(Box::new(config));
        let setup = BotSetup::paper(bot, sol(), fees("0.001", charge));
        let budget = trading::bot::Budget {
            price: amount("100"),
            free_quote: Some(amount("1000")),
            free_base: None,
            candles: trading::bot::FeedCandles::Unknown,
        };
        trading::bot::validate(&setup, &budget)
    };
    // 0.05 SOL less 0.00005 are 0.049 on the lot: 4.9 USDT.
    let refused = door("5.09", FeeCharge::Received);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].pointer, "/base_order/amount");
    assert_eq!(refused[0].code, FieldCode::ExitNotViable);
    assert_eq!(
        refused[0].message,
        "a position of 5.09, less its fee and on the lot, is below the market's smallest order and could not be sold; \
         at least 5.1 is needed"
    );
    assert_eq!(door("5.1", FeeCharge::Received), []);
    assert_eq!(door("5", FeeCharge::Quote), []);

    // A percentage of what is free may come out too small while the bot runs.
    let mut config = dca(0, "1.5");
    config.base_order = Volume::Percent {
        amount: amount("50"),
    };
    let bot = BotConfig::Dca(Box::new(config));
    let mut world = World::idle(bot, sol(), fees("0.001", FeeCharge::Received), "10.1");
    world.command(Command::Start);
    world.prices(&["100", "100", "100"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.reasons(), [Reason::ExitNotViable]);
}

#[test]
fn what_is_too_small_at_its_take_profit_waits_for_the_price_at_which_it_is_not() {
    let mut config = dca(0, "1");
    config.start_order_type = trading::bot::dca::EntryType::Limit;
    let mut venue = Venue::new(BotConfig::Dca(Box::new(config)));
    venue.price("100");
    venue.fill(1, "100", "1", true);
    let (_, outputs) = venue.wait();
    let exit = placed(&outputs)[0].number;
    // 0.96 of 1 SOL is sold, and the venue ends the order.
    venue.fill(exit, "101.11", "0.96", false);
    let outputs = venue.end(exit, OrderStatus::Expired, None);
    let sale = placed(&outputs);
    assert_eq!(sale.len(), 1, "{outputs:?}");
    assert_eq!(
        sale[0].kind,
        OrderType::Limit {
            price: amount("125"),
            time_in_force: TimeInForce::GoodTillCancelled
        }
    );
    assert_eq!(sale[0].size, OrderSize::Base(amount("0.04")));
}

#[test]
fn a_panic_close_goes_by_the_price_of_now() {
    // Bought at 100, 4 USDT; at 130 they are 5.2.
    let mut config = dca(0, "50");
    config.start_order_type = trading::bot::dca::EntryType::Limit;
    let mut venue = Venue::new(BotConfig::Dca(Box::new(config)));
    venue.price("100");
    venue.fill(1, "100", "0.04", false);
    let outputs = venue.end(1, OrderStatus::Expired, None);
    let exit = placed(&outputs)[0].number;
    venue.tell(Event::Mark(amount("130")));
    venue.tell(Event::Command(Command::Stop {
        mode: StopMode::Sell,
    }));
    let outputs = venue.end(exit, OrderStatus::Canceled, None);
    assert_eq!(placed(&outputs).len(), 1, "{outputs:?}");
    assert_eq!(placed(&outputs)[0].side, Side::Sell);

    // On paper the session tells it.
    let mut config = dca(0, "50");
    config.base_order = Volume::Quote {
        amount: amount("5.5"),
    };
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "90"]);
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    assert!(
        world.order_of(Purpose::Close).is_none(),
        "4.95 cannot be sold"
    );
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

fn steps(steps: &[(&str, &str)]) -> TakeProfit {
    TakeProfit {
        steps: steps
            .iter()
            .map(|(percentage, share)| TakeProfitStep {
                percentage: amount(percentage),
                share: amount(share),
            })
            .collect(),
        ..TakeProfit::default()
    }
}

#[test]
fn a_last_step_below_the_minimum_goes_out_with_the_one_before() {
    let mut config = dca(0, "1");
    config.base_order = Volume::Quote {
        amount: amount("16"),
    };
    config.take_profit = steps(&[("1", "70"), ("2", "30")]);
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config.clone(), free());
    world.prices(&["100", "100", "101", "101.5", "102"]);
    assert_eq!(sold(&world, Purpose::TakeProfit), ["0.16"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.state().core.status, BotStatus::Stopped);

    // The two last together are worth an order of their own.
    config.base_order = Volume::Quote {
        amount: amount("20"),
    };
    config.take_profit = steps(&[("1", "60"), ("2", "20"), ("3", "20")]);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "101", "102", "103"]);
    assert_eq!(sold(&world, Purpose::TakeProfit), ["0.12", "0.08"]);
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn what_deals_left_over_is_sold_when_the_bot_stops() {
    for mode in [StopMode::Sell, StopMode::Finish] {
        let mut world = with_left_over();
        world.command(Command::Stop { mode });
        world.prices(&["200", "200"]);
        assert_eq!(sold(&world, Purpose::Close), ["0.056"], "{mode:?}");
        assert_eq!(world.state().core.status, BotStatus::Stopped);
    }
    let mut world = with_left_over();
    world.command(Command::Stop {
        mode: StopMode::Keep,
    });
    world.prices(&["200", "200"]);
    assert_eq!(world.base(), amount("0.056943"));
}

/// A bot without a deal, whose 0.056 SOL were worth 4.48 USDT when its stop-loss could not sell them, and 11.2 now.
fn with_left_over() -> World {
    let mut config = dca(0, "50");
    config.base_order = Volume::Quote {
        amount: amount("5.7"),
    };
    config.stop_loss = Some(stop_loss("10"));
    config.cooldown_s = 2_592_000;
    let mut world = World::dca(config, fees("0.001", FeeCharge::Received));
    world.prices(&["100", "100", "80", "200"]);
    assert!(world.dca_state().deals.is_empty());
    world
}
