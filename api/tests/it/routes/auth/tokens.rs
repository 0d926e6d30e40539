use chrono::Duration;
use serde_json::{Value, json};
use testkit::http::Response;

use crate::{
    bench::{Bench, Somebody, fields, problem},
    trading,
};

const ROUTE: &str = "/api/v1/auth/tokens";
const READ: &str = "/api/v1/me";

async fn create(bench: &Bench, who: &Somebody, body: &Value) -> Response {
    bench
        .post(ROUTE)
        .bearer(&who.access)
        .json(body)
        .send()
        .await
}

/// A token of somebody's, and its id.
async fn token(bench: &Bench, who: &Somebody, body: &Value) -> (String, String) {
    bench.step_up(who).await;
    let answer = create(bench, who, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let answer = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["token"]), text(&answer["details"]["id"]))
}

fn reading() -> Value {
    json!({ "name": "Reader", "scopes": ["read"] })
}

async fn listed(bench: &Bench, who: &Somebody) -> Vec<Value> {
    let answer = bench.get(ROUTE).bearer(&who.access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

async fn status(bench: &Bench, token: &str) -> u16 {
    bench.get(READ).bearer(token).send().await.status.as_u16()
}

#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_its_hash() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    problem(
        &create(&bench, &ann, &reading()).await,
        403,
        "step_up_required",
    );
    bench.step_up(&ann).await;
    let body = json!({
        "name": "My script", "scopes": ["trade", "read"], "expires_in_days": 7,
        "allowlist": ["127.0.0.1", "198.51.100.77/24"],
    });
    let answer = create(&bench, &ann, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("bbx_") && token.len() == 47, "{token}");
    let details = &made["details"];
    assert_eq!(details["hint"], token[43..]);
    assert_eq!(details["scopes"], json!(["read", "trade"]));
    assert_eq!(
        details["allowlist"],
        json!(["127.0.0.1/32", "198.51.100.0/24"])
    );
    let week = platform::time::to_wire(bench.now() + Duration::days(7));
    assert_eq!(details["expires_at"], week.as_str());
    assert_eq!(details["last_used_at"], Value::Null);
    assert_eq!(listed(&bench, &ann).await, std::slice::from_ref(details));
    // Neither the database, nor the log, nor the events hold it.
    for table in ["api_tokens", "security_log", "events", "idempotency_keys"] {
        let rows = bench
            .text(&format!(
                "SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t"
            ))
            .await;
        assert!(!rows.contains(&token[4..]), "{table}");
    }
    assert_eq!(bench.logged(&ann, "api_token_created").await, 1);
    let events = bench.event_types(&ann).await;
    assert_eq!(events.last().unwrap(), "api_token.created");
}

#[tokio::test]
async fn it_is_good_for_its_scopes_and_nothing_else() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (read, _) = token(&bench, &ann, &reading()).await;
    let (trade, _) = token(&bench, &ann, &json!({ "name": "T", "scopes": ["trade"] })).await;
    let stop = |token: &str| {
        bench
            .post("/api/v1/portfolio/stop-all")
            .bearer(token)
            .send()
    };
    assert_eq!(status(&bench, &read).await, 200);
    let refused = problem(&stop(&read).await, 403, "insufficient_scope");
    assert_eq!(refused["detail"], "An API token needs the scope trade");
    assert_eq!(stop(&trade).await.status, 202);
    let refused = bench.get(READ).bearer(&trade).send().await;
    problem(&refused, 403, "insufficient_scope");
    // Whatever its scopes, it is no session: it makes no further tokens.
    for (method, path) in [
        ("GET", "/api/v1/auth/sessions"),
        ("GET", ROUTE),
        ("POST", "/api/v1/auth/totp"),
        ("POST", "/api/v1/auth/logout"),
    ] {
        let refused = bench.call(method, path).bearer(&trade).send().await;
        problem(&refused, 403, "session_required");
    }
    let refused = bench
        .post(ROUTE)
        .bearer(&trade)
        .json(&reading())
        .send()
        .await;
    problem(&refused, 403, "session_required");
    // A cookie is not where it belongs.
    let refused = bench.get(READ).cookie("accessToken", &read).send().await;
    problem(&refused, 401, "unauthenticated");
    trading::connection(
        &bench,
        &Somebody {
            access: trade,
            ..ann
        },
    )
    .await;
}

#[tokio::test]
async fn revoked_expired_and_unknown_tokens_are_refused_alike() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    let (revoked, id) = token(&bench, &ann, &reading()).await;
    assert_eq!(status(&bench, &revoked).await, 200);
    let path = format!("{ROUTE}/{id}");
    let revoke = |who: &Somebody| bench.call("DELETE", &path).bearer(&who.access).send();
    problem(&revoke(&bob).await, 404, "not_found");
    assert_eq!(status(&bench, &revoked).await, 200);
    assert_eq!(revoke(&ann).await.status, 204);
    problem(&revoke(&ann).await, 404, "not_found");
    assert_eq!(listed(&bench, &ann).await, Vec::<Value>::new());
    assert_eq!(bench.logged(&ann, "api_token_revoked").await, 1);

    let (expired, _) = token(
        &bench,
        &ann,
        &json!({ "name": "D", "scopes": ["read"], "expires_in_days": 1 }),
    )
    .await;
    bench.advance(Duration::days(1) - Duration::seconds(1));
    assert_eq!(status(&bench, &expired).await, 200);
    bench.advance(Duration::seconds(1));
    let unknown = format!("bbx_{}", "A".repeat(43));
    let long = format!("bbx_{}", "A".repeat(15_000));
    let mut told = Vec::new();
    for token in [
        &revoked,
        &expired,
        &unknown,
        "bbx_",
        &long,
        &revoked.to_uppercase(),
    ] {
        let mut body = problem(
            &bench.get(READ).bearer(token).send().await,
            401,
            "unauthenticated",
        );
        body["request_id"] = Value::Null;
        told.push(body);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
}

#[tokio::test]
async fn it_is_taken_from_where_it_may_come() {
    // The first hop is our proxy: it says who called it.
    let bench = Bench::with(&[("TRUSTED_HOPS", "1")]).await;
    let ann = bench.proven("ann").await;
    let body = json!({ "name": "N", "scopes": ["read"], "allowlist": ["198.51.100.0/24", "2001:db8::/32"] });
    let (token, _) = token(&bench, &ann, &body).await;
    let from = async |addresses: &str| {
        let call = bench
            .get(READ)
            .bearer(&token)
            .header("x-forwarded-for", addresses);
        call.send().await.status.as_u16()
    };
    assert_eq!(from("198.51.100.7").await, 200);
    assert_eq!(from("203.0.113.1, 198.51.100.9").await, 200);
    assert_eq!(from("2001:db8::1").await, 200);
    assert_eq!(from("::ffff:198.51.100.7").await, 200);
    for elsewhere in [
        "203.0.113.1",
        "198.51.100.7, 203.0.113.1",
        "2001:db9::1",
        "nonsense",
    ] {
        assert_eq!(from(elsewhere).await, 401, "{elsewhere}");
    }
    assert_eq!(status(&bench, &token).await, 401);
    // Logged at most once a minute.
    assert_eq!(bench.logged(&ann, "api_token_refused").await, 1);
    bench.advance(Duration::minutes(1));
    assert_eq!(from("203.0.113.1").await, 401);
    assert_eq!(bench.logged(&ann, "api_token_refused").await, 2);
}

#[tokio::test]
async fn its_use_is_seen_to_the_minute_and_logged_by_address() {
    let bench = Bench::with(&[("TRUSTED_HOPS", "1")]).await;
    let ann = bench.proven("ann").await;
    let (token, _) = token(&bench, &ann, &reading()).await;
    let from = async |address: &str| {
        let call = bench
            .get(READ)
            .bearer(&token)
            .header("x-forwarded-for", address);
        assert_eq!(call.send().await.status, 200);
    };
    let first = bench.now();
    from("192.0.2.1").await;
    bench.advance(Duration::seconds(59));
    from("192.0.2.1").await;
    let row = listed(&bench, &ann).await.remove(0);
    assert_eq!(row["last_used_at"], platform::time::to_wire(first).as_str());
    assert_eq!(row["last_used_address"], "192.0.2.1");
    bench.advance(Duration::seconds(1));
    from("192.0.2.1").await;
    let row = listed(&bench, &ann).await.remove(0);
    assert_eq!(
        row["last_used_at"],
        platform::time::to_wire(bench.now()).as_str()
    );
    assert_eq!(bench.logged(&ann, "api_token_used").await, 1);
    bench.advance(Duration::minutes(1));
    from("192.0.2.2").await;
    assert_eq!(bench.logged(&ann, "api_token_used").await, 2);
}

#[tokio::test]
async fn suspension_takes_effect_at_once_and_demotion_too() {
    let bench = Bench::new().await;
    let root = bench.proven("root").await;
    bench.step_up(&root).await;
    let admin = json!({ "name": "A", "scopes": ["admin"] });
    problem(
        &create(&bench, &root, &admin).await,
        403,
        "insufficient_role",
    );
    bench.appoint(&root, "admin").await;
    // Or a stolen password would lie in wait for the factor.
    let early = create(&bench, &root, &admin).await;
    problem(&early, 403, "admin_factor_required");
    bench.equip(&root).await;
    let (admin, _) = token(&bench, &root, &admin).await;
    let (read, _) = token(&bench, &root, &reading()).await;
    assert_eq!(status(&bench, &read).await, 200);
    problem(
        &bench.get(READ).bearer(&admin).send().await,
        403,
        "insufficient_scope",
    );
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    problem(
        &bench.get(READ).bearer(&read).send().await,
        403,
        "account_suspended",
    );
    bench.db.execute("DELETE FROM users").await;
    problem(
        &bench.get(READ).bearer(&read).send().await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn a_replay_makes_no_second_one_and_does_not_show_the_first() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let send = |body: Value| {
        let call = bench.post(ROUTE).bearer(&ann.access).json(&body);
        call.header("idempotency-key", "k1").send()
    };
    let (first, again) = (send(reading()).await, send(reading()).await);
    assert!(
        first.status == 201 && again.status == 201,
        "{}",
        again.text()
    );
    assert_eq!(first.json()["details"], again.json()["details"]);
    assert_eq!(again.json()["token"], Value::Null);
    assert_eq!(listed(&bench, &ann).await.len(), 1);
    let other = send(json!({ "name": "Other", "scopes": ["read"] })).await;
    problem(&other, 422, "idempotency_key_reused");
}

#[tokio::test]
async fn there_is_an_end_to_how_many() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for _ in 0..49 {
        bench.api_token(&ann, "read").await;
    }
    bench.step_up(&ann).await;
    let body = reading();
    let tries = (0..3).map(|_| create(&bench, &ann, &body));
    let answers = futures_util::future::join_all(tries).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    problem(
        &create(&bench, &ann, &body).await,
        409,
        "too_many_api_tokens",
    );
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    for (body, expected) in [
        (json!({}), vec!["/name required", "/scopes required"]),
        (
            json!({ "name": " x", "scopes": [] }),
            vec!["/name format", "/scopes too_short"],
        ),
        (
            json!({ "name": "x", "scopes": ["write"] }),
            vec!["/scopes/0 one_of"],
        ),
        (
            json!({ "name": "x", "scopes": ["read"], "expires_in_days": 366, "allowlist": ["1.2.3.4/33", "1.2.3.4", "x y"] }),
            vec!["/allowlist/2 format", "/expires_in_days out_of_range"],
        ),
        (
            json!({ "name": "x", "scopes": ["read"], "allowlist": ["1.2.3.4/33", "1.2.3.4", "::/129"] }),
            vec!["/allowlist/0 format", "/allowlist/2 format"],
        ),
    ] {
        let answer = create(&bench, &ann, &body).await;
        assert_eq!(
            fields(&problem(&answer, 422, "invalid")),
            expected,
            "{body}"
        );
    }
}

#[tokio::test]
async fn making_and_revoking_one_is_told_by_mail() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail(&ann.email, 1).await;
    bench.verify_email(&ann).await;
    let (token, id) = token(&bench, &ann, &reading()).await;
    let told = bench.mail(&ann.email, 2).await;
    assert_eq!(told.subject(), "An API token was made");
    let words = "An API token \"Reader\" was made for your account from 127.0.0.1.";
    assert!(told.unquoted().contains(words), "{}", told.0);
    assert!(!told.unquoted().contains(&token[4..]));
    let path = format!("{ROUTE}/{id}");
    let revoke = || bench.call("DELETE", &path).bearer(&ann.access).send();
    assert_eq!(revoke().await.status, 204);
    let told = bench.mail(&ann.email, 3).await;
    assert_eq!(told.subject(), "An API token was revoked");
    assert!(told.unquoted().contains("\"Reader\""), "{}", told.0);
    problem(&revoke().await, 404, "not_found");
    bench.outbox_is_empty().await;
    assert_eq!(bench.mails_to(&ann.email).len(), 3);
}
