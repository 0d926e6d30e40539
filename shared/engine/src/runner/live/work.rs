//! What is still to be asked of the exchange, the most urgent first.

use std::{collections::BTreeMap, time::Duration};

use exchange::budget::Priority;
use tokio::time::Instant;

/// Pauses between attempts: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Something to be asked of the exchange about one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Take it out of the book.
    Cancel,
    /// Send it.
    Submit,
    /// Find out what became of it.
    LookUp,
}

/// An attempt that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    not_before: Instant,
    priority: Priority,
    /// The order in which it was asked for.
    place: u64,
    attempts: u32,
    /// The exchange refused an attempt, or could not be asked.
    has_failed: bool,
}

/// What waits to be asked, by order and task: each once.
#[derive(Debug, Default)]
pub(super) struct WorkList {
    waiting: BTreeMap<(String, Task), Waiting>,
    places: u64,
}

/// One attempt that is due.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) order: String,
    pub(super) task: Task,
    /// Attempts before it.
    pub(super) attempts: u32,
}

/// How long to wait after so many attempts.
pub(super) fn pause_after(attempts: u32) -> Duration {
    let doubled = 1_u32.checked_shl(attempts.min(16)).unwrap_or(u32::MAX);
    PAUSES.0.saturating_mul(doubled).min(PAUSES.1)
}

impl WorkList {
    /// Asks for something now: also what waits for another attempt.
    pub(super) fn ask(&mut self, order: String, task: Task, priority: Priority) {
        self.ask_at(order, task, priority, Instant::now(), 0);
    }

    /// Asks for something at `not_before`, after so many attempts. What is asked for already is done at the earlier time and by
    /// the greater urgency of both.
    pub(super) fn ask_at(
        &mut self,
        order: String,
        task: Task,
        priority: Priority,
        not_before: Instant,
        attempts: u32,
    ) {
        self.places += 1;
        let place = self.places;
        let asked = Waiting {
            not_before,
            priority,
            place,
            attempts,
            has_failed: false,
        };
        let waiting = self.waiting.entry((order, task)).or_insert(asked);
        if not_before < waiting.not_before {
            waiting.not_before = not_before;
            waiting.attempts = attempts;
        }
        waiting.priority = waiting.priority.min(priority);
    }

    /// Notes that what waits is another attempt after one that failed.
    pub(super) fn note_failure(&mut self, order: &str, task: Task) {
        if let Some(waiting) = self.waiting.get_mut(&(order.to_owned(), task)) {
            waiting.has_failed = true;
        }
    }

    /// Takes something back that was not begun; whether it was there.
    pub(super) fn withdraw(&mut self, order: &str, task: Task) -> bool {
        self.waiting.remove(&(order.to_owned(), task)).is_some()
    }

    /// Takes back all of a task that was not begun; gives the orders.
    pub(super) fn withdraw_all(&mut self, task: Task) -> Vec<String> {
        let of_task = self.waiting.keys().filter(|(_, other)| *other == task);
        let orders: Vec<String> = of_task.map(|(order, _)| order.clone()).collect();
        self.waiting.retain(|(_, other), _| *other != task);
        orders
    }

    /// Whether something waits.
    pub(super) fn has(&self, order: &str, task: Task) -> bool {
        self.waiting.contains_key(&(order.to_owned(), task))
    }

    /// Whether something waits for another attempt because the exchange refused one, or could not be asked.
    pub(super) fn has_failed(&self, order: &str, task: Task) -> bool {
        let waiting = self.waiting.get(&(order.to_owned(), task));
        waiting.is_some_and(|waiting| waiting.has_failed)
    }

    /// The most urgent attempt that is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Due> {
        self.take_first(now, |_| true)
    }

    /// The most urgent attempt at one task that is due.
    pub(super) fn take_due_of(&mut self, task: Task, now: Instant) -> Option<Due> {
        self.take_first(now, |other| other == task)
    }

    fn take_first(&mut self, now: Instant, is_wanted: impl Fn(Task) -> bool) -> Option<Due> {
        let wanted = self.waiting.iter().filter(|(key, _)| is_wanted(key.1));
        let due = wanted.filter(|(_, one)| one.not_before <= now);
        let (key, attempts) = due
            .min_by_key(|(_, one)| (one.priority, one.place))
            .map(|(key, one)| (key.clone(), one.attempts))?;
        self.waiting.remove(&key);
        Some(Due {
            order: key.0,
            task: key.1,
            attempts,
        })
    }

    /// When the next attempt is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.values().map(|one| one.not_before).min()
    }

    /// When the next attempt at one task is due.
    pub(super) fn next_of(&self, task: Task) -> Option<Instant> {
        let of_task = self.waiting.iter().filter(|(key, _)| key.1 == task);
        of_task.map(|(_, one)| one.not_before).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use exchange::budget::Priority;
    use tokio::time::Instant;

    use super::{Task, WorkList};

    #[test]
    fn what_is_asked_for_again_is_done_at_the_earlier_time_and_by_the_greater_urgency() {
        let now = Instant::now();
        let later = now + Duration::from_secs(30);
        for (times, attempts) in [
            ([(later, 7), (now, 0)], 0),
            ([(now, 0), (later, 7)], 0),
            ([(now, 3), (now, 0)], 3),
        ] {
            let mut work = WorkList::default();
            for (at, attempts) in times {
                work.ask_at("a".to_owned(), Task::Cancel, Priority::Entry, at, attempts);
            }
            assert_eq!(work.next(), Some(now));
            let due = work.take_due(now).unwrap();
            assert_eq!(due.attempts, attempts);
            assert!(work.take_due(later).is_none(), "it is asked for once");
        }
        let mut work = WorkList::default();
        work.ask_at("a".to_owned(), Task::Cancel, Priority::Cancel, later, 3);
        assert!(
            !work.has_failed("a", Task::Cancel),
            "it waits for something else"
        );
        work.note_failure("a", Task::Cancel);
        assert!(work.has_failed("a", Task::Cancel));
        assert!(!work.has_failed("a", Task::LookUp));
        let mut work = WorkList::default();
        for (order, priority) in [
            ("a", Priority::Query),
            ("b", Priority::Exit),
            ("a", Priority::Cancel),
        ] {
            work.ask_at(order.to_owned(), Task::LookUp, priority, now, 0);
        }
        assert_eq!(work.take_due(now).unwrap().order, "a");
    }
}
