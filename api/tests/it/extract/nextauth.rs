//! Sessions of an existing frontend, at the front door.

use chrono::Duration;
use platform::token::nextauth::SessionCookie;
use serde::Deserialize;
use serde_json::Value;
use testkit::http::Response;

use crate::bench::{Bench, ORIGIN, Somebody, problem};

const SECRET: &str = "a-secret-of-the-frontend-0123456789";
const ROUTE: &str = "/api/v1/me";

async fn with_frontend() -> Bench {
    Bench::with(&[("NEXTAUTH_SECRET", SECRET)]).await
}

fn session(bench: &Bench, cookie: SessionCookie, email: &str) -> String {
    testkit::nextauth::session(SECRET, cookie, email, bench.now())
}

async fn me(bench: &Bench, cookie: SessionCookie, value: &str) -> Response {
    bench.get(ROUTE).cookie(cookie.name(), value).send().await
}

/// A verified user and a session of the frontend for them.
async fn verified(bench: &Bench, name: &str) -> (Somebody, String) {
    let who = bench.somebody(name).await;
    bench.verify_email(&who).await;
    let session = session(bench, SessionCookie::NextAuth, &who.email);
    (who, session)
}

#[tokio::test]
async fn every_cookie_of_either_version_is_its_user_whole_or_in_chunks() {
    let bench = with_frontend().await;
    let (ann, _) = verified(&bench, "ann").await;
    for cookie in SessionCookie::ALL {
        let value = session(&bench, cookie, "ANN@Example.com");
        let answer = me(&bench, cookie, &value).await;
        assert_eq!(answer.status, 200, "{cookie:?} {}", answer.text());
        assert_eq!(answer.json()["id"], ann.id.as_str());
        let (first, second) = value.split_at(150);
        let name = cookie.name();
        let chunks = format!("{name}.1={second}; {name}.0={first}");
        let answer = bench.get(ROUTE).header("cookie", &chunks).send().await;
        assert_eq!(answer.status, 200, "{cookie:?} {}", answer.text());
        let answer = bench
            .get(ROUTE)
            .header("cookie", &format!("{name}.1={second}"))
            .send()
            .await;
        problem(&answer, 401, "unauthenticated");
    }
}

/// The frontend has proven another mailbox: the letters only look like those of the account's.
#[tokio::test]
async fn an_address_of_other_letters_is_somebody_elses() {
    let bench = with_frontend().await;
    verified(&bench, "jones-smith").await;
    for other in [
        "joneſ-smith@example.com",
        "ｊones-smith@example.com",
        "jones-smith@ｅxample.com",
    ] {
        let value = session(&bench, SessionCookie::NextAuth, other);
        let answer = me(&bench, SessionCookie::NextAuth, &value).await;
        problem(&answer, 401, "unauthenticated");
    }
}

#[tokio::test]
async fn without_the_secret_such_cookies_are_nobodys() {
    let bench = Bench::new().await;
    let (_, session) = verified(&bench, "ann").await;
    let answer = me(&bench, SessionCookie::NextAuth, &session).await;
    problem(&answer, 401, "unauthenticated");
}

#[tokio::test]
async fn an_address_counts_only_when_its_owner_has_answered_us() {
    let bench = with_frontend().await;
    let ann = bench.somebody("ann").await;
    let unknown = session(&bench, SessionCookie::AuthJs, "nobody@example.com");
    let unverified = session(&bench, SessionCookie::AuthJs, &ann.email);
    for value in [&unknown, &unverified] {
        let answer = me(&bench, SessionCookie::AuthJs, value).await;
        problem(&answer, 401, "unauthenticated");
    }
    bench.verify_email(&ann).await;
    let answer = me(&bench, SessionCookie::AuthJs, &unverified).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn suspended_users_are_refused() {
    let bench = with_frontend().await;
    let (_, session) = verified(&bench, "ann").await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    let answer = me(&bench, SessionCookie::NextAuth, &session).await;
    problem(&answer, 403, "account_suspended");
}

#[tokio::test]
async fn writes_need_an_origin_of_ours() {
    let bench = with_frontend().await;
    let (_, session) = verified(&bench, "ann").await;
    let name = SessionCookie::NextAuth.name();
    let (first, second) = session.split_at(100);
    let chunks = format!("{name}.0={first}; {name}.1={second}");
    for cookies in [format!("{name}={session}"), chunks] {
        let write = || {
            bench
                .post("/api/v1/portfolio/stop-all")
                .header("cookie", &cookies)
        };
        problem(&write().send().await, 403, "origin_refused");
        let foreign = write().header("origin", "https://evil.example");
        problem(&foreign.send().await, 403, "origin_refused");
        let ours = write().header("origin", ORIGIN).send().await;
        assert_eq!(ours.status, 202, "{}", ours.text());
    }
}

#[tokio::test]
async fn it_is_no_session_of_ours_and_no_admin() {
    let bench = with_frontend().await;
    let (ann, session) = verified(&bench, "ann").await;
    bench.appoint(&ann, "superadmin").await;
    bench.step_up(&ann).await;
    for (method, path) in [
        ("POST", "/api/v1/auth/step-up"),
        ("POST", "/api/v1/auth/totp"),
        ("POST", "/api/v1/auth/tokens"),
        ("POST", "/api/v1/auth/logout"),
        ("GET", "/api/v1/auth/sessions"),
    ] {
        let call = bench.call(method, path).header("origin", ORIGIN);
        let answer = call
            .cookie(SessionCookie::NextAuth.name(), &session)
            .send()
            .await;
        problem(&answer, 403, "session_required");
    }
}

/// Good at the gateway, which asks no database, and nowhere else.
#[tokio::test]
async fn it_gets_a_token_for_the_gateway_only() {
    let bench = with_frontend().await;
    let (ann, session) = verified(&bench, "ann").await;
    bench.appoint(&ann, "admin").await;
    let call = bench
        .post("/api/v1/auth/realtime-token")
        .header("origin", ORIGIN);
    let answer = call
        .cookie(SessionCookie::NextAuth.name(), &session)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let token = answer["token"].as_str().unwrap();
    let claims = bench.gateway_claims(token).unwrap();
    assert_eq!(claims.sub.to_string(), ann.id);
    assert_eq!(claims.role, platform::token::Role::User);
    assert_eq!(claims.sid.to_string(), ann.id, "the frontend's login");
    problem(
        &bench.get(ROUTE).bearer(token).send().await,
        401,
        "unauthenticated",
    );
}

#[tokio::test]
async fn our_own_credentials_come_first() {
    let bench = with_frontend().await;
    let (_, session) = verified(&bench, "ann").await;
    let bob = bench.somebody("bob").await;
    let name = SessionCookie::NextAuth.name();
    let both = bench.get(ROUTE).bearer(&bob.access).cookie(name, &session);
    assert_eq!(both.send().await.json()["id"], bob.id.as_str());
    let both = format!("{name}={session}; accessToken={}", bob.access);
    let both = bench.get(ROUTE).header("cookie", &both).send().await;
    assert_eq!(both.json()["id"], bob.id.as_str());
    // Even one that is no good.
    let bad = bench
        .get(ROUTE)
        .bearer("x")
        .cookie(name, &session)
        .send()
        .await;
    problem(&bad, 401, "unauthenticated");
}

#[derive(Deserialize)]
struct Vectors {
    secret: String,
    v4: Vec<Vector>,
    v5: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    kind: String,
    cookie: String,
    token: String,
}

/// Tokens that next-auth 4 and @auth/core 5 made, and those that did not come from there, all refused in the same words.
#[tokio::test]
async fn the_frontends_own_tokens_are_judged_rightly() {
    let Some(dir) = std::env::var_os("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no token of a real frontend was tried ***\n"
        );
        return;
    };
    let file = std::path::Path::new(&dir).join("nextauth_tokens.json");
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let bench = Bench::with(&[("NEXTAUTH_SECRET", &vectors.secret)]).await;
    let ada = bench.proven("ada").await;
    // The frontend's tokens are older than this test.
    let before = format!(
        "UPDATE users SET created_at = '2020-01-01' WHERE id = '{}'",
        ada.id
    );
    bench.db.execute(&before).await;
    let (mut valid, mut told) = (0, Vec::new());
    let mut refused = |answer: &Response| {
        let mut body = problem(answer, 401, "unauthenticated");
        body["request_id"] = Value::Null;
        told.push(body);
    };
    for vector in vectors.v4.iter().chain(&vectors.v5) {
        let ask = async |name: &str, token: &str| bench.get(ROUTE).cookie(name, token).send().await;
        let answer = ask(&vector.cookie, &vector.token).await;
        if vector.kind != "valid" {
            refused(&answer);
            continue;
        }
        valid += 1;
        assert_eq!(answer.status, 200, "{} {}", vector.cookie, answer.text());
        assert_eq!(answer.json()["id"], ada.id.as_str());
        // v5 binds its key to the cookie's name; v4 has one key for both of its names.
        for cookie in SessionCookie::ALL {
            let is_v4 = |name: &str| name.ends_with("next-auth.session-token");
            let same_key =
                cookie.name() == vector.cookie || is_v4(cookie.name()) && is_v4(&vector.cookie);
            if !same_key {
                refused(&ask(cookie.name(), &vector.token).await);
            }
        }
        let cut = &vector.token[..vector.token.len() - 2];
        let parts: Vec<&str> = vector.token.split('.').collect();
        let stripped = parts[..4].join(".");
        for bad in [cut, &stripped, "x", &"A".repeat(10_000)] {
            refused(&ask(&vector.cookie, bad).await);
        }
    }
    assert!(valid >= 3, "v4, and v5 over http and https");
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
}

/// The limits of requests are a user's own, however many share an address with them.
#[tokio::test]
async fn budgets_are_kept_by_user() {
    let few = [
        ("NEXTAUTH_SECRET", SECRET),
        ("RATE_LIMIT_READ_PER_MINUTE", "2"),
    ];
    let bench = Bench::with(&few).await;
    testkit::wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let (_, of_ann) = verified(&bench, "ann").await;
    let (_, of_bob) = verified(&bench, "bob").await;
    for expected in [200, 200, 429] {
        let answer = me(&bench, SessionCookie::NextAuth, &of_ann).await;
        assert_eq!(answer.status, expected, "{}", answer.text());
    }
    assert_eq!(
        me(&bench, SessionCookie::NextAuth, &of_bob).await.status,
        200
    );
}

#[tokio::test]
async fn it_ends_when_it_says() {
    let bench = with_frontend().await;
    let (_, session) = verified(&bench, "ann").await;
    bench.advance(Duration::minutes(59));
    assert_eq!(
        me(&bench, SessionCookie::NextAuth, &session).await.status,
        200
    );
    bench.advance(Duration::minutes(1));
    problem(
        &me(&bench, SessionCookie::NextAuth, &session).await,
        401,
        "unauthenticated",
    );
}

/// A session of the frontend that begins now.
fn signed_in(bench: &Bench, who: &Somebody) -> String {
    session(bench, SessionCookie::NextAuth, &who.email)
}

async fn gateway_token(bench: &Bench, cookie: &str) -> Response {
    let call = bench
        .post("/api/v1/auth/realtime-token")
        .header("origin", ORIGIN);
    call.cookie(SessionCookie::NextAuth.name(), cookie)
        .send()
        .await
}

#[tokio::test]
async fn it_ends_with_everything_that_ends_all_logins() {
    let bench = with_frontend().await;
    let ann = bench.proven("ann").await;
    let root = bench.proven("root").await;
    bench.appoint(&root, "admin").await;
    bench.equip(&root).await;
    let mut former = bench.gateway_claims(
        gateway_token(&bench, &signed_in(&bench, &ann)).await.json()["token"]
            .as_str()
            .unwrap(),
    );
    for how in [
        "logout-all",
        "change-password",
        "reset-password",
        "suspend",
        "sessions",
    ] {
        bench.advance(Duration::seconds(2));
        let ann = bench.login(&ann.email).await;
        let cookie = signed_in(&bench, &ann);
        let ok = me(&bench, SessionCookie::NextAuth, &cookie).await;
        assert_eq!(ok.status, 200, "before {how}: {}", ok.text());
        end_all(&bench, &ann, &root, how).await;
        let answer = me(&bench, SessionCookie::NextAuth, &cookie).await;
        problem(&answer, 401, "unauthenticated");
        problem(
            &gateway_token(&bench, &cookie).await,
            401,
            "unauthenticated",
        );
        bench.advance(Duration::seconds(1));
        let cookie = signed_in(&bench, &ann);
        let answer = gateway_token(&bench, &cookie).await;
        assert_eq!(answer.status, 200, "after {how}: {}", answer.text());
        let claims = bench.gateway_claims(answer.json()["token"].as_str().unwrap());
        assert_ne!(claims.unwrap().sid, former.unwrap().sid, "{how}");
        former = claims;
    }
}

async fn end_all(bench: &Bench, ann: &Somebody, root: &Somebody, how: &str) {
    use crate::bench::PASSWORD;
    use serde_json::json;
    let auth = |path: &str| bench.post(&format!("/api/v1/auth/{path}"));
    let admin = |path: &str| format!("/api/v1/admin/users/{}/{path}", ann.id);
    let root = bench.signed_in_again(root);
    let answer = match how {
        "logout-all" => auth(how).bearer(&ann.access).send().await,
        "change-password" => {
            bench.step_up(ann).await;
            let body = json!({ "current_password": PASSWORD, "password": "yet another long passphrase 3" });
            let done = auth(how).bearer(&ann.access).json(&body).send().await;
            assert_eq!(done.status, 204, "{}", done.text());
            let body = json!({ "current_password": "yet another long passphrase 3", "password": PASSWORD });
            auth(how).bearer(&ann.access).json(&body).send().await
        }
        "reset-password" => {
            bench.outbox_is_empty().await;
            let sent = bench.mails_to(&ann.email).len();
            let body = json!({ "email": ann.email });
            auth("forgot-password").json(&body).send().await;
            let token = bench.mail(&ann.email, sent + 1).await.token();
            let body = json!({ "token": token, "password": PASSWORD });
            auth(how).json(&body).send().await
        }
        "suspend" => {
            bench.step_up(&root).await;
            let body = json!({ "reason": "x" });
            let call = bench.post(&admin("suspend")).bearer(&root.access);
            assert_eq!(call.json(&body).send().await.status, 200);
            let call = bench.post(&admin("reactivate")).bearer(&root.access);
            return assert_eq!(call.json(&body).send().await.status, 200);
        }
        _ => {
            bench.step_up(&root).await;
            let call = bench.call("DELETE", &admin(how)).bearer(&root.access);
            call.send().await
        }
    };
    assert_eq!(answer.status, 204, "{how}: {}", answer.text());
}

#[tokio::test]
async fn it_opens_no_account_that_was_made_after_it() {
    use crate::bench::PASSWORD;
    let bench = with_frontend().await;
    let ann = bench.proven("ann").await;
    let cookie = signed_in(&bench, &ann);
    bench.advance(Duration::seconds(5));
    bench.step_up(&ann).await;
    let body = serde_json::json!({ "password": PASSWORD });
    let gone = bench.call("DELETE", ROUTE).bearer(&ann.access).json(&body);
    assert_eq!(gone.send().await.status, 202);
    let again = bench.proven("ann").await;
    assert_ne!(again.id, ann.id);
    let answer = me(&bench, SessionCookie::NextAuth, &cookie).await;
    problem(&answer, 401, "unauthenticated");
    let cookie = signed_in(&bench, &again);
    let answer = me(&bench, SessionCookie::NextAuth, &cookie).await;
    assert_eq!(answer.json()["id"], again.id.as_str());
}
