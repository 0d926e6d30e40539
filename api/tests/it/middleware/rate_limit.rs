use platform::token::{AccessClaims, Role};
use serde_json::json;
use testkit::{TestDb, TestRedis, servers::OwnRedis, wait_until};

use crate::bench::{Bench, PASSWORD, SECRET, problem};

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

/// Whoever has a token of a session that was ended must not keep its owner from anything, and least of all from stopping.
#[tokio::test]
async fn what_was_revoked_counts_by_address() {
    let few = [
        ("RATE_LIMIT_READ_PER_MINUTE", "3"),
        ("RATE_LIMIT_STOP_PER_MINUTE", "3"),
        ("TRUSTED_HOPS", "1"),
        ("NEXTAUTH_SECRET", SECRET),
    ];
    let bench = Bench::with(&few).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.verify_email(&ann).await;
    let stolen = bench.login(&ann.email).await;
    let logout = bench.post("/api/v1/auth/logout").bearer(&stolen.access);
    assert_eq!(logout.send().await.status, 204);
    let expired = {
        let claims = AccessClaims::new(
            ann.id.parse().unwrap(),
            ann.session.parse().unwrap(),
            Role::User,
            bench.now() - chrono::Duration::hours(1),
        );
        bench.state.signer.sign(&claims).unwrap()
    };
    let net = format!("2001:db8:{:x}:{:x}", rand_u16(), rand_u16());
    let call = async |method: &str, path: &str, token: &str, from: &str| {
        let call = bench.call(method, path).header("x-forwarded-for", from);
        call.bearer(token).send().await.status.as_u16()
    };
    let thief = format!("{net}::1");
    for (method, path) in [
        ("GET", "/api/v1/me"),
        ("POST", "/api/v1/portfolio/stop-all"),
    ] {
        let mut answers = Vec::new();
        for token in [
            &stolen.access,
            &expired,
            &stolen.access,
            &stolen.access,
            &expired,
        ] {
            answers.push(call(method, path, token, &thief).await);
        }
        assert_eq!(answers, [401, 401, 401, 429, 429], "{path}");
    }
    // The owner has the whole budget, from the same address too.
    for _ in 0..3 {
        assert_eq!(call("GET", "/api/v1/me", &ann.access, &thief).await, 200);
    }
    assert_eq!(call("GET", "/api/v1/me", &ann.access, &thief).await, 429);
    let stop = bench
        .post("/api/v1/portfolio/stop-all")
        .header("x-forwarded-for", &thief);
    let stopped = stop.bearer(&ann.access).send().await;
    assert!(stopped.status.is_success(), "{}", stopped.text());
    // So it is where the account is suspended.
    let suspended = format!(
        "UPDATE users SET status = 'suspended' WHERE id = '{}'",
        bob.id
    );
    bench.db.execute(&suspended).await;
    assert_eq!(call("GET", "/api/v1/me", &bob.access, &thief).await, 429);
    assert_eq!(
        call("GET", "/api/v1/me", &bob.access, &format!("{net}1::1")).await,
        403
    );
}

/// A program stops its bots by its API token, whatever strangers behind the same address have used up; and whoever has stolen
/// one keeps its user from nothing. One that was revoked, or that we never made, counts by address.
#[tokio::test]
async fn the_api_tokens_of_a_user_have_a_budget_of_their_own() {
    let few = [("RATE_LIMIT_READ_PER_MINUTE", "3"), ("TRUSTED_HOPS", "1")];
    let bench = Bench::with(&few).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let (token, another, revoked) = (
        bench.api_token(&ann, "read").await,
        bench.api_token(&ann, "trade").await,
        bench.api_token(&bob, "read").await,
    );
    let bobs = format!(
        "UPDATE api_tokens SET revoked_at = now() WHERE user_id = '{}'",
        bob.id
    );
    bench.db.execute(&bobs).await;
    let shared = format!("2001:db8:{:x}:{:x}::1", rand_u16(), rand_u16());
    let ask = async |token: &str| {
        let call = bench.get("/api/v1/me").header("x-forwarded-for", &shared);
        call.bearer(token).send().await.status.as_u16()
    };
    let made_up = format!("bbx_{}", "A".repeat(43));
    for (token, status) in [
        (&revoked, 401),
        (&made_up, 401),
        (&revoked, 401),
        (&revoked, 429),
        (&made_up, 429),
        (&token, 200),
        // What its scopes do not allow counts too, against the tokens' budget alone.
        (&another, 403),
        (&token, 200),
        (&token, 429),
        (&another, 429),
        (&ann.access, 200),
        (&bob.access, 200),
    ] {
        assert_eq!(ask(token).await, status, "{token}");
    }
}

/// A token that is refused outside its networks is as good as before within them.
#[tokio::test]
async fn a_token_refused_from_one_network_keeps_its_budget_in_another() {
    let few = [("RATE_LIMIT_READ_PER_MINUTE", "2"), ("TRUSTED_HOPS", "1")];
    let bench = Bench::with(&few).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let ann = bench.somebody("ann").await;
    let token = bench.api_token(&ann, "read").await;
    let net = |n: u16| format!("2001:db8:{:x}:{n}", rand_u16());
    let (within, outside) = (net(1), net(2));
    let allow = format!(
        "UPDATE api_tokens SET allowlist = '{{{within}::/64}}' WHERE user_id = '{}'",
        ann.id
    );
    bench.db.execute(&allow).await;
    let ask = async |token: &str, net: &str| {
        let from = format!("{net}::1");
        let call = bench.get("/api/v1/me").header("x-forwarded-for", &from);
        call.bearer(token).send().await.status.as_u16()
    };
    assert_eq!(ask(&token, &outside).await, 401);
    for status in [401, 401, 429] {
        assert_eq!(ask("bbx_made_up", &within).await, status);
    }
    assert_eq!(ask(&token, &within).await, 200);
}

/// Whatever else was done in this minute, stopping goes through.
#[tokio::test]
async fn stopping_has_a_budget_that_nothing_else_uses_up() {
    let few = [
        ("RATE_LIMIT_READ_PER_MINUTE", "1"),
        ("RATE_LIMIT_WRITE_PER_MINUTE", "1"),
        ("RATE_LIMIT_TRADE_PER_MINUTE", "1"),
        ("RATE_LIMIT_STOP_PER_MINUTE", "7"),
    ];
    let bench = Bench::with(&few).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let ann = bench.somebody("ann").await;
    let none = uuid::Uuid::now_v7();
    let bot = |what: &str| ("POST", format!("/api/v1/bots/{none}/{what}"));
    let call = async |method: &str, path: &str| {
        let call = bench.call(method, path).bearer(&ann.access);
        call.send().await
    };
    for (method, path) in [
        ("GET", "/api/v1/me".to_owned()),
        ("POST", "/api/v1/auth/realtime-token".to_owned()),
        bot("start"),
    ] {
        let first = call(method, &path).await;
        assert!(first.status != 429, "{path}: {}", first.text());
        problem(&call(method, &path).await, 429, "rate_limited");
    }
    for (method, path) in [
        bot("pause"),
        bot("stop"),
        bot("panic-close"),
        bot("deals/1/close"),
        bot("deals/1/cancel"),
    ] {
        let answer = call(method, &path).await;
        problem(&answer, 404, "not_found");
        assert_eq!(answer.header("ratelimit-limit"), Some("7"), "{path}");
    }
    let stopped = call("POST", "/api/v1/portfolio/stop-all").await;
    assert!(stopped.status.is_success(), "{}", stopped.text());
    assert_eq!(stopped.header("ratelimit-remaining"), Some("1"));
}

fn rand_u16() -> u16 {
    u16::from_be_bytes(platform::random::bytes())
}

/// Which budget every route is counted against: none moves to another, or out of all, unseen.
#[tokio::test]
async fn every_route_has_the_budget_that_was_agreed() {
    let budgets = [
        ("RATE_LIMIT_READ_PER_MINUTE", "10001", "read"),
        ("RATE_LIMIT_WRITE_PER_MINUTE", "10002", "write"),
        ("RATE_LIMIT_TRADE_PER_MINUTE", "10003", "trade"),
        ("RATE_LIMIT_AUTH_PER_MINUTE", "10004", "auth"),
        ("RATE_LIMIT_WEBHOOK_PER_MINUTE", "10005", "webhook"),
        ("RATE_LIMIT_STOP_PER_MINUTE", "10006", "stop"),
        ("RATE_LIMIT_HOOK_PER_MINUTE", "10007", "hook"),
    ];
    let settings = budgets.map(|(name, limit, _)| (name, limit));
    let bench = Bench::with(&settings).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let document = api::router::build(&bench.state).1;
    let mut lines = Vec::new();
    for (method, path, _) in api::openapi::operations(&document) {
        let asked = path
            .replace("{id}", "018f0000-0000-7000-8000-000000000000")
            .replace("{bot_id}", "018f0000-0000-7000-8000-000000000000")
            .replace("{number}", "1");
        assert!(!asked.contains('{'), "{path}");
        let answer = bench.call(method.as_str(), &asked).send().await;
        let class = match answer.header("ratelimit-limit") {
            None => "none",
            Some(limit) => budgets.iter().find(|budget| budget.1 == limit).unwrap().2,
        };
        lines.push(format!("{class:7} {method} {path}"));
    }
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
}
