use serde_json::{Value, json};

use super::{
    PATH,
    venue::{binance, binance_part, logged, made, okx, unsealed},
};
use crate::{
    bench::{Bench, fields, problem},
    exchange::{self, Trading, keys_of, stored_okx},
    trading::{connection, get, post, tell},
};

#[tokio::test]
async fn other_keys_take_the_place_of_the_old_ones() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.step_up(&ann).await;
    bench.step_up(&bob).await;
    let path = made(&bench, &ann, &binance("Main")).await;
    tell(&bench, &ann, &format!("{path}/confirm-live")).await;
    let rotate = format!("{path}/rotate");
    let body =
        json!({ "key": binance_part("KEY2"), "secret": binance_part("SECRET2"), "version": 2 });
    problem(&post(&bench, &bob, &rotate, &body).await, 404, "not_found");
    let changed = post(&bench, &ann, &rotate, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let shown = changed.json();
    assert_eq!(
        (&shown["key_hint"], &shown["version"]),
        (&json!("KEY2"), &json!(3))
    );
    assert_eq!(
        shown["live_confirmed_at"],
        Value::Null,
        "the account may be another"
    );
    assert!(!changed.text().contains("SECRET2"));
    let kept = unsealed(&bench, &ann, &path).await;
    assert_eq!(kept.secret.expose(), &binance_part("SECRET2"));

    let stale = problem(
        &post(&bench, &ann, &rotate, &body).await,
        409,
        "version_conflict",
    );
    assert_eq!(stale["current_version"], 3);
    assert_eq!(
        logged(&bench, &ann).await,
        [
            "exchange_keys_added",
            "live_trading_confirmed",
            "exchange_keys_rotated"
        ]
    );
    let deleted = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    assert_eq!(deleted.status, 204);
    assert_eq!(
        logged(&bench, &ann).await.last().unwrap(),
        "exchange_keys_deleted"
    );
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
}

#[tokio::test]
async fn keys_of_another_form_are_refused() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let path = format!("{}/rotate", stored_okx(&bench, &ann).await);
    let refused = async |body: Value| {
        fields(&problem(
            &post(&bench, &ann, &path, &body).await,
            422,
            "invalid",
        ))
    };
    assert_eq!(
        refused(json!({ "key": binance_part("K"), "secret": binance_part("S"), "version": 1 }))
            .await,
        ["/key format", "/passphrase required", "/secret format"]
    );
    assert_eq!(
        refused(json!({ "key": "", "passphrase": 1, "venue": "okx", "version": 1 })).await,
        [
            "/key too_short",
            "/passphrase type",
            "/secret required",
            "/venue unknown_field"
        ]
    );
    // Keys of the right form are of no use yet either.
    let mut keys = okx("Demo");
    for name in ["venue", "label", "testnet"] {
        keys.as_object_mut().unwrap().remove(name);
    }
    keys["version"] = json!(1);
    let refused = post(&bench, &ann, &path, &keys).await;
    problem(&refused, 409, "unsupported_venue");
    let paper = format!("{PATH}/{}/rotate", connection(&bench, &ann).await);
    let body = json!({ "key": "k", "secret": "s", "version": 1 });
    problem(
        &post(&bench, &ann, &paper, &body).await,
        409,
        "no_credentials",
    );
}

#[tokio::test]
async fn keys_that_are_of_no_use_leave_the_old_ones() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let path = made(bench, ann, &binance("Main")).await;
    let rotate = async |user: &str, version: i32| {
        let secret = binance_part(&user.replace("KEY", "SECRET"));
        let body = json!({ "key": binance_part(user), "secret": secret, "version": version });
        post(bench, ann, &format!("{path}/rotate"), &body).await
    };
    for (user, expected) in [
        ("NOBODY", "/key key_not_accepted"),
        ("THIEF", "/key key_can_withdraw"),
        ("READER", "/key key_cannot_trade"),
    ] {
        let refused = problem(&rotate(user, 1).await, 422, "invalid");
        assert_eq!(fields(&refused), [expected]);
    }
    problem(&rotate("NOBODY", 7).await, 409, "version_conflict");
    desk.inject(emulator::Fault::Maintenance);
    problem(&rotate("KEY2", 1).await, 503, "venue_unavailable");
    desk.act(emulator::Action::ClearFaults {});
    let kept = unsealed(bench, ann, &path).await;
    assert_eq!(kept.key.expose(), &binance_part("KEY1"));
    assert_eq!(logged(bench, ann).await, ["exchange_keys_added"]);
    assert_eq!(rotate("KEY2", 1).await.status, 200);
}

/// A request for the keys of a user of the exchange.
fn keys_alone(user: &str, version: i32) -> Value {
    let mut body = keys_of(user);
    for name in ["venue", "label"] {
        body.as_object_mut().unwrap().remove(name);
    }
    body["version"] = json!(version);
    body
}

#[tokio::test]
async fn keys_of_another_account_are_refused_while_bots_or_orders_are_at_the_one_before() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let path = desk.testnet().await;
    let bot = desk.grid_path(&path).await;
    let rotate = async |user: &str, version: i32| {
        let body = keys_alone(user, version);
        post(bench, ann, &format!("{path}/rotate"), &body).await
    };
    for status in [
        "starting",
        "running",
        "waiting_funds",
        "paused",
        "stopping",
        "error",
    ] {
        let set = format!("UPDATE bots SET status = '{status}'");
        bench.db.execute(&set).await;
        problem(&rotate("KEY2", 1).await, 409, "other_account");
    }
    bench.db.execute("UPDATE bots SET status = 'stopped'").await;
    desk.note_in_book(&bot, "bbx1").await;
    problem(&rotate("KEY2", 1).await, 409, "other_account");
    // Nor while it is not known whether one is there.
    let all = "UPDATE orders SET venue_order_id = NULL, status = ";
    for status in ["'unknown'", "'sending'"] {
        bench.db.execute(&format!("{all}{status}")).await;
        problem(&rotate("KEY2", 1).await, 409, "other_account");
    }
    let kept = unsealed(bench, ann, &path).await;
    assert_eq!(kept.key.expose(), &binance_part("KEY1"));
    assert_eq!(logged(bench, ann).await, ["exchange_keys_added"]);
    let same = rotate("KEY1", 1).await;
    assert_eq!(same.status, 200, "another key of the same account");

    // They may be left behind, where their account is gone.
    let mut leaving = keys_alone("KEY2", 2);
    leaving["abandon_orders"] = json!(true);
    let left = post(bench, ann, &format!("{path}/rotate"), &leaving).await;
    assert_eq!(left.status, 200, "{}", left.text());

    // Once nothing is at work any more, the account may be another.
    let end = "UPDATE orders SET status = 'canceled'";
    bench.db.execute(end).await;
    assert_eq!(rotate("KEY1", 3).await.status, 200);
}

#[tokio::test]
async fn keys_of_the_same_account_leave_the_word_for_real_money() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let path = made(&bench, &ann, &keys_of("KEY1")).await;
    tell(&bench, &ann, &format!("{path}/confirm-live")).await;
    let body = keys_alone("KEY1", 2);
    let changed = post(&bench, &ann, &format!("{path}/rotate"), &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_ne!(changed.json()["live_confirmed_at"], Value::Null);
}

#[tokio::test]
async fn an_account_that_was_never_noted_is_told_by_its_keys_or_found_by_its_orders() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let path = desk.testnet().await;
    let bot = desk.grid_path(&path).await;
    let rotate = async |user: &str, version: i32| {
        let forget = "UPDATE connections SET venue_account = NULL";
        bench.db.execute(forget).await;
        let body = keys_alone(user, version);
        post(bench, ann, &format!("{path}/rotate"), &body).await
    };
    bench.db.execute("UPDATE bots SET status = 'running'").await;
    problem(&rotate("KEY2", 1).await, 409, "other_account");
    assert_eq!(rotate("KEY1", 1).await.status, 200);

    // The keys before do not tell it any more.
    let revoked = |user: &str, is_revoked| {
        desk.act(emulator::Action::RevokeKey {
            user: user.to_owned(),
            is_revoked,
        });
    };
    desk.note_in_book(&bot, "bbx1").await;
    desk.place("KEY1", "bbx1").await;
    revoked("KEY1", true);
    problem(&rotate("KEY2", 2).await, 409, "other_account");

    // An exchange that cannot be asked says nothing about whose keys they are.
    desk.act(emulator::Action::Inject {
        fault: emulator::Fault::Overloaded,
        target: emulator::Target {
            route: Some("GET /api/v3/order".to_owned()),
            user: None,
        },
        times: None,
    });
    problem(&rotate("KEY2", 2).await, 503, "venue_unavailable");
    desk.act(emulator::Action::ClearFaults {});
    let noted = "SELECT count(venue_account) FROM connections";
    assert_eq!(bench.count(noted).await, 0);

    // With no order to look for, nobody can tell: no bot may be at work then.
    let end = "UPDATE orders SET status = 'canceled'";
    bench.db.execute(end).await;
    problem(&rotate("KEY2", 2).await, 409, "other_account");
    bench.db.execute("UPDATE bots SET status = 'stopped'").await;
    assert_eq!(rotate("KEY2", 2).await.status, 200);
    assert_eq!(bench.count(noted).await, 1);
}

#[tokio::test]
async fn a_test_notes_the_account_of_a_connection() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let path = desk.testnet().await;
    let account = "SELECT venue_account::bigint FROM connections";
    let told = bench.count(account).await;
    let forget = "UPDATE connections SET venue_account = NULL";
    bench.db.execute(forget).await;
    tell(bench, ann, &format!("{path}/test")).await;
    assert_eq!(bench.count(account).await, told);
    // It is no edit.
    let shown = get(bench, ann, &path).await;
    assert_eq!(shown["version"], 1);
}

#[tokio::test]
async fn an_account_is_connected_once() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let bob = bench.somebody("bob").await;
    bench.step_up(&bob).await;
    let path = made(bench, ann, &keys_of("KEY1")).await;
    let again = |label: &str| {
        let mut body = keys_of("KEY1");
        body["label"] = json!(label);
        body
    };
    for who in [ann, &bob] {
        let refused = post(bench, who, PATH, &again("Again")).await;
        problem(&refused, 409, "account_connected");
    }
    // The testnet has accounts of its own.
    desk.testnet().await;
    let other = made(bench, &bob, &keys_of("KEY2")).await;
    let body = keys_alone("KEY1", 1);
    let rotated = post(bench, &bob, &format!("{other}/rotate"), &body).await;
    problem(&rotated, 409, "account_connected");
    // One that was never noted is told by a test of its connection.
    let forget = "UPDATE connections SET venue_account = NULL";
    bench.db.execute(forget).await;
    let second = made(bench, ann, &again("Again")).await;
    problem(
        &tell(bench, ann, &format!("{path}/test")).await,
        409,
        "account_connected",
    );
    let deleted = bench.call("DELETE", &second).bearer(&ann.access).send();
    assert_eq!(deleted.await.status, 204);
    let tested = tell(bench, ann, &format!("{path}/test")).await;
    assert_eq!(tested.status, 200, "{}", tested.text());
}
