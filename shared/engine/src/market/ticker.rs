//! Publishes the newest price and candle of one account's market.

use std::time::Duration;

use events::{Publisher, channel::MarketChannel};
use platform::{
    ids::UserId,
    time::{of_millis, to_wire},
};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use trading::{
    Symbol,
    candle::{Candle, Point},
    order::Millis,
};
use uuid::Uuid;

use crate::spec::Interval;

/// How often a channel gets a new value at most.
const EVERY: Duration = Duration::from_millis(100);

/// How long to wait before a value that Redis did not take is offered again.
const AGAIN: Duration = Duration::from_secs(1);

/// A time of the data in RFC 3339, as clients see it.
fn at(millis: Millis) -> String {
    to_wire(of_millis(millis))
}

/// The newest values of a market.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Newest {
    pub(crate) point: Option<Point>,
    pub(crate) candle: Option<Candle>,
    pub(crate) interval: Option<Interval>,
}

impl Newest {
    /// Whether nothing of `now` is still to be published.
    fn is_up_to(&self, now: &Self) -> bool {
        self.point == now.point && self.candle == now.candle
    }
}

/// Publishes prices and candles on the market channels of one account. Values in between are skipped; one that Redis does
/// not take is published later, unless there is a newer one by then.
pub(crate) struct TickerPublisher {
    pub(crate) publisher: Publisher,
    pub(crate) user: UserId,
    pub(crate) connection: Uuid,
    pub(crate) symbol: Symbol,
}

impl TickerPublisher {
    /// Publishes until `stop`, or until the sender of `newest` is gone and its last value is published.
    pub(crate) async fn run(self, mut newest: watch::Receiver<Newest>, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.publish_all(&mut newest) => {}
        }
    }

    async fn publish_all(&self, newest: &mut watch::Receiver<Newest>) {
        let mut beat = interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut published = Newest::default();
        let mut is_complete = true;
        loop {
            if is_complete {
                if newest.changed().await.is_err() {
                    return;
                }
            } else {
                drop(timeout(AGAIN, newest.changed()).await);
            }
            beat.tick().await;
            let now = *newest.borrow_and_update();
            if now.point != published.point && self.publish_price(&now).await {
                published.point = now.point;
            }
            if now.candle != published.candle && self.publish_candle(&now).await {
                published.candle = now.candle;
            }
            is_complete = published.is_up_to(&now);
            if !is_complete && newest.has_changed().is_err() {
                return;
            }
        }
    }

    async fn publish_price(&self, newest: &Newest) -> bool {
        let Some(point) = newest.point else {
            return true;
        };
        let channel = format!("ticker:paper-{}:{}", self.connection, self.symbol);
        let price = point.price;
        let data = json!({"bid": price, "ask": price, "last": price, "at": at(point.at)});
        self.publish(&channel, point.at, &data).await
    }

    async fn publish_candle(&self, newest: &Newest) -> bool {
        let (Some(candle), Some(interval)) = (newest.candle, newest.interval) else {
            return true;
        };
        let channel = format!(
            "candles:paper-{}:{}:{}",
            self.connection,
            self.symbol,
            interval.as_str()
        );
        let data = json!({
            "open_time": at(candle.open_time), "close_time": at(candle.close_time), "open": candle.open,
            "high": candle.high, "low": candle.low, "close": candle.close, "volume": candle.volume, "is_closed": true,
        });
        self.publish(&channel, candle.open_time, &data).await
    }

    /// False where it is to be tried again.
    async fn publish(&self, channel: &str, rank: Millis, data: &serde_json::Value) -> bool {
        let Ok(channel) = channel.parse::<MarketChannel>() else {
            return true;
        };
        let channel = channel.of(self.user);
        match self.publisher.market(&channel, rank, data).await {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%channel, %error, "cannot publish a price");
                metrics::counter!("engine_market_values_lost_total").increment(1);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use trading::{
        Amount,
        candle::{Candle, Point},
    };

    use super::Newest;

    #[test]
    fn a_price_or_a_candle_that_was_lost_is_still_to_be_published() {
        let (at, price) = (0, Amount::ONE);
        let candle = Candle {
            open_time: 0,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: price,
            close_time: 59_999,
        };
        let now = Newest {
            point: Some(Point { at, price }),
            candle: Some(candle),
            interval: None,
        };
        assert!(now.is_up_to(&now) && Newest::default().is_up_to(&Newest::default()));
        let (no_point, no_candle) = (
            Newest { point: None, ..now },
            Newest {
                candle: None,
                ..now
            },
        );
        assert!(!no_point.is_up_to(&now) && !no_candle.is_up_to(&now));
    }
}
