//! What a venue may do with an order and the simulated exchange does not: fill it in parts, twice, late, and cancel it
//! some time after it was asked to.

use platform::SystemClock;
use store::trading::{
    accounts::OpenOrder,
    commit::{Batch, CommandOutcome, OrderProgress},
};
use trading::{
    Amount,
    bot::{BotStatus, CloseReason, ClosedDeal, ClosedTrade, Decision, Facts, Output, Reason},
    market::RejectCode,
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
fn why_an_order_was_refused_is_kept_whatever_comes_after() {
    let mut recorder = recorder();
    recorder.places(OrderStatus::Sending);
    let refused = OrderUpdate {
        order: 1,
        status: OrderStatus::Rejected,
        reject: Some(RejectCode::BelowMinQuantity),
    };
    recorder.receive(2, BOT, Event::Update(&refused));
    recorder.fills(3, &fill("a", "0.4", false));
    let batch = recorder.take().unwrap();
    let progress = &batch.orders[0].progress;
    assert_eq!(
        (progress.reject, progress.ended_at),
        (Some(RejectCode::BelowMinQuantity), Some(2))
    );
    let story = ["order.created", "order.rejected", "order.filled"];
    assert_eq!(told(&batch), story);
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

/// Each thing that is to be written counts, so that it does not wait for long.
#[test]
fn whatever_happens_counts_until_it_is_taken() {
    let mut recorder = recorder();
    let bot = Uuid::from_u128(1);
    let mut counted = 0;
    let mut more = |recorder: &Recorder| {
        assert!(recorder.effects() > counted);
        counted = recorder.effects();
    };
    recorder.answer(CommandOutcome {
        id: Uuid::nil(),
        pos: 7,
        error: None,
    });
    more(&recorder);
    recorder.status(bot, BotStatus::Running, None);
    more(&recorder);
    recorder.end_deal(bot, 1, 1);
    more(&recorder);
    let orphan = OpenOrder {
        id: Uuid::from_u128(2),
        client_order_id: String::new(),
        venue_order_id: None,
        bot,
        symbol: "BTC-USDT".parse().unwrap(),
        intent: intent(9),
        life: Life::begin(OrderSize::Base(amount("1")), OrderStatus::Open),
        reserved: Amount::ZERO,
        is_marketable: false,
        placed_pos: 0,
        placed_at: 0,
        ended_at: None,
    };
    recorder.cancel_orphan(&orphan, 5);
    more(&recorder);
    recorder.places(OrderStatus::Open);
    more(&recorder);
    let batch = recorder.take().unwrap();
    assert_eq!(recorder.effects(), 0);
    let story = [
        "bot.status_changed",
        "deal.closed",
        "order.cancelled",
        "order.created",
    ];
    assert_eq!(told(&batch), story);
    let change = &batch.changes[0];
    assert_eq!(
        (change.id, change.progress.status, change.progress.ended_at),
        (orphan.id, OrderStatus::Canceled, Some(5))
    );
}

#[test]
fn what_a_bot_says_is_written() {
    let mut recorder = recorder();
    let bot = Uuid::from_u128(1);
    let (one, two) = (amount("1"), amount("2"));
    for output in [
        Output::DealOpened { deal: 4 },
        Output::TradeClosed(ClosedTrade {
            deal: 4,
            quantity: one,
            cost: one,
            proceeds: two,
            realised: one,
        }),
        Output::DealClosed(ClosedDeal {
            deal: 4,
            reason: CloseReason::TakeProfit,
            opened_at: 1,
            closed_at: 3,
            realised: one,
            invested: two,
        }),
        Output::Decision(Decision {
            reason: Reason::OrderRejected(RejectCode::BelowMinQuantity),
            deal: Some(4),
            price: Some(two),
            facts: Facts::default(),
        }),
        Output::Status {
            status: BotStatus::Stopped,
            reason: Some(Reason::FeedEnded),
        },
    ] {
        recorder.receive(3, BOT, Event::Output(&output));
    }
    // The table holds what was asked for: what it came to is written, and no second time.
    recorder.settle(bot, BotStatus::Running);
    recorder.settle(Uuid::from_u128(2), BotStatus::Paused);
    let batch = recorder.take().unwrap();
    let opened = &batch.opened[0];
    assert_eq!((opened.bot, opened.number, opened.at), (bot, 4, 3));
    let closed = &batch.closed[0];
    assert_eq!(
        (closed.bot, closed.number, closed.at, closed.reason),
        (bot, 4, 3, CloseReason::TakeProfit)
    );
    assert_eq!((closed.invested, closed.realised), (two, one));
    let trade = &batch.trades[0];
    assert_eq!((trade.bot, trade.deal, trade.at), (bot, 4, 3));
    assert_eq!((trade.cost, trade.proceeds), (one, two));
    let decision = &batch.decisions[0];
    assert_eq!(
        (decision.code.as_str(), decision.detail.as_deref()),
        ("order_rejected", Some("below_min_quantity"))
    );
    assert_eq!((decision.deal, decision.price), (Some(4), Some(two)));
    let statuses = batch.statuses.iter();
    let statuses: Vec<_> = statuses
        .map(|new| (new.bot.as_u128(), new.status, new.reason.as_deref()))
        .collect();
    assert_eq!(
        statuses,
        [
            (1, BotStatus::Stopped, Some("feed_ended")),
            (2, BotStatus::Paused, None)
        ]
    );
    let story = ["deal.opened", "deal.closed", "bot.status_changed"];
    assert_eq!(told(&batch), story);
}

/// A status that a command led to says why it was given, unless it has a reason of its own.
#[test]
fn a_command_lends_its_reason() {
    let mut recorder = recorder();
    recorder.because = Some("plan".to_owned());
    recorder.status(Uuid::from_u128(1), BotStatus::Paused, None);
    let own = Some("own".to_owned());
    recorder.status(Uuid::from_u128(2), BotStatus::Paused, own);
    let batch = recorder.take().unwrap();
    let reasons = batch.statuses.iter();
    let reasons: Vec<_> = reasons.map(|new| new.reason.as_deref()).collect();
    assert_eq!(reasons, [Some("plan"), Some("own")]);
}

#[test]
fn a_bot_that_was_given_something_is_to_be_saved() {
    let mut recorder = recorder();
    recorder.add_bot(Uuid::from_u128(2), "BTC-USDT".parse().unwrap());
    let dirty = |recorder: &Recorder| -> Vec<(usize, u128)> {
        let dirty = recorder.dirty();
        dirty.map(|(place, bot)| (place, bot.as_u128())).collect()
    };
    assert_eq!(dirty(&recorder), []);
    recorder.note_input(1);
    recorder.note_input(9);
    assert_eq!((dirty(&recorder), recorder.effects()), (vec![(1, 2)], 0));
    recorder.take().unwrap();
    assert_eq!(dirty(&recorder), []);
}
