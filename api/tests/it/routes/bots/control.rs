use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, get, post, tell},
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
