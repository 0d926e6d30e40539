use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{get, queued},
};

const PATH: &str = "/api/v1/backtests/compare";

#[tokio::test]
async fn what_has_no_result_has_no_figures() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let (one, two) = (queued(&bench, &ann).await, queued(&bench, &ann).await);
    let compared = get(&bench, &ann, &format!("{PATH}?ids={two},{one}")).await;
    assert_eq!(compared["backtests"][0]["id"], json!(two));
    assert_eq!(compared["backtests"][1]["id"], json!(one));
    let figures = compared["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 18);
    for figure in figures {
        assert_eq!(
            figure["values"],
            json!([Value::Null, Value::Null]),
            "{figure}"
        );
    }
}

#[tokio::test]
async fn two_to_ten_ids_are_compared() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = queued(&bench, &ann).await;
    for ids in [
        String::new(),
        id.clone(),
        format!("{id};{id}"),
        format!("{id},{}", "-".repeat(36)),
        [id.as_str(); 11].join(","),
    ] {
        let answer = bench.get(&format!("{PATH}?ids={ids}")).bearer(&ann.access);
        let body = problem(&answer.send().await, 422, "invalid");
        assert!(fields(&body)[0].starts_with("/query/ids "), "{ids}: {body}");
    }
    let unknown = format!("{PATH}?ids={id},{}", uuid::Uuid::now_v7());
    let answer = bench.get(&unknown).bearer(&ann.access).send().await;
    problem(&answer, 404, "not_found");
}
