//! What is wrong with a configuration: all of it at once, each with its place, in words of the user.

use serde_json::{Value, json};
use trading::bot::{BotSetup, Budget, FeeCharge, FeedCandles, FieldCode, Severity, validate};
use trading::candle::Interval;

use super::{above_100, close, config, ema_cross};
use crate::support::{amount, fees, sol};

fn budget(candles: FeedCandles) -> Budget {
    Budget {
        price: amount("100"),
        free_quote: Some(amount("10000")),
        free_base: None,
        candles,
    }
}

/// Place, code and words of everything that is wrong on a feed of such candles.
fn wrong_on(feed: FeedCandles, value: Value) -> Vec<(String, FieldCode, String)> {
    let setup = BotSetup::paper(config(value), sol(), fees("0.001", FeeCharge::Quote));
    validate(&setup, &budget(feed))
        .into_iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| (found.pointer, found.code, found.message))
        .collect()
}

fn wrong(value: Value) -> Vec<(String, FieldCode, String)> {
    wrong_on(FeedCandles::Every(Interval::Minute.millis()), value)
}

fn with(pointer: &str, field: Value) -> Value {
    let mut value = ema_cross(12, 26);
    *value.pointer_mut(pointer).unwrap() = field;
    value
}

#[test]
fn a_sound_configuration_has_nothing_wrong() {
    assert_eq!(wrong(ema_cross(12, 26)), []);
    assert_eq!(wrong_on(FeedCandles::Unknown, ema_cross(12, 26)), []);
    let group = json!({ "match": "any", "conditions": [{
        "left": { "indicator": "rsi", "interval": "1h" }, "operator": "below", "right": { "value": "30" },
    }] });
    let mut value = ema_cross(12, 26);
    value["entry"]["groups"] = json!([group]);
    assert_eq!(wrong(value), []);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let value = json!({
        "type": "strategy", "interval": "5m",
        "entry": { "match": "all", "conditions": [
            { "left": { "indicator": "emaa", "period": 0 }, "operator": "above", "right": { "value": "1" } },
            { "left": { "indicator": "ema", "period": 0 }, "operator": "above", "right": { "price": "close" } },
            { "left": { "indicator": "volume" }, "operator": "above", "right": { "indicator": "rsi" } },
        ], "groups": [{ "conditions": [
            { "left": { "indicator": "rsi", "interval": "1m" }, "operator": "below", "right": { "value": "130" } },
        ] }] },
        "exit": close("below", "90"),
        "size": { "unit": "quote", "amount": "0" },
    });
    let found = wrong_on(FeedCandles::Every(Interval::FiveMinutes.millis()), value);
    let places: Vec<(&str, FieldCode)> = found
        .iter()
        .map(|(pointer, code, _)| (pointer.as_str(), *code))
        .collect();
    assert_eq!(
        places,
        [
            ("/entry/conditions/0/left/indicator", FieldCode::OutOfRange),
            ("/entry/conditions/0/left/period", FieldCode::OutOfRange),
            ("/entry/conditions/1/left/period", FieldCode::OutOfRange),
            ("/entry/conditions/2", FieldCode::Inconsistent),
            (
                "/entry/groups/0/conditions/0/left/interval",
                FieldCode::OutOfRange
            ),
            (
                "/entry/groups/0/conditions/0/right/value",
                FieldCode::OutOfRange
            ),
            ("/size/amount", FieldCode::OutOfRange),
        ]
    );
    let words: Vec<&str> = found.iter().map(|(.., words)| words.as_str()).collect();
    assert!(words[0].starts_with("\"emaa\" is no indicator; there are sma, ema, wma, rsi"));
    assert_eq!(words[2], "must be 2 to 400, is 0");
    assert_eq!(
        words[3],
        "volume is a volume, and rsi(14) is a number from 0 to 100: they cannot be compared"
    );
    assert_eq!(
        words[4],
        "candles of 1m are shorter than those of the market, 5m"
    );
    assert_eq!(words[5], "rsi(14) is 0 to 100, never 130");
}

#[test]
fn each_side_says_what_it_is_and_has_only_its_parameters() {
    let left = "/entry/conditions/0/left";
    for (side, pointer, code) in [
        (json!({}), "", FieldCode::Required),
        (
            json!({ "price": "close", "value": "1" }),
            "",
            FieldCode::Required,
        ),
        (
            json!({ "indicator": "ema" }),
            "/period",
            FieldCode::Required,
        ),
        (
            json!({ "indicator": "ema", "period": 401 }),
            "/period",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "ema", "period": 12, "source": "last" }),
            "/source",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "ema", "period": 12, "fast": 3 }),
            "/fast",
            FieldCode::Inconsistent,
        ),
        (
            json!({ "indicator": "ema", "period": 12, "line": "upper" }),
            "/line",
            FieldCode::Inconsistent,
        ),
        (
            json!({ "indicator": "bollinger", "line": "top" }),
            "/line",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "bollinger", "deviations": "0.4" }),
            "/deviations",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "supertrend", "multiplier": "21" }),
            "/multiplier",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "macd", "fast": 26, "slow": 12 }),
            "/fast",
            FieldCode::Inconsistent,
        ),
        (
            json!({ "indicator": "stochastic", "smooth_k": 0 }),
            "/smooth_k",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "donchian", "offset": 101 }),
            "/offset",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "indicator": "vwap", "period": 5 }),
            "/period",
            FieldCode::Inconsistent,
        ),
        (json!({ "price": "last" }), "/price", FieldCode::OutOfRange),
        (
            json!({ "price": "close", "interval": "7m" }),
            "/interval",
            FieldCode::OutOfRange,
        ),
        (
            json!({ "value": "1", "period": 3 }),
            "/period",
            FieldCode::Inconsistent,
        ),
    ] {
        let found = wrong(with(left, side.clone()));
        let expected = (format!("{left}{pointer}"), code);
        let places: Vec<_> = found
            .iter()
            .map(|found| (found.0.clone(), found.1))
            .collect();
        assert!(places.contains(&expected), "{side}: {found:?}");
    }
}

#[test]
fn only_what_measures_the_same_is_compared() {
    let rule = |left: Value, right: Value| {
        let mut value = ema_cross(12, 26);
        value["entry"]["conditions"][0]["left"] = left;
        value["entry"]["conditions"][0]["right"] = right;
        wrong(value)
    };
    for (left, right) in [
        (
            json!({ "indicator": "rsi" }),
            json!({ "indicator": "ema", "period": 3 }),
        ),
        (json!({ "indicator": "macd" }), json!({ "price": "close" })),
        (
            json!({ "indicator": "obv" }),
            json!({ "indicator": "volume_ratio" }),
        ),
        (
            json!({ "indicator": "supertrend", "line": "direction" }),
            json!({ "price": "close" }),
        ),
        (
            json!({ "indicator": "ema", "period": 3 }),
            json!({ "indicator": "ema", "period": 3 }),
        ),
        (
            json!({ "indicator": "ema", "period": 3, "interval": "1m" }),
            json!({ "indicator": "ema", "period": 3 }),
        ),
    ] {
        let found = rule(left.clone(), right.clone());
        let places: Vec<_> = found
            .iter()
            .map(|found| (found.0.as_str(), found.1))
            .collect();
        let expected = [("/entry/conditions/0", FieldCode::Inconsistent)];
        assert_eq!(places, expected, "{left} {right}");
    }
    for (left, right) in [
        (
            json!({ "indicator": "supertrend" }),
            json!({ "price": "close" }),
        ),
        (
            json!({ "indicator": "macd", "line": "signal" }),
            json!({ "indicator": "macd" }),
        ),
        (
            json!({ "indicator": "volume" }),
            json!({ "indicator": "sma", "period": 20, "source": "volume" }),
        ),
        (
            json!({ "indicator": "ema", "period": 3, "interval": "5m" }),
            json!({ "indicator": "ema", "period": 3 }),
        ),
        (
            json!({ "indicator": "supertrend", "line": "direction" }),
            json!({ "value": "-1" }),
        ),
    ] {
        assert_eq!(rule(left.clone(), right.clone()), [], "{left} {right}");
    }
    let number = rule(json!({ "value": "1" }), json!({ "price": "close" }));
    assert_eq!(number[0].0, "/entry/conditions/0/left");
}

#[test]
fn fields_are_in_their_ranges_and_fit_each_other() {
    let steps = json!({ "steps": [{ "percentage": "1", "share": "50" }] });
    for (more, pointer) in [
        (json!({ "interval": "2m" }), "/interval"),
        (json!({ "max_active_deals": 200 }), "/max_active_deals"),
        (json!({ "cooldown_candles": 1001 }), "/cooldown_candles"),
        (json!({ "min_confidence": "1.1" }), "/min_confidence"),
        (json!({ "max_hold_s": 59 }), "/max_hold_s"),
        (json!({ "unfilled_timeout_s": 60 }), "/unfilled_timeout_s"),
        (
            json!({ "limit_offset_percentage": "1" }),
            "/limit_offset_percentage",
        ),
        (
            json!({ "order_type": "limit", "limit_offset_percentage": "11" }),
            "/limit_offset_percentage",
        ),
        (
            json!({ "order_type": "limit", "unfilled_timeout_s": 9 }),
            "/unfilled_timeout_s",
        ),
        (json!({ "take_profit": steps }), "/take_profit/steps"),
        (
            json!({ "stop_loss": { "percentage": "100" } }),
            "/stop_loss/percentage",
        ),
        (
            json!({ "size": { "unit": "equity", "amount": "101" } }),
            "/size/amount",
        ),
        (
            json!({ "size": { "unit": "quote", "amount": "4" } }),
            "/size/amount",
        ),
        (
            json!({ "size": { "unit": "base", "amount": "0.0001" } }),
            "/size/amount",
        ),
        (
            json!({ "size": { "unit": "quote", "amount": "20000" } }),
            "/size/amount",
        ),
        (
            json!({ "size": { "unit": "risk", "amount": "1" } }),
            "/stop_loss",
        ),
        (json!({ "entry": {} }), "/entry/conditions"),
        (
            json!({ "exit": { "groups": [{ "conditions": [] }] } }),
            "/exit/groups/0/conditions",
        ),
    ] {
        let mut more = more;
        if more.get("exit").is_none() {
            more["exit"] = close("below", "90");
        }
        let found = wrong(above_100(&more));
        let places: Vec<_> = found.iter().map(|found| found.0.as_str()).collect();
        assert_eq!(places, [pointer], "{more}: {found:?}");
    }
    let nothing = wrong(above_100(&json!({})));
    assert_eq!(nothing[0].0, "/exit");
}

#[test]
fn a_rule_has_so_many_conditions_and_no_more() {
    let condition = close("below", "90")["conditions"][0].clone();
    let rule = |own: usize, grouped: usize| {
        json!({
            "conditions": vec![condition.clone(); own],
            "groups": [{ "conditions": vec![condition.clone(); grouped] }],
        })
    };
    let found = |own, grouped| wrong(above_100(&json!({ "exit": rule(own, grouped) })));
    assert_eq!(found(10, 10), []);
    let places: Vec<_> = found(10, 11).into_iter().map(|found| found.0).collect();
    assert_eq!(places, ["/exit"]);
}

#[test]
fn candles_that_the_market_s_do_not_make_up_are_refused() {
    let three = FeedCandles::Every(Interval::ThreeMinutes.millis());
    let mut value = ema_cross(12, 26);
    value["interval"] = json!("5m");
    let found = wrong_on(three, value);
    assert_eq!(
        found[0].2,
        "candles of 5m cannot be made of those of the market, 3m"
    );
}

/// A rule that never or always holds is a mistake.
#[test]
fn numbers_that_nothing_can_reach_are_refused() {
    let rule = |left: Value, operator: &str, value: &str| {
        let mut config = ema_cross(12, 26);
        config["entry"]["conditions"][0] =
            json!({ "left": left, "operator": operator, "right": { "value": value } });
        let found = wrong(config).into_iter();
        found.map(|found| (found.0, found.1)).collect::<Vec<_>>()
    };
    let (rsi, close) = (json!({ "indicator": "rsi" }), json!({ "price": "close" }));
    let volume = json!({ "indicator": "volume" });
    let direction = json!({ "indicator": "supertrend", "line": "direction" });
    let atr = json!({ "indicator": "atr" });
    let roc = json!({ "indicator": "roc" });
    let refused = [(
        "/entry/conditions/0/right/value".to_owned(),
        FieldCode::OutOfRange,
    )];
    for (left, operator, value) in [
        (&rsi, "above", "100"),
        (&rsi, "crosses_above", "100"),
        (&rsi, "below", "0"),
        (&rsi, "crosses_below", "0"),
        (&rsi, "at_or_below", "100"),
        (&rsi, "at_or_above", "0"),
        (&close, "below", "0"),
        (&close, "at_or_above", "0"),
        (&close, "above", "-1"),
        (&volume, "below", "0"),
        (&volume, "at_or_below", "-1"),
        (&direction, "above", "1"),
        (&atr, "below", "0"),
        (&roc, "below", "-100"),
    ] {
        assert_eq!(
            rule(left.clone(), operator, value),
            refused,
            "{left} {operator} {value}"
        );
    }
    let mom = json!({ "indicator": "mom" });
    for (left, operator, value) in [
        (&rsi, "at_or_above", "100"),
        (&rsi, "at_or_below", "0"),
        (&rsi, "above", "0"),
        (&rsi, "below", "100"),
        (&volume, "above", "0"),
        (&volume, "at_or_below", "0"),
        (&direction, "above", "0"),
        (&mom, "below", "-3"),
        (&roc, "below", "0"),
    ] {
        assert_eq!(
            rule(left.clone(), operator, value),
            [],
            "{left} {operator} {value}"
        );
    }
}

/// A limit below the price buys for less: what it buys has to be worth the market's smallest order there.
#[test]
fn a_limit_is_weighed_where_it_rests() {
    let found = |offset: &str| {
        wrong(above_100(&json!({
            "order_type": "limit", "limit_offset_percentage": offset, "stop_loss": { "percentage": "5" },
            "size": { "unit": "base", "amount": "0.058" },
        })))
    };
    assert_eq!(found("0"), []);
    let found = found("10");
    let places: Vec<_> = found
        .iter()
        .map(|found| (found.0.as_str(), found.1))
        .collect();
    assert_eq!(places, [("/size/amount", FieldCode::ExitNotViable)]);
}

/// Its level depends on when it began.
#[test]
fn on_balance_volume_is_compared_with_itself_alone() {
    let found = |right: Value| {
        let mut config = ema_cross(12, 26);
        config["entry"]["conditions"][0] =
            json!({ "left": { "indicator": "obv" }, "operator": "above", "right": right });
        wrong(config)
    };
    for right in [json!({ "value": "1000" }), json!({ "indicator": "volume" })] {
        let found = found(right);
        assert_eq!(
            (found[0].0.as_str(), found[0].1),
            ("/entry/conditions/0", FieldCode::Inconsistent)
        );
    }
    assert_eq!(found(json!({ "indicator": "obv", "interval": "5m" })), []);
}

/// Ten averages of 400, and one candle more.
#[test]
fn what_the_indicators_keep_is_bounded() {
    let averages = |lengths: &[u32]| {
        let conditions: Vec<Value> = lengths
            .iter()
            .map(|period| {
                json!({ "left": { "indicator": "sma", "period": period }, "operator": "above",
                        "right": { "value": "1" } })
            })
            .collect();
        let mut value = above_100(&json!({ "exit": { "conditions": conditions } }));
        value["entry"] = json!({ "conditions": conditions });
        value
    };
    let lengths: Vec<u32> = (391..=400).collect();
    let sum: u32 = lengths.iter().sum();
    let at = |rest: u32| [&lengths[..], &[rest]].concat();
    // The rules ask for the same: it is kept once.
    assert_eq!(wrong(averages(&at(4000 - sum))), []);
    let found = wrong(averages(&at(4001 - sum)));
    let places: Vec<_> = found
        .iter()
        .map(|found| (found.0.as_str(), found.1))
        .collect();
    assert_eq!(places, [("/entry", FieldCode::OutOfRange)]);
    let mut minutes = super::Minutes::new(averages(&at(4000 - sum)));
    minutes.flat("27123.45", 401);
    let state = serde_json::to_string(minutes.world.state()).unwrap();
    assert!(state.len() < 120_000, "{}", state.len());
}
