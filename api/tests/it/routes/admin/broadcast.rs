use serde_json::{Value, json};
use testkit::wait_until;

use super::{acts, of_role};
use crate::{
    bench::{Bench, fields, problem},
    trading::post,
};

const PATH: &str = "/api/v1/admin/broadcast";

/// That sockets show it is tested with a gateway.
#[tokio::test]
async fn what_is_said_is_logged() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let said = post(&bench, &admin, PATH, &json!({ "message": "hello" })).await;
    assert_eq!(said.status, 202, "{}", said.text());
    let log = acts(&bench, &admin, &admin).await;
    assert_eq!(
        log,
        [["broadcast_sent".to_owned(), admin.id.clone(), String::new()]]
    );
    let refused = async |body: Value| {
        fields(&problem(
            &post(&bench, &admin, PATH, &body).await,
            422,
            "invalid",
        ))
    };
    assert_eq!(
        refused(json!({ "level": "panic", "to": "ann" })).await,
        ["/level one_of", "/message required", "/to unknown_field"]
    );
    assert_eq!(
        refused(json!({ "message": "a\u{0}b" })).await,
        ["/message format"]
    );
    let refused = post(&bench, &ann, PATH, &json!({ "message": "hello" })).await;
    problem(&refused, 403, "insufficient_role");
}
