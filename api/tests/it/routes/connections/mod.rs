mod confirm_live;
mod create;
mod credentials;
mod feed;
mod paper;
mod rotate;
mod test;
mod update;
pub(crate) mod venue;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, get, paper, post, tell},
};

pub(crate) const PATH: &str = "/api/v1/exchange-connections";

#[tokio::test]
async fn a_paper_account_from_making_to_deleting() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    let one = format!("{PATH}/{id}");
    let shown = get(&bench, &ann, &one).await;
    assert_eq!(shown["feed"]["status"], "paused");
    assert_eq!(shown["feed"]["position"], 0);
    assert_eq!(shown["paper"]["balances"], json!({ "USDT": "10000" }));
    assert_eq!(shown["paper"]["fees"]["maker"], "0.001");
    assert_eq!(shown["bots"], 0);
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([shown]));
    let balances = get(&bench, &ann, "/api/v1/portfolio/balances").await;
    assert_eq!(
        balances["data"],
        json!([{ "connection_id": id, "asset": "USDT", "free": "10000", "reserved": "0" }])
    );

    let feed = |action: &str| json!({ "action": action });
    let path = format!("{one}/feed");
    let started = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(started.json()["feed"]["status"], "running");
    let again = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(again.status, 200);
    let paused = post(&bench, &ann, &path, &feed("pause")).await;
    assert_eq!(paused.json()["feed"]["status"], "paused");
    let test = tell(&bench, &ann, &format!("{one}/test")).await;
    assert_eq!(
        test.json(),
        json!({ "ok": true, "message": null, "remedy": null, "permissions": null, "addresses": [] })
    );

    let gone = bench.call("DELETE", &one).bearer(&ann.access).send().await;
    assert_eq!(gone.status, 204);
    let gone = bench.call("DELETE", &one).bearer(&ann.access).send().await;
    problem(&gone, 404, "not_found");
    assert_eq!(
        bench.event_types(&ann).await[2..],
        [
            "connection.created",
            "connection.updated",
            "connection.updated",
            "connection.deleted"
        ]
    );
}

#[tokio::test]
async fn the_same_key_makes_one() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let send = async |label: &str| {
        bench
            .post(PATH)
            .bearer(&ann.access)
            .header("idempotency-key", "one")
            .json(&paper(label))
            .send()
            .await
    };
    let (one, two) = (send("Paper").await, send("Paper").await);
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (201, 201));
    assert_eq!(one.json(), two.json());
    problem(&send("Other").await, 422, "idempotency_key_reused");
    let all = get(&bench, &ann, PATH).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn it_stays_while_it_has_bots() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    bot(&bench, &ann, &id).await;
    let path = format!("{PATH}/{id}");
    let kept = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    problem(&kept, 409, "connection_in_use");
}

#[tokio::test]
async fn the_list_has_pages() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for index in 0..3 {
        bench.advance(chrono::Duration::milliseconds(5));
        let made = post(&bench, &ann, PATH, &paper(&format!("Paper {index}"))).await;
        assert_eq!(made.status, 201);
    }
    let first = get(&bench, &ann, &format!("{PATH}?limit=2")).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &ann, &format!("{PATH}?limit=2&cursor={cursor}")).await;
    assert_eq!(rest["data"][0]["label"], "Paper 2");
    assert_eq!(rest["next_cursor"], Value::Null);
    let stray = bench
        .get(&format!("/api/v1/bots?cursor={cursor}"))
        .bearer(&ann.access)
        .send()
        .await;
    problem(&stray, 422, "invalid");
}
