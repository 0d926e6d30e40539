use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, get, grid, post, tell},
};

async fn commands(bench: &Bench) -> Vec<Value> {
    let rows = sea_orm::ConnectionTrait::query_all_raw(
        bench.state.db.conn(),
        sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            "SELECT command FROM bot_commands ORDER BY position",
        ),
    )
    .await
    .unwrap();
    rows.iter()
        .map(|row| row.try_get_by("command").unwrap())
        .collect()
}

#[tokio::test]
async fn start_and_stop_leave_commands_for_the_engine() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let path = format!("/api/v1/bots/{}", bot(&bench, &ann, &account).await);
    let stop = format!("{path}/stop");
    problem(&tell(&bench, &ann, &stop).await, 409, "bot_status_conflict");
    let resume = format!("{path}/resume");
    problem(
        &tell(&bench, &ann, &resume).await,
        409,
        "bot_status_conflict",
    );

    let started = tell(&bench, &ann, &format!("{path}/start")).await;
    assert_eq!(started.status, 202, "{}", started.text());
    assert_eq!(started.json()["status"], "starting");
    let twice = tell(&bench, &ann, &format!("{path}/start")).await;
    let twice = problem(&twice, 409, "bot_status_conflict");
    assert_eq!(twice["detail"], "The bot is starting");
    let delete = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    problem(&delete, 409, "bot_status_conflict");

    bench.advance(chrono::Duration::milliseconds(5));
    assert_eq!(
        tell(&bench, &ann, &format!("{path}/pause")).await.status,
        202
    );
    bench.advance(chrono::Duration::milliseconds(5));
    let stopping = post(&bench, &ann, &stop, &json!({ "mode": "keep" })).await;
    assert_eq!(stopping.json()["status"], "stopping");
    bench.advance(chrono::Duration::milliseconds(5));
    let panic = tell(&bench, &ann, &format!("{path}/panic-close")).await;
    assert_eq!(panic.status, 202);
    assert_eq!(
        commands(&bench).await,
        [
            json!({ "command": "start" }),
            json!({ "command": "pause" }),
            json!({ "command": "stop", "mode": "keep" }),
            json!({ "command": "stop", "mode": "sell" }),
        ]
    );
    assert_eq!(
        bench.event_types(&ann).await[4..],
        ["bot.status_changed", "bot.status_changed"]
    );
}

#[tokio::test]
async fn no_bot_starts_where_the_prices_have_ended_and_what_has_stopped_can_go() {
    for status in ["finished", "error"] {
        let bench = Bench::new().await;
        let ann = bench.somebody("ann").await;
        let account = connection(&bench, &ann).await;
        let path = format!("/api/v1/bots/{}", bot(&bench, &ann, &account).await);
        let ended = format!("UPDATE feeds SET status = '{status}'");
        sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &ended)
            .await
            .unwrap();
        let start = tell(&bench, &ann, &format!("{path}/start")).await;
        problem(&start, 409, "feed_ended");
        assert_eq!(get(&bench, &ann, &path).await["status"], "draft");
        assert!(commands(&bench).await.is_empty());
        for path in [path, format!("/api/v1/exchange-connections/{account}")] {
            let gone = bench.call("DELETE", &path).bearer(&ann.access).send().await;
            assert_eq!(gone.status, 204, "{path}: {}", gone.text());
        }
    }
}

async fn run(bench: &Bench, sql: &str) {
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), sql)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bot_that_failed_can_be_sold_out_stopped_and_started() {
    for (route, command) in [
        ("panic-close", json!({ "command": "stop", "mode": "sell" })),
        ("stop", json!({ "command": "stop", "mode": "finish" })),
        ("start", json!({ "command": "start" })),
    ] {
        let bench = Bench::new().await;
        let ann = bench.somebody("ann").await;
        let account = connection(&bench, &ann).await;
        let path = format!("/api/v1/bots/{}", bot(&bench, &ann, &account).await);
        run(&bench, "UPDATE bots SET status = 'error'").await;
        for refused in ["pause", "resume"] {
            let told = tell(&bench, &ann, &format!("{path}/{refused}")).await;
            problem(&told, 409, "bot_status_conflict");
        }
        let told = tell(&bench, &ann, &format!("{path}/{route}")).await;
        assert_eq!(told.status, 202, "{}", told.text());
        assert_eq!(commands(&bench).await, [command]);
    }
}

#[tokio::test]
async fn a_grid_is_supplied_with_base_that_belongs_to_no_other_bot() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let other = bot(&bench, &ann, &account).await;
    run(
        &bench,
        "INSERT INTO balances (connection_id, asset, free, reserved)
         SELECT id, 'SOL', 0.4, 0.6 FROM connections
         ON CONFLICT (connection_id, asset) DO UPDATE SET free = 0.4, reserved = 0.6",
    )
    .await;
    let mut config = grid();
    config["base_supplied"] = json!("0.3");
    let body = json!({ "connection_id": account, "name": "Supplied", "config": config });
    let made = post(&bench, &ann, "/api/v1/bots", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let start = format!("/api/v1/bots/{}/start", made.json()["id"].as_str().unwrap());
    // The other one owns 0.8, of which it has left 0.05 to the account.
    let holdings = |base: &str, kept: &str| {
        format!(
            "INSERT INTO bot_states (bot_id, state_format, state, input_pos) VALUES ('{other}', 4,
                 '{{\"core\": {{\"holdings\": {{\"base\": \"{base}\", \"kept\": {{\"quantity\": \"{kept}\"}}}}}}}}', 0)
             ON CONFLICT (bot_id) DO UPDATE SET state = excluded.state"
        )
    };
    run(&bench, &holdings("0.8", "0.05")).await;
    let refused = tell(&bench, &ann, &start).await;
    let refused = problem(&refused, 409, "insufficient_unowned_base");
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("0.3") && detail.contains("0.25"),
        "{detail}"
    );
    assert!(commands(&bench).await.is_empty());
    // Base that is owed belongs to nobody else either.
    run(&bench, &holdings("-5", "0")).await;
    assert_eq!(tell(&bench, &ann, &start).await.status, 202);
}
