//! When a venue is left alone.

use exchange::breaker::{Admission, Breaker, BreakerConfig};

fn breaker() -> Breaker {
    Breaker::new(BreakerConfig {
        failures: 3,
        pause_ms: 100,
        longest_pause_ms: 250,
        probe_ms: 50,
    })
}

#[test]
fn it_opens_after_failures_in_a_row() {
    let breaker = breaker();
    breaker.failed(0);
    breaker.failed(0);
    breaker.succeeded();
    breaker.failed(0);
    breaker.failed(0);
    assert_eq!(breaker.admit(0), Admission::Pass);
    breaker.failed(10);
    assert!(breaker.is_open());
    assert_eq!(breaker.admit(10), Admission::Refused { until: 110 });
    assert_eq!(breaker.admit(109), Admission::Refused { until: 110 });
}

#[test]
fn one_probes_and_the_others_wait() {
    let breaker = breaker();
    (0..3).for_each(|_| breaker.failed(0));
    assert_eq!(breaker.admit(100), Admission::Probe);
    assert_eq!(breaker.admit(100), Admission::Refused { until: 150 });
    breaker.succeeded();
    assert_eq!(breaker.admit(101), Admission::Pass);
}

#[test]
fn each_probe_that_fails_doubles_the_pause() {
    let breaker = breaker();
    (0..3).for_each(|_| breaker.failed(0));
    for (at, until) in [(100, 300), (300, 550), (550, 800)] {
        assert_eq!(breaker.admit(at), Admission::Probe);
        breaker.failed(at);
        assert_eq!(breaker.admit(at), Admission::Refused { until });
    }
}

#[test]
fn a_lost_probe_does_not_block_for_ever() {
    let breaker = breaker();
    (0..3).for_each(|_| breaker.failed(0));
    assert_eq!(breaker.admit(100), Admission::Probe);
    assert_eq!(breaker.admit(149), Admission::Refused { until: 150 });
    assert_eq!(breaker.admit(150), Admission::Probe);
}

#[test]
fn what_was_under_way_when_it_opened_does_not_prolong_the_pause() {
    let breaker = breaker();
    (0..3).for_each(|_| breaker.failed(0));
    breaker.failed(90);
    assert_eq!(breaker.admit(100), Admission::Probe);
}

#[test]
fn a_wall_clock_that_is_set_back_does_not_keep_it_open() {
    let breaker = breaker();
    (0..3).for_each(|_| breaker.failed(1_000_000));
    assert_eq!(breaker.admit(0), Admission::Probe);
}
