use chrono::{Duration, SecondsFormat};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use testkit::http::Response;

use crate::{
    bench::{Bench, Somebody, fields, problem},
    routes::{
        admin::{of_role, put},
        bots::signals::{running, secret, signal_bot, stand},
    },
    trading::get,
};

/// A signal bot that runs, with its secret.
struct Hook {
    bench: Bench,
    ann: Somebody,
    bot: String,
    secret: String,
}

impl Hook {
    async fn open() -> Self {
        Self::with(&[], &signal_bot()).await
    }

    async fn with(settings: &[(&str, &str)], config: &Value) -> Self {
        let bench = Bench::with(settings).await;
        let ann = bench.somebody("ann").await;
        let bot = running(&bench, &ann, config).await;
        let secret = secret(&bench, &ann, &bot).await;
        Self {
            bench,
            ann,
            bot,
            secret,
        }
    }

    fn path(&self) -> String {
        format!("/api/v1/hooks/{}", self.bot)
    }

    fn now(&self) -> String {
        self.bench
            .now()
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    fn alert(&self, more: &Value) -> Value {
        let mut alert = json!({
            "secret": self.secret, "action": "enter_long", "ticker": "SOLUSDT", "price": "100", "time": self.now(),
        });
        for (name, value) in more.as_object().unwrap() {
            alert[name] = value.clone();
        }
        alert
    }

    async fn send(&self, body: &Value) -> Response {
        self.bench.post(&self.path()).json(body).send().await
    }

    async fn count(&self, what: &str) -> i64 {
        self.bench
            .count(&format!("SELECT count(*) FROM {what}"))
            .await
    }

    async fn newest(&self) -> Value {
        let list = format!("/api/v1/bots/{}/signals", self.bot);
        get(&self.bench, &self.ann, &list).await["data"][0].clone()
    }

    fn signed(&self, time: i64, body: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{time}.{body}")).finalize();
        format!("t={time},v1={}", hex::encode(mac.into_bytes()))
    }
}

const TOLD: &str = "bot_commands WHERE command->>'command' = 'signal'";

#[tokio::test]
async fn a_signal_is_stored_with_its_command_and_a_repeat_is_answered_with_the_first() {
    let hook = Hook::open().await;
    let alert = hook.alert(&json!({ "unknown": { "x": [1] } }));
    let first = hook.send(&alert).await;
    assert_eq!(first.status, 202, "{}", first.text());
    let id = first.json()["id"].clone();
    assert_eq!(first.json()["outcome"], "accepted");
    let command = "SELECT command::text FROM bot_commands";
    let command: Value = serde_json::from_str(&hook.bench.text(command).await).unwrap();
    assert_eq!(
        command,
        json!({ "command": "signal", "signal": { "id": id, "action": "enter_long" } })
    );
    let told = "SELECT id::text FROM bot_commands";
    assert_eq!(json!(hook.bench.text(told).await), id);
    for minutes in [0, 0, 10] {
        hook.bench.advance(Duration::minutes(minutes));
        let again = hook.send(&alert).await;
        assert_eq!(again.status, 200, "{}", again.text());
        assert_eq!(again.json()["id"], id);
    }
    assert_eq!(
        (hook.count("signals").await, hook.count(TOLD).await),
        (1, 1)
    );
}

#[tokio::test]
async fn of_many_at_once_one_is_taken() {
    let hook = Hook::open().await;
    let alert = hook.alert(&json!({}));
    let all = futures_util::future::join_all((0..8).map(|_| hook.send(&alert))).await;
    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 202]);
    let ids: Vec<Value> = all
        .iter()
        .map(|answer| answer.json()["id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(hook.count(TOLD).await, 1);
}

#[tokio::test]
async fn an_id_of_the_sender_is_a_repeat_for_a_day() {
    let hook = Hook::open().await;
    let named =
        |price: &str| hook.alert(&json!({ "signal_id": "x", "price": price, "time": null }));
    assert_eq!(hook.send(&named("1")).await.status, 202);
    hook.bench
        .advance(Duration::hours(24) - Duration::seconds(1));
    assert_eq!(hook.send(&named("2")).await.status, 200);
    hook.bench.advance(Duration::seconds(1));
    assert_eq!(hook.send(&named("2")).await.status, 202);
    assert_eq!(hook.count("signals").await, 2);
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_bot_are_answered_alike() {
    let hook = Hook::open().await;
    let wrong = hook.alert(&json!({ "secret": "bbs_wrong" }));
    let wrong = hook.send(&wrong).await;
    let mut missing = hook.alert(&json!({}));
    missing.as_object_mut().unwrap().remove("secret");
    let missing = hook.send(&missing).await;
    let nobody = format!("/api/v1/hooks/{}", hook.ann.id);
    let nobody = hook
        .bench
        .post(&nobody)
        .json(&hook.alert(&json!({})))
        .send()
        .await;
    let no_text = hook.send(&hook.alert(&json!({ "secret": 7 }))).await;
    for answer in [&wrong, &missing, &nobody, &no_text] {
        let mut body = problem(answer, 401, "invalid_signal_secret");
        body.as_object_mut().unwrap().remove("request_id");
        let mut first = wrong.json();
        first.as_object_mut().unwrap().remove("request_id");
        first.as_object_mut().unwrap().remove("instance");
        body.as_object_mut().unwrap().remove("instance");
        assert_eq!(body, first);
    }
    // A deleted bot is nobody's.
    stand(&hook.bench, &hook.bot, "stopped").await;
    let path = format!("/api/v1/bots/{}", hook.bot);
    let gone = hook
        .bench
        .call("DELETE", &path)
        .bearer(&hook.ann.access)
        .send()
        .await;
    assert_eq!(gone.status, 204);
    problem(
        &hook.send(&hook.alert(&json!({}))).await,
        401,
        "invalid_signal_secret",
    );
    assert_eq!(hook.count("signals").await, 0);
    let kept = "bots WHERE signal_secret IS NOT NULL";
    assert_eq!(hook.count(kept).await, 0);
}

#[tokio::test]
async fn who_has_no_secret_learns_nothing_of_a_bot_that_cannot_be_read() {
    let hook = Hook::open().await;
    let broken = format!("UPDATE bots SET config = '{{}}' WHERE id = '{}'", hook.bot);
    hook.bench.db.execute(&broken).await;
    let guess = hook.alert(&json!({ "secret": "bbs_wrong" }));
    problem(&hook.send(&guess).await, 401, "invalid_signal_secret");
    problem(&hook.send(&hook.alert(&json!({}))).await, 500, "internal");
}

#[tokio::test]
async fn a_bot_that_is_deleted_leaves_no_signal_waiting() {
    let hook = Hook::open().await;
    assert_eq!(hook.send(&hook.alert(&json!({}))).await.status, 202);
    stand(&hook.bench, &hook.bot, "stopped").await;
    let path = format!("/api/v1/bots/{}", hook.bot);
    let gone = hook.bench.call("DELETE", &path).bearer(&hook.ann.access);
    assert_eq!(gone.send().await.status, 204);
    assert_eq!(hook.count(TOLD).await, 0);
    let ended =
        "signals WHERE outcome = 'refused' AND reason = 'not_running' AND applied_at IS NOT NULL";
    assert_eq!(hook.count(ended).await, 1);
}

#[tokio::test]
async fn signals_are_taken_under_maintenance() {
    let hook = Hook::open().await;
    let admin = of_role(&hook.bench, "adm", "admin").await;
    let on = json!({ "enabled": true, "message": "Back at ten", "retry_after_s": 120 });
    let on = put(&hook.bench, &admin, "/api/v1/admin/maintenance", &on).await;
    assert_eq!(on.status, 200, "{}", on.text());
    let me = hook
        .bench
        .get("/api/v1/me")
        .bearer(&hook.ann.access)
        .send()
        .await;
    problem(&me, 503, "maintenance");
    let exit = hook.alert(&json!({ "action": "exit_long" }));
    assert_eq!(hook.send(&exit).await.status, 202);
    let other = hook.bench.post("/api/v1/hooks").json(&exit).send().await;
    problem(&other, 503, "maintenance");
}

#[tokio::test]
async fn a_header_or_a_signature_stands_for_the_secret_in_the_body() {
    let hook = Hook::open().await;
    let bare = |id: &str| json!({ "action": "buy", "signal_id": id }).to_string();
    let send = async |name: &str, value: &str, body: &str| {
        let call = hook.bench.post(&hook.path()).raw(body.to_owned());
        call.header(name, value).send().await
    };
    let answer = send("x-signal-secret", &hook.secret, &bare("a")).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let time = hook.bench.now().timestamp();
    let body = bare("b");
    let good = hook.signed(time, &body);
    let answer = send("x-signal-signature", &good, &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(send("x-signal-signature", &good, &body).await.status, 200);
    let (_, without_time) = good.split_once(',').unwrap();
    for (signature, body) in [
        (without_time.to_owned(), body.clone()),
        (good.clone(), bare("c")),
        (hook.signed(time - 301, &body), body.clone()),
        (hook.signed(time + 301, &body), body.clone()),
        (format!("t={time},v1="), body.clone()),
    ] {
        let answer = send("x-signal-signature", &signature, &body).await;
        problem(&answer, 401, "invalid_signal_secret");
    }
    // Its time is that of the signal, where the body names none.
    let body = json!({ "action": "sell" }).to_string();
    let late = send("x-signal-signature", &hook.signed(time - 61, &body), &body).await;
    problem(&late, 422, "signal_too_late");
}

#[tokio::test]
async fn what_comes_too_late_or_too_early_or_asks_for_shorts_is_logged_and_refused() {
    let hook = Hook::open().await;
    let at = |seconds: i64| {
        let time = hook.bench.now() + Duration::seconds(seconds);
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    for (more, code) in [
        (json!({ "time": at(-62) }), "signal_too_late"),
        (json!({ "time": at(-12), "max_lag": 10 }), "signal_too_late"),
        (json!({ "time": at(7) }), "signal_too_early"),
        (json!({ "action": "enter_short" }), "shorts_not_supported"),
    ] {
        let alert = hook.alert(&more);
        problem(&hook.send(&alert).await, 422, code);
        let logged = hook.newest().await;
        assert_eq!(
            (&logged["outcome"], &logged["reason"]),
            (&json!("refused"), &json!(code))
        );
        let again = hook.send(&alert).await;
        assert_eq!(again.status, 200, "{}", again.text());
        assert_eq!(again.json()["outcome"], "refused");
    }
    assert_eq!(hook.count(TOLD).await, 0);
    for more in [
        json!({ "time": at(-59) }),
        json!({ "time": at(-290), "max_lag": "300" }),
        json!({ "time": at(4) }),
    ] {
        let taken = hook.send(&hook.alert(&more)).await;
        assert_eq!(taken.status, 202, "{}", taken.text());
    }
}

#[tokio::test]
async fn a_bot_that_does_not_run_is_told_nothing() {
    let hook = Hook::open().await;
    for status in ["draft", "stopped", "error"] {
        stand(&hook.bench, &hook.bot, status).await;
        let answer = hook
            .send(&hook.alert(&json!({ "signal_id": status })))
            .await;
        problem(&answer, 409, "bot_status_conflict");
        assert_eq!(hook.newest().await["reason"], "not_running");
    }
    // A paused one is: it goes on leaving.
    stand(&hook.bench, &hook.bot, "paused").await;
    let answer = hook
        .send(&hook.alert(&json!({ "action": "exit_long" })))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(hook.count(TOLD).await, 1);
}

#[tokio::test]
async fn nobody_of_a_suspended_account_is_told_anything() {
    let hook = Hook::open().await;
    let suspended = format!(
        "UPDATE users SET status = 'suspended' WHERE id = '{}' RETURNING 1::bigint",
        hook.ann.id
    );
    hook.bench.count(&suspended).await;
    let answer = hook.send(&hook.alert(&json!({}))).await;
    problem(&answer, 403, "account_suspended");
    assert_eq!(hook.count("signals").await, 0);
}

#[tokio::test]
async fn a_body_is_a_small_object_of_json_whatever_its_type_says() {
    let hook = Hook::open().await;
    let text = hook
        .bench
        .post(&hook.path())
        .raw(hook.alert(&json!({})).to_string());
    let text = text
        .header("content-type", "text/plain; charset=utf-8")
        .send()
        .await;
    assert_eq!(text.status, 202, "{}", text.text());
    for body in ["", "buy now", "[]", "{\"secret\":"] {
        let answer = hook
            .bench
            .post(&hook.path())
            .raw(body.to_owned())
            .send()
            .await;
        problem(&answer, 400, "malformed_json");
    }
    let fits = hook
        .alert(&json!({ "signal_id": "a", "comment": "" }))
        .to_string()
        .len();
    for (more, status) in [(0, 202), (1, 413)] {
        let comment = "x".repeat(8192 - fits + more);
        let answer = hook
            .send(&hook.alert(&json!({ "signal_id": "a", "comment": comment })))
            .await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let hook = Hook::open().await;
    let alert = hook.alert(
        &json!({ "action": "jump", "time": "{{timenow}}", "max_lag": "4000", "confidence": 2 }),
    );
    let answer = hook.send(&alert).await;
    problem(&answer, 422, "invalid");
    let mut found = fields(&answer.json());
    found.sort();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(hook.count("signals").await, 0);
}

#[tokio::test]
async fn one_bot_has_sixty_a_minute() {
    let hook = Hook::with(&[("RATE_LIMIT_SIGNAL_PER_MINUTE", "3")], &signal_bot()).await;
    let guess = hook.alert(&json!({ "secret": "guess" }));
    for _ in 0..5 {
        problem(&hook.send(&guess).await, 401, "invalid_signal_secret");
    }
    // Guesses do not use up what the bot has.
    for id in ["a", "b", "c"] {
        let taken = hook.send(&hook.alert(&json!({ "signal_id": id }))).await;
        assert_eq!(taken.status, 202, "{}", taken.text());
    }
    let more = hook.send(&hook.alert(&json!({ "signal_id": "d" }))).await;
    problem(&more, 429, "rate_limited");
    assert!(more.header("retry-after").is_some());
    assert_eq!(hook.count("signals").await, 3);
}

#[tokio::test]
async fn a_bot_that_took_signals_before_takes_none_now() {
    let dca = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "2" },
        "start_condition": "signal",
    });
    let hook = Hook::with(&[], &dca).await;
    // It goes by volumes of its own.
    let order = json!({ "order": { "amount": "25", "currency_type": "quote" } });
    let sized = hook.send(&hook.alert(&order)).await;
    problem(&sized, 422, "invalid");
    assert_eq!(fields(&sized.json()), ["/order conflict"]);
    assert_eq!(hook.send(&hook.alert(&json!({}))).await.status, 202);
    let path = format!("/api/v1/bots/{}", hook.bot);
    let mut changed = dca.clone();
    changed["start_condition"] = json!("immediate");
    let body = json!({ "config": changed, "version": get(&hook.bench, &hook.ann, &path).await["version"] });
    stand(&hook.bench, &hook.bot, "stopped").await;
    let answer = hook
        .bench
        .call("PATCH", &path)
        .bearer(&hook.ann.access)
        .json(&body)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    problem(
        &hook.send(&hook.alert(&json!({}))).await,
        409,
        "bot_type_conflict",
    );
}
