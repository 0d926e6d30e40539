use serde_json::{Value, json};

use super::of_role;
use crate::{
    bench::{Bench, fields, problem},
    trading::get,
};

const PATH: &str = "/api/v1/admin/security-log";

fn kinds(page: &Value) -> Vec<&str> {
    let rows = page["data"].as_array().unwrap().iter();
    rows.map(|row| row["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let bench = Bench::new().await;
    let admin = of_role(&bench, "adm", "admin").await;
    bench.advance(chrono::Duration::seconds(10));
    let since = platform::time::to_wire(bench.state.clock.now());
    let ann = bench.somebody("ann").await;
    bench.advance(chrono::Duration::seconds(10));
    let until = platform::time::to_wire(bench.state.clock.now());
    let wrong = json!({ "email": ann.email, "password": "not the password" });
    bench
        .post("/api/v1/auth/login")
        .header("user-agent", "guesser/1")
        .json(&wrong)
        .send()
        .await;
    let list = async |query: &str| get(&bench, &admin, &format!("{PATH}{query}")).await;
    assert_eq!(
        kinds(&list("").await),
        ["login_failed", "registered", "registered"]
    );
    let failed = list("?kind=login_failed").await;
    assert_eq!(failed["data"][0]["user_id"], ann.id.as_str());
    assert_eq!(failed["data"][0]["address"], "127.0.0.1");
    assert_eq!(failed["data"][0]["agent"], "guesser/1");
    let of_ann = list(&format!("?user_id={}", ann.id)).await;
    assert_eq!(kinds(&of_ann), ["login_failed", "registered"]);
    assert_eq!(
        kinds(&list(&format!("?from={since}&to={until}")).await),
        ["registered"]
    );
    assert!(kinds(&list("?address=10.0.0.1").await).is_empty());
    let first = list("?limit=1").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(
        kinds(&list(&format!("?cursor={cursor}")).await),
        ["registered", "registered"]
    );

    let bad = format!(
        "{PATH}?user_id=ann&kind=Login%20failed&address=here&from=yesterday&limit=1000&page=2"
    );
    let answer = bench.get(&bad).bearer(&admin.access).send().await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        [
            "/query/address format",
            "/query/from format",
            "/query/kind format",
            "/query/limit out_of_range",
            "/query/page unknown_field",
            "/query/user_id format"
        ]
    );
    let refused = bench.get(PATH).bearer(&ann.access).send().await;
    problem(&refused, 403, "insufficient_role");
}
