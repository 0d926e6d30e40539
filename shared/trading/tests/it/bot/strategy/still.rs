//! Prices that stand still: what rounding makes of them decides nothing.

use serde_json::{Value, json};
use trading::bot::Reason;

use super::{Minutes, above_100, close};

const PRICES: [&str; 3] = ["0.1", "100.1", "27123.45"];

/// Every average against the close and against every other.
fn pairs(operator: &str) -> Vec<Value> {
    let sides = [
        json!({ "price": "close" }),
        json!({ "indicator": "sma", "period": 7 }),
        json!({ "indicator": "sma", "period": 13 }),
        json!({ "indicator": "ema", "period": 9 }),
        json!({ "indicator": "wma", "period": 7 }),
        json!({ "indicator": "bollinger", "line": "middle", "period": 7 }),
    ];
    let mut pairs = Vec::new();
    for (index, left) in sides.iter().enumerate() {
        for right in &sides[index + 1..] {
            pairs.push(json!({ "left": left, "operator": operator, "right": right }));
        }
    }
    let zero = json!({ "value": "0" });
    for line in ["macd", "histogram"] {
        let left = json!({ "indicator": "macd", "fast": 3, "slow": 7, "signal": 4, "line": line });
        pairs.push(json!({ "left": left, "operator": operator, "right": zero }));
    }
    pairs
}

fn reasons(price: &str, mode: &str, operator: &str) -> Vec<Reason> {
    let mut value = above_100(&json!({ "exit": close("below", "0.01") }));
    value["entry"] = json!({ "match": mode, "conditions": pairs(operator) });
    let mut minutes = Minutes::new(value);
    minutes.flat(price, 80);
    minutes.world.reasons()
}

#[test]
fn what_stands_still_is_neither_above_nor_below_its_averages() {
    for price in PRICES {
        for operator in ["above", "below", "crosses_above", "crosses_below"] {
            let found = reasons(price, "any", operator);
            let expected = [Reason::WarmingUp, Reason::ConditionsNotMet];
            assert_eq!(found, expected, "{price} {operator}");
        }
    }
}

#[test]
fn what_stands_still_is_at_its_averages() {
    for price in PRICES {
        for operator in ["at_or_above", "at_or_below"] {
            let found = reasons(price, "all", operator);
            assert!(
                !found.contains(&Reason::ConditionsNotMet),
                "{price} {operator}: {found:?}"
            );
        }
    }
}

/// Equal within a billionth: no crossing begins there, and one ends where it is left.
#[test]
fn a_crossing_leaves_what_counts_as_equal() {
    let more = json!({ "max_active_deals": 9, "max_hold_s": 86400 });
    let mut value = above_100(&more);
    value["entry"] = close("crosses_above", "100");
    let mut minutes = Minutes::new(value);
    minutes.flat("99", 4);
    for price in ["100.00000005", "100.00000001", "100.000001", "100.000001"] {
        minutes.flat(price, 1);
    }
    let times: Vec<_> = minutes.fills().iter().map(|fill| fill.0).collect();
    assert_eq!(times, [7]);
}
