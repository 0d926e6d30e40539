//! Who may use how much of a limit.

use exchange::budget::{Budget, Priority, RateWindow, Usage, WindowUse};

const MINUTE: RateWindow = RateWindow {
    length_ms: 60_000,
    limit: 100,
};

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
    let budget = Budget::new([MINUTE]);
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
    let budget = Budget::new([MINUTE]);
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
    let budget = Budget::new([MINUTE, day]);
    assert_eq!(budget.acquire(0, Priority::Cancel, 100), Ok(()));
    let until = budget.acquire(60_000, Priority::Cancel, 60);
    assert_eq!(until, Err(86_400_000));
    assert_eq!(used(&budget), [0, 100]);
    assert_eq!(budget.acquire(60_000, Priority::Cancel, 50), Ok(()));
}

#[test]
fn what_costs_more_than_its_share_may_go_alone() {
    let budget = Budget::new([MINUTE]);
    assert_eq!(budget.acquire(0, Priority::History, 80), Ok(()));
    assert_eq!(budget.acquire(0, Priority::History, 80), Err(60_000));
}

#[test]
fn the_larger_count_holds() {
    let budget = Budget::new([MINUTE]);
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
    let budget = Budget::new([MINUTE]);
    budget.block(5_000);
    budget.block(4_000);
    assert_eq!(budget.acquire(4_999, Priority::Cancel, 0), Err(5_000));
    assert_eq!(budget.acquire(5_000, Priority::Cancel, 1), Ok(()));
}

#[test]
fn new_limits_keep_what_is_used() {
    let budget = Budget::new([MINUTE]);
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
    let (ours, theirs) = (Budget::new([MINUTE]), Budget::new([MINUTE]));
    let mut told = ours.watch();
    ours.observe(1, 2, 60_000, 80);
    ours.block(3_000);
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
    theirs.absorb(&usage);
    assert_eq!(theirs.acquire(2_999, Priority::Cancel, 1), Err(3_000));
    assert_eq!(theirs.acquire(3_000, Priority::Cancel, 20), Ok(()));
    assert_eq!(theirs.acquire(3_000, Priority::Cancel, 1), Err(60_000));
    // A minute that is over says nothing.
    let now = Budget::new([MINUTE]);
    now.acquire(60_000, Priority::Cancel, 1).unwrap();
    now.absorb(&usage);
    assert_eq!(used(&now), [1]);
}
