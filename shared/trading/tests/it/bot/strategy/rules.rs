//! When the rules of a strategy open and close deals, and what it says about it.

use serde_json::json;
use trading::bot::{Command, Reason, StopMode};

use super::{Minutes, above_100, close, ema_cross};
use crate::support::{BOT, MINUTE, amount};

/// One candle is enough for a price: four times a period of one.
const SETTLED: u32 = 4;

#[test]
fn a_rule_is_tested_at_the_close_and_filled_at_the_next_open() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("below", "100") })));
    minutes.flat("100", SETTLED);
    // Above 100 within the candle, not at its close.
    minutes.candle(["100", "110", "95", "100"]);
    assert_eq!(minutes.fills(), []);
    minutes.candle(["100", "103", "100", "102"]);
    assert_eq!(minutes.fills(), []);
    minutes.candle(["105", "105", "99", "101"]);
    assert_eq!(minutes.fills(), [(6, "105".into(), false)]);
    minutes.candle(["101", "101", "98", "99"]);
    minutes.candle(["97", "99", "96", "98"]);
    assert_eq!(
        minutes.fills(),
        [(6, "105".into(), false), (8, "97".into(), true)]
    );
    let said = minutes.sentences();
    assert_eq!(
        said,
        [
            "opens nothing until 1970-01-01T00:03:59.999Z: 1 of the 4 candles that its indicators need were seen",
            "did not open a deal: close 100 is at or below 100",
            "opened deal 1 at 102: close 102 is above 100",
            "bought 0.952 at 105: base order",
            "did not open a deal: 1 are open or due, and max_active_deals is 1",
            "closes the deal at 99: close 99 is below 100",
            "sold 0.952 at 97: close at market, -7.808 USDT",
            "did not open a deal: close 98 is at or below 100",
        ]
    );
}

#[test]
fn nothing_is_decided_before_the_indicators_have_settled() {
    let mut minutes = Minutes::new(ema_cross(2, 3));
    minutes.flat("100", 9);
    // The averages cross in the tenth candle; the twelfth is the first that counts.
    minutes.candle(["100", "105", "100", "105"]);
    minutes.candle(["105", "105", "105", "105"]);
    assert_eq!(
        minutes.sentences(),
        [
            "opens nothing until 1970-01-01T00:11:59.999Z: 1 of the 12 candles that its indicators need were seen"
        ]
    );
    minutes.candle(["105", "105", "90", "90"]);
    minutes.candle(["90", "120", "90", "120"]);
    minutes.candle(["120", "120", "120", "120"]);
    assert_eq!(minutes.fills(), [(13, "120".into(), false)]);
    let decision = &minutes.world.recorder.decisions(BOT)[2].1;
    assert_eq!(decision.reason, Reason::DealStart);
    let [found] = &decision.facts.conditions[..] else {
        panic!("one condition")
    };
    assert_eq!(
        (found.left.as_str(), found.right.as_str()),
        ("ema(2)", "ema(3)")
    );
    assert!(found.holds && found.left_value > found.right_value);
    assert!(found.left_before <= found.right_before && found.left_before.is_some());
}

#[test]
fn a_crossing_counts_once_and_a_touch_does_not() {
    let mut value = above_100(&json!({ "max_active_deals": 9, "max_hold_s": 86400 }));
    value["entry"] = close("crosses_above", "100");
    let mut minutes = Minutes::new(value);
    minutes.flat("99", SETTLED);
    for price in ["100", "100", "101", "102", "100", "101", "99", "103"] {
        minutes.flat(price, 1);
    }
    minutes.flat("103", 1);
    // 100 to 101, 100 to 101, 99 to 103: each at the open that follows.
    assert_eq!(
        minutes.fills(),
        [
            (7, "102".into(), false),
            (10, "99".into(), false),
            (12, "103".into(), false)
        ]
    );
}

#[test]
fn all_and_any_and_groups_decide_together() {
    let condition = |operator: &str, value: &str| close(operator, value)["conditions"][0].clone();
    let play = |entry: serde_json::Value| {
        let mut value = above_100(&json!({ "exit": close("below", "1") }));
        value["entry"] = entry;
        let mut minutes = Minutes::new(value);
        minutes.flat("100", SETTLED);
        for price in ["104", "106", "106"] {
            minutes.flat(price, 1);
        }
        minutes.fills().len()
    };
    let (low, high, never) = (
        condition("above", "103"),
        condition("above", "105"),
        condition("above", "200"),
    );
    assert_eq!(
        play(json!({ "match": "all", "conditions": [low, high] })),
        1
    );
    assert_eq!(
        play(json!({ "match": "all", "conditions": [low, never] })),
        0
    );
    assert_eq!(
        play(json!({ "match": "any", "conditions": [low, never] })),
        1
    );
    let group = |mode: &str| json!([{ "match": mode, "conditions": [high, never] }]);
    assert_eq!(
        play(json!({ "conditions": [low], "groups": group("any") })),
        1
    );
    assert_eq!(
        play(json!({ "conditions": [low], "groups": group("all") })),
        0
    );
    assert_eq!(
        play(json!({ "match": "any", "conditions": [never], "groups": group("any") })),
        1
    );
}

#[test]
fn a_deal_needs_as_much_confidence_as_is_asked_for() {
    let part = |value: &str, weight: u32| json!({ "left": { "price": "close" }, "operator": "above", "right": { "value": value }, "weight": weight });
    let mut value = above_100(&json!({ "exit": close("below", "1"), "min_confidence": "0.75" }));
    value["entry"] =
        json!({ "match": "any", "conditions": [part("101", 1), part("102", 2), part("103", 1)] });
    let mut minutes = Minutes::new(value);
    minutes.flat("100", SETTLED);
    minutes.flat("102", 1);
    minutes.flat("103", 2);
    assert_eq!(minutes.fills(), [(6, "103".into(), false)]);
    let said = minutes.sentences();
    assert_eq!(
        said[2],
        "did not open a deal: the confidence 0.25 is below min_confidence 0.75; close 102 is above 101; \
         close 102 is at or below 102; close 102 is at or below 103"
    );
    assert_eq!(
        said[3],
        "opened deal 1 at 103: close 103 is above 101; close 103 is above 102"
    );
}

#[test]
fn what_is_asked_of_longer_candles_waits_for_their_end() {
    let mut value = above_100(&json!({ "exit": close("below", "1") }));
    value["entry"]["conditions"][0]["left"]["interval"] = json!("5m");
    let mut minutes = Minutes::new(value);
    // Four candles of five minutes settle it.
    minutes.flat("100", 20);
    minutes.flat("101", 4);
    assert_eq!(minutes.fills(), []);
    minutes.flat("101", 2);
    assert_eq!(minutes.fills(), [(25, "101".into(), false)]);
    let said = minutes.sentences();
    assert_eq!(said[3], "bought 0.99 at 101: base order");
    assert!(
        said[2].ends_with("close of 5m 101 is above 100"),
        "{said:?}"
    );
}

#[test]
fn the_bots_own_interval_says_when_it_decides() {
    let mut value = above_100(&json!({ "exit": close("below", "100") }));
    value["interval"] = json!("5m");
    let mut minutes = Minutes::new(value);
    minutes.flat("100", 21);
    minutes.flat("105", 3);
    assert_eq!(minutes.fills(), []);
    minutes.flat("106", 2);
    assert_eq!(minutes.fills(), [(25, "106".into(), false)]);
}

#[test]
fn entry_and_exit_at_once_open_nothing() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("above", "100") })));
    minutes.flat("100", SETTLED);
    minutes.flat("101", 3);
    assert_eq!(minutes.fills(), []);
    let said = minutes.sentences();
    assert_eq!(
        said.last().unwrap(),
        "did not open a deal: the exit conditions hold too: close 101 is above 100"
    );
}

#[test]
fn so_many_closes_after_a_deal_open_none() {
    let more = json!({ "exit": close("below", "100"), "cooldown_candles": 2 });
    let mut minutes = Minutes::new(above_100(&more));
    minutes.flat("100", SETTLED);
    // Bought in candle 5, sold in candle 7.
    for price in ["101", "101", "99", "101", "101", "101", "101", "101"] {
        minutes.flat(price, 1);
    }
    let fills: Vec<_> = minutes
        .fills()
        .iter()
        .map(|fill| (fill.0, fill.2))
        .collect();
    assert_eq!(fills, [(5, false), (7, true), (10, false)]);
    let said = minutes.sentences();
    let cooldown = said.iter().find(|words| words.ends_with("cooldown"));
    assert_eq!(
        cooldown.unwrap(),
        "opens no deal until 1970-01-01T00:09:59.999Z: cooldown"
    );
}

/// A deal that bought nothing is none to cool down after.
#[test]
fn an_entry_that_bought_nothing_is_followed_by_no_cooldown() {
    let more = json!({
        "order_type": "limit", "limit_offset_percentage": "5", "unfilled_timeout_s": 30,
        "exit": close("below", "50"), "cooldown_candles": 3,
    });
    let mut minutes = Minutes::new(above_100(&more));
    minutes.flat("100", SETTLED);
    minutes.flat("101", 4);
    let said = minutes.sentences();
    let opened = said.iter().filter(|words| words.starts_with("opened deal"));
    assert_eq!(opened.count(), 4, "{said:?}");
    assert!(!said.iter().any(|words| words.ends_with("cooldown")));
    assert_eq!(minutes.fills(), []);
}

/// What is sold is bought at the limit: there it has to be worth the market's smallest order.
#[test]
fn a_limit_below_the_close_is_weighed_at_its_own_price() {
    let more = json!({
        "order_type": "limit", "limit_offset_percentage": "10", "stop_loss": { "percentage": "5" },
        "size": { "unit": "base", "amount": "0.056" },
    });
    let mut minutes = Minutes::new(above_100(&more));
    minutes.flat("100", SETTLED);
    minutes.flat("101", 2);
    let said = minutes.sentences();
    assert!(
        !said.iter().any(|words| words.starts_with("opened deal")),
        "{said:?}"
    );
}

#[test]
fn no_more_deals_are_open_than_may_be() {
    let more = json!({ "exit": close("below", "100"), "max_active_deals": 2 });
    let mut minutes = Minutes::new(above_100(&more));
    minutes.flat("100", SETTLED);
    minutes.flat("101", 5);
    assert_eq!(minutes.fills().len(), 2);
    let said = minutes.sentences();
    assert_eq!(
        said.last().unwrap(),
        "did not open a deal: 2 are open or due, and max_active_deals is 2"
    );
    minutes.flat("99", 2);
    assert_eq!(minutes.fills().len(), 4);
}

#[test]
fn a_paused_bot_closes_and_opens_nothing() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("below", "100") })));
    minutes.flat("100", SETTLED);
    minutes.flat("101", 2);
    minutes.world.command(Command::Pause);
    minutes.flat("99", 2);
    minutes.flat("101", 3);
    let sides: Vec<bool> = minutes.fills().iter().map(|fill| fill.2).collect();
    assert_eq!(sides, [false, true]);
    minutes.world.command(Command::Resume);
    minutes.flat("101", 2);
    assert_eq!(minutes.fills().len(), 3);
    minutes.world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    minutes.flat("101", 1);
    assert_eq!(minutes.fills().len(), 4);
    assert_eq!(minutes.world.base(), amount("0"));
    assert_eq!(
        minutes.world.state().core.status,
        trading::bot::BotStatus::Stopped
    );
}

/// A bot that is started again has seen nothing of what went by.
#[test]
fn a_bot_that_is_started_again_watches_anew() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("below", "100") })));
    minutes.flat("100", SETTLED);
    minutes.world.command(Command::Stop {
        mode: StopMode::Finish,
    });
    minutes.flat("101", 5);
    minutes.world.command(Command::Start);
    minutes.flat("101", SETTLED - 1);
    assert_eq!(minutes.fills(), []);
    minutes.flat("101", 2);
    assert_eq!(minutes.fills().len(), 1);
}

#[test]
fn other_rules_on_the_same_indicators_take_effect_at_once() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("below", "100") })));
    minutes.flat("100", SETTLED);
    minutes.flat("102", 2);
    assert_eq!(minutes.fills().len(), 1);
    let configure = |minutes: &mut Minutes, value| {
        minutes.world.command(Command::Configure {
            config: Box::new(super::config(value)),
        });
    };
    configure(
        &mut minutes,
        above_100(&json!({ "exit": close("below", "103") })),
    );
    minutes.flat("102", 2);
    assert_eq!(minutes.fills().len(), 2);
    // Another indicator has to settle, and with it the rules wait.
    let mut value = above_100(&json!({ "exit": close("below", "1") }));
    value["entry"]["conditions"][0]["left"] = json!({ "indicator": "sma", "period": 2 });
    configure(&mut minutes, value);
    minutes.flat("102", 7);
    assert_eq!(minutes.fills().len(), 2);
    minutes.flat("102", 2);
    assert_eq!(minutes.fills().len(), 3);
}

/// What was watched before an edit goes on; what is new has no say before it has settled, and holds nothing else up.
#[test]
fn an_edit_keeps_the_indicators_that_it_still_asks_for() {
    let mut minutes = Minutes::new(above_100(&json!({ "exit": close("below", "100") })));
    minutes.flat("100", SETTLED);
    minutes.flat("102", 2);
    assert_eq!(minutes.fills().len(), 1);
    let mut value = above_100(&json!({ "exit": close("below", "100") }));
    let sma = json!({ "left": { "indicator": "sma", "period": 3 }, "operator": "above", "right": { "value": "1" } });
    let above = value["entry"]["conditions"][0].clone();
    value["entry"]["conditions"] = json!([sma, above]);
    minutes.world.command(Command::Configure {
        config: Box::new(super::config(value)),
    });
    // The exit rule asks for nothing new.
    minutes.flat("99", 2);
    assert_eq!(minutes.fills().len(), 2);
    // The entry rule waits for all twelve candles of its average, which has a value after three.
    minutes.flat("102", 9);
    assert_eq!(minutes.fills().len(), 2);
    minutes.flat("102", 2);
    assert_eq!(minutes.fills().len(), 3);
}

#[test]
fn candles_that_are_too_long_open_nothing_and_it_is_said_once() {
    let mut value = above_100(&json!({ "exit": close("below", "1") }));
    value["entry"]["conditions"][0]["left"]["interval"] = json!("5m");
    value["interval"] = json!("5m");
    let mut minutes = Minutes::new(value);
    let long = trading::candle::Candle {
        close_time: 60 * MINUTE - 1,
        ..super::minute(0, ["101"; 4])
    };
    for _ in 0..2 {
        minutes
            .world
            .session
            .candle(0, &long, &mut minutes.world.recorder)
            .unwrap();
    }
    assert_eq!(
        minutes.sentences(),
        ["opens nothing: candles of the market do not make up the intervals of its conditions"]
    );
}
