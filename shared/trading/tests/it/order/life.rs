use std::collections::BTreeSet;

use proptest::prelude::*;
use trading::Amount;
use trading::amount::sum;
use trading::order::{
    Absence, Applied, Filled, Life, LifeError, LifeRow, Lookup, News, OrderSize, OrderStatus,
};

use super::{fill, filled, open, update};
use crate::support::amount;

const PROVEN: Absence = Absence {
    lookups: 5,
    waited_ms: 30_000,
    has_no_trades: true,
};

fn begun(status: OrderStatus) -> Life {
    Life::begin(OrderSize::Base(amount("1")), status)
}

fn not_found(absence: Absence) -> News<'static> {
    News::LookedUp(Lookup::NotFound(absence))
}

#[test]
fn several_fills_are_summed_up_to_the_end() {
    let mut life = begun(OrderStatus::Sending);
    assert_eq!(life.apply(News::Ack), Ok(Applied::Moved));
    assert_eq!(life.status(), OrderStatus::Open);
    assert_eq!(life.apply(fill("a", "0.4", "40")), Ok(Applied::Filled));
    assert_eq!(life.status(), OrderStatus::PartiallyFilled);
    assert_eq!(life.apply(fill("b", "0.5", "51")), Ok(Applied::Filled));
    assert_eq!(life.filled(), filled("0.9", "91"));
    assert_eq!(life.apply(fill("c", "0.1", "10")), Ok(Applied::Filled));
    assert_eq!(life.status(), OrderStatus::Filled);
    assert_eq!(life.filled(), filled("1", "101"));
}

#[test]
fn a_trade_that_is_known_changes_nothing() {
    let mut life = open();
    life.apply(fill("a", "0.4", "40")).unwrap();
    let before = life.clone();
    assert_eq!(life.apply(fill("a", "0.4", "40")), Ok(Applied::Unchanged));
    assert_eq!(life, before);

    let row = LifeRow {
        size: OrderSize::Base(amount("1")),
        status: OrderStatus::PartiallyFilled,
        filled: filled("0.4", "40"),
        cancel_requested_at: None,
        trades: BTreeSet::from(["a".to_owned()]),
    };
    let mut restored = Life::restored(row).unwrap();
    assert_eq!(
        restored.apply(fill("a", "0.4", "40")),
        Ok(Applied::Unchanged)
    );
    assert_eq!(restored, before);
}

#[test]
fn more_than_was_asked_for_is_an_error_and_changes_nothing() {
    let mut life = open();
    life.apply(fill("a", "0.6", "60")).unwrap();
    let before = life.clone();
    let over = LifeError::Overfilled {
        filled: filled("1.1", "110"),
    };
    assert_eq!(life.apply(fill("b", "0.5", "50")), Err(over));
    let told = update(OrderStatus::Filled, Some(filled("1.1", "110")));
    assert_eq!(life.apply(told), Err(over));
    for nothing in [fill("b", "0", "0"), fill("b", "-0.1", "-10")] {
        assert_eq!(life.apply(nothing), Err(LifeError::NotPositive));
    }
    let less = update(OrderStatus::Open, Some(filled("-1", "0")));
    assert_eq!(life.apply(less), Err(LifeError::NotPositive));
    assert_eq!(life, before);

    let row = |filled| LifeRow {
        size: OrderSize::Quote(amount("100")),
        status: OrderStatus::Open,
        filled,
        cancel_requested_at: None,
        trades: BTreeSet::new(),
    };
    assert!(Life::restored(row(filled("1", "100.01"))).is_err());
    assert!(Life::restored(row(filled("1", "-1"))).is_err());
    assert!(Life::restored(row(filled("9", "100"))).is_ok());
}

#[test]
fn an_end_waits_for_the_trades_that_the_venue_has_counted() {
    let mut life = open();
    let canceled = update(OrderStatus::Canceled, Some(filled("0.5", "50")));
    assert_eq!(life.apply(canceled), Ok(Applied::Moved));
    assert_eq!(life.status(), OrderStatus::PartiallyFilled);
    assert_eq!(life.missing(), Ok(amount("0.5")));
    life.apply(fill("a", "0.2", "20")).unwrap();
    assert_eq!(life.status(), OrderStatus::PartiallyFilled);
    life.apply(fill("b", "0.3", "30")).unwrap();
    assert_eq!(life.status(), OrderStatus::Canceled);
    assert_eq!(life.missing(), Ok(Amount::ZERO));

    // All of it is what was asked for, whether the venue says so or not.
    let mut life = open();
    life.apply(update(OrderStatus::Filled, None)).unwrap();
    assert_eq!(life.missing(), Ok(amount("1")));
    life.apply(fill("a", "1", "100")).unwrap();
    assert_eq!(life.status(), OrderStatus::Filled);

    // Of a purchase for quote it is not known how much that is.
    let mut life = Life::begin(OrderSize::Quote(amount("100")), OrderStatus::Open);
    life.apply(update(OrderStatus::Filled, None)).unwrap();
    assert_eq!(life.status(), OrderStatus::PartiallyFilled);
    let last = News::Fill {
        trade: "a",
        filled: filled("0.9", "99.9"),
        is_last: true,
    };
    life.apply(last).unwrap();
    assert_eq!(life.status(), OrderStatus::Filled);
}

#[test]
fn a_fill_after_the_end_counts_and_the_end_stays() {
    for end in [
        OrderStatus::Canceled,
        OrderStatus::Expired,
        OrderStatus::Rejected,
        OrderStatus::Absent,
    ] {
        let mut life = begun(end);
        assert_eq!(life.apply(fill("a", "0.4", "40")), Ok(Applied::FilledLate));
        assert_eq!((life.status(), life.filled()), (end, filled("0.4", "40")));
        for news in [
            News::Ack,
            update(OrderStatus::Filled, Some(filled("1", "100"))),
            News::CancelRequested { at: 1 },
            not_found(PROVEN),
        ] {
            assert_eq!(life.apply(news), Ok(Applied::Unchanged), "{news:?}");
            assert_eq!(life.status(), end);
        }
        // What the venue counted is still to be listed.
        assert_eq!(life.missing(), Ok(amount("0.6")));
    }
}

#[test]
fn a_status_does_not_go_back() {
    let forwards = [
        OrderStatus::Sending,
        OrderStatus::Unknown,
        OrderStatus::Open,
        OrderStatus::PartiallyFilled,
        OrderStatus::Canceling,
    ];
    for (place, from) in forwards.into_iter().enumerate() {
        for to in &forwards[..=place] {
            let mut life = begun(from);
            assert_eq!(life.apply(update(*to, None)), Ok(Applied::Unchanged));
            assert_eq!(life.status(), from, "told {to:?}");
        }
        for to in &forwards[place + 1..] {
            let mut life = begun(from);
            assert_eq!(life.apply(update(*to, None)), Ok(Applied::Moved));
            assert_eq!(life.status(), *to, "from {from:?}");
        }
    }
}

#[test]
fn what_was_filled_cannot_be_refused() {
    let mut life = open();
    assert_eq!(
        life.apply(update(OrderStatus::Rejected, Some(filled("0.1", "10")))),
        Err(LifeError::RejectedAfterFill)
    );
    life.apply(fill("a", "0.4", "40")).unwrap();
    let refused = update(OrderStatus::Rejected, None);
    assert_eq!(life.apply(refused), Err(LifeError::RejectedAfterFill));
    assert_eq!(life.status(), OrderStatus::PartiallyFilled);
    let mut life = open();
    life.apply(refused).unwrap();
    assert_eq!(life.status(), OrderStatus::Rejected);
}

#[test]
fn an_order_is_sent_once() {
    assert_eq!(begun(OrderStatus::Sending).check_send(), Ok(()));
    for status in [
        OrderStatus::Unknown,
        OrderStatus::Open,
        OrderStatus::PartiallyFilled,
        OrderStatus::Canceling,
        OrderStatus::Filled,
        OrderStatus::Canceled,
        OrderStatus::Expired,
        OrderStatus::Rejected,
        OrderStatus::Absent,
    ] {
        let refused = Err(LifeError::NotToBeSent(status));
        assert_eq!(begun(status).check_send(), refused);
    }
}

#[test]
fn absence_is_proven_or_it_is_none() {
    let mut life = begun(OrderStatus::Unknown);
    for absence in [
        Absence {
            lookups: 4,
            ..PROVEN
        },
        Absence {
            waited_ms: 29_999,
            ..PROVEN
        },
        Absence {
            has_no_trades: false,
            ..PROVEN
        },
    ] {
        assert_eq!(life.apply(not_found(absence)), Ok(Applied::Unchanged));
        assert_eq!(life.status(), OrderStatus::Unknown, "{absence:?}");
    }
    let told = update(OrderStatus::Absent, None);
    assert_eq!(life.apply(told), Err(LifeError::AbsentWithoutLookup));
    assert_eq!(life.apply(not_found(PROVEN)), Ok(Applied::Moved));
    assert_eq!(life.status(), OrderStatus::Absent);

    // It may be on its way still.
    let mut life = begun(OrderStatus::Sending);
    assert_eq!(life.apply(not_found(PROVEN)), Err(LifeError::NotUnknown));
    // What was there is not absent.
    let mut life = open();
    assert_eq!(life.apply(not_found(PROVEN)), Err(LifeError::Forgotten));
    let unproven = Absence {
        lookups: 1,
        ..PROVEN
    };
    assert_eq!(life.apply(not_found(unproven)), Ok(Applied::Unchanged));
    assert_eq!(life.status(), OrderStatus::Open);
}

#[test]
fn an_unknown_order_that_is_found_goes_on() {
    for (status, told, then) in [
        (OrderStatus::Open, filled("0", "0"), OrderStatus::Open),
        (
            OrderStatus::PartiallyFilled,
            filled("0.4", "40"),
            OrderStatus::PartiallyFilled,
        ),
        (
            OrderStatus::Canceled,
            filled("0", "0"),
            OrderStatus::Canceled,
        ),
    ] {
        let mut life = begun(OrderStatus::Unknown);
        let found = Lookup::Found {
            status,
            filled: told,
        };
        assert_eq!(life.apply(News::LookedUp(found)), Ok(Applied::Moved));
        assert_eq!(life.status(), then);
    }
}

#[test]
fn a_cancel_is_kept_until_the_order_ends() {
    let cancel = News::CancelRequested { at: 7 };
    let mut life = open();
    assert_eq!(life.apply(cancel), Ok(Applied::Moved));
    assert_eq!(life.apply(cancel), Ok(Applied::Unchanged));
    assert_eq!(
        life.apply(News::CancelRequested { at: 8 }),
        Ok(Applied::Unchanged)
    );
    assert_eq!(life.status(), OrderStatus::Canceling);
    assert_eq!(life.cancel_requested_at(), Some(7));
    life.apply(fill("a", "0.4", "40")).unwrap();
    assert_eq!(life.status(), OrderStatus::Canceling);
    let canceled = update(OrderStatus::Canceled, Some(filled("0.4", "40")));
    life.apply(canceled).unwrap();
    assert_eq!(life.status(), OrderStatus::Canceled);

    // One that may not be there is looked up first, and then cancelled.
    for status in [OrderStatus::Sending, OrderStatus::Unknown] {
        let mut life = begun(status);
        assert_eq!(life.apply(cancel), Ok(Applied::Moved));
        assert_eq!(life.status(), status);
        assert_eq!(life.cancel_requested_at(), Some(7));
        life.apply(News::Ack).unwrap();
        assert_eq!(life.status(), OrderStatus::Canceling);
    }
}

/// What happens to an order of a hundred lots, with the tenth part of one as the quote of each.
#[derive(Clone, Debug)]
enum Told {
    Ack,
    Unknown,
    Cancel(i64),
    Fill(usize),
    Update(OrderStatus, Option<i64>),
    Found(OrderStatus, i64),
}

fn lots(lots: i64) -> Filled {
    Filled {
        base: Amount::from_parts(i128::from(lots), 2).unwrap(),
        quote: Amount::from_parts(i128::from(lots), 1).unwrap(),
    }
}

fn tell(life: &mut Life, told: &Told, trades: &[i64]) -> Result<Applied, LifeError> {
    let name;
    life.apply(match told {
        Told::Ack => News::Ack,
        Told::Unknown => update(OrderStatus::Unknown, None),
        Told::Cancel(at) => News::CancelRequested { at: *at },
        Told::Fill(index) => {
            name = index.to_string();
            News::Fill {
                trade: &name,
                filled: lots(trades[*index]),
                is_last: false,
            }
        }
        Told::Update(status, told) => update(*status, told.map(lots)),
        Told::Found(status, told) => News::LookedUp(Lookup::Found {
            status: *status,
            filled: lots(*told),
        }),
    })
}

/// The trades of an order in lots, all that is told of it, in the order in which it happens, and how it ends.
fn history() -> impl Strategy<Value = (Vec<i64>, Vec<Told>, OrderStatus)> {
    let cuts = prop::collection::vec(1_i64..40, 0..6);
    (cuts, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY).prop_map(
        |(cuts, is_whole, is_unknown, is_canceled)| {
            let (mut trades, mut all) = (Vec::new(), 0);
            for cut in cuts {
                let lots = cut.min(100 - all);
                if lots > 0 {
                    trades.push(lots);
                    all += lots;
                }
            }
            if is_whole && all < 100 {
                trades.push(100 - all);
            }
            let mut told = if is_unknown {
                vec![Told::Unknown, Told::Found(OrderStatus::Open, 0)]
            } else {
                vec![Told::Ack, Told::Update(OrderStatus::Open, None)]
            };
            let mut done = 0;
            for (index, lots) in trades.iter().enumerate() {
                done += lots;
                told.push(Told::Fill(index));
                let status = if done == 100 {
                    OrderStatus::Filled
                } else {
                    OrderStatus::PartiallyFilled
                };
                told.push(Told::Update(status, Some(done)));
            }
            let mut end = OrderStatus::Filled;
            if done < 100 {
                end = if is_canceled {
                    told.push(Told::Cancel(3));
                    OrderStatus::Canceled
                } else {
                    OrderStatus::Expired
                };
                told.push(Told::Update(end, Some(done)));
            }
            (trades, told, end)
        },
    )
}

fn any_status() -> impl Strategy<Value = OrderStatus> {
    prop::sample::select(vec![
        OrderStatus::Sending,
        OrderStatus::Open,
        OrderStatus::PartiallyFilled,
        OrderStatus::Filled,
        OrderStatus::Canceling,
        OrderStatus::Canceled,
        OrderStatus::Expired,
        OrderStatus::Rejected,
        OrderStatus::Unknown,
        OrderStatus::Absent,
    ])
}

/// Whatever may be told, true or not.
fn anything() -> impl Strategy<Value = Told> {
    prop_oneof![
        Just(Told::Ack),
        Just(Told::Unknown),
        (0_i64..5).prop_map(Told::Cancel),
        (0_usize..6).prop_map(Told::Fill),
        (any_status(), prop::option::of(-5_i64..120))
            .prop_map(|(status, told)| Told::Update(status, told)),
        (any_status(), -5_i64..120).prop_map(|(status, told)| Told::Found(status, told)),
    ]
}

proptest! {
    /// What the venue tells twice, late and in any order is what it tells in order.
    #[test]
    fn the_same_news_in_any_order_lead_to_the_same_end(
        ((trades, told, end), doubled) in (history(), prop::collection::vec(any::<prop::sample::Index>(), 0..8))
            .prop_flat_map(|((trades, told, end), doubled)| {
                let mut all = told.clone();
                all.extend(doubled.iter().map(|index| index.get(&told).clone()));
                (Just((trades, told, end)), Just(all).prop_shuffle())
            })
    ) {
        let size = OrderSize::Base(amount("1"));
        let mut in_order = Life::begin(size, OrderStatus::Sending);
        for news in &told {
            tell(&mut in_order, news, &trades).unwrap();
        }
        let mut shuffled = Life::begin(size, OrderStatus::Sending);
        for news in &doubled {
            tell(&mut shuffled, news, &trades).unwrap();
        }
        let all = lots(trades.iter().sum());
        prop_assert_eq!(in_order.filled(), all);
        prop_assert_eq!(shuffled.filled(), all);
        prop_assert_eq!(in_order.status(), end);
        prop_assert_eq!(shuffled.status(), end);
        prop_assert_eq!(shuffled.missing(), Ok(Amount::ZERO));
    }

    /// Whatever is told, what was filled is the sum of the trades that were taken, each once, and never too much.
    #[test]
    fn nothing_that_is_told_shrinks_what_was_filled(
        trades in prop::collection::vec(-5_i64..60, 6),
        told in prop::collection::vec(anything(), 0..40),
        from in any_status(),
    ) {
        let size = OrderSize::Base(amount("1"));
        let mut life = Life::begin(size, from);
        let mut taken = BTreeSet::new();
        for news in &told {
            let before = life.clone();
            let applied = tell(&mut life, news, &trades);
            if applied.is_err() {
                prop_assert_eq!(&life, &before, "an error changes nothing");
            }
            if let (Told::Fill(index), Ok(Applied::Filled | Applied::FilledLate)) = (news, applied) {
                prop_assert!(taken.insert(*index), "a trade counts once");
            }
            prop_assert!(life.filled().base >= before.filled().base);
            prop_assert!(life.filled().quote >= before.filled().quote);
            prop_assert!(!life.filled().exceeds(size));
            if before.status().is_terminal() {
                prop_assert_eq!(life.status(), before.status(), "an end stays");
            }
            prop_assert!(life.check_send().is_err() || before.check_send().is_ok());
            prop_assert!(life.cancel_requested_at().is_some() || before.cancel_requested_at().is_none());
        }
        let sums = sum(taken.iter().map(|index| lots(trades[*index]).base)).unwrap();
        prop_assert_eq!(life.filled().base, sums);
    }
}
