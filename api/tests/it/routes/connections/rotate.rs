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

#[tokio::test]
async fn keys_of_another_account_are_refused_while_orders_are_in_the_book() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let path = desk.testnet().await;
    let bot = desk.grid_path(&path).await;
    desk.note_in_book(&bot, "bbx1").await;
    desk.place("KEY1", "bbx1").await;
    let rotate = async |user: &str, version: i32| {
        let mut body = keys_of(user);
        for name in ["venue", "label"] {
            body.as_object_mut().unwrap().remove(name);
        }
        body["version"] = json!(version);
        post(bench, ann, &format!("{path}/rotate"), &body).await
    };
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

    // An exchange that cannot be asked says nothing about whose keys they are.
    desk.act(emulator::Action::Inject {
        fault: emulator::Fault::Overloaded,
        target: emulator::Target {
            route: Some("GET /api/v3/order".to_owned()),
            user: None,
        },
        times: None,
    });
    problem(&rotate("KEY1", 1).await, 503, "venue_unavailable");
    desk.act(emulator::Action::ClearFaults {});
    assert_eq!(
        rotate("KEY1", 1).await.status,
        200,
        "another key of the same account"
    );

    // They may be left behind, where their account is gone.
    let mut leaving = keys_of("KEY2");
    for name in ["venue", "label"] {
        leaving.as_object_mut().unwrap().remove(name);
    }
    leaving["version"] = json!(2);
    leaving["abandon_orders"] = json!(true);
    let left = post(bench, ann, &format!("{path}/rotate"), &leaving).await;
    assert_eq!(left.status, 200, "{}", left.text());

    // Once none is in the book any more, the account may be another.
    bench
        .db
        .execute("UPDATE orders SET status = 'canceled'")
        .await;
    assert_eq!(rotate("KEY1", 3).await.status, 200);
}
