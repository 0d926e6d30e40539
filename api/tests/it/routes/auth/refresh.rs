use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use crate::bench::{Bench, ORIGIN, PASSWORD, cookie_value, problem, set_cookies};

const ROUTE: &str = "/api/v1/auth/refresh";

async fn refresh(bench: &Bench, token: &str) -> Response {
    bench
        .post(ROUTE)
        .json(&json!({ "refresh_token": token }))
        .send()
        .await
}

fn next(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["session"]["tokens"]["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn each_token_is_good_for_one_more() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let mut token = ann.refresh.clone();
    for _ in 0..3 {
        bench.advance(Duration::days(6));
        let answer = refresh(&bench, &token).await;
        assert_eq!(answer.json()["session"]["id"], ann.session.as_str());
        let fresh = next(&answer);
        assert_eq!(URL_SAFE_NO_PAD.decode(&fresh).unwrap().len(), 32);
        assert_ne!(fresh, token);
        token = fresh;
    }
    bench.advance(Duration::days(7));
    problem(&refresh(&bench, &token).await, 401, "invalid_refresh_token");
}

/// However busy it is: 30 days after the login it is over.
#[tokio::test]
async fn a_session_ends_at_its_age_however_often_it_is_renewed() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let began = bench.now();
    let mut token = ann.refresh.clone();
    for day in 1..=6 {
        bench.advance(Duration::days(5) - Duration::minutes(1));
        let answer = refresh(&bench, &token).await;
        let expected = (bench.now() + Duration::days(7)).min(began + Duration::days(30));
        let shown = &answer.json()["session"]["refresh_expires_at"];
        assert_eq!(*shown, platform::time::to_wire(expected), "{day}");
        token = next(&answer);
    }
    let access = bench.signed_in_again(&ann).access;
    let me = || bench.get("/api/v1/me").bearer(&access).send();
    assert_eq!(me().await.status, 200);
    bench.advance(Duration::minutes(6));
    problem(&refresh(&bench, &token).await, 401, "invalid_refresh_token");
    problem(&me().await, 401, "unauthenticated");
    // A new login is another session.
    bench.login(&ann.email).await;
}

/// Sessions from before this rule were given tokens that live longer than they may.
#[tokio::test]
async fn a_session_of_before_ends_at_its_next_renewal_and_the_age_is_the_operators() {
    let bench = Bench::with(&[("SESSION_MAX_AGE_DAYS", "2")]).await;
    let ann = bench.somebody("ann").await;
    bench
        .db
        .execute("UPDATE sessions SET expires_at = expires_at + interval '5 days'")
        .await;
    bench.advance(Duration::days(2));
    problem(
        &refresh(&bench, &ann.refresh).await,
        401,
        "invalid_refresh_token",
    );
    let bob = bench.somebody("bob").await;
    bench.advance(Duration::hours(47));
    let body = json!({ "refresh_token": bob.refresh });
    let answer = bench.post(ROUTE).json(&body).send().await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_cookie_ends_with_its_session() {
    let bench = Bench::with(&[("SESSION_MAX_AGE_DAYS", "1")]).await;
    bench.somebody("ann").await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    let cookies = set_cookies(&login);
    let refresh = cookies
        .iter()
        .find(|line| line.starts_with("refreshToken="))
        .unwrap();
    assert!(refresh.contains("Max-Age=86400"), "{refresh}");
}

#[tokio::test]
async fn browsers_refresh_by_cookie() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    let cookie = cookie_value(&login, "refreshToken");
    problem(
        &bench
            .post(ROUTE)
            .cookie("refreshToken", &cookie)
            .send()
            .await,
        403,
        "origin_refused",
    );
    let answer = bench
        .post(ROUTE)
        .cookie("refreshToken", &cookie)
        .header("origin", ORIGIN)
        .send()
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["session"]["tokens"], json!(null));
    assert_ne!(cookie_value(&answer, "refreshToken"), cookie);
    problem(
        &bench.post(ROUTE).send().await,
        401,
        "invalid_refresh_token",
    );
}

#[tokio::test]
async fn a_stolen_token_ends_the_session_for_both() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let other = bench.login(&ann.email).await;
    let current = next(&refresh(&bench, &ann.refresh).await);
    bench.advance(Duration::seconds(11));
    problem(
        &refresh(&bench, &ann.refresh).await,
        401,
        "refresh_token_reused",
    );
    problem(
        &refresh(&bench, &current).await,
        401,
        "invalid_refresh_token",
    );
    problem(
        &bench.get("/api/v1/me").bearer(&ann.access).send().await,
        401,
        "unauthenticated",
    );
    // The user's other session lives on, and tells of it.
    assert_eq!(
        bench.event_types(&other).await,
        [
            "user.registered",
            "session.created",
            "session.created",
            "session.revoked"
        ]
    );
    problem(
        &refresh(&bench, &ann.refresh).await,
        401,
        "invalid_refresh_token",
    );
}

#[tokio::test]
async fn two_tabs_at_once_do_not_end_the_session() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let (one, two) = tokio::join!(refresh(&bench, &ann.refresh), refresh(&bench, &ann.refresh));
    let (won, lost) = if one.status == 200 {
        (one, two)
    } else {
        (two, one)
    };
    problem(&lost, 409, "refresh_in_progress");
    assert!(
        lost.headers.get("set-cookie").is_none(),
        "it must not take the other's cookie away"
    );
    let token = next(&won);
    bench.advance(Duration::seconds(10));
    problem(
        &refresh(&bench, &ann.refresh).await,
        409,
        "refresh_in_progress",
    );
    next(&refresh(&bench, &token).await);
}

#[tokio::test]
async fn unknown_tokens_are_refused() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for token in ["x", ann.access.as_str(), &ann.refresh[1..]] {
        problem(
            &refresh(&bench, &token[..token.len().min(512)]).await,
            401,
            "invalid_refresh_token",
        );
    }
    problem(&refresh(&bench, &"x".repeat(513)).await, 422, "invalid");
}

#[tokio::test]
async fn a_session_that_is_renewed_while_it_is_ended_does_not_survive() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for round in 0..8 {
        let other = bench.login(&ann.email).await;
        let logout = bench.post("/api/v1/auth/logout").bearer(&other.access);
        let (renewed, ended) = if round % 2 == 0 {
            tokio::join!(refresh(&bench, &other.refresh), logout.send())
        } else {
            let (ended, renewed) = tokio::join!(logout.send(), refresh(&bench, &other.refresh));
            (renewed, ended)
        };
        assert_eq!(ended.status, 204, "{}", ended.text());
        let mut access = vec![other.access];
        if renewed.status == 200 {
            problem(
                &refresh(&bench, &next(&renewed)).await,
                401,
                "invalid_refresh_token",
            );
            let body = renewed.json();
            let tokens = &body["session"]["tokens"];
            access.push(tokens["access_token"].as_str().unwrap().to_owned());
        }
        for token in access {
            let answer = bench.get("/api/v1/me").bearer(&token).send().await;
            problem(&answer, 401, "unauthenticated");
        }
    }
}
