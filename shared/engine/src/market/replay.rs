//! Replays the candles of an account as points, one at a time.

use std::{
    collections::VecDeque,
    fmt::Display,
    io,
    time::{Duration, Instant},
};

use tokio::task::{JoinError, spawn_blocking};
use trading::candle::{Candle, CandleError, Timeline, TimelinePoint};

use crate::spec::{CandleSource, Candles, FeedDir, Interval, PaperSpec, SourceError};

/// Candles read at once, off the runtime's threads: few at first, for each account keeps its own in memory, and at most.
const CHUNK: (usize, usize) = (8, 512);

/// A chunk that lasted less is followed by one twice as long, any other by a short one.
const QUICK: Duration = Duration::from_secs(1);

/// Why a feed gives nothing more. What it says is for its user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{0}")]
    Candle(String),
    #[error("{0}")]
    Unread(String),
    #[error("the feed ends at point {0}, before the account's")]
    Short(i64),
    #[error("the candles could not be read")]
    Reader(#[from] JoinError),
}

impl ReplayError {
    /// Whether it may be gone at the next look although nobody mends anything: the system could not read then.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Source(SourceError::Open { source, .. } | SourceError::Packed { source, .. }) => {
                is_passing(source)
            }
            Self::Source(
                SourceError::NoDirectory | SourceError::Name | SourceError::Synthetic(_),
            )
            | Self::Candle(_)
            | Self::Short(_) => false,
            Self::Unread(_) => true,
            Self::Reader(error) => error.is_cancelled(),
        }
    }
}

/// Whether the system failed for the moment, and neither the name nor what is in the file is wrong.
fn is_passing(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::Unsupported
            | io::ErrorKind::Other
    )
}

/// The candles of one account, read up to a position.
pub(crate) struct Replay {
    from: CandleSource,
    source: Option<Box<Candles>>,
    waiting: VecDeque<Result<Candle, CandleError>>,
    /// Length of the last chunk, and when it was read.
    chunk: (usize, Instant),
    timeline: Timeline,
    pos: i64,
}

impl Replay {
    /// Opens an account's feed and goes to `pos`.
    pub(crate) async fn open(
        spec: &PaperSpec,
        dir: &FeedDir,
        pos: i64,
    ) -> Result<Self, ReplayError> {
        let (from, dir, tick) = (spec.feed.clone(), dir.clone(), spec.market.tick_size);
        let opened = spawn_blocking(move || {
            let mut candles = Box::new(from.open(&dir, tick)?);
            let mut replay = Self {
                from,
                source: None,
                waiting: VecDeque::new(),
                chunk: (CHUNK.0, Instant::now()),
                timeline: Timeline::default(),
                pos: 0,
            };
            replay.skip(&mut candles, pos)?;
            replay.source = Some(candles);
            Ok(replay)
        });
        opened.await?
    }

    /// Passes over what the account has played.
    fn skip(&mut self, candles: &mut Candles, pos: i64) -> Result<(), ReplayError> {
        while self.pos < pos {
            if self.timeline.peek().is_none() {
                let candle = candles.next().ok_or(ReplayError::Short(self.pos))?;
                self.begin(candle)?;
            }
            self.take();
        }
        Ok(())
    }

    /// Length of the candles by name, once one was read.
    pub(crate) fn interval(&self) -> Option<Interval> {
        self.timeline.interval().and_then(Interval::of_millis)
    }

    /// The next point; nothing at the end.
    pub(crate) async fn peek(&mut self) -> Result<Option<TimelinePoint>, ReplayError> {
        if self.timeline.peek().is_none() && !self.advance().await? {
            return Ok(None);
        }
        Ok(self.timeline.peek())
    }

    /// Takes what [`Self::peek`] showed.
    pub(crate) fn take(&mut self) {
        if self.timeline.peek().is_some() {
            self.pos += 1;
            self.timeline.take();
        }
    }

    async fn advance(&mut self) -> Result<bool, ReplayError> {
        if self.waiting.is_empty() {
            self.read().await?;
        }
        let Some(candle) = self.waiting.pop_front() else {
            return Ok(false);
        };
        self.begin(candle)?;
        Ok(true)
    }

    fn begin(&mut self, candle: Result<Candle, CandleError>) -> Result<(), ReplayError> {
        let candle = candle.map_err(|error| match error.unread() {
            Some(source) if is_passing(source) => ReplayError::Unread(self.from.said(&error)),
            Some(_) | None => self.fault(&error),
        })?;
        let begun = self.timeline.begin(candle, false);
        begun.map_err(|error| self.fault(&error))?;
        Ok(())
    }

    /// What is wrong with a candle, and in which file.
    fn fault(&self, error: &dyn Display) -> ReplayError {
        ReplayError::Candle(self.from.said(error))
    }

    async fn read(&mut self) -> Result<(), ReplayError> {
        let Some(mut source) = self.source.take() else {
            return Ok(());
        };
        let (last, read_at) = self.chunk;
        let chunk = if read_at.elapsed() < QUICK {
            (2 * last).min(CHUNK.1)
        } else {
            CHUNK.0
        };
        let (source, candles) = spawn_blocking(move || {
            let candles: VecDeque<_> = source.by_ref().take(chunk).collect();
            (source, candles)
        })
        .await?;
        self.source = Some(source);
        self.waiting = candles;
        self.chunk = (chunk, Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Replay, ReplayError};
    use crate::spec::{FeedDir, Interval, PaperSpec};

    const NONE: FeedDir = FeedDir(None);

    /// Three hours, of four points each.
    fn spec() -> PaperSpec {
        let feed = json!({"kind": "synthetic", "seed": 1, "candles": 3, "interval": "1h"});
        let spec = json!({"symbol": "SOL-USDT", "balances": {}, "feed": feed});
        serde_json::from_value(spec).unwrap()
    }

    #[tokio::test]
    async fn a_feed_goes_on_where_an_account_is() {
        let spec = spec();
        let mut whole = Replay::open(&spec, &NONE, 0).await.unwrap();
        assert_eq!(whole.interval(), None);
        let mut points = Vec::new();
        while let Some(next) = whole.peek().await.unwrap() {
            assert_eq!(whole.interval(), Some(Interval::Hour));
            points.push(next.point);
            whole.take();
        }
        assert_eq!(points.len(), 12);
        for (pos, point) in (0..).zip(&points) {
            let mut feed = Replay::open(&spec, &NONE, pos).await.unwrap();
            assert_eq!(
                feed.peek().await.unwrap().map(|next| next.point),
                Some(*point)
            );
        }
        let mut ended = Replay::open(&spec, &NONE, 12).await.unwrap();
        assert!(ended.peek().await.unwrap().is_none());
        let beyond = Replay::open(&spec, &NONE, 13).await;
        assert!(matches!(beyond, Err(ReplayError::Short(12))));
    }
}
