//! Candles of the markets of bots that ask for them.

use std::time::Duration;

use exchange::Venue;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;
use trading::{bot::EXCHANGE_CANDLE, order::Millis};

use super::{CandlesRead, Done, Play, PlayError};
use crate::market::candles::SETTLES_IN;

/// Time before candles are asked for again that could not be read, or were not there yet.
const AGAIN: Duration = Duration::from_secs(5);

/// Markets whose candles are read at once.
const AT_ONCE: usize = 4;

impl<V: Venue + Clone> Play<V> {
    /// Looks for candles at once, unless they are being read.
    pub(super) fn look_for_candles(&mut self) {
        if self.candles_at.is_some() {
            self.candles_at = Some(Instant::now());
        }
    }

    /// Reads the candles that have closed since bots were last told, or waits for the next to close.
    pub(super) fn begin_candles(&mut self) {
        let (now, mut next) = (self.wall(), Millis::MAX);
        let mut due = Vec::new();
        for (symbol, from) in self.account.candles_wanted() {
            let end =
                from.div_euclid(EXCHANGE_CANDLE) * EXCHANGE_CANDLE + EXCHANGE_CANDLE + SETTLES_IN;
            if end <= now {
                due.push((symbol, from));
            } else {
                next = next.min(end);
            }
        }
        if due.is_empty() {
            let next = next.min(now + EXCHANGE_CANDLE);
            self.candles_at = Some(Instant::now() + self.until(next));
            return;
        }
        self.candles_at = None;
        let (listed, testnet) = (self.terms.listed.clone(), self.terms.testnet);
        let books = self.terms.shared.exchanges.hub.candles().clone();
        self.calls.spawn(async move {
            let read = stream::iter(due).map(async |(symbol, from)| {
                let of = (listed.market(), testnet);
                let read = books.read(of, &symbol, (from, now)).await;
                (symbol, from, read)
            });
            Done::Candles(read.buffered(AT_ONCE).collect().await)
        });
    }

    /// Tells bots the candles that were read.
    pub(super) fn candles_read(&mut self, read: Vec<CandlesRead>) -> Result<(), PlayError> {
        let wanted = self.account.candles_wanted();
        let mut has_news = false;
        for (symbol, from, read) in read {
            // A bot that was started meanwhile has to know what was before.
            if wanted.get(&symbol).is_some_and(|first| *first < from) {
                has_news = true;
                continue;
            }
            match read {
                Ok(read) => {
                    has_news |= !read.candles.is_empty();
                    self.account.candles(&symbol, &read.candles)?;
                }
                Err(error) => {
                    tracing::warn!(%symbol, %error, connection = %self.terms.connection, "candles cannot be read");
                }
            }
        }
        // Where there was something, there may be more.
        let pause = if has_news { Duration::ZERO } else { AGAIN };
        self.candles_at = Some(Instant::now() + pause);
        Ok(())
    }
}
