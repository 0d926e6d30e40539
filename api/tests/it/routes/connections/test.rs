use serde_json::{Value, json};

use super::venue::{binance, made};
use crate::{
    bench::Bench,
    bench::problem,
    exchange::{Trading, stored_okx},
    trading::tell,
};

/// What the test of a connection answers.
async fn tested(desk: &Trading, path: &str) -> Value {
    let answer = tell(&desk.bench, &desk.ann, &format!("{path}/test")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("xxxx"), "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn keys_that_work_say_what_they_may_do_and_where_to_bind_them() {
    let desk = Trading::with(&[("EGRESS_ADDRESSES", "203.0.113.7, 2001:db8::1")]).await;
    let live = made(&desk.bench, &desk.ann, &binance("Main")).await;
    assert_eq!(
        tested(&desk, &live).await,
        json!({
            "ok": true, "message": null, "remedy": null, "addresses": ["203.0.113.7", "2001:db8::1"],
            "permissions": { "read": true, "trade_spot": true, "withdraw": false, "bound_to_addresses": false },
        })
    );
    // The testnet does not tell what a key may do.
    let testnet = tested(&desk, &desk.testnet().await).await;
    assert_eq!(testnet["ok"], true);
    assert_eq!(
        testnet["permissions"],
        json!({ "read": true, "trade_spot": null, "withdraw": null, "bound_to_addresses": null })
    );
}

#[tokio::test]
async fn keys_that_came_to_do_too_much_or_too_little_say_so() {
    let desk = Trading::open().await;
    let path = made(&desk.bench, &desk.ann, &binance("Main")).await;
    let may = |can_trade, can_withdraw| {
        desk.act(emulator::Action::ChangeUser {
            user: "KEY1".to_owned(),
            can_trade: Some(can_trade),
            can_withdraw: Some(can_withdraw),
            pays_fees_in_bnb: None,
            maker_fee: None,
            taker_fee: None,
        });
    };
    may(true, true);
    let said = tested(&desk, &path).await;
    assert_eq!(said["ok"], false);
    assert_eq!(said["message"], "The key can withdraw, which no bot needs");
    assert_eq!(
        said["remedy"],
        "Switch off \"Enable Withdrawals\" for this key at Binance"
    );
    assert_eq!(said["permissions"]["withdraw"], true);
    may(false, false);
    let said = tested(&desk, &path).await;
    assert_eq!(said["message"], "The key may not trade on the spot market");
    assert_eq!(said["permissions"]["trade_spot"], false);
    let testnet = made(&desk.bench, &desk.ann, &{
        let mut body = crate::exchange::keys_of("KEY2");
        body["testnet"] = json!(true);
        body
    })
    .await;
    desk.revoke("KEY2");
    let said = tested(&desk, &testnet).await;
    assert_eq!(said["ok"], false);
    assert_eq!(said["message"], "The key is not accepted by the exchange");
    assert_eq!(said["permissions"], Value::Null);
    let remedy = said["remedy"].as_str().unwrap();
    assert!(remedy.contains("was not deleted"), "{remedy}");
}

#[tokio::test]
async fn an_exchange_that_is_away_is_not_taken_for_bad_keys() {
    let desk = Trading::open().await;
    let path = made(&desk.bench, &desk.ann, &binance("Main")).await;
    desk.inject(emulator::Fault::Maintenance);
    let said = tested(&desk, &path).await;
    assert_eq!(said["ok"], false);
    assert_eq!(said["message"], "The exchange did not answer as it should");
    assert_eq!(said["remedy"], "Try again later");
    assert_eq!(
        (&said["permissions"], &said["addresses"]),
        (&Value::Null, &json!([]))
    );
    desk.act(emulator::Action::ClearFaults {});
    assert_eq!(tested(&desk, &path).await["ok"], true);
}

#[tokio::test]
async fn an_exchange_that_cannot_be_traded_on_is_not_asked() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let path = stored_okx(&bench, &ann).await;
    let refused = tell(&bench, &ann, &format!("{path}/test")).await;
    problem(&refused, 409, "unsupported_venue");
}
