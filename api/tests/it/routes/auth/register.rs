use serde_json::json;

use crate::bench::{Bench, PASSWORD, cookie_value, fields, problem, set_cookies};

const ROUTE: &str = "/api/v1/auth/register";

#[tokio::test]
async fn makes_an_account_and_signs_it_in() {
    let bench = Bench::new().await;
    let body = json!({ "email": " Ann@Example.COM ", "password": PASSWORD, "display_name": "Ann" });
    let answer = bench.post(ROUTE).json(&body).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    assert_eq!(made["user"]["email"], "ann@example.com");
    assert_eq!(made["user"]["display_name"], "Ann");
    assert_eq!(made["user"]["role"], "user");
    // In cookies that no script reads, and nowhere else.
    assert_eq!(made["session"]["tokens"], json!(null));
    let cookies = set_cookies(&answer);
    assert!(
        cookies[0].starts_with("accessToken=")
            && cookies[0].ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=900"),
        "{cookies:?}"
    );
    assert!(
        cookies[1].starts_with("refreshToken=")
            && cookies[1].ends_with(
                "; HttpOnly; SameSite=Strict; Path=/api/v1/auth/refresh; Max-Age=604800"
            ),
        "{cookies:?}"
    );
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
}

#[tokio::test]
async fn cookies_are_secure_in_production() {
    let random = || hex::encode(platform::random::bytes::<32>());
    let (redis, jwt, key, database) = (random(), random(), random(), random());
    let settings = [
        ("APP_ENV", "production"),
        ("REDIS_PASSWORD", redis.as_str()),
        ("JWT_SECRET", &jwt),
        ("ENCRYPTION_KEY", &key[..32]),
        ("DATABASE_URL", &format!("postgresql://u:{database}@h/d")),
    ];
    let bench = Bench::with(&settings).await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let answer = bench.post(ROUTE).json(&body).send().await;
    assert!(
        set_cookies(&answer)
            .iter()
            .all(|cookie| cookie.contains("; Secure")),
        "{:?}",
        set_cookies(&answer)
    );
    assert!(answer.header("strict-transport-security").is_some());
}

#[tokio::test]
async fn an_address_has_one_account() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    for spelling in ["ann@example.com", "ANN@EXAMPLE.com", "  ａnn@example.com"] {
        let body = json!({ "email": spelling, "password": PASSWORD });
        problem(
            &bench.post(ROUTE).json(&body).send().await,
            409,
            "email_taken",
        );
    }
    let body = json!({ "email": "bob@example.com", "password": PASSWORD });
    let (one, two) = tokio::join!(
        bench.post(ROUTE).json(&body).send(),
        bench.post(ROUTE).json(&body).send()
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn weak_passwords_are_refused() {
    let bench = Bench::new().await;
    let long = format!("{PASSWORD}{}", "é".repeat(120));
    for (password, code) in [
        ("tiny!", "too_short"),
        ("tr4der-ho7s", "too_short"),
        ("password1234", "weak_password"),
        ("qwertyuiop12", "weak_password"),
        ("blockbotx2026", "weak_password"),
        ("ann.smith@example.com", "weak_password"),
        (long.as_str(), "too_long"),
    ] {
        let body = json!({ "email": "ann.smith@example.com", "password": password });
        let answer = bench.post(ROUTE).json(&body).send().await;
        let expected = format!("/password {code}");
        assert_eq!(
            fields(&problem(&answer, 422, "invalid")),
            [expected],
            "{password}"
        );
        assert!(!answer.text().contains(password));
    }
}

/// No kinds of characters are asked for and none is refused, 64 of them are not too many, and a year makes none void.
#[tokio::test]
async fn any_characters_make_a_password_and_it_does_not_expire() {
    let bench = Bench::new().await;
    let long = "corrected horses battery 64 staples ".repeat(2);
    let passwords = [
        "only small letters and blanks",
        "καλημέρα κόσμε, çok güzel 🦀 día",
        long.trim_end(),
    ];
    let mut accounts = Vec::new();
    for (n, password) in passwords.into_iter().enumerate() {
        let body = json!({ "email": format!("ann{n}@example.com"), "password": password });
        let made = bench.post(ROUTE).json(&body).send().await;
        assert_eq!(made.status, 201, "{password}: {}", made.text());
        accounts.push(body);
    }
    bench.advance(chrono::Duration::days(366));
    for body in accounts {
        let login = bench.post("/api/v1/auth/login").json(&body).send().await;
        assert_eq!(login.status, 200, "{body}: {}", login.text());
    }
}

#[tokio::test]
async fn passwords_are_kept_as_argon2id_with_a_salt_of_their_own() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let mut kept = Vec::new();
    for who in [ann, bob] {
        let id = who.id.parse().unwrap();
        let (db, vault) = (bench.state.db.conn(), &bench.state.vault);
        let found = store::users::find_with_password(db, vault, id).await;
        let hash = found.unwrap().unwrap().1.hash;
        let hash = hash.expose();
        let (parameters, rest) = hash.split_at("$argon2id$v=19$m=19456,t=2,p=1$".len());
        assert_eq!(parameters, "$argon2id$v=19$m=19456,t=2,p=1$");
        let (salt, hash) = rest.split_once('$').unwrap();
        // 16 and 32 bytes in base64.
        assert_eq!((salt.len(), hash.len()), (22, 43));
        kept.push((salt.to_owned(), hash.to_owned()));
    }
    assert_ne!(kept[0].0, kept[1].0);
    assert_ne!(kept[0].1, kept[1].1, "of the same password");
}

#[tokio::test]
async fn a_repeated_request_makes_one_account() {
    let bench = Bench::new().await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "tokens": "body" });
    let send = || {
        bench
            .post(ROUTE)
            .header("idempotency-key", "attempt-1")
            .json(&body)
            .send()
    };
    let first = send().await;
    let again = send().await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json()["user"], again.json()["user"]);
    assert_eq!(first.json()["session"]["id"], again.json()["session"]["id"]);
    let tokens = again.json()["session"]["tokens"].clone();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(
        bench.get("/api/v1/me").bearer(access).send().await.status,
        200
    );
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    assert_eq!(
        bench
            .post("/api/v1/auth/refresh")
            .json(&refresh)
            .send()
            .await
            .status,
        200
    );

    let other = json!({ "email": "bob@example.com", "password": PASSWORD });
    let answer = bench
        .post(ROUTE)
        .header("idempotency-key", "attempt-1")
        .json(&other)
        .send()
        .await;
    problem(&answer, 422, "idempotency_key_reused");
    // After a day the key is forgotten, and the account is simply taken.
    bench.advance(chrono::Duration::hours(24));
    problem(&send().await, 409, "email_taken");
}

#[tokio::test]
async fn a_replay_after_logout_or_a_new_password_gives_no_tokens() {
    let bench = Bench::new().await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "tokens": "body" });
    let send = || {
        bench
            .post(ROUTE)
            .header("idempotency-key", "attempt-1")
            .json(&body)
            .send()
    };
    let access = send().await.json()["session"]["tokens"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench
            .post("/api/v1/auth/logout")
            .bearer(&access)
            .send()
            .await
            .status,
        204
    );
    let again = send().await;
    assert_eq!(again.status, 201);
    assert_eq!(again.json()["session"], json!(null));
    bench.db.execute("UPDATE users SET password_hash = (SELECT '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$JQZUtyVgUUF4Sk2IbwFFnXr0IKbuMRGdVmLv4nXfIQk')").await;
    problem(&send().await, 401, "invalid_credentials");
}

#[tokio::test]
async fn of_two_with_one_key_at_once_the_second_waits_or_replays() {
    let bench = Bench::new().await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let send = || {
        bench
            .post(ROUTE)
            .header("idempotency-key", "attempt-1")
            .json(&body)
            .send()
    };
    let answers = tokio::join!(send(), send(), send(), send());
    let statuses = [answers.0, answers.1, answers.2, answers.3].map(|answer| {
        if answer.status == 409 {
            problem(&answer, 409, "idempotency_in_flight");
            assert!(answer.header("retry-after").is_some());
        }
        answer.status.as_u16()
    });
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_key_that_another_transaction_holds_is_in_flight() {
    use holder::hold;

    let bench = Bench::new().await;
    let held = hold(&bench).await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let send = || {
        bench
            .post(ROUTE)
            .header("idempotency-key", "attempt-1")
            .json(&body)
            .send()
    };
    problem(&send().await, 409, "idempotency_in_flight");
    // A crash leaves nothing behind.
    drop(held);
    testkit::wait_until("the lock is gone", || async { send().await.status == 201 }).await;
}

/// Holds the key as a request in another copy would.
mod holder {
    use store::{Txn, idempotency::Scope};

    use crate::bench::Bench;

    pub(super) async fn hold(bench: &Bench) -> Txn {
        let txn = bench.state.db.begin().await.unwrap();
        let scope = Scope {
            user: None,
            route: "POST /api/v1/auth/register",
            key: "attempt-1".to_owned(),
            body_hash: Vec::new(),
        };
        assert!(scope.try_lock(&txn).await.unwrap());
        txn
    }
}

#[tokio::test]
async fn keys_have_a_form() {
    let bench = Bench::new().await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    for key in ["", "a b", &"x".repeat(256)] {
        let answer = bench
            .post(ROUTE)
            .header("idempotency-key", key)
            .json(&body)
            .send()
            .await;
        assert_eq!(
            fields(&problem(&answer, 422, "invalid")),
            ["/headers/Idempotency-Key format"]
        );
    }
    let twice = bench
        .post(ROUTE)
        .header("idempotency-key", "a")
        .header("idempotency-key", "b")
        .json(&body);
    problem(&twice.send().await, 422, "invalid");
}

/// Who owns an address learns that others try it: once a day, and only where it is known to be theirs.
#[tokio::test]
async fn the_owner_of_a_taken_address_is_told_once_a_day() {
    let bench = Bench::new().await;
    let (ann, _) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.mail("ann@example.com", 1).await;
    bench.verify_email(&ann).await;
    let again = async |email: &str| {
        let body =
            json!({ "email": email, "password": PASSWORD, "display_name": "Buy at evil.example" });
        let answer = bench.post(ROUTE).json(&body).send().await;
        problem(&answer, 409, "email_taken");
    };
    for _ in 0..3 {
        again("ANN@example.com").await;
        again("bob@example.com").await;
    }
    let told = bench.mail("ann@example.com", 2).await;
    assert_eq!(
        told.subject(),
        "Somebody tried to make an account with your e-mail address"
    );
    assert!(!told.0.contains("evil"));
    bench.outbox_is_empty().await;
    bench.mail("ann@example.com", 2).await;
    bench.mail("bob@example.com", 1).await;
    bench.advance(chrono::Duration::days(1));
    again("ann@example.com").await;
    bench.mail("ann@example.com", 3).await;
}

/// Who asks for many addresses is locked as whoever guesses at many accounts.
#[tokio::test]
async fn who_tries_many_taken_addresses_is_locked() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    assert_eq!(
        bench
            .count("SELECT coalesce(sum(failures), 0)::bigint FROM login_failures")
            .await,
        0
    );
    bench
        .db
        .execute("INSERT INTO login_failures (key, failures, last_at) VALUES ('address:127.0.0.1', 48, now())
                  ON CONFLICT (key) DO UPDATE SET failures = 48, last_at = now()")
        .await;
    let register = async |email: &str| {
        let body = json!({ "email": email, "password": PASSWORD });
        bench.post(ROUTE).json(&body).send().await
    };
    for _ in 0..2 {
        problem(&register("ann@example.com").await, 409, "email_taken");
    }
    for email in ["ann@example.com", "new@example.com"] {
        problem(&register(email).await, 429, "login_locked");
    }
}
