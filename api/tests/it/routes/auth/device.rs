//! Who can lock out whom.

use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use super::totp::{confirm, enable, enrol};
use crate::bench::{Bench, PASSWORD, Somebody, problem, set_cookies};

/// Name and value of a device cookie.
type Cookie = (String, String);

fn device_cookie(answer: &Response) -> Cookie {
    let lines = set_cookies(answer);
    let line = lines.iter().find(|line| line.starts_with("device-"));
    let (name, rest) = line.unwrap().split_once('=').unwrap();
    let (value, _) = rest.split_once(';').unwrap();
    (name.to_owned(), value.to_owned())
}

async fn login(bench: &Bench, email: &str, password: &str, cookie: Option<&Cookie>) -> Response {
    let body = json!({ "email": email, "password": password });
    let mut call = bench.post("/api/v1/auth/login").json(&body);
    if let Some((name, value)) = cookie {
        call = call.cookie(name, value);
    }
    call.send().await
}

async fn guess_until_locked(bench: &Bench, email: &str, cookie: Option<&Cookie>) {
    for n in 0..5 {
        let wrong = login(bench, email, &format!("wrong {n}"), cookie).await;
        problem(&wrong, 401, "invalid_credentials");
    }
    let locked = login(bench, email, PASSWORD, cookie).await;
    problem(&locked, 429, "login_locked");
}

async fn step_up(bench: &Bench, who: &Somebody) -> Response {
    let body = json!({ "password": PASSWORD });
    let call = bench.post("/api/v1/auth/step-up").bearer(&who.access);
    call.json(&body).send().await
}

#[tokio::test]
async fn strangers_lock_out_neither_a_device_that_was_used_before_nor_a_session() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let known = device_cookie(&login(&bench, &ann.email, PASSWORD, None).await);
    guess_until_locked(&bench, &ann.email, None).await;
    let again = login(&bench, &ann.email, PASSWORD, Some(&known)).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(device_cookie(&again), known, "it stays the same device");
    assert_eq!(step_up(&bench, &ann).await.status, 200);
    // That the owner came in takes no guess of the strangers back.
    let locked = login(&bench, &ann.email, PASSWORD, None).await;
    problem(&locked, 429, "login_locked");
}

/// Cookies that were collected before are no supply of guesses.
#[tokio::test]
async fn a_device_is_a_stranger_once_all_logins_ended() {
    const NEW: &str = "yet another long passphrase 3";
    for how in ["logout-all", "change-password", "totp", "verify-email"] {
        let bench = Bench::new().await;
        let ann = bench.somebody("ann").await;
        if how != "verify-email" {
            bench.verify_email(&ann).await;
        }
        let first = login(&bench, &ann.email, PASSWORD, None).await;
        let collected = device_cookie(&first);
        let again = login(&bench, &ann.email, PASSWORD, Some(&collected)).await;
        assert_eq!(device_cookie(&again), collected);
        let path = format!("/api/v1/auth/{how}");
        match how {
            "totp" => {
                enable(&bench, &ann).await;
            }
            "verify-email" => {
                let token = bench.mail(&ann.email, 1).await.token();
                let call = bench.post(&path).json(&json!({ "token": token }));
                assert_eq!(call.send().await.status, 204);
            }
            _ => {
                bench.step_up(&ann).await;
                let body = json!({ "current_password": PASSWORD, "password": NEW });
                let call = bench.post(&path).bearer(&ann.access);
                let done = call.json(&body).send().await;
                assert_eq!(done.status, 204, "{how}: {}", done.text());
            }
        }
        guess_until_locked(&bench, &ann.email, None).await;
        let password = if how == "change-password" {
            NEW
        } else {
            PASSWORD
        };
        let old = login(&bench, &ann.email, password, Some(&collected)).await;
        assert_eq!(old.status, 429, "{how}: {}", old.text());
    }
}

/// Whoever has just given the password, or the code, is known again: strangers do not lock that browser.
#[tokio::test]
async fn a_browser_that_changed_the_password_or_the_factor_stays_known() {
    const NEW: &str = "yet another long passphrase 3";
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let body = json!({ "current_password": PASSWORD, "password": NEW });
    let change = bench
        .post("/api/v1/auth/change-password")
        .bearer(&ann.access);
    let changed = change.json(&body).send().await;
    assert_eq!(changed.status, 204, "{}", changed.text());
    let known = device_cookie(&changed);
    guess_until_locked(&bench, &ann.email, None).await;
    let again = login(&bench, &ann.email, NEW, Some(&known)).await;
    assert_eq!(again.status, 200, "{}", again.text());

    let bob = bench.proven("bob").await;
    bench.step_up(&bob).await;
    let app = enrol(&bench, &bob).await;
    let confirmed = confirm(&bench, &bob, &app.code(bench.now())).await;
    let known = device_cookie(&confirmed);
    guess_until_locked(&bench, &bob.email, None).await;
    let again = login(&bench, &bob.email, PASSWORD, Some(&known)).await;
    assert_eq!(again.status, 202, "{}", again.text());
}

/// Retries at an account that a stranger keeps locked are no guesses: nobody else behind the address pays for them.
#[tokio::test]
async fn retries_at_a_locked_account_lock_no_address() {
    let bench = Bench::with(&[("TRUSTED_HOPS", "1")]).await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    guess_until_locked(&bench, &ann.email, None).await;
    let from_office = async |who: &Somebody| {
        let body = json!({ "email": who.email, "password": PASSWORD });
        let call = bench.post("/api/v1/auth/login").json(&body);
        call.header("x-forwarded-for", "192.0.2.9").send().await
    };
    for _ in 0..60 {
        problem(&from_office(&ann).await, 429, "login_locked");
    }
    let colleague = from_office(&bob).await;
    assert_eq!(colleague.status, 200, "{}", colleague.text());
}

#[tokio::test]
async fn who_locks_an_address_locks_no_device_behind_it() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let known = device_cookie(&login(&bench, &ann.email, PASSWORD, None).await);
    let locked = "INSERT INTO login_failures (key, failures, last_at, locked_until)
        VALUES ('address:127.0.0.1', 99, now(), now() + interval '1 hour')
        ON CONFLICT (key) DO UPDATE SET failures = 99, locked_until = excluded.locked_until";
    bench.db.execute(locked).await;
    let elsewhere = login(&bench, &ann.email, PASSWORD, None).await;
    problem(&elsewhere, 429, "login_locked");
    let here = login(&bench, &ann.email, PASSWORD, Some(&known)).await;
    assert_eq!(here.status, 200, "{}", here.text());
}

#[tokio::test]
async fn a_stolen_device_cookie_has_few_guesses_and_locks_only_itself() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let stolen = device_cookie(&login(&bench, &ann.email, PASSWORD, None).await);
    let other = device_cookie(&login(&bench, &ann.email, PASSWORD, None).await);
    assert_ne!(stolen, other);
    guess_until_locked(&bench, &ann.email, Some(&stolen)).await;
    // Longer and longer, as without it.
    let mut lock = 30;
    for _ in 0..7 {
        bench.advance(Duration::seconds(lock));
        let wrong = login(&bench, &ann.email, "wrong", Some(&stolen)).await;
        problem(&wrong, 401, "invalid_credentials");
        lock = (lock * 2).min(900);
        let locked = login(&bench, &ann.email, PASSWORD, Some(&stolen)).await;
        problem(&locked, 429, "login_locked");
        let seconds = lock.to_string();
        assert_eq!(locked.header("retry-after"), Some(seconds.as_str()));
    }
    for cookie in [None, Some(&other)] {
        let answer = login(&bench, &ann.email, PASSWORD, cookie).await;
        assert_eq!(answer.status, 200, "{cookie:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_device_cookie_is_good_for_its_own_account_only() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    let (name, value) = device_cookie(&login(&bench, &ann.email, PASSWORD, None).await);
    let (name_of_bob, _) = device_cookie(&login(&bench, &bob.email, PASSWORD, None).await);
    assert_ne!(name, name_of_bob);
    let forged = format!("{}A", &value[..value.len() - 1]);
    let tried = [
        (name.clone(), value.clone()),
        (name_of_bob.clone(), value),
        (name_of_bob, forged),
    ];
    for email in [bob.email.as_str(), "nobody@example.com"] {
        for cookie in &tried {
            guess_until_locked(&bench, email, Some(cookie)).await;
            bench.db.execute("DELETE FROM login_failures").await;
        }
        // All of them share the guesses of those without a cookie.
        guess_until_locked(&bench, email, None).await;
        for cookie in &tried {
            let locked = login(&bench, email, PASSWORD, Some(cookie)).await;
            problem(&locked, 429, "login_locked");
        }
        bench.db.execute("DELETE FROM login_failures").await;
    }
}

#[tokio::test]
async fn a_device_cookie_signs_nobody_in_and_no_script_reads_it() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let answer = login(&bench, &ann.email, PASSWORD, None).await;
    let (name, value) = device_cookie(&answer);
    let lines = set_cookies(&answer);
    let line = lines.iter().find(|line| line.starts_with("device-"));
    let expected = "; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=34560000";
    assert!(line.unwrap().ends_with(expected), "{line:?}");
    let me = bench.get("/api/v1/me").cookie(&name, &value).send().await;
    problem(&me, 401, "unauthenticated");
    let refused = login(&bench, &ann.email, "wrong", Some(&(name, value))).await;
    problem(&refused, 401, "invalid_credentials");
    assert_eq!(set_cookies(&refused), Vec::<String>::new());
}

#[tokio::test]
async fn who_has_the_password_locks_neither_codes_of_a_known_device_nor_of_a_session() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, codes) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    let second = async |code: &str, cookie: Option<&Cookie>| {
        let first = login(&bench, &ann.email, PASSWORD, cookie).await;
        let body = json!({ "challenge": first.json()["challenge"], "code": code });
        let mut call = bench.post("/api/v1/auth/login/totp").json(&body);
        if let Some((name, value)) = cookie {
            call = call.cookie(name, value);
        }
        call.send().await
    };
    let known = device_cookie(&second(&codes[0], None).await);
    for _ in 0..5 {
        let wrong = second(&app.wrong_code(bench.now()), None).await;
        problem(&wrong, 401, "invalid_code");
    }
    // Recovery codes are locked with those of the app.
    for code in [&app.code(bench.now()), &codes[1]] {
        problem(&second(code, None).await, 429, "login_locked");
    }
    let signed_in = second(&codes[1], Some(&known)).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    let step_up = async |code: &str| {
        let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
        call.json(&json!({ "code": code })).send().await
    };
    assert_eq!(step_up(&codes[2]).await.status, 200);
    // The known device, and the session, have their own limits.
    for _ in 0..5 {
        let wrong = app.wrong_code(bench.now());
        problem(&second(&wrong, Some(&known)).await, 401, "invalid_code");
        problem(&step_up(&wrong).await, 401, "invalid_code");
    }
    problem(&second(&codes[3], Some(&known)).await, 429, "login_locked");
    problem(&step_up(&codes[3]).await, 429, "login_locked");
}

#[tokio::test]
async fn one_session_locks_no_other_and_no_login() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let other = bench.login(&ann.email).await;
    let guess = async |path: &str, method: &str, body: serde_json::Value| {
        bench
            .call(method, path)
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await
            .status
    };
    // Whatever asks for the password in a session shares its guesses.
    bench.step_up(&ann).await;
    let wrong = json!({ "password": "wrong" });
    for _ in 0..2 {
        assert_eq!(
            guess("/api/v1/auth/step-up", "POST", wrong.clone()).await,
            401
        );
        assert_eq!(guess("/api/v1/me", "DELETE", wrong.clone()).await, 403);
    }
    let email = json!({ "email": "new@example.com", "password": "wrong" });
    assert_eq!(guess("/api/v1/auth/change-email", "POST", email).await, 403);
    problem(&step_up(&bench, &ann).await, 429, "login_locked");
    assert_eq!(step_up(&bench, &other).await.status, 200);
    assert_eq!(bench.password_step(&ann).await.status, 200);
}
