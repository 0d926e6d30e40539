use serde_json::json;
use testkit::{TestDb, TestRedis, servers::OwnRedis, wait_until};

use crate::bench::{Bench, PASSWORD, problem};

const FEW: &[(&str, &str)] = &[
    ("RATE_LIMIT_READ_PER_MINUTE", "4"),
    ("RATE_LIMIT_COPIES", "2"),
];

#[tokio::test]
async fn a_budget_is_said_and_kept_by_user() {
    let bench = Bench::with(FEW).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
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

/// Lockouts are counted in Postgres: emptying Redis takes no guess back, and locks nobody out who guessed none.
#[tokio::test]
async fn a_flush_of_redis_neither_forgives_guesses_nor_locks_anybody_out() {
    let redis = OwnRedis::start().await;
    let db = TestDb::new().await;
    let database = db.database_config();
    let bench = Bench::on(db, database, redis.config(), &[]).await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    let login = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        bench.post("/api/v1/auth/login").json(&body).send().await
    };
    for n in 0..5 {
        redis.flush().await;
        let wrong = login(&ann.email, &format!("wrong {n}")).await;
        problem(&wrong, 401, "invalid_credentials");
    }
    redis.flush().await;
    problem(&login(&ann.email, PASSWORD).await, 429, "login_locked");
    assert_eq!(login(&bob.email, PASSWORD).await.status, 200);
    // Those who are signed in notice nothing.
    redis.flush().await;
    let me = bench.get("/api/v1/me").bearer(&ann.access).send().await;
    assert_eq!(me.status, 200);
    bench.advance(chrono::Duration::seconds(30));
    redis.flush().await;
    assert_eq!(login(&ann.email, PASSWORD).await.status, 200);
}

/// Guessing at many accounts from one address is bounded without Redis too: by this copy's share.
#[tokio::test]
async fn without_redis_logins_keep_their_share() {
    let mut redis = OwnRedis::start().await;
    let db = TestDb::new().await;
    let database = db.database_config();
    let few = [
        ("RATE_LIMIT_AUTH_PER_MINUTE", "6"),
        ("RATE_LIMIT_COPIES", "2"),
    ];
    let bench = Bench::on(db, database, redis.config(), &few).await;
    redis.stop().await;
    wait_until("Redis is missed", || async {
        !bench.state.redis.is_healthy()
    })
    .await;
    for n in 0..3 {
        let body = json!({ "email": format!("user{n}@example.com"), "password": "wrong" });
        let answer = bench.post("/api/v1/auth/login").json(&body).send().await;
        problem(&answer, 401, "invalid_credentials");
    }
    let body = json!({ "email": "another@example.com", "password": "wrong" });
    let answer = bench.post("/api/v1/auth/login").json(&body).send().await;
    problem(&answer, 429, "rate_limited");
}

/// What a client writes into `X-Forwarded-For` gives it no budget of its own; nor do addresses of one subscriber, nor
/// API tokens that it made up.
#[tokio::test]
async fn a_budget_is_an_addresses_as_our_proxies_say_it() {
    let few = [("RATE_LIMIT_READ_PER_MINUTE", "2"), ("TRUSTED_HOPS", "1")];
    let bench = Bench::with(&few).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    // Of this run alone: what others have used up is still counted.
    let net = format!("2001:db8:{:x}:{:x}", rand_u16(), rand_u16());
    let ask = async |addresses: String, token: &str| {
        let call = bench
            .get("/api/v1/me")
            .header("x-forwarded-for", &addresses);
        call.bearer(token).send().await.status.as_u16()
    };
    let told = |n: u8| format!("192.0.2.{n}, {net}::{n}");
    assert_eq!(ask(told(1), "bbx_one").await, 401);
    assert_eq!(ask(told(2), "bbx_two").await, 401);
    assert_eq!(ask(told(3), "bbx_three").await, 429);
    assert_eq!(ask(told(4), "").await, 429);
    let other = format!("192.0.2.1, 2001:db8:{:x}:{:x}::1", rand_u16(), rand_u16());
    assert_eq!(ask(other, "bbx_one").await, 401);
}

fn rand_u16() -> u16 {
    u16::from_be_bytes(platform::random::bytes())
}
