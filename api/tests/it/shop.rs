//! An api that sells plans, and a Stripe of its own.

use std::sync::Arc;

use chrono::{Duration, Utc};
use platform::{Clock, clock::ManualClock};
use serde_json::{Value, json};
use testkit::{
    ChaosProxy, TestDb, TestRedis,
    http::Response,
    stripe::{Action, FakeStripe, SECRET_KEY, WEBHOOK_SECRET},
};

use crate::bench::{Bench, Somebody};

pub(crate) const WEBHOOK: &str = "/api/v1/billing/webhook";

/// The two of them; the way between can be cut.
pub(crate) struct Shop {
    pub(crate) bench: Bench,
    pub(crate) stripe: FakeStripe,
    pub(crate) line: ChaosProxy,
    clock: Arc<ManualClock>,
}

impl Shop {
    /// Sells `starter` and `pro`. Webhooks are sent by hand.
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// With more settings of the api.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let clock = ManualClock::new(Utc::now());
        let stripe = FakeStripe::start(clock.clone()).await;
        let line = ChaosProxy::to(stripe.address()).await;
        let db = TestDb::new().await;
        for (plan, price, amount) in [
            ("starter", "price_starter", 1_900),
            ("pro", "price_pro", 4_900),
        ] {
            stripe
                .act(Action::AddPrice {
                    id: price.to_owned(),
                    unit_amount: amount,
                    currency: "eur".to_owned(),
                })
                .unwrap();
            db.execute(&format!(
                "UPDATE plans SET stripe_price_id = '{price}', price = {amount} / 100.0, currency = 'eur',
                     billing_interval = 'month', interval_count = 1 WHERE id = '{plan}';
                 INSERT INTO plan_prices (stripe_price_id, plan_id) VALUES ('{price}', '{plan}')"
            ))
            .await;
        }
        let database = db.database_config();
        let redis = TestRedis::shared().await.config();
        let base = format!("http://{}", line.addr());
        let settings = [
            ("STRIPE_SECRET_KEY", SECRET_KEY),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("STRIPE_API_BASE", base.as_str()),
            ("NEXT_PUBLIC_APP_URL", "https://app.example.com"),
            ("RATE_LIMIT_WEBHOOK_PER_MINUTE", "100000"),
            ("RATE_LIMIT_WRITE_PER_MINUTE", "100000"),
        ];
        let settings = [&settings, more].concat();
        let bench = Bench::on(db, database, redis, &settings).await;
        clock.set(bench.clock.now());
        Self {
            bench,
            stripe,
            line,
            clock,
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.bench.advance(by);
        self.clock.advance(by);
    }

    /// Begins a checkout and gives its id.
    pub(crate) async fn checkout(&self, who: &Somebody, plan: &str) -> String {
        let answer = self.try_checkout(who, plan).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let url = answer.json()["url"].as_str().unwrap().to_owned();
        url.rsplit('/').next().unwrap().to_owned()
    }

    pub(crate) async fn try_checkout(&self, who: &Somebody, plan: &str) -> Response {
        let call = self.bench.post("/api/v1/billing/checkout");
        let body = json!({ "plan": plan });
        call.bearer(&who.access).json(&body).send().await
    }

    /// Buys a plan and gives the subscription; nothing of it has been told yet.
    pub(crate) async fn buy(&self, who: &Somebody, plan: &str) -> String {
        let session = self.checkout(who, plan).await;
        let made = self.stripe.act(Action::PaySession { session }).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// All events so far, oldest first.
    pub(crate) fn events(&self) -> Vec<String> {
        self.stripe
            .see(|world| world.events.keys().cloned().collect())
    }

    /// The newest event of this type.
    pub(crate) fn newest(&self, kind: &str) -> String {
        let found = self.stripe.see(|world| {
            let mut newest = world.events.iter().rev();
            newest
                .find(|(_, event)| event["type"] == kind)
                .map(|(id, _)| id.clone())
        });
        found.unwrap()
    }

    /// Sends an event as Stripe does.
    pub(crate) async fn send(&self, event: &str) -> Response {
        let (signature, body) = self.stripe.signed(event);
        self.post(&signature, &body).await
    }

    pub(crate) async fn post(&self, signature: &str, body: &str) -> Response {
        let call = self.bench.post(WEBHOOK).raw(body);
        let call = call.header("content-type", "application/json; charset=utf-8");
        call.header("stripe-signature", signature).send().await
    }

    /// Sends everything there is, whether it was sent before or not.
    pub(crate) async fn send_all(&self) {
        for event in self.events() {
            let answer = self.send(&event).await;
            assert_eq!(answer.status, 204, "{}", answer.text());
        }
    }

    pub(crate) async fn subscription(&self, who: &Somebody) -> Value {
        let call = self.bench.get("/api/v1/billing/subscription");
        let answer = call.bearer(&who.access).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        let mut connection = self.bench.db.connect().await;
        let query = sea_orm::sqlx::query_scalar(sql);
        query.fetch_one(&mut connection).await.unwrap()
    }
}
