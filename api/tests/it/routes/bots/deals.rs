use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, tell},
};

async fn sql(bench: &Bench, sql: &str) {
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), sql)
        .await
        .unwrap();
}

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
async fn an_open_deal_can_be_closed_and_cancelled() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = |deal: &str, what: &str| format!("/api/v1/bots/{id}/deals/{deal}/{what}");
    problem(
        &tell(&bench, &ann, &path("1", "close")).await,
        404,
        "not_found",
    );
    sql(
        &bench,
        &format!(
            "INSERT INTO deals (id, bot_id, number, opened_at, closed_at)
             VALUES (gen_random_uuid(), '{id}', 1, 1704067200000, 1704067260000),
                 (gen_random_uuid(), '{id}', 2, 1704067300000, NULL)"
        ),
    )
    .await;
    problem(
        &tell(&bench, &ann, &path("2", "close")).await,
        409,
        "bot_status_conflict",
    );
    sql(&bench, "UPDATE bots SET status = 'running'").await;
    problem(
        &tell(&bench, &ann, &path("1", "close")).await,
        409,
        "deal_closed",
    );
    problem(
        &tell(&bench, &ann, &path("3", "cancel")).await,
        404,
        "not_found",
    );
    problem(
        &tell(&bench, &bob, &path("2", "close")).await,
        404,
        "not_found",
    );
    for wrong in ["x", "-1", "4294967296"] {
        let answer = tell(&bench, &ann, &path(wrong, "close")).await;
        assert!(
            answer.status.is_client_error(),
            "{wrong}: {}",
            answer.text()
        );
    }
    assert_eq!(commands(&bench).await, Vec::<Value>::new());

    for (what, command) in [("close", "close_deal"), ("cancel", "cancel_deal")] {
        let told = tell(&bench, &ann, &path("2", what)).await;
        assert_eq!(told.status, 202, "{}", told.text());
        assert_eq!(told.json()["number"], 2);
        assert_eq!(
            commands(&bench).await.last(),
            Some(&json!({ "command": command, "deal": 2 }))
        );
    }
}
