use serde_json::json;
use testkit::{TestDb, servers::OwnRedis, wait_until};

use super::{
    super::{acts, of_role},
    PATH,
};
use crate::bench::{Bench, problem};

/// That gateways answer and close is tested with gateways.
#[tokio::test]
async fn without_gateways_there_is_nothing_to_see_and_closing_is_logged() {
    let (db, mut redis) = (TestDb::new().await, OwnRedis::start().await);
    let database = db.database_config();
    let bench = Bench::on(db, database, redis.config(), &[]).await;
    let admin = of_role(&bench, "adm", "admin").await;
    let ann = bench.somebody("ann").await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let call = async |method: &str, of: &str| {
        let path = format!("{PATH}/{of}/sockets");
        let call = bench.call(method, &path).bearer(&admin.access);
        call.send().await
    };
    let none = json!({ "data": [], "complete": true });
    assert_eq!(call("GET", &ann.id).await.json(), none);
    assert_eq!(call("DELETE", &ann.id).await.status, 202);
    let log = acts(&bench, &admin, &ann).await;
    let entry = [
        "sockets_disconnected".to_owned(),
        admin.id.clone(),
        ann.id.clone(),
    ];
    assert_eq!(log, [entry]);

    problem(&call("DELETE", &admin.id).await, 409, "own_account");
    let nobody = uuid::Uuid::now_v7().to_string();
    for method in ["GET", "DELETE"] {
        problem(&call(method, &nobody).await, 404, "not_found");
    }
    redis.stop().await;
    wait_until("Redis is away", || async {
        !bench.state.redis.is_healthy()
    })
    .await;
    for method in ["GET", "DELETE"] {
        problem(&call(method, &ann.id).await, 503, "realtime_unavailable");
    }
    assert_eq!(
        acts(&bench, &admin, &ann).await.len(),
        1,
        "not said, not logged"
    );
}
