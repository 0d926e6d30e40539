//! How much of a venue's rate limits is used, and who may use the rest.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use trading::order::Millis;

use crate::moment::{Moment, MomentClock};

/// What a request is for. The more urgent it is, the more of a limit it may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Takes an order out of the book.
    Cancel,
    /// Leaves a position.
    Exit,
    /// Enters a position.
    Entry,
    /// Looks something up that is needed now.
    Query,
    /// Reads what is past: candles, old orders and trades.
    History,
}

/// One limit of a venue: so much in each window of this length. Windows begin at multiples of their length since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateWindow {
    /// Length of the window in milliseconds.
    pub length_ms: Millis,
    /// The most that may be used in one window.
    pub limit: u32,
}

/// How much of one limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowUse {
    /// The window that limits requests.
    pub window: RateWindow,
    /// First millisecond of the current window, since 1970.
    pub began_at: Millis,
    /// What is used of it, by the larger of the venue's count and ours.
    pub used: u32,
}

/// How much of a budget is used: what processes behind one address tell each other, and what is shown to operators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Each limit and its use.
    pub windows: Vec<WindowUse>,
    /// Nothing may be sent before this millisecond since 1970, by the wall clock as it was when the block was heard of.
    pub blocked_until: Millis,
}

/// A set of limits that several clients share in one process. [`share`](crate::sharing::share) keeps it equal to those of
/// other processes; without that, the venue's own count is what keeps the processes apart.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
    told: watch::Sender<Usage>,
    moments: MomentClock,
}

/// The longest ban that venues impose: whatever claims to be longer is wrong.
pub(crate) const LONGEST_BLOCK: Duration = Duration::from_hours(72);

/// What a process tells the others of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowNews {
    /// The window and all that is known of its use.
    pub(crate) known: WindowUse,
    /// What this process used of it since it last told.
    pub(crate) untold: u32,
}

#[derive(Debug, Default)]
struct State {
    usage: Usage,
    /// What was used here of each window and not told to other processes yet.
    untold: Vec<u32>,
    /// The end of a block on the clock that nobody sets: it decides, so that a wall clock that is set neither ends a ban
    /// early nor prolongs it.
    blocked_until: Option<Moment>,
}

/// Of two budgets, the one that has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The first one has room again at this millisecond since 1970.
    First(Millis),
    /// The first one has room, the second one again at this millisecond since 1970.
    Second(Millis),
}

impl Priority {
    /// The share of a limit, in percent, up to which requests of this priority may go.
    pub const fn share(self) -> u64 {
        match self {
            Self::Cancel => 100,
            Self::Exit => 95,
            Self::Entry => 85,
            Self::Query => 70,
            Self::History => 50,
        }
    }
}

impl WindowUse {
    /// Begins the window that `now` is in; true where that is another one.
    fn roll(&mut self, now: Millis) -> bool {
        let began_at = now - now.rem_euclid(self.window.length_ms.max(1));
        let is_new = began_at != self.began_at;
        if is_new {
            self.began_at = began_at;
            self.used = 0;
        }
        is_new
    }

    fn has_room(&self, priority: Priority, cost: u32) -> bool {
        let most = u64::from(self.window.limit) * priority.share() / 100;
        // A request that costs more than its share may go out alone: it would never go otherwise.
        cost == 0 || self.used == 0 || u64::from(self.used) + u64::from(cost) <= most
    }
}

impl State {
    /// Whether there is room, or else the first millisecond since 1970 at which there may be.
    fn check(
        &mut self,
        (now, moments): (Millis, &MomentClock),
        priority: Priority,
        cost: u32,
    ) -> Result<(), Millis> {
        if let Some(until) = self.blocked_until {
            let moment = moments.now();
            if moment < until {
                return Err(now.saturating_add(millis(until.since(moment))));
            }
            self.blocked_until = None;
        }
        let mut full_until = None;
        self.roll(now);
        for window in &self.usage.windows {
            if !window.has_room(priority, cost) {
                full_until = full_until.max(Some(window.began_at + window.window.length_ms));
            }
        }
        full_until.map_or(Ok(()), Err)
    }

    /// Begins the windows that `now` is in.
    fn roll(&mut self, now: Millis) {
        for (window, untold) in self.usage.windows.iter_mut().zip(&mut self.untold) {
            if window.roll(now) {
                *untold = 0;
            }
        }
    }

    fn take(&mut self, cost: u32) {
        for (window, untold) in self.usage.windows.iter_mut().zip(&mut self.untold) {
            window.used = window.used.saturating_add(cost);
            *untold = untold.saturating_add(cost);
        }
    }

    /// Blocks until `until` on the wall clock that shows `now`, unless it is blocked for longer already. No longer than any
    /// venue bans.
    fn block(&mut self, (now, moment): (Millis, Moment), until: Millis) {
        let until = until.min(now.saturating_add(millis(LONGEST_BLOCK)));
        let left = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
        let end = moment.after(Duration::from_millis(left));
        if end > moment && self.blocked_until.is_none_or(|before| before < end) {
            self.blocked_until = Some(end);
            self.usage.blocked_until = until;
        }
    }
}

impl Budget {
    /// A budget with these limits, of which nothing is used yet. Blocks are kept on `moments`, a clock that nobody sets.
    pub fn new(windows: impl IntoIterator<Item = RateWindow>, moments: MomentClock) -> Self {
        let budget = Self {
            state: Mutex::new(State::default()),
            told: watch::Sender::new(Usage::default()),
            moments,
        };
        budget.set_limits(windows);
        budget
    }

    /// Takes `cost` out of every window, or nothing at all.
    ///
    /// # Errors
    /// The first millisecond since 1970 at which it may be tried again.
    pub fn acquire(&self, now: Millis, priority: Priority, cost: u32) -> Result<(), Millis> {
        let mut state = self.state();
        state.check((now, &self.moments), priority, cost)?;
        state.take(cost);
        Ok(())
    }

    /// Takes a cost out of each of two budgets, or nothing out of either. Callers name two budgets in the same order
    /// everywhere: both are locked at once.
    pub(crate) fn acquire_both(
        (first, first_cost): (&Self, u32),
        (second, second_cost): (&Self, u32),
        now: Millis,
        priority: Priority,
    ) -> Result<(), Full> {
        let mut ours = first.state();
        let mut theirs = second.state();
        ours.check((now, &first.moments), priority, first_cost)
            .map_err(Full::First)?;
        theirs
            .check((now, &second.moments), priority, second_cost)
            .map_err(Full::Second)?;
        ours.take(first_cost);
        theirs.take(second_cost);
        Ok(())
    }

    /// Takes over the venue's count of the window of this length, told in an answer at `now` to what was sent at
    /// `sent_at`. If a new window began in between, it is not known which of them was counted, and nothing changes.
    pub fn observe(&self, sent_at: Millis, now: Millis, length_ms: Millis, used: u32) {
        self.change(|state| {
            state.roll(now);
            for window in &mut state.usage.windows {
                if window.window.length_ms == length_ms && sent_at >= window.began_at {
                    window.used = window.used.max(used);
                }
            }
        });
    }

    /// Lets nothing through before `until`, in milliseconds since 1970 on the wall clock that shows `now`. However the
    /// wall clock is set after that, the block lasts as long as it would have. An end before that of an earlier block
    /// changes nothing.
    pub fn block(&self, now: Millis, until: Millis) {
        let now = (now, self.moments.now());
        self.change(|state| state.block(now, until));
    }

    /// Replaces the limits by what the venue says they are; what is used of a window that stays is kept.
    pub fn set_limits(&self, windows: impl IntoIterator<Item = RateWindow>) {
        self.change(|state| {
            let of_length = |length| move |old: &WindowUse| old.window.length_ms == length;
            let windows = windows.into_iter().map(|window| {
                let place = state
                    .usage
                    .windows
                    .iter()
                    .position(of_length(window.length_ms));
                let old = place.map(|place| (state.usage.windows[place], state.untold[place]));
                let (began_at, used, untold) =
                    old.map_or((0, 0, 0), |(old, untold)| (old.began_at, old.used, untold));
                let known = WindowUse {
                    window,
                    began_at,
                    used,
                };
                (known, untold)
            });
            (state.usage.windows, state.untold) = windows.unzip();
        });
    }

    /// What is to be told to other processes when the wall clock shows `now`, with the end of a block.
    pub(crate) fn news(&self, now: Millis) -> (Millis, Vec<WindowNews>) {
        let mut state = self.state();
        state.roll(now);
        let windows = state.usage.windows.iter().zip(&state.untold);
        let windows = windows.map(|(known, untold)| WindowNews {
            known: *known,
            untold: *untold,
        });
        (state.usage.blocked_until, windows.collect())
    }

    /// Others have heard these news.
    pub(crate) fn was_told(&self, news: &[WindowNews]) {
        let mut state = self.state();
        let State { usage, untold, .. } = &mut *state;
        for told in news {
            for (window, untold) in usage.windows.iter().zip(untold.iter_mut()) {
                let is_same = (window.window.length_ms, window.began_at)
                    == (told.known.window.length_ms, told.known.began_at);
                if is_same {
                    *untold = untold.saturating_sub(told.untold);
                }
            }
        }
    }

    /// Takes over what another process behind the same address has counted, when the wall clock shows `now`: the larger
    /// use of each current window, and the later end of a block. A block that was taken over before is not taken over
    /// again, nor one that is longer than any venue bans.
    pub fn absorb(&self, now: Millis, other: &Usage) {
        let longest = now.saturating_add(millis(LONGEST_BLOCK));
        let now = (now, self.moments.now());
        self.change(|state| {
            if other.blocked_until != state.usage.blocked_until && other.blocked_until <= longest {
                state.block(now, other.blocked_until);
            }
            for theirs in &other.windows {
                for (ours, untold) in state.usage.windows.iter_mut().zip(&mut state.untold) {
                    // A window that begins in the future was told by a process whose clock is ahead.
                    if ours.window.length_ms != theirs.window.length_ms || theirs.began_at > now.0 {
                        continue;
                    }
                    if ours.roll(ours.began_at.max(theirs.began_at)) {
                        *untold = 0;
                    }
                    if ours.began_at == theirs.began_at {
                        ours.used = ours.used.max(theirs.used);
                    }
                }
            }
        });
    }

    /// What is used at this moment.
    pub fn usage(&self) -> Usage {
        self.state().usage.clone()
    }

    /// Follows the use: changes whenever the venue or another process told something new.
    pub fn watch(&self) -> watch::Receiver<Usage> {
        self.told.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        let before = state.usage.clone();
        change(&mut state);
        if state.usage != before {
            self.told.send_replace(state.usage.clone());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds, a begun one counted whole.
pub(crate) fn millis(duration: Duration) -> Millis {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    Millis::try_from(millis).unwrap_or(Millis::MAX)
}
