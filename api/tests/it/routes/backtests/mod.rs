mod compare;
mod create;
mod search;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    trading::{get, queued, tell},
};

const PATH: &str = "/api/v1/backtests";

#[tokio::test]
async fn what_waits_can_be_stopped_once_and_deleted() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = queued(&bench, &ann).await;
    let cancel = format!("{PATH}/{id}/cancel");
    let stopped = tell(&bench, &ann, &cancel).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text());
    assert_eq!(stopped.json()["status"], "canceled");
    assert_ne!(stopped.json()["finished_at"], Value::Null);
    problem(&tell(&bench, &ann, &cancel).await, 409, "backtest_ended");

    let one = format!("{PATH}/{id}");
    let delete = || bench.call("DELETE", &one).bearer(&ann.access).send();
    assert_eq!(delete().await.status, 204);
    problem(&delete().await, 404, "not_found");
    problem(&tell(&bench, &ann, &cancel).await, 404, "not_found");
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["backtest.created", "backtest.finished", "backtest.deleted"]
    );
}

#[tokio::test]
async fn lists_are_newest_first_and_filtered() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(queued(&bench, &ann).await);
    }
    queued(&bench, &bob).await;
    tell(&bench, &ann, &format!("{PATH}/{}/cancel", ids[1])).await;
    let listed = |page: &Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap();
        rows.iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = get(&bench, &ann, &format!("{PATH}?limit=2")).await;
    assert_eq!(listed(&first), [ids[2].clone(), ids[1].clone()]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &ann, &format!("{PATH}?limit=2&cursor={cursor}")).await;
    assert_eq!(
        (listed(&rest), &rest["next_cursor"]),
        (vec![ids[0].clone()], &Value::Null)
    );
    for (status, found) in [("canceled", 1), ("queued", 2), ("running", 0)] {
        let list = get(&bench, &ann, &format!("{PATH}?status={status}")).await;
        assert_eq!(listed(&list).len(), found, "{status}");
    }
    for query in ["status=paused", "cursor=x", "limit=0", "colour=red"] {
        let refused = bench.get(&format!("{PATH}?{query}")).bearer(&ann.access);
        problem(&refused.send().await, 422, "invalid");
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let id = queued(&bench, &ann).await;
    for (method, path) in [
        ("GET", format!("{PATH}/{id}")),
        ("GET", format!("{PATH}/{id}/trades")),
        ("GET", format!("{PATH}/compare?ids={id},{id}")),
        ("POST", format!("{PATH}/{id}/cancel")),
        ("DELETE", format!("{PATH}/{id}")),
        ("GET", format!("{PATH}/nonsense")),
    ] {
        let answer = bench.call(method, &path).bearer(&bob.access).send().await;
        problem(&answer, 404, "not_found");
    }
    assert_eq!(
        get(&bench, &ann, &format!("{PATH}/{id}")).await["status"],
        json!("queued")
    );
}
