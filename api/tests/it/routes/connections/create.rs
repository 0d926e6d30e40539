use serde_json::{Value, json};

use super::{
    PATH,
    venue::{binance, binance_part, logged, made, okx, unsealed},
};
use crate::{
    bench::{Bench, problem},
    trading::{connection, get, post},
};

#[tokio::test]
async fn the_keys_of_an_exchange_are_kept_and_never_answered() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let answer = post(&bench, &ann, PATH, &binance("Main")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let shown = answer.json();
    assert_eq!(shown["venue"], "binance");
    assert_eq!(shown["testnet"], false);
    assert_eq!(shown["key_hint"], "KEY1");
    assert_eq!(shown["live_confirmed_at"], Value::Null);
    assert_eq!(
        (&shown["paper"], &shown["feed"]),
        (&Value::Null, &Value::Null)
    );
    let path = format!("{PATH}/{}", shown["id"].as_str().unwrap());
    assert_eq!(get(&bench, &ann, &path).await, shown);
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([shown]));
    for text in [answer.text(), get(&bench, &ann, PATH).await.to_string()] {
        assert!(
            !text.contains("xKEY1") && !text.contains("SECRET1"),
            "{text}"
        );
    }
    let kept = unsealed(&bench, &ann, &path).await;
    assert_eq!(kept.key.expose(), &binance_part("KEY1"));
    assert_eq!(kept.secret.expose(), &binance_part("SECRET1"));
    assert!(kept.passphrase.is_none());

    let path = made(&bench, &ann, &okx("Demo")).await;
    let kept = unsealed(&bench, &ann, &path).await;
    assert_eq!(kept.passphrase.unwrap().expose(), "open sesame");
    assert_eq!(get(&bench, &ann, &path).await["testnet"], true);
    assert_eq!(
        logged(&bench, &ann).await,
        ["exchange_keys_added", "exchange_keys_added"]
    );
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["connection.created", "connection.created"]
    );
}

#[tokio::test]
async fn a_label_is_taken_within_its_venue_and_kind_only() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.step_up(&ann).await;
    bench.step_up(&bob).await;
    connection(&bench, &ann).await;
    made(&bench, &ann, &binance("Paper")).await;
    let mut testnet = binance("Paper");
    testnet["testnet"] = json!(true);
    made(&bench, &ann, &testnet).await;
    made(&bench, &bob, &binance("Paper")).await;
    let taken = post(&bench, &ann, PATH, &binance("Paper")).await;
    problem(&taken, 409, "name_taken");
}

#[tokio::test]
async fn the_same_key_makes_one_connection() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let send = async |body: Value| {
        let call = bench.post(PATH).bearer(&ann.access);
        call.header("idempotency-key", "one")
            .json(&body)
            .send()
            .await
    };
    let (one, two) = (send(binance("a")).await, send(binance("a")).await);
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (201, 201));
    assert_eq!(one.json(), two.json());
    let mut other = binance("a");
    other["secret"] = json!(binance_part("OTHER"));
    problem(&send(other).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn keys_are_taken_only_in_a_session_that_was_stepped_up() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    connection(&bench, &ann).await;
    let refused = post(&bench, &ann, PATH, &binance("Main")).await;
    problem(&refused, 403, "step_up_required");
    bench.step_up(&ann).await;
    let path = made(&bench, &ann, &binance("Main")).await;
    bench.advance(chrono::Duration::hours(1));
    let ann = bench.login(&ann.email).await;
    let keys = json!({ "key": binance_part("K"), "secret": binance_part("S"), "version": 1 });
    for (what, body) in [("rotate", keys), ("confirm-live", json!({}))] {
        let refused = post(&bench, &ann, &format!("{path}/{what}"), &body).await;
        problem(&refused, 403, "step_up_required");
    }
    let token = bench.api_token(&ann, "trade").await;
    let call = bench.post(PATH).bearer(&token);
    let refused = call.json(&binance("Other")).send().await;
    problem(&refused, 403, "session_required");

    // Nor are they destroyed with less.
    let delete = |credential: &str| bench.call("DELETE", &path).bearer(credential);
    let refused = delete(&token).send().await;
    problem(&refused, 403, "session_required");
    let refused = delete(&ann.access).send().await;
    problem(&refused, 403, "step_up_required");
    assert_eq!(get(&bench, &ann, &path).await["key_hint"], "KEY1");
    bench.step_up(&ann).await;
    assert_eq!(delete(&ann.access).send().await.status, 204);
}
