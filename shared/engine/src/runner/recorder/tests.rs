//! What a venue may do with an order and the simulated exchange does not: fill it in parts, twice, late, and cancel it
//! some time after it was asked to.

use platform::SystemClock;
use store::trading::commit::{Batch, OrderProgress};
use trading::{
    Amount,
    bot::Output,
    order::{
        Fee, Fill, Filled, LegId, Life, Liquidity, OrderIntent, OrderSize, OrderStatus, OrderType,
        OrderUpdate, Placed, Purpose, Side,
    },
    paper::{BotSlot, Event, Sink},
};
use uuid::Uuid;

use super::{Recorder, RecorderFault};

const BOT: BotSlot = BotSlot(0);

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Buys one base at market.
fn intent(number: u64) -> OrderIntent {
    OrderIntent {
        leg: LegId::FIRST,
        number,
        deal: 1,
        purpose: Purpose::Base,
        level: 0,
        attempt: 1,
        side: Side::Buy,
        kind: OrderType::Market,
        size: OrderSize::Base(amount("1")),
        scheduled_at: None,
    }
}

fn fill(trade: &str, base: &str, is_last: bool) -> Fill {
    Fill {
        order: 1,
        trade: trade.to_owned(),
        price: amount("100"),
        quantity: amount(base),
        quote: amount(base).times(amount("100")).unwrap(),
        fee: Fee {
            asset: "USDT".parse().unwrap(),
            amount: amount("0.01"),
            rate: None,
            is_estimated: false,
            conversion: None,
        },
        liquidity: Liquidity::Taker,
        is_last,
    }
}

/// A recorder of one bot.
fn recorder() -> Recorder {
    let symbol = "BTC-USDT".parse().unwrap();
    let mut recorder = Recorder::new(SystemClock::shared(), 7);
    recorder.add_bot(Uuid::from_u128(1), symbol);
    recorder
}

impl Recorder {
    fn places(&mut self, status: OrderStatus) {
        let intent = intent(1);
        let placed = Placed {
            intent: &intent,
            reserved: amount("100.1"),
            is_marketable: true,
            status,
            reject: None,
        };
        self.receive(1, BOT, Event::Placed(&placed));
    }

    fn fills(&mut self, at: i64, fill: &Fill) {
        self.receive(at, BOT, Event::Fill(&intent(1), fill));
    }

    fn moves(&mut self, at: i64, status: OrderStatus) {
        let (order, reject) = (1, None);
        let update = OrderUpdate {
            order,
            status,
            reject,
        };
        self.receive(at, BOT, Event::Update(&update));
    }

    fn cancels(&mut self, at: i64) {
        self.receive(at, BOT, Event::Output(&Output::Cancel(1)));
    }
}

fn filled(progress: &OrderProgress) -> (OrderStatus, String) {
    let Filled { base, quote } = progress.filled;
    (progress.status, format!("{base} for {quote}"))
}

fn told(batch: &Batch) -> Vec<&'static str> {
    let events = batch.events.iter();
    events.map(|event| event.event_type().as_str()).collect()
}

#[test]
fn what_was_decided_is_what_is_written() {
    for status in [
        OrderStatus::Sending,
        OrderStatus::Open,
        OrderStatus::Rejected,
    ] {
        let mut recorder = recorder();
        recorder.places(status);
        let batch = recorder.take().unwrap();
        let order = &batch.orders[0];
        assert_eq!(order.progress.status, status);
        assert_eq!(
            (order.reserved, order.is_marketable),
            (amount("100.1"), true)
        );
        let ended = status.is_terminal().then_some(1);
        assert_eq!(order.progress.ended_at, ended);
    }
}

#[test]
fn fills_of_an_order_are_summed_up_and_a_trade_counts_once() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Open);
    recorder.fills(2, &fill("a", "0.4", false));
    recorder.fills(3, &fill("a", "0.4", false));
    let batch = recorder.take().unwrap();
    assert_eq!(
        filled(&batch.orders[0].progress),
        (OrderStatus::PartiallyFilled, "0.4 for 40".to_owned())
    );
    assert_eq!(batch.fills.len(), 1);
    assert!(batch.changes.is_empty());

    recorder.fills(4, &fill("a", "0.4", false));
    recorder.fills(5, &fill("b", "0.5", false));
    recorder.fills(6, &fill("c", "0.1", true));
    let batch = recorder.take().unwrap();
    assert_eq!(batch.changes.len(), 1, "one change an order");
    let change = &batch.changes[0].progress;
    assert_eq!(
        filled(change),
        (OrderStatus::Filled, "1 for 100".to_owned())
    );
    assert_eq!(change.ended_at, Some(6));
    let trades: Vec<&str> = batch.fills.iter().map(|fill| fill.trade.as_str()).collect();
    let order = batch.changes[0].id.simple();
    assert_eq!(trades, [format!("{order}-b"), format!("{order}-c")]);
    assert_eq!(told(&batch), ["order.filled", "order.filled"]);
}

#[test]
fn news_that_are_no_end_are_written_too() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Sending);
    recorder.take().unwrap();
    for status in [OrderStatus::Unknown, OrderStatus::Open] {
        recorder.moves(2, status);
        let batch = recorder.take().unwrap();
        assert_eq!(batch.changes[0].progress.status, status);
        assert_eq!(told(&batch), [""; 0]);
    }
    // What is behind is no news.
    recorder.moves(3, OrderStatus::Unknown);
    assert!(recorder.take().unwrap().changes.is_empty());
}

#[test]
fn a_cancel_is_written_with_the_state_that_asked_for_it() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Open);
    recorder.take().unwrap();
    recorder.cancels(2);
    let batch = recorder.take().unwrap();
    let change = &batch.changes[0].progress;
    assert_eq!(change.status, OrderStatus::Canceling);
    assert_eq!(
        (change.cancel_requested_at, change.ended_at),
        (Some(2), None)
    );
    assert_eq!(told(&batch), [""; 0]);

    recorder.moves(5, OrderStatus::Canceled);
    let batch = recorder.take().unwrap();
    let change = &batch.changes[0].progress;
    assert_eq!(change.status, OrderStatus::Canceled);
    assert_eq!(
        (change.cancel_requested_at, change.ended_at),
        (Some(2), Some(5))
    );
    assert_eq!(told(&batch), ["order.cancelled"]);

    // It has ended: nothing is to be cancelled.
    recorder.cancels(6);
    assert!(recorder.take().unwrap().changes.is_empty());
}

#[test]
fn a_fill_after_the_end_is_written_and_told() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Open);
    recorder.moves(2, OrderStatus::Canceled);
    recorder.fills(3, &fill("a", "0.4", false));
    let batch = recorder.take().unwrap();
    let order = &batch.orders[0];
    assert_eq!(
        filled(&order.progress),
        (OrderStatus::Canceled, "0.4 for 40".to_owned())
    );
    assert_eq!(order.progress.ended_at, Some(2));
    let story = ["order.created", "order.cancelled", "order.filled"];
    assert_eq!(told(&batch), story);

    // A later one needs its row.
    recorder.fills(4, &fill("b", "0.1", false));
    let unknown = recorder.take().unwrap_err();
    assert!(matches!(unknown, RecorderFault::UnknownOrder(1, _)));
    let life = Life::begin(OrderSize::Base(amount("1")), OrderStatus::Canceled);
    recorder.add_order((BOT, 1), order.id, life, false);
    recorder.fills(4, &fill("b", "0.1", false));
    let batch = recorder.take().unwrap();
    assert_eq!(
        filled(&batch.changes[0].progress),
        (OrderStatus::Canceled, "0.1 for 10".to_owned())
    );
    assert_eq!(told(&batch), ["order.filled"]);
}

#[test]
fn what_cannot_be_is_not_written() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Open);
    recorder.fills(2, &fill("a", "1.1", false));
    let fault = recorder.take().unwrap_err();
    assert!(matches!(fault, RecorderFault::Life(1, _, _)), "{fault}");
    let says = "more than was asked for";
    assert!(fault.to_string().contains(says), "{fault}");
}
