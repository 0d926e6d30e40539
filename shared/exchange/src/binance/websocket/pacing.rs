//! When to connect again, and how streams hand on what they read.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    binance::{config::StreamTimes, exchange::Exchange},
    budget::Priority,
    stream::{GapReason, StreamItem},
};

/// Pauses between attempts to connect: twice as long after each, until a connection lasts.
#[derive(Debug)]
pub(super) struct Backoff {
    times: StreamTimes,
    next: Duration,
    live_since: Option<Instant>,
}

impl Backoff {
    pub(super) const fn new(times: StreamTimes) -> Self {
        Self {
            times,
            next: Duration::ZERO,
            live_since: None,
        }
    }

    /// The stream is live from now on.
    pub(super) fn went_live(&mut self) {
        self.live_since = Some(Instant::now());
    }

    /// The pause before the attempt that follows the end for this reason.
    pub(super) fn pause(&mut self, reason: &GapReason) -> Duration {
        let longest = self.times.longest_pause;
        if matches!(reason, GapReason::Credential { .. }) {
            self.next = longest;
        }
        let live_since = self.live_since.take();
        if live_since.is_some_and(|since| since.elapsed() >= longest) {
            self.next = Duration::ZERO;
        }
        let pause = self.next;
        let longer = (pause * 2).max(self.times.first_pause);
        self.next = longer.min(longest);
        pause
    }
}

/// Where a stream's items go.
#[derive(Debug)]
pub(super) struct Outlet<E> {
    items: mpsc::Sender<StreamItem<E>>,
    stop: CancellationToken,
}

/// The stream is to end: it was told to, or nobody reads it any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended;

/// Why a connection is over.
#[derive(Debug)]
pub(super) enum Over {
    /// Another one follows.
    Gap(GapReason),
    /// No further connection follows.
    Ended,
}

impl From<Ended> for Over {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

impl From<GapReason> for Over {
    fn from(reason: GapReason) -> Self {
        Self::Gap(reason)
    }
}

impl<E: Send> Outlet<E> {
    pub(super) const fn new(items: mpsc::Sender<StreamItem<E>>, stop: CancellationToken) -> Self {
        Self { items, stop }
    }

    /// Hands an item on, waiting for room.
    pub(super) async fn send(&self, item: StreamItem<E>) -> Result<(), Ended> {
        self.unless_stopped(self.items.send(item))
            .await?
            .map_err(|_| Ended)
    }

    /// Waits for something, unless the stream is to end.
    pub(super) async fn unless_stopped<T>(
        &self,
        wait: impl Future<Output = T> + Send,
    ) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended),
            () = self.items.closed() => Err(Ended),
            result = wait => Ok(result),
        }
    }

    /// Waits until another socket may be opened: after the pause, and when the exchange allows one more.
    pub(super) async fn may_connect(
        &self,
        exchange: &Exchange,
        pause: Duration,
    ) -> Result<(), Ended> {
        self.unless_stopped(sleep(pause)).await?;
        let clock = &exchange.http.clock;
        let sockets = &exchange.http.sockets;
        while let Err(until) = sockets.acquire(clock.local(), Priority::Cancel, 1) {
            let wait = u64::try_from(until - clock.local()).unwrap_or(0).max(1);
            self.unless_stopped(sleep(Duration::from_millis(wait)))
                .await?;
        }
        Ok(())
    }
}
