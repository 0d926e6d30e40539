use chrono::Duration;
use platform::{
    Secret,
    token::{AccessClaims, Role, TokenSigner},
};

use crate::bench::{Bench, problem};

const ROUTE: &str = "/api/v1/me";

#[tokio::test]
async fn forged_and_broken_tokens_open_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let parts: Vec<&str> = ann.access.split('.').collect();
    let foreign = TokenSigner::new(&Secret::from(
        "another secret, just as long as ours, but not ours: 0123456789ab",
    ))
    .unwrap();
    let claims = AccessClaims::new(
        ann.id.parse().unwrap(),
        ann.session.parse().unwrap(),
        Role::Superadmin,
        platform::Clock::now(&*bench.clock),
    );
    let refused = [
        String::new(),
        "x".to_owned(),
        "..".to_owned(),
        format!("{}.{}.", parts[0], parts[1]),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        format!(
            "{}.{}.{}",
            parts[0],
            parts[1],
            &parts[2][..parts[2].len() - 2]
        ),
        format!("{}A", ann.access),
        foreign.sign(&claims).unwrap(),
        ann.refresh.clone(),
        "a".repeat(20_000),
    ];
    for token in refused {
        problem(
            &bench.get(ROUTE).bearer(&token).send().await,
            401,
            "unauthenticated",
        );
        problem(
            &bench.get(ROUTE).cookie("accessToken", &token).send().await,
            401,
            "unauthenticated",
        );
    }
    for header in ["Basic YTpi", "Bearer", "bearer", ann.access.as_str()] {
        let answer = bench
            .get(ROUTE)
            .header("authorization", header)
            .cookie("accessToken", &ann.access)
            .send()
            .await;
        problem(&answer, 401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(
        bench.get(ROUTE).bearer(&ann.access).send().await.status,
        200
    );
    assert_eq!(
        bench
            .get(ROUTE)
            .cookie("accessToken", &ann.access)
            .send()
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_token_of_a_session_that_is_not_its_users_opens_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    let now = platform::Clock::now(&*bench.clock);
    let claims = AccessClaims::new(
        ann.id.parse().unwrap(),
        bob.session.parse().unwrap(),
        Role::User,
        now,
    );
    let mixed = bench.state.signer.sign(&claims).unwrap();
    problem(
        &bench.get(ROUTE).bearer(&mixed).send().await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn tokens_end_after_fifteen_minutes() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.advance(Duration::minutes(15) - Duration::seconds(1));
    assert_eq!(
        bench.get(ROUTE).bearer(&ann.access).send().await.status,
        200
    );
    bench.advance(Duration::seconds(1));
    problem(
        &bench.get(ROUTE).bearer(&ann.access).send().await,
        401,
        "token_expired",
    );
}

#[tokio::test]
async fn suspension_and_demotion_take_effect_at_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for status in ["suspended", "banned"] {
        bench
            .db
            .execute(&format!("UPDATE users SET status = '{status}'"))
            .await;
        problem(
            &bench.get(ROUTE).bearer(&ann.access).send().await,
            403,
            "account_suspended",
        );
        let refresh = serde_json::json!({ "refresh_token": ann.refresh });
        problem(
            &bench
                .post("/api/v1/auth/refresh")
                .json(&refresh)
                .send()
                .await,
            403,
            "account_suspended",
        );
    }
    bench.db.execute("UPDATE users SET status = 'active'").await;
    assert_eq!(
        bench.get(ROUTE).bearer(&ann.access).send().await.status,
        200
    );
    bench.db.execute("DELETE FROM users").await;
    problem(
        &bench.get(ROUTE).bearer(&ann.access).send().await,
        401,
        "unauthenticated",
    );
}
