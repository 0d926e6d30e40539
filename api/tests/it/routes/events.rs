use serde_json::json;

use crate::bench::{Bench, problem};

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for _ in 0..3 {
        bench.login(&ann.email).await;
    }
    let first = bench
        .get("/api/v1/events?limit=2")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(first["last_seq"], 5);
    assert_eq!(first["resync"], json!(null));
    assert_eq!(first["data"][0]["type"], "user.registered");
    assert_eq!(first["data"][0]["data"]["user"]["email"], "ann@example.com");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = bench
        .get(&format!("/api/v1/events?limit=2&cursor={cursor}"))
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(
        (&second["data"][0]["seq"], &second["data"][1]["seq"]),
        (&json!(3), &json!(4))
    );
    let third = bench
        .get("/api/v1/events?after=4")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(third["data"].as_array().unwrap().len(), 1);
    assert_eq!(third["next_cursor"], json!(null));
    assert_eq!(third["epoch"], first["epoch"]);
}

#[tokio::test]
async fn positions_that_cannot_be_continued_are_told() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let ahead = bench
        .get("/api/v1/events?after=99")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(
        (&ahead["resync"], &ahead["last_seq"], &ahead["data"]),
        (&json!("epoch"), &json!(2), &json!([]))
    );
    let extreme = bench
        .get("/api/v1/events?after=9223372036854775807")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(extreme["resync"], "epoch");
    bench.db.execute("DELETE FROM events WHERE seq = 1").await;
    let old = bench
        .get("/api/v1/events?after=0")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    assert_eq!(
        (&old["resync"], &old["data"]),
        (&json!("too_old"), &json!([]))
    );
}

#[tokio::test]
async fn nobody_sees_the_events_of_others() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    let page = bench.get("/api/v1/events").bearer(&bob.access).send().await;
    assert!(!page.text().contains(&ann.id));
    problem(
        &bench.get("/api/v1/events").send().await,
        401,
        "unauthenticated",
    );
}
