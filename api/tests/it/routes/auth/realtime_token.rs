use crate::bench::{Bench, ORIGIN, problem};

const ROUTE: &str = "/api/v1/auth/realtime-token";

#[tokio::test]
async fn gives_a_script_the_token_that_its_cookie_hides() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = bench
        .post(ROUTE)
        .cookie("accessToken", &ann.access)
        .header("origin", ORIGIN)
        .send()
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["ws_url"], "wss://ws.example.com");
    let now = platform::Clock::now(&*bench.clock);
    let claims = bench
        .state
        .verifier
        .verify(answer.json()["token"].as_str().unwrap(), now)
        .unwrap();
    assert_eq!(
        (claims.sub.to_string(), claims.sid.to_string()),
        (ann.id, ann.session)
    );
    problem(&bench.post(ROUTE).send().await, 401, "unauthenticated");
}
