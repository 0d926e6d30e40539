use chrono::Duration;
use serde_json::json;
use testkit::{http::Response, wait_until};

use crate::bench::{Bench, PASSWORD, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/auth/change-email";

async fn change(bench: &Bench, who: &Somebody, email: &str, password: &str) -> Response {
    bench.step_up(who).await;
    let body = json!({ "email": email, "password": password });
    bench
        .post(ROUTE)
        .bearer(&who.access)
        .json(&body)
        .send()
        .await
}

async fn confirm(bench: &Bench, token: &str) -> Response {
    let body = json!({ "token": token });
    bench
        .post("/api/v1/auth/confirm-email-change")
        .json(&body)
        .send()
        .await
}

async fn email_of(bench: &Bench, who: &Somebody) -> (String, bool) {
    let me = bench
        .get("/api/v1/me")
        .bearer(&who.access)
        .send()
        .await
        .json();
    (
        me["email"].as_str().unwrap().to_owned(),
        me["email_verified"].as_bool().unwrap(),
    )
}

#[tokio::test]
async fn counts_when_the_new_address_answers() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    assert_eq!(
        change(&bench, &ann, "Ann@New.Example.com", PASSWORD)
            .await
            .status,
        202
    );
    let notice = bench.mail("ann@example.com", 2).await;
    assert_eq!(notice.subject(), "Your e-mail address is about to change");
    assert!(!notice.0.contains("new.example.com"));
    assert_eq!(
        email_of(&bench, &ann).await,
        ("ann@example.com".to_owned(), false)
    );

    let token = bench.mail("ann@new.example.com", 1).await.token();
    assert_eq!(confirm(&bench, &token).await.status, 204);
    problem(&confirm(&bench, &token).await, 400, "invalid_token");
    let ann = bench.login("ann@new.example.com").await;
    assert_eq!(
        email_of(&bench, &ann).await,
        ("ann@new.example.com".to_owned(), true)
    );
    let notice = bench.mail("ann@example.com", 3).await;
    assert_eq!(notice.subject(), "Your e-mail address was changed");
    assert_eq!(bench.login("ann@new.example.com").await.id, ann.id);
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let old = bench.post("/api/v1/auth/login").json(&body).send().await;
    problem(&old, 401, "invalid_credentials");
    let log = bench.security_log(&ann.id).await;
    for kind in ["email_change_requested", "email_changed"] {
        assert!(log.iter().any(|one| one == kind), "{kind}: {log:?}");
    }
}

#[tokio::test]
async fn who_has_an_address_already_is_not_said() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    bench.mail("bob@example.com", 1).await;
    let taken = change(&bench, &ann, "bob@example.com", PASSWORD).await;
    bench.advance(Duration::minutes(2));
    let free = change(&bench, &ann, "free@example.com", PASSWORD).await;
    assert_eq!((taken.status, taken.text()), (free.status, free.text()));
    let told = bench.mail("bob@example.com", 2).await;
    assert_eq!(told.subject(), "Somebody named your e-mail address");
    assert!(!told.0.contains("Code:"));
    assert_eq!(email_of(&bench, &bob).await.0, "bob@example.com");

    // Taken between the asking and the answer.
    let token = bench.mail("free@example.com", 1).await.token();
    bench.somebody("free").await;
    problem(&confirm(&bench, &token).await, 409, "email_taken");
    assert_eq!(email_of(&bench, &ann).await.0, "ann@example.com");
}

#[tokio::test]
async fn links_to_the_address_before_are_void() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let verify = bench.mail("ann@example.com", 1).await.token();
    let body = json!({ "email": ann.email });
    bench
        .post("/api/v1/auth/forgot-password")
        .json(&body)
        .send()
        .await;
    let reset = bench.mail("ann@example.com", 2).await.token();
    change(&bench, &ann, "ann@new.example.com", PASSWORD).await;
    let token = bench.mail("ann@new.example.com", 1).await.token();
    assert_eq!(confirm(&bench, &token).await.status, 204);
    for (route, body) in [
        ("verify-email", json!({ "token": verify })),
        (
            "reset-password",
            json!({ "token": reset, "password": "yet another long passphrase 3" }),
        ),
    ] {
        let path = format!("/api/v1/auth/{route}");
        problem(
            &bench.post(&path).json(&body).send().await,
            400,
            "invalid_token",
        );
    }
}

#[tokio::test]
async fn only_the_last_address_named_can_answer_and_not_for_long() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    change(&bench, &ann, "one@example.com", PASSWORD).await;
    let one = bench.mail("one@example.com", 1).await.token();
    bench.advance(Duration::seconds(1));
    change(&bench, &ann, "two@example.com", PASSWORD).await;
    let two = bench.mail("two@example.com", 1).await.token();
    problem(&confirm(&bench, &one).await, 400, "invalid_token");
    bench.advance(Duration::hours(1));
    problem(&confirm(&bench, &two).await, 400, "invalid_token");
}

#[tokio::test]
async fn needs_the_password_and_an_address_of_ones_own() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    problem(
        &change(&bench, &ann, "new@example.com", "wrong").await,
        403,
        "wrong_password",
    );
    for email in ["ANN@example.com", "ａnn@example.com"] {
        let same = change(&bench, &ann, email, PASSWORD).await;
        assert_eq!(fields(&problem(&same, 422, "invalid")), ["/email conflict"]);
    }
    for email in ["аnn@example.com", "a@b", "new@example.com\0", ""] {
        let refused = change(&bench, &ann, email, PASSWORD).await;
        assert_eq!(
            fields(&problem(&refused, 422, "invalid")),
            ["/email format"],
            "{email:?}"
        );
    }
    // That somebody else has just named it is neither said nor in the way.
    let eve = bench.twin(&ann, "eve").await;
    for who in [&eve, &ann] {
        let named = change(&bench, who, "new@example.com", PASSWORD).await;
        assert_eq!(named.status, 202, "{}", named.text());
    }
}

/// Whoever takes the account cannot hold back what its owner must learn: not by mails of strangers, nor by those about other
/// things, nor by closing the account.
#[tokio::test]
async fn the_address_before_is_told_whatever_fills_its_mailbox() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for n in 0..12 {
        let body = json!({ "email": format!("ann+{n}@example.com"), "password": PASSWORD });
        let made = bench.post("/api/v1/auth/register").json(&body).send().await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    bench.step_up(&ann).await;
    for _ in 0..4 {
        let body = json!({ "name": "x", "scopes": ["read"], "expires_in_days": 1 });
        let call = bench.post("/api/v1/auth/tokens").bearer(&ann.access);
        let made = call.json(&body).send().await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let named = change(&bench, &ann, "new@example.org", PASSWORD).await;
    assert_eq!(named.status, 202, "{}", named.text());
    let token = bench.mail("new@example.org", 1).await.token();
    assert_eq!(confirm(&bench, &token).await.status, 204);
    let told = |what: &str| {
        let mails = bench.mails_to(&ann.email);
        mails.iter().any(|(_, text)| text.contains(what))
    };
    // The second one alone or together with notices that wait.
    for what in ["was named for your account", "has another address now"] {
        wait_until(what, || async { told(what) }).await;
    }
}

/// Whoever names address after address soon has to wait, whichever they are.
#[tokio::test]
async fn few_addresses_may_be_named() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for n in 0..3 {
        let named = change(&bench, &ann, &format!("n{n}@example.com"), PASSWORD).await;
        assert_eq!(named.status, 202, "{}", named.text());
    }
    let refused = change(&bench, &ann, "n3@example.com", PASSWORD).await;
    problem(&refused, 429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1200"));
    let other = bench.twin(&ann, "bob").await;
    let named = change(&bench, &other, "n4@example.com", PASSWORD).await;
    assert_eq!(named.status, 202, "{}", named.text());
    for n in [0, 1, 2, 4] {
        bench.mail(&format!("n{n}@example.com"), 1).await;
    }
    assert_eq!(bench.mails_to("n3@example.com").len(), 0);
}
