//! Market channels: what a client may subscribe to.

use std::{fmt, str::FromStr};

use platform::ids::UserId;
use serde::{Serialize, Serializer};

/// The longest channel name, in bytes.
pub const MAX_CHANNEL_BYTES: usize = 100;

/// Where a market is.
const VENUES: [&str; 2] = ["binance", "okx"];

/// Before the id of a paper connection, whose market is its own.
const PAPER: &str = "paper-";

/// The candle lengths that are published.
const INTERVALS: [&str; 8] = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"];

/// `ticker:binance:BTC-USDT`, `book:okx:ETH-USDT`, `candles:okx:ETH-USDT:1m` or, of a paper connection's own market,
/// `ticker:paper-<connection>:BTC-USDT`, checked.
///
/// The market of a paper connection is its user's alone. Such a channel is carried under the user's id, so that whoever
/// else asks for the same name listens to one that nobody publishes: see [`MarketChannel::of`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarketChannel {
    name: Box<str>,
    owner: Option<UserId>,
}

/// A text that names no market channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such channel")]
pub struct UnknownChannel;

impl MarketChannel {
    /// The channel that this name means to a user, who reads or publishes it: that of a paper connection is the user's own.
    #[must_use]
    pub fn of(self, user: UserId) -> Self {
        let is_paper = self
            .name
            .split(':')
            .nth(1)
            .is_some_and(|venue| venue.starts_with(PAPER));
        Self {
            owner: is_paper.then_some(user),
            ..self
        }
    }

    /// Its name as clients write it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Its name in Redis, where an owner stands before it.
    pub(crate) fn carried(&self) -> String {
        match self.owner {
            Some(owner) => format!("{owner}:{}", self.name),
            None => self.name.to_string(),
        }
    }

    /// The channel with this name in Redis.
    pub(crate) fn from_carried(name: &str) -> Option<Self> {
        if let Ok(channel) = name.parse() {
            return Some(channel);
        }
        let (owner, name) = name.split_once(':')?;
        let (owner, channel) = (owner.parse().ok()?, name.parse::<Self>().ok()?);
        Some(channel.of(owner)).filter(|channel| channel.owner.is_some())
    }
}

impl FromStr for MarketChannel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        if text.len() > MAX_CHANNEL_BYTES {
            return Err(UnknownChannel);
        }
        let mut parts = text.split(':');
        let (Some(kind), Some(venue), Some(symbol), interval, None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(UnknownChannel);
        };
        let interval_fits = match kind {
            "ticker" | "book" => interval.is_none(),
            "candles" => interval.is_some_and(|interval| INTERVALS.contains(&interval)),
            _ => false,
        };
        if interval_fits && is_venue(venue) && is_symbol(symbol) {
            Ok(Self {
                name: text.into(),
                owner: None,
            })
        } else {
            Err(UnknownChannel)
        }
    }
}

fn is_venue(text: &str) -> bool {
    VENUES.contains(&text)
        || text
            .strip_prefix(PAPER)
            .is_some_and(|id| id.len() == 36 && uuid::Uuid::try_parse(id).is_ok())
}

/// `BASE-QUOTE`, each of capitals and digits.
fn is_symbol(text: &str) -> bool {
    let asset = |part: &str| {
        (1..=20).contains(&part.len())
            && part
                .bytes()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    text.split_once('-')
        .is_some_and(|(base, quote)| asset(base) && asset(quote))
}

impl fmt::Display for MarketChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for MarketChannel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::MarketChannel;

    #[test]
    fn good_channels_are_told_from_bad_ones() {
        for good in [
            "ticker:binance:BTC-USDT",
            "book:okx:ETH-USDT",
            "candles:okx:1INCH-USDT:1m",
            "candles:paper-0190d3b0-7a70-7cc0-8000-000000000001:1000SATS-FDUSD:15m",
        ] {
            assert_eq!(good.parse::<MarketChannel>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "ticker",
            "ticker:binance",
            "ticker:binance:BTC-USDT:1m",
            "ticker:binance:btc-usdt",
            "ticker:binance:BTCUSDT",
            "ticker:binance:BTC-USDT-X",
            "ticker:mtgox:BTC-USDT",
            "ticker:paper:BTC-USDT",
            "ticker:paper-0190d3b07a707cc08000000000000001:BTC-USDT",
            "candles:okx:ETH-USDT",
            "candles:okx:ETH-USDT:2m",
            "candles:okx:ETH-USDT:1m:x",
            "trades:okx:ETH-USDT",
            "ticker:binance:BTC-US*",
            "ev:0",
        ] {
            assert!(bad.parse::<MarketChannel>().is_err(), "{bad}");
        }
    }
}
