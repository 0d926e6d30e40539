use serde_json::json;

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
