//! Faults: ordered for the next requests or events, or drawn from a seeded schedule.

mod fault;

use std::collections::BTreeMap;

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde::Serialize;

use crate::exchange::Circumstances;
use fault::Stage;
pub use fault::{Fault, Latency, Rate, Schedule, Target};

/// A fault that waits for what it is meant for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Waiting {
    fault: Fault,
    target: Target,
    /// How often it still strikes; none for ever.
    left: Option<u32>,
}

/// A schedule and its draws.
struct Running {
    schedule: Schedule,
    random: Xoshiro256PlusPlus,
}

/// All faults that are ordered or scheduled, and how often each has struck.
#[derive(Default)]
pub(crate) struct Faults {
    waiting: Vec<Waiting>,
    running: Option<Running>,
    struck: BTreeMap<&'static str, u64>,
    requests: BTreeMap<String, u64>,
}

/// What happens to one request, in the order of its stages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestPlan {
    /// Milliseconds before the request is looked at.
    pub(crate) latency_ms: u64,
    /// What becomes of it instead of being looked at.
    pub(crate) before: Option<Fault>,
    /// What is done to the work on it.
    pub(crate) circumstances: Circumstances,
    /// What becomes of its answer.
    pub(crate) after: Option<Fault>,
}

/// What happens to one stream event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventFate {
    Send,
    SendTwice,
    SendAfterNext,
    Lose,
    DropConnection,
}

impl Faults {
    /// Orders a fault for the next `times` requests or events that it is meant for; none means until it is cleared.
    pub(crate) fn order(&mut self, fault: Fault, target: Target, times: Option<u32>) {
        self.waiting.push(Waiting {
            fault,
            target,
            left: times,
        });
    }

    /// Forgets the ordered faults and the schedule.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.running = None;
    }

    /// Draws faults from a schedule from now on.
    pub(crate) fn follow(&mut self, schedule: Schedule) {
        tracing::info!(
            seed = schedule.seed,
            rates = schedule.rates.len(),
            "fault schedule"
        );
        self.running = Some(Running {
            random: Xoshiro256PlusPlus::seed_from_u64(schedule.seed),
            schedule,
        });
    }

    /// Faults that wait, and how often each kind has struck.
    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::json!({
            "waiting": self.waiting,
            "schedule": self.running.as_ref().map(|running| &running.schedule),
            "struck": self.struck,
        })
    }

    /// How many requests of each route there were.
    pub(crate) const fn requests(&self) -> &BTreeMap<String, u64> {
        &self.requests
    }

    /// What happens to a request, which is counted.
    pub(crate) fn for_request(&mut self, route: &str, user: Option<&str>) -> RequestPlan {
        match self.requests.get_mut(route) {
            Some(count) => *count += 1,
            None => {
                self.requests.insert(route.to_owned(), 1);
            }
        }
        let mut plan = RequestPlan::default();
        if let Some(Running { schedule, random }) = &mut self.running
            && let Some(latency) = schedule.latency
        {
            plan.latency_ms = draw(latency, random.next_u64(), random.next_u64());
        }
        let is_meant = |fault: &Fault, target: &Target| {
            fault.stage() == Stage::Request && fault.fits(route) && target.is_request(route, user)
        };
        for fault in self.strike(is_meant) {
            plan.add(fault);
        }
        plan
    }

    /// What happens to an event of a user's streams, or of a market stream.
    pub(crate) fn for_event(
        &mut self,
        stream: Option<&str>,
        user: Option<&str>,
        is_fill: bool,
    ) -> EventFate {
        let is_meant = |fault: &Fault, target: &Target| {
            let fits = *fault != Fault::DropStream || is_fill || stream.is_some();
            fault.stage() == Stage::Event && fits && target.is_event(stream, user)
        };
        match self.strike(is_meant).into_iter().next() {
            Some(Fault::DuplicateEvent) => EventFate::SendTwice,
            Some(Fault::SwapEvents) => EventFate::SendAfterNext,
            Some(Fault::DropStream) => EventFate::DropConnection,
            Some(Fault::SilentStream) => EventFate::Lose,
            _ => EventFate::Send,
        }
    }

    /// The faults that strike now.
    fn strike(&mut self, is_meant: impl Fn(&Fault, &Target) -> bool) -> Vec<Fault> {
        let mut found = Vec::new();
        for waiting in &mut self.waiting {
            if waiting.left != Some(0) && is_meant(&waiting.fault, &waiting.target) {
                found.push(waiting.fault.clone());
                waiting.left = waiting.left.map(|left| left - 1);
            }
        }
        self.waiting.retain(|waiting| waiting.left != Some(0));
        if let Some(Running { schedule, random }) = &mut self.running {
            for rate in &schedule.rates {
                if is_meant(&rate.fault, &rate.target)
                    && random.next_u64() % 1_000 < u64::from(rate.per_thousand)
                {
                    found.push(rate.fault.clone());
                }
            }
        }
        for fault in &found {
            *self.struck.entry(fault.name()).or_default() += 1;
        }
        found
    }
}

/// A latency, from two draws.
fn draw(latency: Latency, first: u64, second: u64) -> u64 {
    let between = |from: u64, to: u64| from + second % (to.saturating_sub(from) + 1);
    match first % 100 {
        0..50 => between(0, latency.p50_ms),
        50..99 => between(latency.p50_ms, latency.p99_ms),
        _ => between(latency.p99_ms, latency.p99_ms * 2),
    }
}

impl RequestPlan {
    fn add(&mut self, fault: Fault) {
        match fault {
            Fault::Latency { ms } => self.latency_ms += ms,
            Fault::TimeoutAfterAccept { .. } | Fault::ErrorAfterAccept { .. } => {
                self.after.get_or_insert(fault);
            }
            Fault::StaleBalances => self.circumstances.shows_balances_before = true,
            Fault::BalanceTaken => self.circumstances.has_balance_taken = true,
            Fault::FillBeforeCancel { share } => {
                self.circumstances.fills_before_cancel = Some(share);
            }
            Fault::PartialFills { shares } => self.circumstances.shares = shares,
            _ => {
                self.before.get_or_insert(fault);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, Latency, Schedule};

    #[test]
    fn latencies_keep_to_their_quantiles() {
        let mut faults = Faults::default();
        let latency = Latency {
            p50_ms: 40,
            p99_ms: 400,
        };
        faults.follow(Schedule {
            seed: 3,
            rates: Vec::new(),
            latency: Some(latency),
        });
        let mut drawn: Vec<u64> = (0..10_000)
            .map(|_| faults.for_request("GET /api/v3/ping", None).latency_ms)
            .collect();
        drawn.sort_unstable();
        assert!(drawn[4_800] <= 40 && drawn[5_200] >= 40, "{}", drawn[5_000]);
        assert!(
            drawn[9_850] <= 400 && drawn[9_950] >= 400,
            "{}",
            drawn[9_900]
        );
        assert!(drawn[9_999] <= 800, "{}", drawn[9_999]);
    }
}
