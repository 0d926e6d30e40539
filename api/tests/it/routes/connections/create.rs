use serde_json::{Value, json};

use super::{
    PATH,
    venue::{binance, binance_part, logged, made, okx, unsealed},
};
use crate::{
    bench::{Bench, fields, problem, same_made},
    exchange::{self, Trading, keys_of},
    trading::{connection, get, post},
};

#[tokio::test]
async fn the_keys_of_an_exchange_are_kept_and_never_answered() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
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

    assert_eq!(logged(&bench, &ann).await, ["exchange_keys_added"]);
    assert_eq!(bench.event_types(&ann).await[2..], ["connection.created"]);
}

#[tokio::test]
async fn a_label_is_taken_within_its_venue_and_kind_only() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.step_up(&ann).await;
    bench.step_up(&bob).await;
    connection(&bench, &ann).await;
    made(&bench, &ann, &binance("Paper")).await;
    let mut testnet = binance("Paper");
    testnet["testnet"] = json!(true);
    made(&bench, &ann, &testnet).await;
    let mut of_bob = exchange::keys_of("KEY2");
    of_bob["label"] = json!("Paper");
    made(&bench, &bob, &of_bob).await;
    let taken = post(&bench, &ann, PATH, &binance("Paper")).await;
    problem(&taken, 409, "name_taken");
}

#[tokio::test]
async fn the_same_key_makes_one_connection() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
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
    assert_eq!(one.status, 201);
    same_made(&one, &two, PATH);
    let mut other = binance("a");
    other["secret"] = json!(binance_part("OTHER"));
    problem(&send(other).await, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn keys_are_taken_only_in_a_session_that_was_stepped_up() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
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

/// What is left of somebody's attempt to connect an exchange.
async fn nothing_is_left(bench: &Bench, who: &crate::bench::Somebody) {
    assert_eq!(get(bench, who, PATH).await["data"], json!([]));
    assert!(logged(bench, who).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_traded_on_takes_no_keys() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let refused = post(&bench, &ann, PATH, &okx("Demo")).await;
    problem(&refused, 409, "unsupported_venue");
    nothing_is_left(&bench, &ann).await;
}

#[tokio::test]
async fn keys_that_do_too_much_or_too_little_are_not_stored() {
    let Trading {
        bench,
        exchange,
        ann,
    } = Trading::open().await;
    let refused = async |body: Value| {
        let answer = post(&bench, &ann, PATH, &body).await;
        assert!(!answer.text().contains("xxxx"), "{}", answer.text());
        problem(&answer, 422, "invalid")
    };
    let mut wrong = keys_of("KEY1");
    wrong["secret"] = json!(binance_part("SECRET2"));
    let both = emulator::Action::ChangeUser {
        user: "READER".to_owned(),
        can_trade: None,
        can_withdraw: Some(true),
        pays_fees_in_bnb: None,
        maker_fee: None,
        taker_fee: None,
    };
    for (body, expected) in [
        (keys_of("NOBODY"), vec!["/key key_not_accepted"]),
        (wrong, vec!["/secret key_not_accepted"]),
        (keys_of("THIEF"), vec!["/key key_can_withdraw"]),
        (keys_of("READER"), vec!["/key key_cannot_trade"]),
    ] {
        assert_eq!(fields(&refused(body.clone()).await), expected, "{body}");
    }
    exchange.act(both).unwrap();
    let said = refused(keys_of("READER")).await;
    assert_eq!(
        fields(&said),
        ["/key key_can_withdraw", "/key key_cannot_trade"]
    );
    let text = said.to_string();
    assert!(text.contains("Enable Withdrawals"), "{text}");
    assert!(text.contains("Enable Spot & Margin Trading"), "{text}");
    nothing_is_left(&bench, &ann).await;
}

/// The testnet does not tell what a key may do, and there is nothing to withdraw.
#[tokio::test]
async fn keys_of_the_testnet_are_judged_by_their_account() {
    let Trading { bench, ann, .. } = &Trading::open().await;
    for (user, expected) in [("THIEF", 201), ("READER", 422), ("NOBODY", 422)] {
        let mut body = keys_of(user);
        body["testnet"] = json!(true);
        let answer = post(bench, ann, PATH, &body).await;
        assert_eq!(answer.status, expected, "{user}: {}", answer.text());
    }
}

#[tokio::test]
async fn an_exchange_that_does_not_answer_takes_no_connection() {
    use emulator::Fault;
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    for (fault, said) in [
        (Fault::Maintenance, "did not answer"),
        (Fault::TimeoutBeforeAccept { hang_ms: 0 }, "did not answer"),
        (Fault::RateLimited { retry_after_s: 40 }, "limits"),
    ] {
        desk.inject(fault.clone());
        let answer = post(bench, ann, PATH, &binance("Main")).await;
        let body = problem(&answer, 503, "venue_unavailable");
        let detail = body["detail"].as_str().unwrap();
        assert!(
            detail.contains(said) || detail.contains("cannot be reached"),
            "{fault:?}: {detail}"
        );
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        // The clock of the bench stands still while that of the exchange goes on.
        let expected = if said == "limits" { 39..=300 } else { 1..=5 };
        assert!(expected.contains(&wait), "{fault:?}: {wait}");
        desk.act(emulator::Action::ClearFaults {});
    }
    nothing_is_left(bench, ann).await;
    let unreachable = Bench::new().await;
    let ann = unreachable.somebody("ann").await;
    unreachable.step_up(&ann).await;
    let answer = post(&unreachable, &ann, PATH, &binance("Main")).await;
    let body = problem(&answer, 503, "venue_unavailable");
    assert_eq!(body["detail"], "The exchange cannot be reached");
    nothing_is_left(&unreachable, &ann).await;
}

/// All users share the limits of an exchange.
#[tokio::test]
async fn one_user_cannot_use_up_the_limits_of_the_exchange() {
    let few = [
        ("RATE_LIMIT_VENUE_PER_MINUTE", "2"),
        ("RATE_LIMIT_COPIES", "1"),
    ];
    let Trading { bench, ann, .. } = &Trading::with(&few).await;
    for _ in 0..2 {
        let refused = post(bench, ann, PATH, &keys_of("THIEF")).await;
        problem(&refused, 422, "invalid");
    }
    let refused = post(bench, ann, PATH, &binance("Main")).await;
    problem(&refused, 429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    // It costs them nothing else, and others nothing at all.
    connection(bench, ann).await;
    let bob = bench.somebody("bob").await;
    bench.step_up(&bob).await;
    made(bench, &bob, &binance("Main")).await;
}
