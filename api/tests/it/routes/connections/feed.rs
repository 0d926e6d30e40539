use serde_json::{Value, json};

use super::{
    PATH,
    venue::{binance, made},
};
use crate::{
    bench::{Bench, fields, problem},
    exchange,
    trading::{connection, get, post},
};

fn feed(action: &str) -> Value {
    json!({ "action": action })
}

#[tokio::test]
async fn a_feed_is_started_and_paused() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let one = format!("{PATH}/{}", connection(&bench, &ann).await);
    let path = format!("{one}/feed");
    for (action, status) in [
        ("pause", "paused"),
        ("start", "running"),
        ("start", "running"),
        ("pause", "paused"),
    ] {
        let told = post(&bench, &ann, &path, &feed(action)).await;
        assert_eq!(told.status, 200, "{}", told.text());
        assert_eq!(told.json()["feed"]["status"], status);
        assert_eq!(told.json(), get(&bench, &ann, &one).await);
    }
    // What changed nothing is no event.
    assert_eq!(
        bench.event_types(&ann).await[2..],
        [
            "connection.created",
            "connection.updated",
            "connection.updated"
        ]
    );
}

#[tokio::test]
async fn only_the_feed_of_an_own_paper_account_is_told_anything() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let one = format!("{PATH}/{}", connection(&bench, &ann).await);
    let foreign = post(&bench, &bob, &format!("{one}/feed"), &feed("start")).await;
    problem(&foreign, 404, "not_found");
    assert_eq!(get(&bench, &ann, &one).await["feed"]["status"], "paused");
    bench.step_up(&bob).await;
    let exchange = made(&bench, &bob, &binance("Main")).await;
    let none = post(&bench, &bob, &format!("{exchange}/feed"), &feed("start")).await;
    problem(&none, 404, "not_found");
}

#[tokio::test]
async fn what_no_feed_can_do_is_refused() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let one = format!("{PATH}/{}", connection(&bench, &ann).await);
    for (body, said) in [
        (json!({}), "/action required"),
        (feed("rewind"), "/action one_of"),
        (json!({ "action": 1 }), "/action one_of, /action type"),
        (
            json!({ "action": "start", "speed": 2 }),
            "/speed unknown_field",
        ),
    ] {
        let answer = post(&bench, &ann, &format!("{one}/feed"), &body).await;
        let refused = fields(&problem(&answer, 422, "invalid"));
        assert_eq!(refused.join(", "), said);
    }
    assert_eq!(get(&bench, &ann, &one).await["feed"]["status"], "paused");
}

#[tokio::test]
async fn a_feed_that_failed_can_be_started_again_and_one_that_has_ended_cannot() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let one = format!("{PATH}/{}", connection(&bench, &ann).await);
    let path = format!("{one}/feed");
    let set = async |status: &str| {
        let sql = format!("UPDATE feeds SET status = '{status}', error = 'line 4: broken'");
        sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &sql)
            .await
            .unwrap();
    };
    set("error").await;
    let shown = get(&bench, &ann, &one).await;
    assert_eq!(shown["feed"]["error"], "line 4: broken");
    problem(
        &post(&bench, &ann, &path, &feed("pause")).await,
        409,
        "feed_ended",
    );
    assert_eq!(get(&bench, &ann, &one).await["feed"], shown["feed"]);
    let started = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(started.json()["feed"]["status"], "running");
    assert_eq!(started.json()["feed"]["error"], json!(null));
    set("finished").await;
    for action in ["start", "pause"] {
        problem(
            &post(&bench, &ann, &path, &feed(action)).await,
            409,
            "feed_ended",
        );
    }
    assert_eq!(get(&bench, &ann, &one).await["feed"]["status"], "finished");
}
