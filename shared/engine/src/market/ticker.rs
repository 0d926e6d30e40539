//! Publishes the newest price and candle of one account's market.

use std::time::Duration;

use events::{Publisher, channel::MarketChannel};
use platform::ids::UserId;
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

use crate::{runner::event_bodies::at, spec::Interval};

/// How often a channel gets a new value at most.
const EVERY: Duration = Duration::from_millis(100);

/// How long to wait before a value that Redis did not take is offered again.
const AGAIN: Duration = Duration::from_secs(1);

/// What there is to show.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Newest {
    pub(crate) point: Option<Point>,
    pub(crate) candle: Option<Candle>,
    pub(crate) interval: Option<Interval>,
}

/// Publishes the newest news of `connection`, which is `user`'s, until `stop`. Values in between are skipped; one that Redis does not take
/// is shown later, unless there is a newer one by then.
pub(crate) async fn show(
    publisher: Publisher,
    (user, connection): (UserId, Uuid),
    symbol: Symbol,
    mut news: watch::Receiver<Newest>,
    stop: CancellationToken,
) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        let whose = (user, connection);
        let mut shown = Newest::default();
        let mut is_whole = true;
        loop {
            if is_whole {
                if news.changed().await.is_err() {
                    return;
                }
            } else {
                drop(timeout(AGAIN, news.changed()).await);
            }
            beat.tick().await;
            let newest = *news.borrow_and_update();
            if newest.point != shown.point && ticker(&publisher, whose, &symbol, &newest).await {
                shown.point = newest.point;
            }
            if newest.candle != shown.candle && candle(&publisher, whose, &symbol, &newest).await {
                shown.candle = newest.candle;
            }
            is_whole = newest.point == shown.point && newest.candle == shown.candle;
            if !is_whole && news.has_changed().is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn ticker(
    publisher: &Publisher,
    (user, connection): (UserId, Uuid),
    symbol: &Symbol,
    news: &Newest,
) -> bool {
    let Some(point) = news.point else { return true };
    let channel = format!("ticker:paper-{connection}:{symbol}");
    let price = point.price;
    let data = json!({"bid": price, "ask": price, "last": price, "at": at(point.at)});
    publish(publisher, user, &channel, point.at, &data).await
}

async fn candle(
    publisher: &Publisher,
    (user, connection): (UserId, Uuid),
    symbol: &Symbol,
    news: &Newest,
) -> bool {
    let (Some(candle), Some(interval)) = (news.candle, news.interval) else {
        return true;
    };
    let channel = format!("candles:paper-{connection}:{symbol}:{}", interval.as_str());
    let data = json!({
        "open_time": at(candle.open_time), "close_time": at(candle.close_time), "open": candle.open,
        "high": candle.high, "low": candle.low, "close": candle.close, "volume": candle.volume, "is_closed": true,
    });
    publish(publisher, user, &channel, candle.open_time, &data).await
}

/// False where it is to be tried again.
async fn publish(
    publisher: &Publisher,
    user: UserId,
    channel: &str,
    rank: Millis,
    data: &serde_json::Value,
) -> bool {
    let Ok(channel) = channel.parse::<MarketChannel>() else {
        return true;
    };
    let channel = channel.of(user);
    match publisher.market(&channel, rank, data).await {
        Ok(_) => true,
        Err(error) => {
            tracing::debug!(%channel, %error, "a price was not shown");
            metrics::counter!("engine_market_values_lost_total").increment(1);
            false
        }
    }
}
