//! When an account is to be saved, and which of its bots are taken up.

use std::time::{Duration, Instant};

use platform::SystemClock;
use serde_json::{Value, json};
use store::trading::{
    accounts::{AccountRow, BotRow, CommandRow, Loaded, OpenOrder},
    bot_states::BotBooks,
    commit::Batch,
    feeds::FeedStatus,
};
use trading::{
    Amount,
    bot::{BOOKS_SINCE, BotStatus, STATE_FORMAT},
    candle::{Point, TimelinePoint},
    order::{
        LegId, Life, OrderIntent, OrderSize, OrderStatus, OrderType, Purpose, Side, TimeInForce,
    },
    paper::Balance,
};
use uuid::Uuid;

use super::{AccountSession, EFFECTS_WAIT, INPUTS_WAIT, MOST_EFFECTS, MOST_INPUTS};
use crate::runner::bot_row::Unreadable;

fn just_below(wait: Duration) -> Duration {
    wait.saturating_sub(Duration::from_nanos(1))
}

/// An account of four coins, one of which is a bot's that is not in memory, that has played nothing; and those of its bots
/// that cannot be read.
fn load(bots: Vec<BotRow>, orders: Vec<OpenOrder>) -> (AccountSession, Vec<Unreadable>) {
    let held = |asset: &str, free, reserved| {
        let [free, reserved] = [free, reserved].map(Amount::from_int);
        (asset.parse().unwrap(), Balance { free, reserved })
    };
    let loaded = Loaded {
        account: AccountRow {
            paper: json!({
                "symbol": "SOL-USDT", "balances": {}, "feed": {"kind": "synthetic", "seed": 1, "candles": 1},
            }),
            status: FeedStatus::Running,
            input_pos: 0,
            data_time: None,
            price: None,
        },
        bots,
        orders,
        balances: vec![held("SOL", 4, 0), held("USDT", 100, 30)],
        commands: Vec::new(),
        owned_elsewhere: Amount::ONE,
    };
    AccountSession::build(Uuid::nil(), loaded, SystemClock::shared(), &[]).unwrap()
}

fn account() -> AccountSession {
    load(Vec::new(), Vec::new()).0
}

/// A bot that was saved so.
fn bot(state_format: Option<i32>, state: Option<Value>) -> BotRow {
    BotRow {
        id: Uuid::from_u128(1),
        symbol: "SOL-USDT".parse().unwrap(),
        config: json!({"type": "dca_interval", "amount": "50", "frequency": {"every": "hourly"}}),
        status: BotStatus::Running,
        state_format,
        state,
    }
}

/// An account whose only bot was told to start.
fn started() -> AccountSession {
    let (mut account, _) = load(vec![bot(None, None)], Vec::new());
    let start = CommandRow {
        id: Uuid::nil(),
        bot: Uuid::from_u128(1),
        command: json!({"command": "start"}),
        reason: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
    };
    account.tell(&start, 0, false).unwrap();
    account
}

/// The state of that bot.
fn state() -> Value {
    let mut account = started();
    let batch = account.take_batch().unwrap();
    serde_json::from_str(batch.states[0].state.get()).unwrap()
}

impl AccountSession {
    /// Something that is to be written: the answer to a command for nobody.
    fn answers(&mut self) {
        let row = CommandRow {
            id: Uuid::nil(),
            bot: Uuid::nil(),
            command: json!(null),
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        self.tell(&row, 0, false).unwrap();
    }

    /// A point at which nothing happens.
    fn plays(&mut self) {
        let point = Point {
            at: self.pos(),
            price: Amount::ONE,
        };
        let step = TimelinePoint {
            point,
            closes: None,
            gap: None,
        };
        self.step(&step, Instant::now()).unwrap();
    }
}

#[test]
fn what_happened_waits_for_fifty_milliseconds_or_sixty_three_others() {
    let mut account = account();
    let before = Instant::now();
    account.answers();
    let after = Instant::now();
    assert!(account.has_effects());
    assert!(!account.is_due(before + just_below(EFFECTS_WAIT)));
    assert!(account.is_due(after + EFFECTS_WAIT));
    // The first of them counts, and only until it is saved.
    account.answers();
    assert!(account.is_due(after + EFFECTS_WAIT));
    account.take_batch().unwrap();
    assert!(!account.is_due(after + INPUTS_WAIT));

    let before = Instant::now();
    for _ in 1..MOST_EFFECTS {
        account.answers();
    }
    assert!(!account.is_due(before));
    account.answers();
    assert!(account.is_due(before));
}

#[test]
fn points_at_which_nothing_happens_wait_for_five_seconds_or_255_others() {
    let before = Instant::now();
    let mut account = account();
    let after = Instant::now();
    assert!(!account.is_due(after + INPUTS_WAIT));
    assert!(!account.is_unsaved());
    account.plays();
    assert!(account.is_unsaved() && !account.has_effects());
    assert!(!account.is_due(before + just_below(INPUTS_WAIT)));
    assert!(account.is_due(after + INPUTS_WAIT));
    for _ in 2..MOST_INPUTS {
        account.plays();
    }
    assert!(!account.is_due(before));
    account.plays();
    assert!(account.is_due(before));

    let before = Instant::now();
    let batch = account.take_batch().unwrap();
    assert_eq!(
        (batch.from_pos, batch.input_pos),
        (0, i64::from(MOST_INPUTS))
    );
    assert!(!account.is_unsaved());
    account.plays();
    assert!(!account.is_due(before + just_below(INPUTS_WAIT)));
}

#[test]
fn a_state_is_read_unless_it_is_broken_or_of_a_newer_release() {
    let newest = i32::from(STATE_FORMAT);
    let (whole, broken) = (state(), json!({"core": {}}));
    for (format, state, says) in [
        (None, None, None),
        (Some(1), Some(&whole), None),
        (Some(newest), Some(&whole), None),
        (
            Some(newest + 1),
            Some(&whole),
            Some("its state was saved by a newer release"),
        ),
        (
            Some(newest),
            Some(&broken),
            Some("its state cannot be read: "),
        ),
    ] {
        let (account, unreadable) = load(vec![bot(format, state.cloned())], Vec::new());
        let reasons: Vec<&str> = unreadable.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(
            reasons.len(),
            usize::from(says.is_some()),
            "{format:?} {reasons:?}"
        );
        assert!(
            reasons
                .iter()
                .all(|reason| reason.starts_with(says.unwrap_or_default()))
        );
        assert_eq!(
            account.known().len(),
            usize::from(says.is_none()),
            "{format:?}"
        );
    }
}

/// What its rows say of a bot that bought five coins.
fn books(state: &Value) -> BotBooks {
    let number = |field: &str| state["core"][field].as_u64().unwrap();
    BotBooks {
        next_order: number("next_order"),
        next_deal: number("next_deal").try_into().unwrap(),
        base: Amount::from_int(5),
        spent: Amount::from_int(100),
        fees: Amount::ONE,
        realised: Amount::from_int(3),
        open_deals: vec![(1, 0)],
    }
}

/// What is written of a bot that had to be salvaged, with the number of bots that are in memory then.
fn salvaged(row: BotRow, books: &BotBooks) -> (Batch, usize) {
    let (mut account, mut unreadable) = load(vec![row], Vec::new());
    account.salvage(unreadable.remove(0), books).unwrap();
    let known = account.known().len();
    (account.take_batch().unwrap(), known)
}

#[test]
fn a_bot_that_cannot_go_on_is_taken_up_as_failed_with_what_its_rows_say() {
    let newest = i32::from(STATE_FORMAT);
    let mut state = state();
    let books = books(&state);
    state["core"]["fees"] = json!("7");
    state["kind"] = json!("none");
    let said = |batch: &Batch| -> Vec<&str> {
        let events = batch.events.iter();
        events.map(|event| event.event_type().as_str()).collect()
    };
    let core = |batch: &Batch| -> Value {
        let mut state: Value = serde_json::from_str(batch.states[0].state.get()).unwrap();
        state["core"].take()
    };
    // The core counts from the format on whose books say what a bot holds.
    for (format, fees) in [
        (newest, "7"),
        (i32::from(BOOKS_SINCE), "7"),
        (i32::from(BOOKS_SINCE) - 1, "1"),
    ] {
        let (batch, known) = salvaged(bot(Some(format), Some(state.clone())), &books);
        assert_eq!(known, 1, "{format}");
        assert_eq!(
            said(&batch),
            ["bot.status_changed", "deal.closed"],
            "{format}"
        );
        assert_eq!(batch.statuses[0].status, BotStatus::Error);
        assert_eq!(batch.states[0].bot, Uuid::from_u128(1));
        assert_eq!(core(&batch)["fees"], fees, "{format}");
    }
    // No more is its own than nobody else owns: three of the four coins.
    let old = i32::from(BOOKS_SINCE) - 1;
    let (batch, _) = salvaged(bot(Some(old), Some(state.clone())), &books);
    assert_eq!(core(&batch)["holdings"]["base"], "3");
    // One that is known to have failed does not say so again.
    let failed = BotRow {
        status: BotStatus::Error,
        ..bot(Some(newest), Some(state.clone()))
    };
    let (batch, known) = salvaged(failed, &books);
    assert_eq!((said(&batch), known), (vec!["deal.closed"], 1));
    // What a newer release knows of it is left alone.
    let newer = bot(Some(newest + 1), Some(state));
    let (batch, known) = salvaged(newer, &books);
    assert_eq!((said(&batch), known), (vec!["bot.status_changed"], 0));
    assert!(batch.states.is_empty());
}

#[test]
fn what_happens_at_a_point_happens_at_the_position_after_it() {
    let mut account = started();
    account.plays();
    account.plays();
    assert_eq!((account.pos(), account.now()), (2, 1));
    let batch = account.take_batch().unwrap();
    assert_eq!((batch.from_pos, batch.input_pos), (0, 2));
    assert_eq!(batch.commands[0].pos, 0);
    let placed: Vec<i64> = batch.orders.iter().map(|order| order.placed_pos).collect();
    assert_eq!(placed, [1]);
}

#[test]
fn a_bot_that_comes_later_is_taken_up_and_one_at_rest_takes_new_settings() {
    let mut account = account();
    let broken = bot(Some(1), Some(json!({})));
    let unreadable = account.adopt(vec![broken], Amount::ZERO).unwrap();
    assert_eq!((unreadable.len(), account.known().len()), (1, 0));
    let unreadable = account.adopt(vec![bot(None, None)], Amount::ZERO).unwrap();
    assert_eq!(unreadable.len(), 0);
    assert_eq!(account.known(), [Uuid::from_u128(1)]);
    // Once, however often it is told of.
    account.adopt(vec![bot(None, None)], Amount::ZERO).unwrap();
    assert_eq!(account.known().len(), 1);
}

/// A bid for ten quote of a bot that is not in memory.
#[test]
fn an_order_without_its_bot_is_cancelled_and_its_funds_are_free() {
    let ten = Amount::from_int(10);
    let order = OpenOrder {
        id: Uuid::from_u128(5),
        client_order_id: String::new(),
        venue_order_id: None,
        bot: Uuid::from_u128(9),
        symbol: "SOL-USDT".parse().unwrap(),
        intent: OrderIntent {
            leg: LegId::FIRST,
            number: 1,
            deal: 1,
            purpose: Purpose::Base,
            level: 0,
            attempt: 1,
            side: Side::Buy,
            kind: OrderType::Limit {
                price: ten,
                time_in_force: TimeInForce::GoodTillCancelled,
            },
            size: OrderSize::Base(Amount::ONE),
            scheduled_at: None,
        },
        life: Life::begin(OrderSize::Base(Amount::ONE), OrderStatus::Open),
        reserved: ten,
        is_marketable: false,
        placed_pos: 0,
        placed_at: 0,
        ended_at: None,
    };
    let (mut account, _) = load(Vec::new(), vec![order]);
    let batch = account.take_batch().unwrap();
    let changed: Vec<_> = batch
        .changes
        .iter()
        .map(|row| (row.id, row.progress.status))
        .collect();
    assert_eq!(changed, [(Uuid::from_u128(5), OrderStatus::Canceled)]);
    let quote = batch
        .balances
        .iter()
        .find(|(asset, _)| asset.to_string() == "USDT");
    let quote = quote.unwrap().1;
    assert_eq!(
        [quote.free, quote.reserved],
        [110, 20].map(Amount::from_int)
    );
}
