//! One user's event stream on this node, without I/O.
//!
//! `last` is the number up to which every live socket has been served. An event is delivered when it is the next one,
//! dropped when it is not new, and held when some are missing before it: then the replay stream is read. Where even that
//! does not close the gap the sockets are told to resync. Joining sockets go through the same reading.

mod settle;

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use events::{Epoch, replay::Entry, wire::Resume};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::outbound::Receiver;

/// How long a proven head stands for a user without a stream: as long as a stream would have lived.
const CONFIRMED_FOR: Duration = Duration::from_mins(5);

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Read the stream from this event on; only its end if none is given. Answer with [`Feed::read`].
    Read {
        epoch: Epoch,
        from: Option<u64>,
        ticket: u64,
    },
    /// Ask the relay. Answer with [`Feed::head`] or, in vain, with [`Feed::unanswered`].
    Ask { ticket: u64 },
}

/// What goes on outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Idle,
    /// The stream is being read.
    Reading,
    /// The relay was asked, because the stream does not say enough.
    Asking,
    /// The relay was asked whether all is well; nobody waits for the answer.
    Checking,
}

/// Tells the answers to one feed's questions from those to its predecessor's.
static TICKETS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
pub(super) struct Feed<R> {
    epoch: Epoch,
    /// None as long as nothing is proven: sockets that are live all the same were told to resync.
    last: Option<u64>,
    /// Whether `last` must be compared with the stream before more is delivered.
    suspect: bool,
    /// Whether the epoch changed under the live sockets.
    restarted: bool,
    /// A message went missing while the stream was being read: what comes back may be too old to notice.
    read_again: bool,
    step: Step,
    /// Of the last question.
    ticket: u64,
    /// The head that the relay named since the last reading began.
    answer: Option<u64>,
    live: Vec<R>,
    joining: Vec<(R, Option<Resume>)>,
    held: VecDeque<(u64, Utf8Bytes)>,
    held_max: usize,
    stream_seen: bool,
    confirmed: Option<Instant>,
}

impl<R: Receiver> Feed<R> {
    pub(super) fn new(epoch: Epoch, held_max: usize) -> Self {
        Self {
            epoch,
            last: None,
            suspect: true,
            restarted: false,
            read_again: false,
            step: Step::Idle,
            ticket: 0,
            answer: None,
            live: Vec::new(),
            joining: Vec::new(),
            held: VecDeque::new(),
            held_max,
            stream_seen: false,
            confirmed: None,
        }
    }

    pub(super) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Nobody listens.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.joining.is_empty()
    }

    pub(super) fn join(&mut self, receiver: R, resume: Option<Resume>) -> Option<Command> {
        if let (Some(last), false, Step::Idle) = (self.last, self.suspect, self.step) {
            let same = |resume: &Resume| resume.epoch == self.epoch && resume.seq == last;
            if resume.as_ref().is_none_or(same) {
                self.admit(receiver, resume.as_ref(), last, &VecDeque::new());
                return None;
            }
        }
        self.joining.push((receiver, resume));
        self.begin()
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.live.retain(|receiver| receiver.id() != id);
        self.joining.retain(|(receiver, _)| receiver.id() != id);
    }

    /// A notice goes to whoever is live.
    pub(super) fn live(&self) -> impl Iterator<Item = &R> {
        self.live.iter()
    }

    pub(super) fn event(&mut self, epoch: &Epoch, seq: u64, text: Utf8Bytes) -> Option<Command> {
        self.turn_to(epoch);
        if let (Some(last), false) = (self.last, self.suspect) {
            if seq <= last {
                metrics::counter!("gateway_events_dropped_total", "why" => "duplicate")
                    .increment(1);
                return None;
            }
            if seq == last + 1 {
                self.deliver(seq, &text);
                if matches!(self.step, Step::Reading | Step::Asking) {
                    self.hold(seq, text);
                }
                return None;
            }
            metrics::counter!("gateway_gaps_total").increment(1);
            self.suspect = true;
        }
        self.hold(seq, text);
        self.begin()
    }

    /// The relay, asked by us or by another node, says what the newest event is.
    pub(super) fn head(&mut self, epoch: &Epoch, seq: u64) -> Option<Command> {
        self.turn_to(epoch);
        match self.step {
            Step::Reading => return None,
            Step::Asking | Step::Checking => self.answer = Some(seq),
            Step::Idle => {}
        }
        self.step = Step::Idle;
        self.confirmed = Some(Instant::now());
        self.suspect |= self.last.is_none_or(|last| last < seq);
        self.begin().or_else(|| {
            self.answer = None;
            None
        })
    }

    /// Messages may have been lost.
    pub(super) fn suspect(&mut self) -> Option<Command> {
        self.suspect = true;
        self.read_again = self.step == Step::Reading;
        self.begin()
    }

    /// What the log's epoch is.
    pub(super) fn epoch_is(&mut self, epoch: &Epoch) -> Option<Command> {
        self.turn_to(epoch);
        self.begin()
    }

    /// The regular comparison: `tail` is the newest event of the stream, if there is one.
    pub(super) fn check(&mut self, tail: Option<u64>) -> Option<Command> {
        if self.step != Step::Idle {
            return None;
        }
        if !self.joining.is_empty() {
            return self.begin();
        }
        let Some(last) = self.last.filter(|_| !self.suspect) else {
            self.suspect = true;
            return self.begin();
        };
        if let Some(tail) = tail {
            self.stream_seen = true;
            self.confirmed = Some(Instant::now());
            // A smaller one was overtaken by what came in meanwhile.
            if tail > last {
                metrics::counter!("gateway_tail_mismatches_total").increment(1);
                self.suspect = true;
            }
            return self.begin();
        }
        // No stream: it expired, or was evicted together with something that we missed. Live events go on meanwhile.
        let fresh = self
            .confirmed
            .is_some_and(|at| at.elapsed() < CONFIRMED_FOR);
        if fresh && !self.stream_seen {
            return None;
        }
        self.stream_seen = false;
        Some(self.ask(Step::Checking))
    }

    /// What the stream holds; none if it could not be read.
    pub(super) fn read(&mut self, ticket: u64, entries: Option<Vec<Entry>>) -> Option<Command> {
        if self.step != Step::Reading || ticket != self.ticket {
            return None;
        }
        self.step = Step::Idle;
        if std::mem::take(&mut self.read_again) {
            return self.begin();
        }
        // Redis is away: everybody waits. The next check, or the word that it is back, begins anew.
        let entries = entries?;
        let mut run: VecDeque<(u64, Utf8Bytes)> = VecDeque::new();
        for entry in entries {
            let text = Utf8Bytes::try_from(entry.frame).ok()?;
            if run.back().is_some_and(|(last, _)| last + 1 != entry.seq) {
                run.clear();
            }
            run.push_back((entry.seq, text));
        }
        let tail = run.back().map(|(seq, _)| *seq);
        let known = tail.map(|tail| {
            self.held
                .iter()
                .fold(tail, |end, (seq, _)| end + u64::from(*seq == end + 1))
        });
        if self.answer.is_none() && known.is_none_or(|known| known < self.furthest()) {
            return Some(self.ask(Step::Asking));
        }
        self.stream_seen = tail.is_some();
        self.settle(run)
    }

    fn ask(&mut self, step: Step) -> Command {
        self.step = step;
        self.ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        Command::Ask {
            ticket: self.ticket,
        }
    }

    /// Whether the relay is still expected to answer this.
    pub(super) fn awaits(&self, ticket: u64) -> bool {
        ticket == self.ticket && matches!(self.step, Step::Asking | Step::Checking)
    }

    /// The relay could not be asked: Redis is away, so everybody waits.
    pub(super) fn not_asked(&mut self, ticket: u64) {
        if self.awaits(ticket) {
            self.step = Step::Idle;
            self.confirmed = None;
        }
    }

    /// An ask went unanswered.
    pub(super) fn unanswered(&mut self, ticket: u64) {
        if ticket != self.ticket {
            return;
        }
        match self.step {
            Step::Asking => {
                self.step = Step::Idle;
                self.give_up();
            }
            Step::Checking => {
                self.step = Step::Idle;
                self.confirmed = None;
            }
            Step::Idle | Step::Reading => {}
        }
    }

    /// Another epoch makes everything before it worthless.
    fn turn_to(&mut self, epoch: &Epoch) {
        if self.epoch == *epoch {
            return;
        }
        self.epoch = epoch.clone();
        self.restarted = !self.live.is_empty();
        self.last = None;
        self.suspect = true;
        self.answer = None;
        self.held.clear();
        self.read_again = self.step == Step::Reading;
        if self.step != Step::Reading {
            self.step = Step::Idle;
        }
    }

    fn hold(&mut self, seq: u64, text: Utf8Bytes) {
        if self.held.len() >= self.held_max {
            // The gap that this leaves is found when the stream has been read, which is then read again.
            self.held.clear();
        }
        self.held.push_back((seq, text));
    }

    /// Begins to read if there is a reason to and nothing else goes on.
    fn begin(&mut self) -> Option<Command> {
        let needed = self.suspect || !self.joining.is_empty();
        let free = matches!(self.step, Step::Idle | Step::Checking);
        if !needed || !free || self.is_empty() {
            return None;
        }
        self.step = Step::Reading;
        self.ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        let live = self.last.filter(|_| self.suspect && !self.live.is_empty());
        let joining = self
            .joining
            .iter()
            .filter_map(|(_, resume)| self.here(resume.as_ref()));
        Some(Command::Read {
            epoch: self.epoch.clone(),
            from: live.into_iter().chain(joining).min(),
            ticket: self.ticket,
        })
    }

    /// Where a client was, if that was in this epoch.
    fn here(&self, resume: Option<&Resume>) -> Option<u64> {
        resume
            .filter(|resume| resume.epoch == self.epoch)
            .map(|resume| resume.seq)
    }

    /// The newest event that anybody here claims to have.
    fn furthest(&self) -> u64 {
        let joining = self
            .joining
            .iter()
            .filter_map(|(_, resume)| self.here(resume.as_ref()));
        self.last.into_iter().chain(joining).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
