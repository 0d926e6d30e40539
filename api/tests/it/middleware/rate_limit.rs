use testkit::{TestDb, TestRedis, servers::OwnRedis, wait_until};

use crate::bench::{Bench, problem};

const FEW: &[(&str, &str)] = &[
    ("RATE_LIMIT_READ_PER_MINUTE", "4"),
    ("RATE_LIMIT_COPIES", "2"),
];

#[tokio::test]
async fn a_budget_is_said_and_kept_by_user() {
    let bench = Bench::with(FEW).await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    for remaining in ["3", "2", "1", "0"] {
        let answer = bench.get("/api/v1/me").bearer(&ann.access).send().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-limit"), Some("4"));
        assert_eq!(answer.header("ratelimit-remaining"), Some(remaining));
        assert!(answer.header("ratelimit-reset").is_some());
    }
    let answer = bench.get("/api/v1/me").bearer(&ann.access).send().await;
    problem(&answer, 429, "rate_limited");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=15).contains(&seconds), "{seconds}");
    // Others, and other classes, are not affected; health has no budget.
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&bob.access)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        bench
            .post("/api/v1/auth/realtime-token")
            .bearer(&ann.access)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        bench
            .get("/api/health")
            .send()
            .await
            .header("ratelimit-limit"),
        None
    );
}

#[tokio::test]
async fn copies_share_a_budget_through_redis() {
    let redis = TestRedis::shared().await.config();
    let (one, two) = (TestDb::new().await, TestDb::new().await);
    let (first, second) = (one.database_config(), two.database_config());
    let one = Bench::on(one, first, redis.clone(), FEW).await;
    let two = Bench::on(two, second, redis, FEW).await;
    wait_until("both reach Redis", || async {
        one.state.redis.is_healthy() && two.state.redis.is_healthy()
    })
    .await;
    for bench in [&one, &two, &one, &two] {
        assert_eq!(bench.get("/api/config").send().await.status, 200);
    }
    problem(&one.get("/api/config").send().await, 429, "rate_limited");
    problem(&two.get("/api/config").send().await, 429, "rate_limited");
}

#[tokio::test]
async fn without_redis_each_copy_keeps_its_share() {
    let mut redis = OwnRedis::start().await;
    let db = TestDb::new().await;
    let database = db.database_config();
    let bench = Bench::on(db, database, redis.config(), FEW).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    redis.stop().await;
    wait_until("Redis is missed", || async {
        !bench.state.redis.is_healthy()
    })
    .await;
    for _ in 0..2 {
        let answer = bench.get("/api/config").send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("ratelimit-limit")),
            (200, Some("2"))
        );
    }
    problem(&bench.get("/api/config").send().await, 429, "rate_limited");
    redis.restart().await;
    wait_until("Redis is back", || async { bench.state.redis.is_healthy() }).await;
    wait_until("it counts again", || async {
        bench
            .get("/api/config")
            .send()
            .await
            .header("ratelimit-limit")
            == Some("4")
    })
    .await;
}
