use serde_json::{Value, json};

use super::run;
use crate::{
    bench::{Bench, Somebody, problem},
    trading::{bot, connection, get, post, tell},
};

const BOTS: &str = "/api/v1/bots";

/// Buys for 100 by signals.
pub(crate) fn signal_bot() -> Value {
    json!({ "type": "signal", "size": { "unit": "quote", "amount": "100" } })
}

/// A signal bot that runs, as far as the tables say; gives its id.
pub(crate) async fn running(bench: &Bench, who: &Somebody, config: &Value) -> String {
    let account = connection(bench, who).await;
    let body = json!({ "connection_id": account, "name": "Signals", "config": config });
    let made = post(bench, who, BOTS, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    stand(bench, &id, "running").await;
    id
}

pub(crate) async fn stand(bench: &Bench, bot: &str, status: &str) {
    run(
        bench,
        &format!("UPDATE bots SET status = '{status}' WHERE id = '{bot}'"),
    )
    .await;
}

pub(crate) async fn secret(bench: &Bench, who: &Somebody, bot: &str) -> String {
    bench.step_up(who).await;
    let made = tell(bench, who, &format!("{BOTS}/{bot}/signal-secret")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(made["path"], format!("/api/v1/hooks/{bot}"));
    made["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_signal_bot_is_previewed_made_and_changed() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let mut config = signal_bot();
    config["take_profit"] = json!({ "percentage": "2" });
    let preview = json!({ "connection_id": account, "config": config });
    let shown = post(&bench, &ann, "/api/v1/bots/preview", &preview).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    // The signal counts as given at the price of now.
    let shown = shown.json();
    assert_eq!(shown["levels"][0]["purpose"], "base");
    assert_eq!(shown["levels"][0]["exits"].as_array().unwrap().len(), 1);
    let id = running(&bench, &bench.somebody("bob").await, &config).await;
    assert!(!id.is_empty());
    config["max_lag_s"] = json!(0);
    config["in_position"] = json!("reverse");
    let wrong = json!({ "connection_id": account, "name": "x", "config": config });
    let refused = post(&bench, &ann, BOTS, &wrong).await;
    problem(&refused, 422, "invalid");
}

#[tokio::test]
async fn a_secret_is_shown_once_sealed_and_rotated() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bot = running(&bench, &ann, &signal_bot()).await;
    let one = secret(&bench, &ann, &bot).await;
    let two = secret(&bench, &ann, &bot).await;
    assert!(one.starts_with("bbs_") && one.len() == 47, "{one}");
    assert_ne!(one, two);
    let shown = get(&bench, &ann, &format!("{BOTS}/{bot}"))
        .await
        .to_string();
    assert!(!shown.contains("secret"), "{shown}");
    let stored = format!("SELECT encode(signal_secret, 'escape') FROM bots WHERE id = '{bot}'");
    let stored = bench.text(&stored).await;
    assert!(!stored.contains("bbs_"), "{stored}");
    assert_eq!(bench.logged(&ann, "signal_secret_made").await, 2);
    let old = json!({ "secret": one, "action": "enter_long", "signal_id": "a" });
    let hook = format!("/api/v1/hooks/{bot}");
    let answer = bench.post(&hook).json(&old).send().await;
    problem(&answer, 401, "invalid_signal_secret");
    let new = json!({ "secret": two, "action": "enter_long", "signal_id": "a" });
    let answer = bench.post(&hook).json(&new).send().await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

#[tokio::test]
async fn a_secret_is_made_only_in_a_session_that_was_stepped_up() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bot = running(&bench, &ann, &signal_bot()).await;
    let path = format!("{BOTS}/{bot}/signal-secret");
    problem(&tell(&bench, &ann, &path).await, 403, "step_up_required");
    let made = "SELECT count(*) FROM bots WHERE signal_secret IS NOT NULL";
    assert_eq!(bench.count(made).await, 0);
}

#[tokio::test]
async fn only_bots_that_take_signals_have_a_secret() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let account = connection(&bench, &ann).await;
    let grid = bot(&bench, &ann, &account).await;
    let refused = tell(&bench, &ann, &format!("{BOTS}/{grid}/signal-secret")).await;
    problem(&refused, 409, "bot_type_conflict");
    let dca = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "2" },
        "start_condition": "signal",
    });
    let dca = running(&bench, &bench.somebody("bob").await, &dca).await;
    let refused = tell(&bench, &ann, &format!("{BOTS}/{dca}/signal-secret")).await;
    problem(&refused, 404, "not_found");
}

#[tokio::test]
async fn the_log_goes_from_the_newest_in_pages() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bot = running(&bench, &ann, &signal_bot()).await;
    let secret = secret(&bench, &ann, &bot).await;
    for id in ["a", "b", "c"] {
        let body = json!({
            "secret": secret, "action": "enter_long", "signal_id": id, "confidence": "0.5",
            "order": { "amount": 20, "currency_type": "quote" },
        });
        let answer = bench
            .post(&format!("/api/v1/hooks/{bot}"))
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    let list = format!("{BOTS}/{bot}/signals");
    let page = get(&bench, &ann, &format!("{list}?limit=2")).await;
    let ids = |page: &Value| {
        let rows = page["data"].as_array().unwrap();
        rows.iter()
            .map(|row| row["signal_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&page), ["c", "b"]);
    let newest = &page["data"][0];
    assert_eq!(newest["amount"], json!({ "unit": "quote", "value": "20" }));
    assert_eq!(newest["confidence"], "0.5");
    assert_eq!(
        (&newest["outcome"], &newest["reason"]),
        (&json!("accepted"), &Value::Null)
    );
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &ann, &format!("{list}?limit=2&cursor={cursor}")).await;
    assert_eq!(ids(&rest), ["a"]);
    assert_eq!(rest["next_cursor"], Value::Null);
}
