//! Rate limits as Binance tells them: in headers and in the list of markets.

use http::HeaderMap;
use serde::Deserialize;
use trading::order::Millis;

use crate::budget::RateWindow;

const USED_WEIGHT: &str = "x-mbx-used-weight-";
const ORDER_COUNT: &str = "x-mbx-order-count-";

/// A limit of the list of markets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimit {
    #[serde(rename = "rateLimitType")]
    kind: String,
    interval: String,
    interval_num: Millis,
    limit: u32,
}

/// What the headers of an answer say is used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Request weight of this address: length of the window in milliseconds, and use.
    pub(crate) weights: Vec<(Millis, u32)>,
    /// Orders of this account: length of the window in milliseconds, and use.
    pub(crate) orders: Vec<(Millis, u32)>,
    /// Seconds to wait.
    pub(crate) retry_after_s: Option<i64>,
}

impl Told {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut told = Self::default();
        for (name, value) in headers {
            let Ok(value) = value.to_str() else { continue };
            let name = name.as_str();
            let used = value.parse().ok();
            if let Some(window) = name.strip_prefix(USED_WEIGHT).and_then(length) {
                told.weights.extend(used.map(|used| (window, used)));
            } else if let Some(window) = name.strip_prefix(ORDER_COUNT).and_then(length) {
                told.orders.extend(used.map(|used| (window, used)));
            } else if name == "retry-after" {
                told.retry_after_s = value.parse().ok().filter(|seconds| *seconds >= 0);
            }
        }
        told
    }
}

/// Milliseconds of `1m`, `10s` or `1d`.
fn length(window: &str) -> Option<Millis> {
    let unit = window.chars().last()?;
    let count: Millis = window.strip_suffix(unit)?.parse().ok()?;
    let millis = match unit.to_ascii_lowercase() {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    count.checked_mul(millis).filter(|length| *length > 0)
}

/// The limits of one kind: `REQUEST_WEIGHT` or `ORDERS`. An interval that is not known is left out.
pub(crate) fn windows(limits: &[RateLimit], kind: &str) -> Vec<RateWindow> {
    let of_kind = limits.iter().filter(|limit| limit.kind == kind);
    let windows = of_kind.filter_map(|limit| {
        let unit = limit.interval.get(..1)?;
        let length_ms = length(&format!("{}{unit}", limit.interval_num))?;
        Some(RateWindow {
            length_ms,
            limit: limit.limit,
        })
    });
    windows.collect()
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn the_length_of_a_window_is_read_from_its_name() {
        for (name, millis) in [
            ("1m", Some(60_000)),
            ("10S", Some(10_000)),
            ("1d", Some(86_400_000)),
            ("2h", Some(7_200_000)),
            ("", None),
            ("m", None),
            ("0s", None),
            ("-1m", None),
            ("1w", None),
            ("9223372036854775807d", None),
            ("1é", None),
        ] {
            assert_eq!(length(name), millis, "{name}");
        }
    }
}
