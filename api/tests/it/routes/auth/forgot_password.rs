use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use crate::bench::{Bench, fields, problem};

async fn forgot(bench: &Bench, email: &str) -> Response {
    let body = json!({ "email": email });
    bench
        .post("/api/v1/auth/forgot-password")
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn answers_alike_and_leaves_the_same_behind() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    let known = forgot(&bench, "ann@example.com").await;
    let unknown = forgot(&bench, "nobody@example.com").await;
    for answer in [&known, &unknown] {
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (202, ""));
    }
    let names = |answer: &Response| {
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&known), names(&unknown));

    let mail = bench.mail("ann@example.com", 2).await;
    assert_eq!(mail.subject(), "Set a new password");
    assert!(mail.0.contains("from 127.0.0.1."));
    bench.outbox_is_empty().await;
    assert!(bench.mails_to("nobody@example.com").is_empty());
    let kinds =
        "SELECT count(*) FROM mails WHERE kind = 'reset_password' AND data = '{}' AND status = ";
    assert_eq!(bench.count(&format!("{kinds} 'sent'")).await, 1);
    assert_eq!(bench.count(&format!("{kinds} 'dropped'")).await, 1);
    assert_eq!(
        bench.security_log(&ann.id).await,
        ["password_reset_requested", "registered"]
    );
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_whoever_asks() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    for _ in 0..5 {
        assert_eq!(forgot(&bench, " ANN@example.com").await.status, 202);
    }
    bench.mail("ann@example.com", 2).await;
    bench.outbox_is_empty().await;
    assert_eq!(bench.mails_to("ann@example.com").len(), 2);
    bench.advance(Duration::minutes(1));
    assert_eq!(forgot(&bench, "ann@example.com").await.status, 202);
    bench.mail("ann@example.com", 3).await;
}

#[tokio::test]
async fn suspended_accounts_get_no_link() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    assert_eq!(forgot(&bench, "ann@example.com").await.status, 202);
    bench.outbox_is_empty().await;
    assert_eq!(bench.mails_to("ann@example.com").len(), 1);
}

#[tokio::test]
async fn look_alikes_are_no_addresses() {
    let bench = Bench::new().await;
    for email in [
        "аnn@example.com",
        "ann@exаmple.com",
        "ann@example.com\0",
        "ann",
        "a\u{202e}nn@example.com",
    ] {
        let refused = forgot(&bench, email).await;
        let found = fields(&problem(&refused, 422, "invalid"));
        assert_eq!(found, ["/email format"], "{email:?}");
    }
    assert_eq!(bench.count("SELECT count(*) FROM mails").await, 0);
}
