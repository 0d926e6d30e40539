//! Every fill and every refusal to act is told, with its numbers and in words.

use trading::bot::dca::{TakeProfit, TakeProfitStep};
use trading::bot::interval::{CatchUp, Frequency, IntervalConfig};
use trading::bot::{
    BotConfig, BotStatus, Command, Decision, Event, Facts, FeeCharge, Fees, Limit, Output, Quote,
    Reason, StopMode,
};
use trading::market::{MinNotionalPolicy, RejectCode};
use trading::order::{Purpose, Side};

use super::dca::{Venue, orders};
use crate::support::{BOT, World, amount, dca, fees, grid, sol, stop_loss};

fn in_quote() -> Fees {
    fees("0.001", FeeCharge::Quote)
}

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

/// Every reason, so that a new one does not compile before it is here.
fn every_reason() -> Vec<Reason> {
    let plain = [
        Reason::Bought,
        Reason::Sold,
        Reason::PurchaseDue,
        Reason::PurchaseMissed,
        Reason::PriceOutsideLimits,
        Reason::TotalReached,
        Reason::EndReached,
        Reason::VolumeTooLow,
        Reason::VolumeUnknown,
        Reason::ExitNotViable,
        Reason::DealStart,
        Reason::TooManyDeals,
        Reason::Cooldown,
        Reason::NotRunning,
        Reason::DealsDone,
        Reason::TrailingArmed,
        Reason::TrailingTriggered,
        Reason::TrailingReset,
        Reason::StopLossTouched,
        Reason::StopLossTriggered,
        Reason::StopLossRecovered,
        Reason::StoppedByStopLoss,
        Reason::WaitingForTrigger,
        Reason::BeyondExit,
        Reason::FeedEnded,
        Reason::LineCrossed,
        Reason::GridMoved,
        Reason::ExitPriceReached,
        Reason::WaitingForFunds,
        Reason::FundsBack,
        Reason::LateFill,
        Reason::StalePrice,
        Reason::AccountSuspended,
    ];
    let rejections = EVERY_CODE.map(Reason::OrderRejected);
    plain.into_iter().chain(rejections).collect()
}

const EVERY_CODE: [RejectCode; 13] = [
    RejectCode::PriceOffTick,
    RejectCode::PriceOutsideBand,
    RejectCode::PriceNotPositive,
    RejectCode::QuantityOffLot,
    RejectCode::BelowMinQuantity,
    RejectCode::AboveMaxQuantity,
    RejectCode::BelowMinNotional,
    RejectCode::AboveMaxNotional,
    RejectCode::TooManyOrders,
    RejectCode::InsufficientBalance,
    RejectCode::WouldTake,
    RejectCode::MarketClosed,
    RejectCode::Refused,
];

fn told(reason: Reason, price: &str, facts: Facts) -> String {
    let decision = Decision {
        reason,
        deal: Some(3),
        price: Some(amount(price)),
        facts,
    };
    decision.sentence(&sol().symbol)
}

fn limit(limit: Limit, limit_value: &str, value: &str) -> Facts {
    Facts {
        limit: Some(limit),
        limit_value: Some(amount(limit_value)),
        value: Some(amount(value)),
        ..Facts::default()
    }
}

fn order(side: Side, purpose: Purpose, level: Option<u32>, quantity: &str) -> Facts {
    Facts {
        side: Some(side),
        purpose: Some(purpose),
        level,
        quantity: Some(amount(quantity)),
        ..Facts::default()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "both are made where they are used"
)]
fn with(facts: Facts, more: Facts) -> Facts {
    Facts {
        limit: more.limit,
        limit_value: more.limit_value,
        value: more.value,
        ..facts
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn every_reason_has_a_sentence_with_its_numbers() {
    let sale = Facts {
        realised: Some(amount("0.902049")),
        ..order(Side::Sell, Purpose::GridSell, Some(4), "0.4995")
    };
    let missing = Facts {
        needed: Some(amount("100.1")),
        free: Some(amount("57.2")),
        until: Some(1_704_067_230_000),
        ..order(Side::Buy, Purpose::Safety, Some(2), "1.5")
    };
    let at = |until| Facts {
        until: Some(until),
        ..Facts::default()
    };
    let small = order(Side::Buy, Purpose::Safety, Some(2), "0.05");
    let cases = [
        (
            Reason::Sold,
            "98",
            sale,
            "sold 0.4995 at 98: line 4, +0.902 USDT",
        ),
        (
            Reason::Bought,
            "96",
            order(Side::Buy, Purpose::Base, None, "0.5"),
            "bought 0.5 at 96: base order",
        ),
        (
            Reason::Bought,
            "96",
            order(Side::Buy, Purpose::Interval, Some(7), "0.5"),
            "bought 0.5 at 96: scheduled purchase 7",
        ),
        (
            Reason::PriceOutsideLimits,
            "100.35",
            limit(Limit::MaxPrice, "99", "100.35"),
            "did not buy: 100.35 is above max_price 99",
        ),
        (
            Reason::PriceOutsideLimits,
            "79.5",
            limit(Limit::MinPrice, "80", "79.5"),
            "did not buy: 79.5 is below min_price 80",
        ),
        (
            Reason::VolumeTooLow,
            "100",
            limit(Limit::MinVolume24h, "1000", "990"),
            "did not open a deal: in the last 24 hours 990 USDT was traded, less than min_volume_24h 1000",
        ),
        (
            Reason::ExitNotViable,
            "100",
            limit(Limit::MinEntry, "5.5612", "5.55"),
            "did not open a deal: 5.55 USDT is below 5.5612, the least that could be sold again",
        ),
        (
            Reason::TooManyDeals,
            "100",
            limit(Limit::MaxActiveDeals, "3", "3"),
            "did not open a deal: 3 are open or due, and max_active_deals is 3",
        ),
        (
            Reason::Cooldown,
            "100",
            at(1_704_067_200_000),
            "opens no deal until 2024-01-01T00:00:00Z: cooldown",
        ),
        (
            Reason::NotRunning,
            "100",
            Facts {
                status: Some(BotStatus::Paused),
                purpose: Some(Purpose::Interval),
                ..Facts::default()
            },
            "did not buy: the bot is paused",
        ),
        (
            Reason::TotalReached,
            "100",
            limit(Limit::MaxTotal, "250", "200"),
            "buys no more: 200 USDT is spent, and another purchase would exceed max_total 250",
        ),
        (
            Reason::TrailingArmed,
            "105",
            limit(Limit::TakeProfit, "104.5", "105"),
            "trailing take-profit armed: 105 is at or above 104.5",
        ),
        (
            Reason::TrailingTriggered,
            "103",
            limit(Limit::TrailingStop, "103.95", "105"),
            "trailing take-profit sells: 103 is at or below 103.95, its distance from the peak 105",
        ),
        (
            Reason::StopLossTriggered,
            "89",
            limit(Limit::StopLoss, "90", "89"),
            "closes the deal: 89 is at or below the stop-loss 90",
        ),
        (
            Reason::ExitPriceReached,
            "86",
            limit(Limit::StopLossPrice, "86", "86"),
            "ends the grid: 86 is at or below stop_loss_price 86",
        ),
        (
            Reason::OrderRejected(RejectCode::BelowMinNotional),
            "98",
            with(small.clone(), limit(Limit::MinNotional, "5", "4.9")),
            "did not buy 0.05 at 98: safety order 2, 4.9 is below min_notional 5",
        ),
        (
            Reason::OrderRejected(RejectCode::PriceOutsideBand),
            "78",
            with(small, limit(Limit::PriceBandLow, "80", "78")),
            "did not buy 0.05 at 78: safety order 2, 78 is below the venue's lowest price now, 80",
        ),
        (
            Reason::OrderRejected(RejectCode::InsufficientBalance),
            "66.6",
            missing,
            "did not buy 1.5 at 66.6: safety order 2, needs 100.1 USDT, and 57.2 is free; tries again at \
             2024-01-01T00:00:30Z",
        ),
        (
            Reason::StalePrice,
            "100",
            limit(Limit::StaleAfterMs, "10000", "20000"),
            "did nothing: the price 100 is 20000 ms old, more than stale_after_ms 10000",
        ),
    ];
    for (reason, price, facts, expected) in cases {
        assert_eq!(told(reason, price, facts), expected);
    }
}

/// What an earlier release stored has a code, and sometimes a price.
#[test]
fn a_decision_without_numbers_has_a_sentence_too() {
    for reason in every_reason() {
        for price in [None, Some(amount("98"))] {
            let decision = Decision {
                reason,
                deal: None,
                price,
                facts: Facts::default(),
            };
            let sentence = decision.sentence(&sol().symbol);
            assert!(sentence.len() > 3, "{reason:?}");
            assert!(!sentence.contains("  "), "{sentence}");
            assert!(!sentence.ends_with([' ', ':', ',']), "{sentence}");
        }
    }
}

#[test]
fn what_was_stored_before_is_read() {
    let text = r#"{"reason":{"code":"order_rejected","detail":"below_min_notional"},"deal":1,"price":"98"}"#;
    let decision: Decision = serde_json::from_str(text).unwrap();
    assert_eq!(decision.facts, Facts::default());
    assert_eq!(
        decision.sentence(&sol().symbol),
        "did not place an order at 98: price × quantity is below min_notional"
    );
}

#[test]
fn codes_are_those_of_the_reasons() {
    for reason in every_reason() {
        let whole = serde_json::to_value(reason).unwrap();
        assert_eq!(whole["code"], serde_json::to_value(reason.code()).unwrap());
    }
}

#[test]
fn every_code_is_in_the_manual() {
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ops/docs/BOTS.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    for reason in every_reason() {
        let code = serde_json::to_value(reason.code()).unwrap();
        let row = format!("| `{}`", code.as_str().unwrap());
        assert!(manual.contains(&row), "{row}");
    }
}

#[test]
fn profits_are_rounded_to_three_decimals_or_digits() {
    for (profit, expected) in [
        ("0.902049", "+0.902"),
        ("1234.5675", "+1234.568"),
        ("-6.0168464166", "-6.017"),
        ("0.00012345", "+0.000123"),
        ("-0.0000005", "-0.0000005"),
        ("0.0999999", "+0.1"),
        ("12", "+12"),
        ("0", "0"),
    ] {
        let facts = Facts {
            realised: Some(amount(profit)),
            ..Facts::default()
        };
        assert_eq!(
            told(Reason::Sold, "98", facts),
            format!("sold at 98: {expected} USDT")
        );
    }
}

/// Fills of the ledger, and decisions that tell one.
fn fills_and_told(world: &World) -> (usize, usize) {
    let ledger = world.recorder.ledger(&world.session);
    let fills = ledger.orders.iter().map(|order| order.fills.len()).sum();
    let told = world.recorder.decisions(BOT).iter();
    let told = told.filter(|(_, told)| matches!(told.reason, Reason::Bought | Reason::Sold));
    (fills, told.count())
}

#[test]
fn every_fill_of_a_grid_is_told() {
    let mut world = World::new(BotConfig::Grid(grid()), in_quote(), "1000");
    world.prices(&["100.30", "100.30", "95.9", "102.5"]);
    assert_eq!(fills_and_told(&world), (6, 6));
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100.3",
            "bought 2.5 at 100.3: start purchase",
            "bought 0.5 at 98: line 4",
            "bought 0.5 at 96: line 3",
            "sold 0.5 at 102: line 6, +0.749 USDT",
            "sold 0.5 at 100: line 5, +0.901 USDT",
            "sold 0.5 at 98: line 4, +0.903 USDT",
        ]
    );
}

/// Half a coin less the fee in base: the sale of the issue's example, to the digit.
#[test]
fn a_sale_after_a_fee_in_base_is_told_with_its_profit() {
    let mut market = sol();
    market.lot_size = amount("0.0001");
    market.min_quantity = amount("0.0001");
    let fees = fees("0.001", FeeCharge::Received);
    let mut world = World::idle(BotConfig::Grid(grid()), market, fees, "1000");
    world.command(Command::Start);
    world.prices(&["100.30", "100.30", "96", "98"]);
    assert_eq!(
        world.sentences().last().unwrap(),
        "sold 0.4995 at 98: line 4, +0.902 USDT"
    );
    let (_, last) = world.recorder.decisions(BOT).last().unwrap();
    assert_eq!(last.facts.realised, Some(amount("0.902049")));
    assert_eq!(last.facts.quote, Some(amount("48.951")));
}

#[test]
fn every_fill_of_a_deal_is_told() {
    let mut config = dca(2, "1.5");
    config.take_profit = TakeProfit {
        steps: ["1", "2"]
            .map(|percentage| TakeProfitStep {
                percentage: amount(percentage),
                share: amount("50"),
            })
            .to_vec(),
        ..TakeProfit::default()
    };
    config.stop_loss = Some(stop_loss("20"));
    config.disable_after_deals_count = Some(2);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "98", "100", "101", "100", "70", "70"]);
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100",
            "bought 1 at 100: base order",
            "bought 1.02 at 98: safety order 1",
            "sold 1.01 at 99.98: take-profit step 1, +1 USDT",
            "sold 1.01 at 100.97: take-profit step 2, +2 USDT",
            "opened deal 2 at 101",
            "bought 1 at 100: base order",
            "bought 1.02 at 98: safety order 1",
            "bought 2.105 at 95: safety order 2",
            "closes the deal: 70 is at or below the stop-loss 77.56315152",
            "sold 4.125 at 70: stop-loss, -111.185 USDT",
            "opens no more deals: disable_after_deals_count 2 is reached",
        ]
    );
    let (fills, told) = fills_and_told(&world);
    assert_eq!(fills, told);
}

#[test]
fn a_stop_loss_and_its_sale_are_told() {
    let mut config = dca(0, "10");
    config.stop_loss = Some(stop_loss("10"));
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "89.5", "89.5"]);
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100",
            "bought 1 at 100: base order",
            "closes the deal: 89.5 is at or below the stop-loss 90",
            "sold 1 at 89.5: stop-loss, -10.5 USDT",
            "opens no more deals: disable_after_deals_count 1 is reached",
        ]
    );
}

#[test]
fn a_panic_close_is_told() {
    let mut world = World::dca(dca(0, "10"), free());
    world.prices(&["100", "100"]);
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
    world.prices(&["99"]);
    assert_eq!(
        world.sentences().last().unwrap(),
        "sold 1 at 99: close at market, -1 USDT"
    );
}

fn hourly(max_price: Option<&str>) -> IntervalConfig {
    IntervalConfig {
        amount: amount("50"),
        frequency: Frequency::Hourly { minute: 0 },
        timezone: "UTC".into(),
        start_at: None,
        end_at: None,
        max_total: None,
        min_price: None,
        max_price: max_price.map(amount),
        catch_up: CatchUp::One,
        min_notional_policy: MinNotionalPolicy::Reject,
    }
}

fn schedule(config: IntervalConfig) -> World {
    World::new(BotConfig::DcaInterval(config), in_quote(), "1000")
}

#[test]
fn every_purchase_is_told_and_every_one_that_is_not_made() {
    let mut config = hourly(Some("99"));
    config.max_total = Some(amount("120"));
    let mut world = schedule(config);
    world.prices(&["98"; 58]);
    world.prices(&["100.35"; 60]);
    world.prices(&["98"; 60]);
    assert_eq!(
        world.sentences(),
        [
            "the purchase of 1970-01-01T00:00:00Z is due",
            "bought 0.51 at 98: scheduled purchase 1",
            "the purchase of 1970-01-01T01:00:00Z is due",
            "did not buy: 100.35 is above max_price 99",
            "the purchase of 1970-01-01T02:00:00Z is due",
            "bought 0.51 at 98: scheduled purchase 2",
            "buys no more: 99.96 USDT is spent, and another purchase would exceed max_total 120",
        ]
    );
    assert_eq!(fills_and_told(&world), (2, 2));
}

#[test]
fn a_paused_schedule_says_so_once() {
    let mut world = schedule(hourly(None));
    world.prices(&["100", "100"]);
    world.command(Command::Pause);
    world.prices(&["100"; 200]);
    let said: Vec<_> = world.sentences().split_off(2);
    assert_eq!(
        said,
        [
            "opens nothing new: the bot is paused",
            "did not buy: the bot is paused",
        ]
    );
}

/// The price moves all the time, the reason does not.
#[test]
fn a_refusal_is_told_when_the_reason_or_the_limit_changes() {
    let mut config = dca(0, "1");
    config.min_price = Some(amount("80"));
    config.max_price = Some(amount("99"));
    let mut world = World::dca(config, free());
    world.prices(&["100.35", "100.36", "101", "79.5", "79", "102", "98", "98"]);
    assert_eq!(
        world.sentences(),
        [
            "did not buy: 100.35 is above max_price 99",
            "did not buy: 79.5 is below min_price 80",
            "did not buy: 102 is above max_price 99",
            "opened deal 1 at 98",
            "bought 1.02 at 98: base order",
        ]
    );
}

/// Two orders that wait for two reasons: neither makes the other news at each price.
#[test]
fn refusals_of_two_orders_are_told_once_each() {
    let mut config = dca(1, "50");
    config.safety_orders.as_mut().unwrap().step_percentage = amount("30");
    let mut world = World::banded(BotConfig::Dca(Box::new(config)), free());
    world.prices(&["100", "100", "100.5", "100", "100.5", "100", "101"]);
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100",
            "bought 1 at 100: base order",
            "did not sell 1 at 150: take-profit, 150 is above the venue's highest price now, 120",
            "did not buy 1.428 at 70: safety order 1, 70 is below the venue's lowest price now, 80",
        ]
    );
}

#[test]
fn what_is_missing_is_named() {
    let bot = BotConfig::Dca(Box::new(dca(0, "1")));
    let mut world = World::new(bot, in_quote(), "57.2");
    world.prices(&["100"; 20]);
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100",
            "did not buy for 100 USDT: base order, needs 100.1 USDT, and 57.2 is free; tries again at \
             1970-01-01T00:01:30Z",
        ]
    );
    assert_eq!(world.state().core.status, BotStatus::WaitingFunds);
}

#[test]
fn a_cooldown_is_told_with_its_end() {
    let mut config = dca(0, "1");
    config.cooldown_s = 3600;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "101"]);
    assert_eq!(
        world.sentences().last().unwrap(),
        "opens no deal until 1970-01-01T01:03:00Z: cooldown"
    );
}

#[test]
fn a_stale_price_is_told_again_after_a_fresh_one() {
    let mut config = dca(0, "10");
    config.stop_loss = Some(trading::bot::dca::StopLoss {
        trailing: true,
        ..stop_loss("10")
    });
    let mut venue = Venue::new(config);
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0.1"), true);
    venue.at += 60_000;
    let told = |venue: &mut Venue, price: &str, age: i64| {
        let quote = Quote::flat(amount(price), venue.at - age);
        venue.tell(Event::Price(quote)).len()
    };
    assert_eq!(told(&mut venue, "101", 20_000), 1);
    assert_eq!(told(&mut venue, "102", 20_000), 0, "the same reason");
    assert_eq!(told(&mut venue, "101", 0), 0, "a fresh one");
    assert_eq!(told(&mut venue, "102", 20_000), 1);
}

#[test]
fn a_fill_is_told_with_all_its_numbers() {
    let facts_of = |outputs: Vec<Output>| {
        let told = outputs.into_iter().find_map(|output| match output {
            Output::Decision(told) => Some((told.reason, told.facts)),
            _ => None,
        });
        told.unwrap()
    };
    let mut venue = Venue::with_fees(dca(0, "1"), free());
    let base = venue.price("100").remove(0);
    let bought = facts_of(venue.fill(base.number, "99", "1", ("USDT", "0"), true));
    let expected = Facts {
        side: Some(Side::Buy),
        purpose: Some(Purpose::Base),
        quantity: Some(amount("1")),
        quote: Some(amount("99")),
        ..Facts::default()
    };
    assert_eq!(bought, (Reason::Bought, expected));
    let exit = orders(venue.later()).remove(0);
    let sold = facts_of(venue.fill(exit.number, "101", "0.4", ("USDT", "0.4"), false));
    let expected = Facts {
        side: Some(Side::Sell),
        purpose: Some(Purpose::TakeProfit),
        quantity: Some(amount("0.4")),
        quote: Some(amount("40.4")),
        realised: Some(amount("0.4")),
        ..Facts::default()
    };
    assert_eq!(sold, (Reason::Sold, expected));
}
