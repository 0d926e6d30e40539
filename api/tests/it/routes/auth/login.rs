use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use serde_json::json;
use testkit::http::Response;

use crate::bench::{Bench, PASSWORD, cookie_value, problem};

const ROUTE: &str = "/api/v1/auth/login";

async fn attempt(bench: &Bench, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    bench.post(ROUTE).json(&body).send().await
}

#[tokio::test]
async fn signs_in() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = attempt(&bench, "ANN@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["user"]["id"], ann.id.as_str());
    assert_ne!(answer.json()["session"]["id"], ann.session.as_str());
    let access = cookie_value(&answer, "accessToken");
    assert_eq!(
        bench
            .get("/api/v1/me")
            .cookie("accessToken", &access)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        bench.event_types(&ann).await,
        ["user.registered", "session.created", "session.created"]
    );
}

#[tokio::test]
async fn wrong_passwords_and_unknown_accounts_look_alike() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    let known = problem(
        &attempt(&bench, "ann@example.com", "wrong").await,
        401,
        "invalid_credentials",
    );
    let unknown = problem(
        &attempt(&bench, "bob@example.com", "wrong").await,
        401,
        "invalid_credentials",
    );
    for field in ["title", "detail", "type", "status"] {
        assert_eq!(known[field], unknown[field]);
    }
    // A missing account costs the one hash that a wrong password costs: nobody is told by the tens of milliseconds.
    for name in ["ann", "bob"] {
        let (email, before) = (
            format!("{name}@example.com"),
            bench.state.passwords.computed(),
        );
        let answer = attempt(&bench, &email, "wrong again").await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_eq!(bench.state.passwords.computed() - before, 1, "{name}");
    }
}

#[tokio::test]
async fn an_account_is_locked_for_longer_and_longer_whether_it_exists_or_not() {
    for email in ["ann@example.com", "nobody@example.com"] {
        let bench = Bench::new().await;
        bench.somebody("ann").await;
        for _ in 0..5 {
            problem(
                &attempt(&bench, email, "wrong").await,
                401,
                "invalid_credentials",
            );
        }
        let mut lock = 30;
        for _ in 0..7 {
            let locked = attempt(&bench, email, PASSWORD).await;
            problem(&locked, 429, "login_locked");
            assert_eq!(
                locked.header("retry-after"),
                Some(lock.to_string().as_str())
            );
            bench.advance(chrono::Duration::seconds(lock));
            problem(
                &attempt(&bench, email, "wrong").await,
                401,
                "invalid_credentials",
            );
            lock = (lock * 2).min(900);
        }
    }
}

#[tokio::test]
async fn the_right_password_forgives() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(
                attempt(&bench, "ann@example.com", "wrong").await.status,
                401
            );
        }
        assert_eq!(
            attempt(&bench, "ann@example.com", PASSWORD).await.status,
            200
        );
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    let guesses = (0..20).map(|n| {
        let bench = &bench;
        async move {
            attempt(bench, "ann@example.com", &format!("guess {n}"))
                .await
                .status
                .as_u16()
        }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert!(tried <= 5, "{statuses:?}");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_locked() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    for n in 0..50 {
        bench.db.execute(&format!(
            "INSERT INTO login_failures (key, failures, last_at) VALUES ('address:127.0.0.1', {n}, now())
             ON CONFLICT (key) DO UPDATE SET failures = {n}"
        )).await;
    }
    assert_eq!(
        attempt(&bench, "one@example.com", "wrong").await.status,
        401
    );
    problem(
        &attempt(&bench, "ann@example.com", PASSWORD).await,
        429,
        "login_locked",
    );
}

#[tokio::test]
async fn suspended_accounts_learn_it_only_with_their_password() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    problem(
        &attempt(&bench, "ann@example.com", "wrong").await,
        401,
        "invalid_credentials",
    );
    problem(
        &attempt(&bench, "ann@example.com", PASSWORD).await,
        403,
        "account_suspended",
    );
}

#[tokio::test]
async fn a_flood_of_logins_slows_nothing_else() {
    let bench = Bench::new().await;
    let flood = futures_util::future::join_all((0..200).map(|n| {
        let bench = &bench;
        async move {
            attempt(bench, &format!("user{n}@example.com"), "wrong")
                .await
                .status
                .as_u16()
        }
    }));
    let probes = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let started = Instant::now();
            assert_eq!(bench.get("/api/health?quick=true").send().await.status, 200);
            slowest = slowest.max(started.elapsed());
        }
        slowest
    };
    let (statuses, slowest) = tokio::join!(flood, probes);
    assert!(
        statuses
            .iter()
            .all(|status| [401, 429, 503].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&401));
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

/// One who signs in with the right password of an account of their own takes none of their guesses at others back.
#[tokio::test]
async fn a_success_leaves_the_count_of_its_address() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let guess = async |n: usize| {
        let email = format!("stranger{n}@example.com");
        assert_eq!(attempt(&bench, &email, "wrong").await.status, 401);
    };
    let failures =
        "SELECT coalesce(sum(failures), 0)::bigint FROM login_failures WHERE key LIKE 'address:%'";
    for n in 0..4 {
        guess(n).await;
    }
    assert_eq!(bench.count(failures).await, 4);
    for _ in 0..2 {
        assert_eq!(attempt(&bench, &ann.email, PASSWORD).await.status, 200);
        assert_eq!(bench.count(failures).await, 4);
    }
    guess(4).await;
    assert_eq!(bench.count(failures).await, 5);
    // Nor does it lift a lock that the guesses have earned.
    bench
        .db
        .execute("UPDATE login_failures SET failures = 49 WHERE key LIKE 'address:%'")
        .await;
    assert_eq!(attempt(&bench, &ann.email, PASSWORD).await.status, 200);
    guess(5).await;
    problem(
        &attempt(&bench, &ann.email, PASSWORD).await,
        429,
        "login_locked",
    );
}

/// What was hashed with weaker parameters is hashed anew by its owner's next login, and by nobody else's.
#[tokio::test]
async fn an_old_hash_is_made_anew_at_the_next_login() {
    const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let hash_of = async |id: &str| {
        let (db, vault) = (bench.state.db.conn(), &bench.state.vault);
        let found = store::users::find_with_password(db, vault, id.parse().unwrap()).await;
        found.unwrap().unwrap().1.hash.expose().clone()
    };
    let old = |algorithm, version, (memory, passes)| {
        let params = Params::new(memory, passes, 1, None).unwrap();
        let argon2 = Argon2::new(algorithm, version, params);
        argon2
            .hash_password(PASSWORD.as_bytes())
            .unwrap()
            .to_string()
    };
    let of_bob = hash_of(&bob.id).await;
    let (argon2id, now) = (Algorithm::Argon2id, Version::V0x13);
    for weak in [
        old(argon2id, now, (8 * 1024, 2)),
        old(argon2id, now, (19 * 1024, 1)),
        old(Algorithm::Argon2i, now, (19 * 1024, 2)),
        old(argon2id, Version::V0x10, (19 * 1024, 2)),
    ] {
        let sql = format!(
            "UPDATE users SET password_hash = '{weak}' WHERE id = '{}'",
            ann.id
        );
        bench.db.execute(&sql).await;
        assert_eq!(attempt(&bench, &ann.email, "wrong").await.status, 401);
        assert_eq!(
            hash_of(&ann.id).await,
            weak,
            "nobody has shown the password"
        );
        assert_eq!(attempt(&bench, &ann.email, PASSWORD).await.status, 200);
        let anew = hash_of(&ann.id).await;
        assert!(anew.starts_with(CURRENT), "{anew}");
        // It is the same password still, and one of ours stays as it is.
        assert_eq!(attempt(&bench, &ann.email, "wrong").await.status, 401);
        assert_eq!(attempt(&bench, &ann.email, PASSWORD).await.status, 200);
        assert_eq!(hash_of(&ann.id).await, anew);
    }
    assert_eq!(hash_of(&bob.id).await, of_bob);
}

/// There are no default accounts.
#[tokio::test]
async fn a_fresh_platform_has_no_accounts() {
    let bench = Bench::new().await;
    assert_eq!(bench.count("SELECT count(*) FROM users").await, 0);
    assert_eq!(bench.count("SELECT count(*) FROM api_tokens").await, 0);
}
