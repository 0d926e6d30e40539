use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use hmac::{Hmac, KeyInit, Mac};
use platform::{
    Secret,
    token::{AccessClaims, Role, TokenSigner},
};

use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::bench::{Bench, SECRET, fields, problem};

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
async fn a_token_in_the_address_opens_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for name in ["access_token", "token", "accessToken", "authorization"] {
        let bare = bench
            .get(&format!("{ROUTE}?{name}={}", ann.access))
            .send()
            .await;
        assert_eq!(
            fields(&problem(&bare, 422, "invalid")),
            [format!("/query/{name} unknown_field")]
        );
        let listed = bench.get(&format!("/api/v1/bots?{name}={}", ann.access));
        problem(&listed.send().await, 401, "unauthenticated");
    }
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
    bench.equip(&ann).await;
    for (role, status) in [("admin", 200), ("user", 403)] {
        bench.appoint(&ann, role).await;
        let figures = bench.get("/api/v1/admin/figures").bearer(&ann.access);
        assert_eq!(figures.send().await.status, status, "{role}");
    }
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

/// A token with any header and claims, and a MAC that is right under our own secret.
fn forged<M: Mac + KeyInit>(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let mac = <M as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// Even whoever signed with our secret must say everything, and say it right; and no refusal tells which it was.
#[tokio::test]
async fn other_algorithms_issuers_audiences_and_times_are_refused_alike() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let now = bench.now().timestamp();
    let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = json!({
        "iss": "blockbotx", "aud": "blockbotx-api", "sub": ann.id, "sid": ann.session, "role": "user",
        "iat": now, "exp": now + 900,
    });
    let good = forged::<Hmac<Sha256>>(&hs256, &claims);
    assert_eq!(bench.get(ROUTE).bearer(&good).send().await.status, 200);

    let mut refused = vec![
        forged::<Hmac<Sha512>>(&json!({ "alg": "HS512", "typ": "JWT" }), &claims),
        format!("{good}.{good}"),
        good[..good.len() - 1].to_owned(),
        good[1..].to_owned(),
    ];
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "None" }),
        json!({ "alg": "HS384" }),
        json!({ "alg": "HS512" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "dir", "enc": "A256GCM" }),
        json!({ "typ": "JWT" }),
        json!({ "alg": "HS256", "typ": "JWE" }),
        json!({ "alg": "HS256", "crit": ["exp"] }),
        json!({ "alg": ["HS256"] }),
    ] {
        refused.push(forged::<Hmac<Sha256>>(&header, &claims));
    }
    for name in ["iss", "aud", "sub", "sid", "role", "iat", "exp"] {
        let mut without = claims.clone();
        without.as_object_mut().unwrap().remove(name);
        refused.push(forged::<Hmac<Sha256>>(&hs256, &without));
    }
    for (name, value) in [
        ("iss", json!("somebody")),
        ("iss", json!(["blockbotx"])),
        ("aud", json!("blockbotx-gateway")),
        ("aud", json!(["blockbotx-api", "others"])),
        ("sub", json!("1")),
        ("sid", json!("")),
        ("role", json!("root")),
        ("exp", json!("never")),
        ("exp", json!(1e300)),
        ("iat", json!(now + 3_600)),
        ("nbf", json!(now + 3_600)),
        ("padding", json!("x".repeat(2_048))),
    ] {
        let mut other = claims.clone();
        other[name] = value;
        refused.push(forged::<Hmac<Sha256>>(&hs256, &other));
    }
    let mut told = Vec::new();
    for token in refused {
        let answer = bench.get(ROUTE).bearer(&token).send().await;
        let mut body = problem(&answer, 401, "unauthenticated");
        body["request_id"] = Value::Null;
        told.push(body);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
}
