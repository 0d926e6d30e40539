//! How large the deals of a strategy are, how their orders are priced, and what else ends them.

use serde_json::{Value, json};
use trading::bot::Reason;

use super::{Minutes, above_100, close};
use crate::support::amount;

fn settled(more: &Value) -> Minutes {
    let mut minutes = Minutes::new(above_100(more));
    minutes.flat("100", 4);
    minutes
}

/// Profit, loss and time are the deal's own exits.
#[test]
fn take_profit_and_stop_loss_end_a_deal_within_a_candle() {
    let more = json!({ "take_profit": { "percentage": "5" }, "stop_loss": { "percentage": "5" } });
    let mut up = settled(&more);
    up.flat("101", 1);
    up.candle(["101", "120", "101", "99"]);
    assert_eq!(up.fills()[1], (5, "106.27".into(), true));
    let mut down = settled(&more);
    down.flat("101", 1);
    down.candle(["101", "101", "90", "99"]);
    // Touched at 90, sold at the point that follows.
    assert!(down.fills()[1].2);
    assert!(down.world.reasons().contains(&Reason::StopLossTriggered));
}

/// The stop-loss was first: what the rule says at the close is too late to be the reason.
#[test]
fn a_stop_loss_within_the_candle_goes_before_the_exit_rule() {
    let more = json!({ "exit": close("below", "99"), "stop_loss": { "percentage": "5" } });
    let mut minutes = settled(&more);
    minutes.flat("101", 2);
    minutes.candle(["101", "101", "101", "90"]);
    minutes.flat("90", 1);
    let reasons = minutes.world.reasons();
    assert!(reasons.contains(&Reason::StopLossTriggered));
    assert!(!reasons.contains(&Reason::ExitSignal), "{reasons:?}");
}

/// At the open that follows, the exit rule's sale goes before any other exit of that candle.
#[test]
fn the_exit_rule_goes_before_the_exits_of_the_next_candle() {
    let more = json!({
        "exit": close("below", "99"), "stop_loss": { "percentage": "5" }, "take_profit": { "percentage": "5" },
    });
    let mut minutes = settled(&more);
    minutes.flat("101", 2);
    minutes.candle(["101", "101", "98", "98"]);
    minutes.candle(["90", "130", "90", "110"]);
    let fills = minutes.fills();
    assert_eq!(fills[1], (7, "90".into(), true));
    let reasons = minutes.world.reasons();
    assert!(reasons.contains(&Reason::ExitSignal));
    assert!(!reasons.contains(&Reason::StopLossTriggered), "{reasons:?}");
}

#[test]
fn a_deal_is_held_for_so_long_and_no_longer() {
    let mut minutes = settled(&json!({ "max_hold_s": 180 }));
    minutes.flat("101", 2);
    minutes.flat("99", 2);
    assert_eq!(minutes.fills().len(), 1);
    minutes.flat("99", 1);
    // Bought at minute 5, due at minute 8, sold at the point after.
    assert_eq!(minutes.fills()[1], (8, "99".into(), true));
    let said = minutes.sentences();
    assert!(
        said.contains(&"closes the deal at 99: it was held for max_hold_s".to_owned()),
        "{said:?}"
    );
}

#[test]
fn a_limit_order_rests_below_the_close_and_is_given_up_in_time() {
    let more = json!({
        "order_type": "limit", "limit_offset_percentage": "1", "unfilled_timeout_s": 90,
        "exit": close("below", "50"),
    });
    let mut minutes = settled(&more);
    minutes.flat("102", 1);
    assert_eq!(
        minutes.world.prices_of(trading::order::Side::Buy),
        ["100.98"]
    );
    minutes.candle(["102", "102", "100", "100"]);
    assert_eq!(minutes.fills(), [(5, "100.98".into(), false)]);
    assert!(!minutes.world.reasons().contains(&Reason::EntryTimedOut));

    let mut minutes = settled(&more);
    minutes.flat("102", 1);
    minutes.flat("103", 1);
    assert_eq!(
        minutes.world.prices_of(trading::order::Side::Buy),
        ["100.98"]
    );
    minutes.flat("103", 1);
    assert_eq!(minutes.fills(), []);
    let said = minutes.sentences();
    assert!(
        said.contains(
            &"cancels what is not filled of the base order: unfilled_timeout_s has passed"
                .to_owned()
        ),
        "{said:?}"
    );
    // The deal is over; the rule still holds, and the next close opens another.
    assert_eq!(
        minutes.world.prices_of(trading::order::Side::Buy),
        ["101.97"]
    );
}

/// Quote that the first order spent.
fn spent(size: Value, more: Value) -> String {
    let mut more = more;
    more["size"] = size;
    more["exit"] = close("below", "50");
    let mut minutes = settled(&more);
    minutes.flat("101", 2);
    let ledger = minutes.world.recorder.ledger(&minutes.world.session);
    ledger.orders[0].fills[0].quote.to_string()
}

#[test]
fn sizes_are_sums_quantities_and_shares_of_the_equity() {
    let nothing = || json!({});
    let stop = || json!({ "stop_loss": { "percentage": "4" } });
    assert_eq!(
        spent(json!({ "unit": "quote", "amount": "200" }), nothing()),
        "199.98"
    );
    assert_eq!(
        spent(json!({ "unit": "base", "amount": "1.5" }), nothing()),
        "151.5"
    );
    // 10 % of 10000.
    assert_eq!(
        spent(json!({ "unit": "equity", "amount": "10" }), nothing()),
        "999.9"
    );
    // 1 % of 10000 is lost when 2500 fall by 4 %.
    assert_eq!(
        spent(json!({ "unit": "risk", "amount": "1" }), stop()),
        "2499.952"
    );
    // All of it, less what its fee takes.
    assert_eq!(
        spent(json!({ "unit": "risk", "amount": "50" }), stop()),
        "9989.91"
    );
}

/// An entry that the account cannot pay is over: it is not made up for at a price that nobody asked for.
#[test]
fn an_entry_that_cannot_be_paid_is_not_tried_again() {
    let mut value = above_100(
        &json!({ "exit": close("below", "50"), "size": { "unit": "base", "amount": "150" } }),
    );
    value["entry"] = close("crosses_above", "100");
    let mut minutes = Minutes::new(value);
    minutes.flat("100", 4);
    minutes.flat("101", 1);
    minutes.flat("60", 3);
    assert_eq!(minutes.fills(), []);
    minutes.flat("60", 60);
    assert_eq!(minutes.fills(), []);
    let status = minutes.world.state().core.status;
    assert_eq!(status, trading::bot::BotStatus::WaitingFunds);
    assert_eq!(minutes.world.quote(), amount("10000"));
}
