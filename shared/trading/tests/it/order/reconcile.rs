use proptest::prelude::*;
use trading::Amount;
use trading::order::reconcile::{
    Mismatch, OurOrder, Resolution, Snapshot, VenueOrder, VenueTrade, reconcile,
};
use trading::order::{
    Absence, Applied, Fee, Fill, Filled, Life, LifeError, Liquidity, Lookup, News, OrderSize,
    OrderStatus,
};

use super::filled;
use crate::support::amount;

const PROVEN: Absence = Absence {
    lookups: 5,
    waited_ms: 30_000,
    has_no_trades: true,
};

/// An order of ours, the seventh of its bot, for one base.
fn ours(status: OrderStatus) -> OurOrder {
    OurOrder {
        client_order_id: "bbx1".to_owned(),
        venue_order_id: Some("v1".to_owned()),
        number: 7,
        life: Life::begin(OrderSize::Base(amount("1")), status),
        absence: None,
    }
}

fn listed(status: OrderStatus, filled: Filled) -> VenueOrder {
    VenueOrder {
        client_order_id: "bbx1".to_owned(),
        venue_order_id: "v1".to_owned(),
        status,
        filled,
    }
}

fn fee() -> Fee {
    Fee {
        asset: "USDT".parse().unwrap(),
        amount: amount("0.04"),
        rate: None,
        is_estimated: false,
        conversion: None,
    }
}

fn trade(name: &str, at: i64, filled: Filled) -> VenueTrade {
    VenueTrade {
        venue_order_id: "v1".to_owned(),
        trade: name.to_owned(),
        at,
        price: amount("100"),
        filled,
        fee: fee(),
        liquidity: Liquidity::Maker,
    }
}

fn input(name: &str, filled: Filled, is_last: bool) -> Fill {
    Fill {
        order: 7,
        trade: name.to_owned(),
        price: amount("100"),
        quantity: filled.base,
        quote: filled.quote,
        fee: fee(),
        liquidity: Liquidity::Maker,
        is_last,
    }
}

fn of(order: OurOrder, orders: Vec<VenueOrder>, trades: Vec<VenueTrade>) -> Vec<Resolution> {
    reconcile(&[order], &Snapshot { orders, trades })
}

fn name() -> String {
    "bbx1".to_owned()
}

fn mismatch(why: Mismatch) -> Resolution {
    Resolution::Mismatch { order: name(), why }
}

#[test]
fn missed_fills_come_in_their_order_and_before_the_end() {
    let (one, two) = (filled("0.4", "40"), filled("0.2", "20"));
    let canceled = listed(OrderStatus::Canceled, filled("0.6", "60"));
    let trades = vec![trade("b", 20, two), trade("a", 10, one)];
    let fill = |name: &str, at, filled| Resolution::Fill {
        order: "bbx1".to_owned(),
        at,
        fill: input(name, filled, false),
    };
    let expected = vec![
        fill("a", 10, one),
        fill("b", 20, two),
        Resolution::Update {
            order: name(),
            status: OrderStatus::Canceled,
        },
    ];
    let found = of(
        ours(OrderStatus::Open),
        vec![canceled.clone()],
        trades.clone(),
    );
    assert_eq!(found, expected);

    // What is booked is not brought again.
    let mut order = ours(OrderStatus::Open);
    let known = News::Fill {
        trade: "a",
        filled: one,
        is_last: false,
    };
    order.life.apply(known).unwrap();
    assert_eq!(of(order, vec![canceled], trades), expected[1..]);
}

#[test]
fn the_fill_that_completes_an_order_is_its_last() {
    let all = filled("1", "100");
    let found = of(
        ours(OrderStatus::Canceling),
        vec![listed(OrderStatus::Filled, all)],
        vec![trade("a", 10, all)],
    );
    let fill = Resolution::Fill {
        order: name(),
        at: 10,
        fill: input("a", all, true),
    };
    assert_eq!(found, [fill]);
}

#[test]
fn a_fill_of_an_order_that_ended_is_late() {
    let some = filled("0.4", "40");
    let found = of(
        ours(OrderStatus::Canceled),
        vec![listed(OrderStatus::Canceled, some)],
        vec![trade("a", 10, some)],
    );
    let fill = Resolution::LateFill {
        order: name(),
        at: 10,
        fill: input("a", some, false),
    };
    assert_eq!(found, [fill]);
}

#[test]
fn what_was_unknown_is_found_with_all_that_happened() {
    let nothing = Filled::NOTHING;
    for (status, told, trades) in [
        (OrderStatus::Open, nothing, vec![]),
        (OrderStatus::Canceled, nothing, vec![]),
        (
            OrderStatus::PartiallyFilled,
            filled("0.4", "40"),
            vec![trade("a", 10, filled("0.4", "40"))],
        ),
    ] {
        for before in [OrderStatus::Unknown, OrderStatus::Sending] {
            let order = OurOrder {
                venue_order_id: None,
                ..ours(before)
            };
            let found = of(order, vec![listed(status, told)], trades.clone());
            let last = Resolution::Found {
                order: name(),
                status,
            };
            assert_eq!(found.last(), Some(&last), "{before:?}");
            assert_eq!(found.len(), trades.len() + 1);
        }
    }
}

#[test]
fn absence_needs_its_proof() {
    let look_up = [Resolution::LookUp { order: name() }];
    let unknown = || ours(OrderStatus::Unknown);
    assert_eq!(of(unknown(), vec![], vec![]), look_up);
    let asked = |absence| OurOrder {
        absence: Some(absence),
        ..unknown()
    };
    let too_soon = Absence {
        waited_ms: 29_999,
        ..PROVEN
    };
    assert_eq!(of(asked(too_soon), vec![], vec![]), look_up);
    let absent = [Resolution::Absent { order: name() }];
    assert_eq!(of(asked(PROVEN), vec![], vec![]), absent);

    // A trade of an order that nobody can name may be one of it.
    let nameless = OurOrder {
        venue_order_id: None,
        ..asked(PROVEN)
    };
    assert_eq!(of(nameless.clone(), vec![], vec![]), absent);
    let stray = vec![trade("a", 10, filled("0.4", "40"))];
    assert_eq!(of(nameless, vec![], stray), look_up);

    // A trade of it says that it was there.
    let some = filled("0.4", "40");
    let found = of(asked(PROVEN), vec![], vec![trade("a", 10, some)]);
    let fill = Resolution::Fill {
        order: name(),
        at: 10,
        fill: input("a", some, false),
    };
    assert_eq!(found, [fill, look_up[0].clone()]);
    // Nor is one absent that was listed before, or one that is about to be sent.
    let open = OurOrder {
        absence: Some(PROVEN),
        ..ours(OrderStatus::Open)
    };
    assert_eq!(
        of(open, vec![], vec![]),
        [mismatch(LifeError::Forgotten.into())]
    );
    assert_eq!(of(ours(OrderStatus::Sending), vec![], vec![]), []);
    assert_eq!(of(ours(OrderStatus::Filled), vec![], vec![]), []);
    assert_eq!(of(ours(OrderStatus::Canceling), vec![], vec![]), look_up);
}

#[test]
fn trades_that_the_venue_counted_and_did_not_list_are_asked_for() {
    let found = of(
        ours(OrderStatus::Open),
        vec![listed(OrderStatus::Filled, filled("1", "100"))],
        vec![trade("a", 10, filled("0.4", "40"))],
    );
    let list = Resolution::ListTrades {
        order: name(),
        missing: amount("0.6"),
    };
    assert_eq!(found.last(), Some(&list));
    // The end waits for them.
    let ends = |resolution: &Resolution| matches!(resolution, Resolution::Update { status, .. } if status.is_terminal());
    assert!(!found.iter().any(ends), "{found:?}");
}

#[test]
fn strangers_are_told_apart() {
    let foreign = VenueOrder {
        client_order_id: "web-1".to_owned(),
        venue_order_id: "v2".to_owned(),
        ..listed(OrderStatus::Open, Filled::NOTHING)
    };
    let nobodys = VenueOrder {
        client_order_id: "bbx2".to_owned(),
        venue_order_id: "v3".to_owned(),
        ..foreign.clone()
    };
    let theirs = VenueTrade {
        venue_order_id: "v2".to_owned(),
        ..trade("z", 5, filled("5", "500"))
    };
    let mine = listed(OrderStatus::Open, Filled::NOTHING);
    let found = of(
        ours(OrderStatus::Open),
        vec![foreign, mine, nobodys],
        vec![theirs],
    );
    let expected = [
        Resolution::Foreign {
            order: "web-1".to_owned(),
        },
        Resolution::Mismatch {
            order: "bbx2".to_owned(),
            why: Mismatch::NoRow,
        },
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_cannot_be_is_named() {
    let twice = listed(OrderStatus::Open, Filled::NOTHING);
    let again = VenueOrder {
        venue_order_id: "v9".to_owned(),
        ..twice.clone()
    };
    let found = of(ours(OrderStatus::Open), vec![twice, again], vec![]);
    assert_eq!(found, [mismatch(Mismatch::SentTwice)]);

    let too_much = filled("1.5", "150");
    let found = of(
        ours(OrderStatus::Open),
        vec![listed(OrderStatus::Open, Filled::NOTHING)],
        vec![trade("a", 10, too_much)],
    );
    let over = LifeError::Overfilled { filled: too_much };
    assert_eq!(found, [mismatch(over.into())]);

    let mut order = ours(OrderStatus::Open);
    let booked = News::Fill {
        trade: "a",
        filled: filled("0.4", "40"),
        is_last: false,
    };
    order.life.apply(booked).unwrap();
    let found = of(
        order,
        vec![listed(OrderStatus::Canceled, filled("0.3", "30"))],
        vec![],
    );
    let why = Mismatch::BookedMore {
        booked: amount("0.4"),
        venue: amount("0.3"),
    };
    assert_eq!(found, [mismatch(why)]);
}

fn lots(lots: i64) -> Filled {
    Filled {
        base: Amount::from_parts(i128::from(lots), 2).unwrap(),
        quote: Amount::from_parts(i128::from(lots), 0).unwrap(),
    }
}

/// Gives an order what was resolved for it.
fn take(life: &mut Life, resolutions: &[Resolution]) {
    for resolution in resolutions {
        let news = match resolution {
            Resolution::Fill { fill, .. } => News::Fill {
                trade: &fill.trade,
                filled: fill.filled(),
                is_last: fill.is_last,
            },
            Resolution::Update { status, .. } | Resolution::Found { status, .. } => News::Update {
                status: *status,
                filled: None,
            },
            other => panic!("{other:?} is no input"),
        };
        let applied = life.apply(news).unwrap();
        // Of what was found, the fills may have told all already.
        let is_new = matches!(applied, Applied::Filled | Applied::Moved);
        assert!(is_new || matches!(resolution, Resolution::Found { .. }));
    }
}

proptest! {
    /// However much of an order's life was seen, the resolutions bring the rest of it, once.
    #[test]
    fn what_was_missed_is_brought_once(
        (cuts, seen, listing) in prop::collection::vec(1_i64..30, 0..6).prop_flat_map(|cuts| {
            let count = cuts.len();
            let orders = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
            (Just(cuts), prop::collection::vec(any::<bool>(), count), orders)
        }),
        before in prop::sample::select(vec![
            OrderStatus::Sending, OrderStatus::Unknown, OrderStatus::Open, OrderStatus::Canceling,
        ]),
        is_over in any::<bool>(),
    ) {
        let (mut trades, mut all) = (Vec::new(), 0);
        for (index, cut) in cuts.iter().enumerate() {
            let cut = (*cut).min(100 - all);
            if cut > 0 {
                all += cut;
                trades.push(trade(&index.to_string(), i64::try_from(index).unwrap(), lots(cut)));
            }
        }
        let status = match (all, is_over) {
            (100, _) => OrderStatus::Filled,
            (_, true) => OrderStatus::Expired,
            (0, false) => OrderStatus::Open,
            (_, false) => OrderStatus::PartiallyFilled,
        };
        let mut order = ours(before);
        for (trade, _) in trades.iter().zip(&seen).filter(|(_, seen)| **seen) {
            let news = News::Fill { trade: &trade.trade, filled: trade.filled, is_last: false };
            order.life.apply(news).unwrap();
        }
        let listed_trades = listing.iter().filter_map(|index| trades.get(*index).cloned()).collect();
        let snapshot = Snapshot { orders: vec![listed(status, lots(all))], trades: listed_trades };
        let found = reconcile(&[order.clone()], &snapshot);
        take(&mut order.life, &found);
        prop_assert_eq!(order.life.filled(), lots(all));
        prop_assert_eq!(order.life.status().is_terminal(), status.is_terminal());
        let found = Lookup::Found { status, filled: lots(all) };
        prop_assert_eq!(order.life.apply(News::LookedUp(found)), Ok(Applied::Unchanged));
        prop_assert_eq!(reconcile(&[order], &snapshot), vec![]);
    }
}
