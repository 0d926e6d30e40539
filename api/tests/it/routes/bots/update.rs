use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection, grid, post, tell},
};

#[tokio::test]
async fn name_and_configuration_of_a_draft() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = format!("/api/v1/bots/{id}");
    let patch = async |body: Value| {
        bench
            .call("PATCH", &path)
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await
    };
    let mut wider = grid();
    wider["upper"] = json!("115");
    let changed = patch(json!({ "name": "Wider", "config": wider, "version": 1 })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.json()["config"]["upper"], "115");
    let stale = patch(json!({ "name": "Late", "version": 1 })).await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    let unsaid = patch(json!({ "name": "x" })).await;
    assert_eq!(
        fields(&problem(&unsaid, 422, "invalid")),
        ["/version required"]
    );
    let other = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
    });
    let typed = patch(json!({ "config": other, "version": 2 })).await;
    assert_eq!(
        fields(&problem(&typed, 422, "invalid")),
        ["/config/type conflict"]
    );

    assert_eq!(
        tell(&bench, &ann, &format!("{path}/start")).await.status,
        202
    );
    let mut finer = grid();
    finer["grid_count"] = json!(20);
    let running = patch(json!({ "config": finer, "version": 2 })).await;
    problem(&running, 409, "bot_status_conflict");
    let named = patch(json!({ "name": "Running", "version": 2 })).await;
    assert_eq!(named.status, 200, "{}", named.text());
}

fn dca(amount: &str, percentage: &str) -> Value {
    json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": amount }, "take_profit": { "percentage": percentage },
        "max_active_deals": 2,
    })
}

#[tokio::test]
async fn later_deals_of_a_running_bot_go_by_another_configuration() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let body = json!({ "connection_id": account, "name": "DCA", "config": dca("4000", "1.5") });
    let made = post(&bench, &ann, "/api/v1/bots", &body).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/bots/{id}");
    let patch = async |body: Value| {
        bench
            .call("PATCH", &path)
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await
    };
    tell(&bench, &ann, &format!("{path}/start")).await;
    // Its deals hold what the account had.
    let held = "UPDATE balances SET free = 100, reserved = 9900";
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), held)
        .await
        .unwrap();

    let edited = patch(json!({ "config": dca("3000", "2"), "version": 1 })).await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    assert_eq!(edited.header("etag"), Some("\"2\""));
    assert_eq!(edited.json()["config"]["take_profit"]["percentage"], "2");
    assert_eq!(edited.json()["status"], "starting");
    let stale = patch(json!({ "config": dca("3000", "3"), "version": 1 })).await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    let wrong = patch(json!({ "config": dca("1", "0"), "version": 2 })).await;
    assert_eq!(
        fields(&problem(&wrong, 422, "invalid")),
        [
            "/config/base_order/amount below_min_notional",
            "/config/take_profit/percentage out_of_range",
        ]
    );
    let moved = patch(json!({ "connection_id": account, "version": 2 })).await;
    assert_eq!(
        fields(&problem(&moved, 422, "invalid")),
        ["/connection_id unknown_field"]
    );
    let typed = patch(json!({ "config": grid(), "version": 2 })).await;
    assert_eq!(
        fields(&problem(&typed, 422, "invalid")),
        ["/config/type conflict"]
    );

    // Once it winds down there are no later deals.
    tell(&bench, &ann, &format!("{path}/stop")).await;
    let late = patch(json!({ "config": dca("3000", "3"), "version": 2 })).await;
    problem(&late, 409, "bot_status_conflict");
}

#[tokio::test]
async fn a_running_grid_takes_other_exit_prices() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = format!("/api/v1/bots/{id}");
    tell(&bench, &ann, &format!("{path}/start")).await;
    let mut safer = grid();
    safer["stop_loss_price"] = json!("85");
    safer["on_stop"] = json!("sell");
    let patch = async |config: &Value| {
        let body = json!({ "config": config, "version": 1 });
        let call = bench.call("PATCH", &path).bearer(&ann.access);
        call.json(&body).send().await
    };
    let mut wrong = safer.clone();
    wrong["stop_loss_price"] = json!("0");
    let refused = patch(&wrong).await;
    let pointers = fields(&problem(&refused, 422, "invalid"));
    assert_eq!(pointers, ["/config/stop_loss_price out_of_range"]);

    // It would end at once.
    wrong["stop_loss_price"] = json!("1000000");
    let refused = patch(&wrong).await;
    let pointers = fields(&problem(&refused, 422, "invalid"));
    assert_eq!(pointers, ["/config/stop_loss_price price_beyond_exit"]);

    // An engine of a release that would not know what to do with it, or none that could say.
    problem(&patch(&safer).await, 409, "not_yet_available");
    let node = |format: u16| {
        format!(
            "INSERT INTO engine_nodes (id, name, state_format, alive_until)
             VALUES (gen_random_uuid(), 'node', {format}, now() + interval '1 hour')"
        )
    };
    bench.db.execute(&node(5)).await;
    bench.db.execute(&node(4)).await;
    problem(&patch(&safer).await, 409, "not_yet_available");
    let leaves = "DELETE FROM engine_nodes WHERE state_format = 4";
    bench.db.execute(leaves).await;

    let edited = patch(&safer).await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    assert_eq!(edited.json()["config"]["stop_loss_price"], "85");
    let told = "SELECT count(*) FROM bot_commands WHERE command->>'command' = 'configure'";
    assert_eq!(bench.count(told).await, 1);

    // It ends before the engine has told it: what is changed at rest is not taken back by that.
    let ended = "UPDATE bots SET status = 'stopped'";
    bench.db.execute(ended).await;
    let mut finer = grid();
    finer["grid_count"] = json!(20);
    let body = json!({ "config": finer, "version": 2 });
    let call = bench.call("PATCH", &path).bearer(&ann.access);
    let rested = call.json(&body).send().await;
    assert_eq!(rested.status, 200, "{}", rested.text());
    assert_eq!(bench.count(told).await, 0);
    let waiting = "SELECT count(*) FROM bot_commands WHERE command->>'command' = 'start'";
    assert_eq!(bench.count(waiting).await, 1);
}
