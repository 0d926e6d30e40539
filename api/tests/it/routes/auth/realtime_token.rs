use chrono::Duration;
use platform::token::{ACCESS_TOKEN_TTL, TokenError};
use serde_json::json;
use testkit::http::Response;

use crate::bench::{Bench, ORIGIN, problem};

const ROUTE: &str = "/api/v1/auth/realtime-token";

async fn ask(bench: &Bench, credential: &str) -> Response {
    bench.post(ROUTE).bearer(credential).send().await
}

fn token(answer: &Response) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn gives_a_script_a_token_that_only_the_gateway_takes() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = bench
        .post(ROUTE)
        .cookie("accessToken", &ann.access)
        .header("origin", ORIGIN)
        .send()
        .await;
    assert_eq!(answer.json()["ws_url"], "wss://ws.example.com");
    let token = token(&answer);
    let claims = bench.gateway_claims(&token).unwrap();
    assert_eq!(
        (claims.sub.to_string(), claims.sid.to_string()),
        (ann.id.clone(), ann.session.clone())
    );
    assert!(claims.exp <= bench.now() + ACCESS_TOKEN_TTL);
    assert_eq!(
        bench.state.verifier.verify(&token, bench.now()),
        Err(TokenError::Invalid)
    );
    // Not as a header, not as a cookie, not for another of its kind.
    let as_header = bench.get("/api/v1/me").bearer(&token).send().await;
    problem(&as_header, 401, "unauthenticated");
    let as_cookie = bench.get("/api/v1/me").cookie("accessToken", &token);
    problem(&as_cookie.send().await, 401, "unauthenticated");
    problem(&ask(&bench, &token).await, 401, "unauthenticated");
    problem(&bench.post(ROUTE).send().await, 401, "unauthenticated");
}

#[tokio::test]
async fn it_does_not_outlive_the_session() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let end = bench.now() + Duration::minutes(4);
    let shorter = format!("UPDATE sessions SET expires_at = '{}'", end.to_rfc3339());
    bench.db.execute(&shorter).await;
    let claims = bench.gateway_claims(&token(&ask(&bench, &ann.access).await));
    assert_eq!(claims.unwrap().exp.timestamp(), end.timestamp());
    let answer = bench.post("/api/v1/auth/logout").bearer(&ann.access);
    assert_eq!(answer.send().await.status, 204);
    problem(&ask(&bench, &ann.access).await, 401, "unauthenticated");
}

#[tokio::test]
async fn an_api_token_that_reads_gets_one_that_ends_with_it() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for scope in ["trade", "admin"] {
        let other = bench.api_token(&ann, scope).await;
        problem(&ask(&bench, &other).await, 403, "insufficient_scope");
    }
    bench.step_up(&ann).await;
    let body =
        json!({ "name": "x", "scopes": ["read"], "allowlist": ["127.0.0.1", "127.0.0.0/8"] });
    let call = bench.post("/api/v1/auth/tokens").bearer(&ann.access);
    let made = call.json(&body).send().await.json();
    let (api_token, id) = (made["token"].as_str().unwrap(), &made["details"]["id"]);
    let claims = bench
        .gateway_claims(&token(&ask(&bench, api_token).await))
        .unwrap();
    assert_eq!(claims.sid.to_string(), id.as_str().unwrap());
    assert!(
        claims.admits("127.9.9.9".parse().unwrap())
            && claims.admits("::ffff:127.0.0.1".parse().unwrap())
    );
    assert!(!claims.admits("192.0.2.1".parse().unwrap()) && !claims.admits("::1".parse().unwrap()));

    let end = bench.now() + Duration::seconds(90);
    let sooner = format!("UPDATE api_tokens SET expires_at = '{}'", end.to_rfc3339());
    bench.db.execute(&sooner).await;
    let claims = bench
        .gateway_claims(&token(&ask(&bench, api_token).await))
        .unwrap();
    assert_eq!(claims.exp.timestamp(), end.timestamp());
    bench.advance(Duration::seconds(90));
    problem(&ask(&bench, api_token).await, 401, "unauthenticated");
}

#[tokio::test]
async fn nobody_suspended_gets_one() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let api_token = bench.api_token(&ann, "read").await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    for credential in [&ann.access, &api_token] {
        problem(&ask(&bench, credential).await, 403, "account_suspended");
    }
}
