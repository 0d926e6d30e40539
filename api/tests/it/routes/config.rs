use serde_json::json;
use testkit::wait_until;

use crate::bench::Bench;

#[tokio::test]
async fn tells_frontends_what_they_need_and_no_secret() {
    let bench = Bench::with(&[
        ("SENTRY_DSN", "https://public:secret@sentry.example.com/7"),
        ("NEXTAUTH_SECRET", "the secret of the frontend"),
        ("STRIPE_SECRET_KEY", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_c2VjcmV0"),
        ("NEXT_PUBLIC_APP_URL", "https://app.example.com"),
    ])
    .await;
    let answer = bench.get("/api/config").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "app_url": "https://app.example.com",
            "ws_url": "wss://ws.example.com",
            "sentry_dsn": "https://public@sentry.example.com/7",
            "version": env!("CARGO_PKG_VERSION"),
            "features": { "registration": true, "billing": true, "error_reports": true },
        })
    );
}

/// What is said is what holds, whoever closed registration.
#[tokio::test]
async fn whether_registration_is_open_is_said_as_it_is() {
    let open = Bench::new().await;
    let said = async |bench: &Bench| {
        let config = bench.get("/api/config").send().await.json();
        config["features"]["registration"].clone()
    };
    assert_eq!(said(&open).await, true);
    let settings = r#"INSERT INTO settings (name, value) VALUES ('platform', '{"registration": "closed", "version": 2}')
        ON CONFLICT (name) DO UPDATE SET value = excluded.value"#;
    open.db.execute(settings).await;
    wait_until("it is seen", || async { said(&open).await == false }).await;
    let closed = Bench::with(&[("REGISTRATION", "closed")]).await;
    assert_eq!(said(&closed).await, false);
}
