use serde_json::Value;

use crate::bench::{Bench, problem};

const ROUTE: &str = "/api/v1/me/security-log";

#[tokio::test]
async fn lists_own_entries_newest_first_page_by_page() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    for _ in 0..4 {
        bench.advance(chrono::Duration::seconds(1));
        bench.login(&ann.email).await;
    }
    let (mut kinds, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = bench
            .get(&format!("{ROUTE}?limit=2{cursor}"))
            .bearer(&ann.access)
            .send()
            .await
            .json();
        for row in page["data"].as_array().unwrap() {
            assert_eq!(row["address"], "127.0.0.1");
            assert!(row["detail"]["session"].is_string());
            assert!(row["user_id"].is_null());
            kinds.push(row["kind"].as_str().unwrap().to_owned());
        }
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(
        kinds,
        [
            "logged_in",
            "logged_in",
            "logged_in",
            "logged_in",
            "registered"
        ]
    );
    let others = bench.get(ROUTE).bearer(&bob.access).send().await.json();
    assert_eq!(others["data"].as_array().unwrap().len(), 1);
    for query in ["?cursor=x", "?limit=0", "?limit=101", "?kind=logged_in"] {
        let answer = bench
            .get(&format!("{ROUTE}{query}"))
            .bearer(&ann.access)
            .send()
            .await;
        problem(&answer, 422, "invalid");
    }
}
