//! Who may use how much of a limit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use exchange::{
    Moment, MomentClock,
    budget::{Budget, Priority, RateWindow, Usage, WindowUse},
};

const MINUTE: RateWindow = RateWindow {
    length_ms: 60_000,
    limit: 100,
};

/// A budget, and the milliseconds that pass on the clock that nobody sets.
fn timed(windows: impl IntoIterator<Item = RateWindow>) -> (Budget, Arc<AtomicU64>) {
    let passed = Arc::new(AtomicU64::new(7));
    let read = Arc::clone(&passed);
    let moments = MomentClock::new(move || {
        Moment::since_boot(Duration::from_millis(read.load(Ordering::SeqCst)))
    });
    (Budget::new(windows, moments), passed)
}

fn budget(windows: impl IntoIterator<Item = RateWindow>) -> Budget {
    timed(windows).0
}

fn used(budget: &Budget) -> Vec<u32> {
    let usage = budget.usage();
    usage.windows.iter().map(|window| window.used).collect()
}

#[test]
fn the_more_urgent_the_more_of_a_limit_it_may_use() {
    let order = [
        (Priority::History, 50),
        (Priority::Query, 70),
        (Priority::Entry, 85),
        (Priority::Exit, 95),
        (Priority::Cancel, 100),
    ];
    let budget = budget([MINUTE]);
    for (priority, most) in order {
        while budget.acquire(0, priority, 1).is_ok() {}
        assert_eq!(used(&budget), [most], "{priority:?}");
        assert_eq!(budget.acquire(0, priority, 1), Err(60_000));
    }
    let urgency = order.map(|(priority, _)| priority);
    assert!(urgency.is_sorted_by(|less, more| less > more));
}

#[test]
fn a_new_window_begins_on_the_clock() {
    let budget = budget([MINUTE]);
    assert_eq!(budget.acquire(59_999, Priority::Cancel, 100), Ok(()));
    assert_eq!(budget.acquire(59_999, Priority::Cancel, 1), Err(60_000));
    assert_eq!(budget.acquire(60_000, Priority::Cancel, 100), Ok(()));
}

#[test]
fn all_windows_must_have_room_and_none_pays_alone() {
    let day = RateWindow {
        length_ms: 86_400_000,
        limit: 150,
    };
    let budget = budget([MINUTE, day]);
    assert_eq!(budget.acquire(0, Priority::Cancel, 100), Ok(()));
    let until = budget.acquire(60_000, Priority::Cancel, 60);
    assert_eq!(until, Err(86_400_000));
    assert_eq!(used(&budget), [0, 100]);
    assert_eq!(budget.acquire(60_000, Priority::Cancel, 50), Ok(()));
}

#[test]
fn what_costs_more_than_its_share_may_go_alone() {
    let budget = budget([MINUTE]);
    assert_eq!(budget.acquire(0, Priority::History, 80), Ok(()));
    assert_eq!(budget.acquire(0, Priority::History, 80), Err(60_000));
}

#[test]
fn the_larger_count_holds() {
    let budget = budget([MINUTE]);
    budget.acquire(1, Priority::Cancel, 30).unwrap();
    budget.observe(1, 2, 60_000, 20);
    assert_eq!(used(&budget), [30]);
    budget.observe(1, 2, 60_000, 70);
    assert_eq!(used(&budget), [70]);
    budget.observe(1, 2, 10_000, 99);
    assert_eq!(used(&budget), [70], "a window that is not kept");
    // It may be the count of the window before.
    budget.observe(59_999, 60_001, 60_000, 90);
    assert_eq!(used(&budget), [0]);
}

#[test]
fn a_block_holds_to_the_millisecond_and_never_gets_shorter() {
    let (budget, passed) = timed([MINUTE]);
    budget.block(0, 5_000);
    budget.block(0, 4_000);
    passed.fetch_add(4_999, Ordering::SeqCst);
    assert_eq!(budget.acquire(4_999, Priority::Cancel, 0), Err(5_000));
    passed.fetch_add(1, Ordering::SeqCst);
    assert_eq!(budget.acquire(5_000, Priority::Cancel, 1), Ok(()));
}

#[test]
fn a_wall_clock_that_is_set_neither_ends_nor_prolongs_a_block() {
    const START: i64 = 100_000_000;
    for step in [-50_000_000, -1_000, 1_000, 50_000_000] {
        let (budget, passed) = timed([MINUTE]);
        budget.block(START, START + 5_000);
        passed.fetch_add(2_000, Ordering::SeqCst);
        let now = START + 2_000 + step;
        let until = budget.acquire(now, Priority::Cancel, 1);
        assert_eq!(until, Err(now + 3_000), "{step}");
        // Another process says again what is known, by the wall clock as it was.
        budget.absorb(now, &budget.usage());
        passed.fetch_add(2_999, Ordering::SeqCst);
        let until = budget.acquire(now + 2_999, Priority::Cancel, 1);
        assert_eq!(until, Err(now + 3_000), "{step}");
        passed.fetch_add(1, Ordering::SeqCst);
        assert_eq!(budget.acquire(now + 3_000, Priority::Cancel, 1), Ok(()));
        // A new block counts from the wall clock as it is.
        budget.block(now + 3_000, now + 3_500);
        let until = budget.acquire(now + 3_000, Priority::Cancel, 1);
        assert_eq!(until, Err(now + 3_500), "{step}");
    }
}

#[test]
fn a_block_that_is_over_when_it_is_told_changes_nothing() {
    let budget = budget([MINUTE]);
    budget.block(5_000, 5_000);
    budget.block(5_000, 4_000);
    budget.block(5_000, i64::MIN);
    assert_eq!(budget.acquire(5_000, Priority::Cancel, 1), Ok(()));
    assert_eq!(budget.usage().blocked_until, 0);
}

#[test]
fn new_limits_keep_what_is_used() {
    let budget = budget([MINUTE]);
    budget.acquire(1, Priority::Cancel, 30).unwrap();
    let wider = RateWindow {
        limit: 6_000,
        ..MINUTE
    };
    let seconds = RateWindow {
        length_ms: 10_000,
        limit: 50,
    };
    budget.set_limits([wider, seconds]);
    assert_eq!(used(&budget), [30, 0]);
}

#[test]
fn other_processes_are_told_and_heard() {
    let ours = budget([MINUTE]);
    let (theirs, passed) = timed([MINUTE]);
    let mut told = ours.watch();
    ours.observe(1, 2, 60_000, 80);
    ours.block(2, 3_000);
    assert!(told.has_changed().unwrap());
    let usage = told.borrow_and_update().clone();
    assert_eq!(
        usage,
        Usage {
            windows: vec![WindowUse {
                window: MINUTE,
                began_at: 0,
                used: 80,
            }],
            blocked_until: 3_000,
        }
    );
    theirs.absorb(2, &usage);
    passed.fetch_add(2_997, Ordering::SeqCst);
    assert_eq!(theirs.acquire(2_999, Priority::Cancel, 1), Err(3_000));
    passed.fetch_add(1, Ordering::SeqCst);
    assert_eq!(theirs.acquire(3_000, Priority::Cancel, 20), Ok(()));
    assert_eq!(theirs.acquire(3_000, Priority::Cancel, 1), Err(60_000));
    // A minute that is over says nothing.
    let now = budget([MINUTE]);
    now.acquire(60_000, Priority::Cancel, 1).unwrap();
    now.absorb(60_000, &usage);
    assert_eq!(used(&now), [1]);
}
