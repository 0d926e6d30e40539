//! Scheduled purchases at the edges: later runs, orders under way over a tick, sales too small to be made.

use trading::Amount;
use trading::bot::interval::{CatchUp, Frequency, IntervalConfig};
use trading::bot::{
    BotConfig, BotSetup, BotStatus, ClosedDeal, Command, Event, FeeCharge, Input, Output, Quote,
    State, StopMode, Timer, step,
};
use trading::market::{MinNotionalPolicy, RejectCode};
use trading::order::{
    Fee, Fill, Liquidity, OrderIntent, OrderNumber, OrderSize, OrderStatus, OrderUpdate, Purpose,
};

use crate::support::{amount, fees, sol};

const HOUR: i64 = 3_600_000;

fn hourly(catch_up: CatchUp) -> IntervalConfig {
    IntervalConfig {
        amount: amount("50"),
        frequency: Frequency::Hourly { minute: 0 },
        timezone: "UTC".into(),
        start_at: None,
        end_at: None,
        max_total: None,
        min_price: None,
        max_price: None,
        catch_up,
        min_notional_policy: MinNotionalPolicy::Reject,
    }
}

/// A bot on a venue that does to orders what a test says.
struct Buyer {
    setup: BotSetup,
    state: State,
    placed: Vec<OrderIntent>,
    closed: Vec<ClosedDeal>,
}

impl Buyer {
    fn new(catch_up: CatchUp) -> Self {
        let bot = BotConfig::DcaInterval(hourly(catch_up));
        let setup = BotSetup::paper(bot, sol(), fees("0", FeeCharge::Quote));
        let mut buyer = Self {
            state: State::new(&setup),
            setup,
            placed: Vec::new(),
            closed: Vec::new(),
        };
        buyer.tell(0, Event::Command(Command::Start));
        buyer
    }

    fn tell(&mut self, at: i64, event: Event) {
        let mut out = Vec::new();
        step(
            &self.setup,
            &mut self.state,
            &Input::new(at, event),
            &mut out,
        )
        .unwrap();
        self.state.check(&self.setup).unwrap();
        for output in out {
            match output {
                Output::Place(intent) => self.placed.push(intent),
                Output::DealClosed(deal) => self.closed.push(deal),
                _ => {}
            }
        }
    }

    fn price(&mut self, at: i64) {
        while let Some((_, timer)) = self.state.next_timer().filter(|(due, _)| *due <= at) {
            self.tell(at, Event::Timer(timer));
        }
        self.tell(at, Event::Price(Quote::flat(amount("100"), at)));
    }

    fn update(&mut self, at: i64, order: OrderNumber, status: OrderStatus) {
        self.refuse(at, order, status, None);
    }

    fn refuse(
        &mut self,
        at: i64,
        order: OrderNumber,
        status: OrderStatus,
        reject: Option<RejectCode>,
    ) {
        self.tell(
            at,
            Event::Order(OrderUpdate {
                order,
                status,
                reject,
            }),
        );
    }

    fn fill(&mut self, at: i64, order: OrderNumber) {
        self.fill_at(at, order, "100");
    }

    fn fill_at(&mut self, at: i64, order: OrderNumber, price: &str) {
        let fee = Fee {
            asset: "USDT".parse().unwrap(),
            amount: Amount::ZERO,
            rate: None,
            is_estimated: false,
            conversion: None,
        };
        self.tell(
            at,
            Event::Fill(Fill {
                order,
                trade: order.to_string(),
                price: amount(price),
                quantity: amount("0.5"),
                quote: amount(price).times(amount("0.5")).unwrap(),
                fee,
                liquidity: Liquidity::Taker,
                is_last: true,
            }),
        );
    }

    /// Times for which purchases were placed, in hours.
    fn times(&self) -> Vec<i64> {
        let times = self.placed.iter().filter_map(|intent| intent.scheduled_at);
        times.map(|at| at / HOUR).collect()
    }
}

#[test]
fn a_purchase_under_way_does_not_take_the_next_ones_place() {
    for (catch_up, expected) in [
        (CatchUp::None, vec![0, 2]),
        (CatchUp::One, vec![0, 2]),
        (CatchUp::All, vec![0, 1, 2]),
    ] {
        let mut buyer = Buyer::new(catch_up);
        buyer.price(0);
        // Two of its times pass while the first order is unknown.
        buyer.price(HOUR);
        buyer.price(2 * HOUR);
        buyer.fill(2 * HOUR, 1);
        for number in 2.. {
            buyer.price(2 * HOUR + 1);
            if buyer.placed.len() < number {
                break;
            }
            buyer.fill(2 * HOUR + 1, u64::try_from(number).unwrap());
        }
        assert_eq!(buyer.times(), expected, "{catch_up:?}");
    }
}

#[test]
fn one_that_never_was_is_made_up_for_with_those_that_were_missed_beside_it() {
    for (catch_up, expected) in [(CatchUp::One, vec![0, 1]), (CatchUp::All, vec![0, 0, 1])] {
        let mut buyer = Buyer::new(catch_up);
        buyer.price(0);
        buyer.price(HOUR);
        buyer.update(HOUR, 1, OrderStatus::Absent);
        for number in 2..=3 {
            buyer.price(HOUR + 1);
            if buyer.placed.len() >= usize::try_from(number).unwrap() {
                buyer.fill(HOUR + 1, number);
            }
        }
        assert_eq!(buyer.times(), expected, "{catch_up:?}");
    }
}

#[test]
fn its_state_does_not_grow_with_its_purchases() {
    let mut buyer = Buyer::new(CatchUp::One);
    let mut size = |count: std::ops::Range<i64>| {
        for hour in count {
            buyer.price(hour * HOUR);
            let number = buyer.placed.last().unwrap().number;
            buyer.fill(hour * HOUR, number);
        }
        serde_json::to_string(&buyer.state).unwrap().len()
    };
    let before = size(0..200);
    let after = size(200..600);
    assert!(after < before + 64, "{before} then {after}");
}

#[test]
fn each_run_reports_its_own_profit() {
    let mut buyer = Buyer::new(CatchUp::One);
    for (run, sold_at) in [(0, "90"), (1, "120")] {
        let at = run * HOUR;
        if run > 0 {
            buyer.tell(at, Event::Command(Command::Start));
        }
        buyer.price(at);
        let number = buyer.placed.last().unwrap().number;
        buyer.fill(at, number);
        let sale = stop(&mut buyer, at + 1);
        buyer.fill_at(at + 1, sale.number, sold_at);
        assert_eq!(buyer.state.core.status, BotStatus::Stopped);
    }
    let realised: Vec<Amount> = buyer.closed.iter().map(|deal| deal.realised).collect();
    assert_eq!(realised, ["-5", "10"].map(amount));
    assert_eq!(buyer.state.core.realised, amount("5"));
}

fn stop(buyer: &mut Buyer, at: i64) -> OrderIntent {
    buyer.tell(
        at,
        Event::Command(Command::Stop {
            mode: StopMode::Sell,
        }),
    );
    buyer.placed.last().unwrap().clone()
}

#[test]
fn what_is_too_little_to_be_sold_is_kept() {
    // Half a coin was bought when the smallest order was less.
    let mut buyer = Buyer::new(CatchUp::One);
    buyer.price(0);
    buyer.fill(0, 1);
    buyer.setup.terms.market.min_quantity = amount("0.6");
    let last = stop(&mut buyer, 1);
    assert_eq!(last.purpose, Purpose::Interval, "no sale is tried");
    assert_eq!(buyer.state.core.status, BotStatus::Stopped);
    assert_eq!(buyer.state.next_timer(), None);
    assert_eq!(buyer.state.position().unwrap().quantity, amount("0.5"));

    for code in [RejectCode::BelowMinNotional, RejectCode::BelowMinQuantity] {
        let mut buyer = Buyer::new(CatchUp::One);
        buyer.price(0);
        buyer.fill(0, 1);
        let sale = stop(&mut buyer, 1);
        buyer.refuse(1, sale.number, OrderStatus::Rejected, Some(code));
        assert_eq!(buyer.state.core.status, BotStatus::Stopped, "{code:?}");
    }
}

#[test]
fn a_sale_that_is_refused_again_and_again_is_tried_ever_more_rarely() {
    let mut buyer = Buyer::new(CatchUp::One);
    buyer.price(0);
    buyer.fill(0, 1);
    let mut sale = stop(&mut buyer, 1);
    let mut at = 1;
    let mut waits = Vec::new();
    for _ in 0..10 {
        let closed = Some(RejectCode::Refused);
        buyer.refuse(at, sale.number, OrderStatus::Rejected, closed);
        let (due, timer) = buyer.state.next_timer().unwrap();
        assert!(matches!(timer, Timer::Manage(_)));
        waits.push((due - at) / 1000);
        at = due;
        buyer.tell(at, Event::Timer(timer));
        sale = buyer.placed.last().unwrap().clone();
        assert_eq!(sale.size, OrderSize::Base(amount("0.5")));
    }
    let expected = [30, 60, 120, 240, 480, 600, 600, 600, 600, 600];
    assert_eq!(waits, expected);
}
