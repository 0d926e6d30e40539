//! The newest prices of one account's market, for whoever looks on.

use std::time::Duration;

use events::{Publisher, channel::MarketChannel};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use trading::{
    Symbol,
    candle::{Candle, Point},
};
use uuid::Uuid;

use super::words::at;
use crate::spec::Interval;

/// How often a channel gets a new value at most.
const EVERY: Duration = Duration::from_millis(100);

/// What there is to show.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News {
    pub(super) point: Option<Point>,
    pub(super) candle: Option<Candle>,
    pub(super) interval: Option<Interval>,
}

/// Publishes the newest news of `connection` until `stop`. Values in between, and those that Redis does not take, are
/// skipped.
pub(super) async fn show(
    publisher: Publisher,
    connection: Uuid,
    symbol: Symbol,
    mut news: watch::Receiver<News>,
    stop: CancellationToken,
) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        let mut shown = News::default();
        while news.changed().await.is_ok() {
            beat.tick().await;
            let newest = *news.borrow_and_update();
            if newest.point != shown.point {
                ticker(&publisher, connection, &symbol, &newest).await;
            }
            if newest.candle != shown.candle {
                candle(&publisher, connection, &symbol, &newest).await;
            }
            shown = newest;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn ticker(publisher: &Publisher, connection: Uuid, symbol: &Symbol, news: &News) {
    let Some(point) = news.point else { return };
    let channel = format!("ticker:paper-{connection}:{symbol}");
    let price = point.price;
    let data = json!({"bid": price, "ask": price, "last": price, "at": at(point.at)});
    publish(publisher, &channel, &data).await;
}

async fn candle(publisher: &Publisher, connection: Uuid, symbol: &Symbol, news: &News) {
    let (Some(candle), Some(interval)) = (news.candle, news.interval) else {
        return;
    };
    let channel = format!("candles:paper-{connection}:{symbol}:{}", interval.as_str());
    let data = json!({
        "open_time": at(candle.open_time), "close_time": at(candle.close_time), "open": candle.open,
        "high": candle.high, "low": candle.low, "close": candle.close, "volume": candle.volume, "is_closed": true,
    });
    publish(publisher, &channel, &data).await;
}

async fn publish(publisher: &Publisher, channel: &str, data: &serde_json::Value) {
    let Ok(channel) = channel.parse::<MarketChannel>() else {
        return;
    };
    if let Err(error) = publisher.market(&channel, data).await {
        tracing::debug!(%channel, %error, "a price was not shown");
        metrics::counter!("engine_market_values_lost_total").increment(1);
    }
}
