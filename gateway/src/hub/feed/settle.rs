//! What becomes of the sockets once it is known, or known to be unknowable, what they miss.

use std::{collections::VecDeque, sync::Arc};

use events::{
    Epoch,
    wire::{Resume, ResyncReason},
};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Command, Feed};
use crate::outbound::{Outbound, Receiver};

impl<R: Receiver> Feed<R> {
    /// Everything is known: `run` is a piece of the stream without gaps, possibly empty, and `answer` what the relay
    /// said. Serves the live sockets what they miss, and lets the joining ones in.
    pub(super) fn settle(&mut self, mut run: VecDeque<(u64, Utf8Bytes)>) -> Option<Command> {
        let answer = self.answer.take();
        let tail = run.back().map_or(0, |(seq, _)| *seq);
        let mut head = tail.max(answer.unwrap_or(0));
        if head > tail {
            run.clear();
        }
        while let Some((seq, text)) = self.held.pop_front() {
            if seq == head + 1 {
                head = seq;
                run.push_back((seq, text));
            } else if seq > head {
                self.held.push_front((seq, text));
                break;
            }
        }
        if self.suspect {
            self.catch_up(head, &run);
            self.last = Some(head);
        }
        self.suspect = false;
        self.restarted = false;
        self.confirmed = Some(Instant::now());
        let last = self.last.unwrap_or(head);
        for (receiver, resume) in std::mem::take(&mut self.joining) {
            self.admit(receiver, resume.as_ref(), last, &run);
        }
        if self.held.is_empty() {
            return None;
        }
        self.suspect = true;
        self.begin()
    }

    fn catch_up(&mut self, head: u64, run: &VecDeque<(u64, Utf8Bytes)>) {
        let Some(last) = self.last else {
            let why = if self.restarted {
                ResyncReason::Epoch
            } else {
                ResyncReason::Gap
            };
            return self.resync(head, why);
        };
        if last > head {
            return self.resync(head, ResyncReason::Epoch);
        }
        if last == head {
            return;
        }
        if !covers(run, last + 1, head) {
            return self.resync(head, ResyncReason::Gap);
        }
        metrics::counter!("gateway_repairs_total").increment(1);
        let missed = slice(run, last + 1, head);
        self.live
            .retain(|receiver| receiver.send(Outbound::Replay(Arc::clone(&missed))));
    }

    /// Lets a socket in at `last`, with the events of `run` that it misses, if they are all there.
    pub(super) fn admit(
        &mut self,
        receiver: R,
        resume: Option<&Resume>,
        last: u64,
        run: &VecDeque<(u64, Utf8Bytes)>,
    ) {
        let missing = match resume {
            None => None,
            Some(resume) if resume.epoch != self.epoch || resume.seq > last => {
                Some(Err(ResyncReason::Epoch))
            }
            Some(resume) if resume.seq == last => Some(Ok(last)),
            Some(resume) if covers(run, resume.seq + 1, last) => Some(Ok(resume.seq)),
            Some(_) => Some(Err(ResyncReason::TooOld)),
        };
        let resumed = matches!(missing, Some(Ok(_)));
        let outcome = if resumed {
            "resumed"
        } else if missing.is_some() {
            "resync"
        } else {
            "fresh"
        };
        metrics::counter!("gateway_joins_total", "outcome" => outcome).increment(1);
        let mut alive = receiver.send(Outbound::Welcome {
            epoch: self.epoch.clone(),
            seq: last,
            resumed,
        });
        match missing {
            Some(Ok(from)) if from < last => {
                alive = alive && receiver.send(Outbound::Replay(slice(run, from + 1, last)));
            }
            None | Some(Ok(_)) => {}
            Some(Err(why)) => alive = alive && send_resync(&receiver, &self.epoch, last, why),
        }
        if alive {
            self.live.push(receiver);
        }
    }

    /// Nothing can be proven: says so to everybody who was not told before.
    pub(super) fn give_up(&mut self) {
        self.answer = None;
        self.held.clear();
        if self.suspect
            && let Some(last) = self.last.take()
        {
            self.resync(last, ResyncReason::Gap);
        }
        for (receiver, resume) in std::mem::take(&mut self.joining) {
            let seq = self.last.or(self.here(resume.as_ref())).unwrap_or(0);
            metrics::counter!("gateway_joins_total", "outcome" => "unproven").increment(1);
            let welcome = Outbound::Welcome {
                epoch: self.epoch.clone(),
                seq,
                resumed: false,
            };
            if receiver.send(welcome) && send_resync(&receiver, &self.epoch, seq, ResyncReason::Gap)
            {
                self.live.push(receiver);
            }
        }
    }

    pub(super) fn deliver(&mut self, seq: u64, text: &Utf8Bytes) {
        self.live.retain(|receiver| {
            receiver.send(Outbound::Event {
                seq,
                text: text.clone(),
            })
        });
        self.last = Some(seq);
    }

    fn resync(&mut self, seq: u64, why: ResyncReason) {
        let epoch = &self.epoch;
        self.live
            .retain(|receiver| send_resync(receiver, epoch, seq, why));
    }
}

/// The events from `first` to `last`.
fn slice(run: &VecDeque<(u64, Utf8Bytes)>, first: u64, last: u64) -> Arc<[(u64, Utf8Bytes)]> {
    run.iter()
        .filter(|(seq, _)| (first..=last).contains(seq))
        .cloned()
        .collect()
}

/// Whether a run without gaps holds all from `first` to `last`.
fn covers(run: &VecDeque<(u64, Utf8Bytes)>, first: u64, last: u64) -> bool {
    run.front().is_some_and(|(seq, _)| *seq <= first)
        && run.back().is_some_and(|(seq, _)| *seq >= last)
}

fn send_resync<R: Receiver>(receiver: &R, epoch: &Epoch, seq: u64, why: ResyncReason) -> bool {
    metrics::counter!("gateway_resyncs_total", "why" => why.as_str()).increment(1);
    receiver.send(Outbound::Resync {
        epoch: epoch.clone(),
        seq,
        why,
    })
}
