use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    exchange::Trading,
    trading::{bot, connection, paper, post, tell},
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

/// Deals of 100 dollars with two safety orders on a paper account, as if the engine ran them: deal 1 is over, 2 is open.
async fn trading(bench: &Bench, ann: &Somebody) -> String {
    let mut paper = paper("Paper");
    paper["paper"]["balances"]["SOL"] = json!("3");
    let answer = post(bench, ann, "/api/v1/exchange-connections", &paper).await;
    let config = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" },
        "safety_orders": { "volume": "100", "step_percentage": "2", "max_count": 2 },
        "take_profit": { "percentage": "2" }, "stop_loss": { "percentage": "10" }, "max_active_deals": 2,
    });
    let new = json!({ "connection_id": answer.json()["id"], "name": "Deals", "config": config });
    let made = post(bench, ann, "/api/v1/bots", &new).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    sql(
        bench,
        &format!(
            "UPDATE bots SET status = 'running';
             INSERT INTO deals (id, bot_id, number, opened_at, closed_at)
             VALUES (gen_random_uuid(), '{id}', 1, 1704067200000, 1704067260000),
                 (gen_random_uuid(), '{id}', 2, 1704067300000, NULL)"
        ),
    )
    .await;
    id
}

#[tokio::test]
async fn funds_are_added_to_an_open_deal_once() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let id = trading(&bench, &ann).await;
    let path = |deal: &str| format!("/api/v1/bots/{id}/deals/{deal}/add-funds");
    let market = json!({ "amount": "150" });
    let told = post(&bench, &ann, &path("2"), &market).await;
    assert_eq!(told.status, 202, "{}", told.text());
    assert_eq!(told.json()["number"], 2);
    let limit = json!({ "amount": "90.5", "price": "91.25" });
    let send = async |body: &Value| {
        bench
            .post(&path("2"))
            .bearer(&ann.access)
            .header("idempotency-key", "funds")
            .json(body)
            .send()
            .await
    };
    let (one, two) = (send(&limit).await, send(&limit).await);
    assert_eq!((one.status, one.json()), (two.status, two.json()));
    problem(&send(&market).await, 422, "idempotency_key_reused");
    assert_eq!(
        commands(&bench).await,
        [
            json!({ "command": "add_funds", "deal": 2, "amount": "150" }),
            json!({ "command": "add_funds", "deal": 2, "amount": "90.5", "price": "91.25" }),
        ]
    );
    problem(
        &post(&bench, &ann, &path("1"), &market).await,
        409,
        "deal_closed",
    );
    problem(
        &post(&bench, &ann, &path("3"), &market).await,
        404,
        "not_found",
    );
    problem(
        &post(&bench, &bob, &path("2"), &market).await,
        404,
        "not_found",
    );
    sql(&bench, "UPDATE bots SET status = 'stopped'").await;
    problem(
        &post(&bench, &ann, &path("2"), &market).await,
        409,
        "bot_status_conflict",
    );
    for status in ["paused", "waiting_funds", "stopping"] {
        sql(&bench, &format!("UPDATE bots SET status = '{status}'")).await;
        let told = post(&bench, &ann, &path("2"), &market).await;
        assert_eq!(told.status, 202, "{status}: {}", told.text());
    }
    assert_eq!(commands(&bench).await.len(), 5);
}

#[tokio::test]
async fn funds_that_buy_nothing_are_refused_field_by_field() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = trading(&bench, &ann).await;
    let path = format!("/api/v1/bots/{id}/deals/2/add-funds");
    for (body, expected) in [
        (json!({}), vec!["/amount required"]),
        (
            json!({ "amount": 5, "prize": "1" }),
            vec!["/amount type", "/prize unknown_field"],
        ),
        (
            json!({ "amount": "0", "price": "-1" }),
            vec!["/amount out_of_range", "/price out_of_range"],
        ),
        (
            json!({ "amount": "0.0000000001" }),
            vec!["/amount out_of_range"],
        ),
        (
            json!({ "amount": "4.99" }),
            vec!["/amount below_min_notional"],
        ),
        (
            json!({ "amount": "100", "price": "0.001" }),
            vec!["/price below_min_notional"],
        ),
        (
            json!({ "amount": "10000.01" }),
            vec!["/amount insufficient_balance"],
        ),
        (
            json!({ "amount": "10000.01", "price": "90" }),
            vec!["/amount insufficient_balance"],
        ),
    ] {
        let answer = post(&bench, &ann, &path, &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(fields(&answer.json()), expected, "{body}");
    }
    assert_eq!(commands(&bench).await, Vec::<Value>::new());
}

#[tokio::test]
async fn base_of_the_account_is_taken_over_into_a_deal() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let id = trading(&bench, &ann).await;
    let path = format!("/api/v1/bots/{id}/deals");
    let body = json!({ "quantity": "1.5", "price": "95" });
    let told = post(&bench, &ann, &path, &body).await;
    assert_eq!(told.status, 202, "{}", told.text());
    assert_eq!(told.json()["id"], id.as_str());
    // Without a price it is the one before any was played: that of the first candle.
    let told = post(&bench, &ann, &path, &json!({ "quantity": "2" })).await;
    assert_eq!(told.status, 202, "{}", told.text());
    let commands = commands(&bench).await;
    assert_eq!(
        commands[0],
        json!({ "command": "take_over", "quantity": "1.5", "price": "95" })
    );
    assert_eq!(
        commands[1],
        json!({ "command": "take_over", "quantity": "2", "price": "100" })
    );
    let more = post(&bench, &ann, &path, &json!({ "quantity": "3.00001" })).await;
    problem(&more, 409, "insufficient_unowned_base");
    for (body, expected) in [
        (json!({ "price": "9" }), vec!["/quantity required"]),
        (
            json!({ "quantity": "0", "price": "0" }),
            vec!["/price out_of_range", "/quantity out_of_range"],
        ),
        (
            json!({ "quantity": "1.000001" }),
            vec!["/quantity out_of_range"],
        ),
        // 4.95 at the stop-loss.
        (
            json!({ "quantity": "0.055" }),
            vec!["/quantity exit_not_viable"],
        ),
    ] {
        let answer = post(&bench, &ann, &path, &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(fields(&answer.json()), expected, "{body}");
    }
    problem(&post(&bench, &bob, &path, &body).await, 404, "not_found");
    // What its own deals hold belongs to them.
    sql(
        &bench,
        &format!(
            r#"INSERT INTO bot_states (bot_id, state_format, state, input_pos) VALUES
               ('{id}', 4, '{{"core": {{"holdings": {{"base": "1.5", "kept": {{"quantity": "0"}}}}}}}}', 0)"#
        ),
    )
    .await;
    let more = post(&bench, &ann, &path, &json!({ "quantity": "1.50001" })).await;
    problem(&more, 409, "insufficient_unowned_base");
    let told = post(&bench, &ann, &path, &body).await;
    assert_eq!(told.status, 202, "{}", told.text());
    for status in ["draft", "paused", "stopping", "stopped", "error"] {
        sql(&bench, &format!("UPDATE bots SET status = '{status}'")).await;
        let answer = post(&bench, &ann, &path, &body).await;
        problem(&answer, 409, "bot_status_conflict");
    }
}

#[tokio::test]
async fn bots_of_one_deal_take_neither_funds_nor_base() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    sql(&bench, "UPDATE bots SET status = 'running'").await;
    for (path, body) in [
        ("deals/1/add-funds", json!({ "amount": "10" })),
        ("deals", json!({ "quantity": "1" })),
    ] {
        let path = format!("/api/v1/bots/{id}/{path}");
        let answer = post(&bench, &ann, &path, &body).await;
        problem(&answer, 409, "bot_type_conflict");
    }
}

/// An engine of the release before would drop the command.
#[tokio::test]
async fn while_an_older_engine_runs_neither_is_available() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = trading(&bench, &ann).await;
    let insert = |format: i32| {
        format!(
            "INSERT INTO engine_nodes (id, name, state_format, alive_until)
             VALUES (gen_random_uuid(), 'test', {format}, now() + interval '1 hour')"
        )
    };
    sql(&bench, &insert(5)).await;
    let (funds, base) = (json!({ "amount": "10" }), json!({ "quantity": "1" }));
    let ask = async |what: &str, body: &Value| {
        post(&bench, &ann, &format!("/api/v1/bots/{id}/{what}"), body).await
    };
    assert_eq!(ask("deals/2/add-funds", &funds).await.status, 202);
    assert_eq!(ask("deals", &base).await.status, 202);
    sql(&bench, &insert(4)).await;
    for (what, body) in [("deals/2/add-funds", &funds), ("deals", &base)] {
        problem(&ask(what, body).await, 409, "not_yet_available");
    }
    assert_eq!(commands(&bench).await.len(), 2);
}

#[tokio::test]
async fn on_a_feed_that_has_ended_nothing_can_be_bought_or_taken_over() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = trading(&bench, &ann).await;
    for status in ["finished", "error"] {
        sql(&bench, &format!("UPDATE feeds SET status = '{status}'")).await;
        for (what, body) in [
            ("deals/2/add-funds", json!({ "amount": "10" })),
            ("deals", json!({ "quantity": "1" })),
        ] {
            let path = format!("/api/v1/bots/{id}/{what}");
            problem(&post(&bench, &ann, &path, &body).await, 409, "feed_ended");
        }
    }
    assert_eq!(commands(&bench).await, Vec::<Value>::new());
}

/// The request was let in while the account was active: what it asks for is not left behind the suspension's back.
#[tokio::test]
async fn nothing_is_bought_or_taken_over_behind_a_suspension() {
    for (what, body) in [
        ("deals/2/add-funds", json!({ "amount": "10" })),
        ("deals", json!({ "quantity": "1" })),
    ] {
        let bench = Bench::new().await;
        let ann = bench.somebody("ann").await;
        let id = trading(&bench, &ann).await;
        let path = format!("/api/v1/bots/{id}/{what}");
        let suspending = bench.state.db.begin().await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(
            &suspending,
            "UPDATE users SET status = 'suspended' WHERE email LIKE 'ann%'",
        )
        .await
        .unwrap();
        let (answer, ()) = tokio::join!(post(&bench, &ann, &path, &body), async {
            testkit::wait_until("the request waits for the account", || async {
                let waiting = sea_orm::ConnectionTrait::query_all_raw(
                    bench.state.db.conn(),
                    sea_orm::Statement::from_string(
                        sea_orm::DbBackend::Postgres,
                        "SELECT 1 AS one FROM pg_stat_activity
                         WHERE datname = current_database() AND wait_event_type = 'Lock'",
                    ),
                );
                !waiting.await.unwrap().is_empty()
            })
            .await;
            suspending.commit().await.unwrap();
        });
        problem(&answer, 403, "account_suspended");
        assert_eq!(commands(&bench).await, Vec::<Value>::new(), "{what}");
    }
}

#[tokio::test]
async fn at_an_exchange_funds_and_base_are_those_of_its_account() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    let config = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
        "safety_orders": { "volume": "100", "step_percentage": "2", "max_count": 3 },
    });
    let made = desk.grid(&account, json!({ "config": config })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/bots/{}", made.json()["id"].as_str().unwrap());
    sql(bench, "UPDATE bots SET status = 'running'").await;
    let take = async |body: Value| post(bench, ann, &format!("{path}/deals"), &body).await;
    let told = take(json!({ "quantity": "2" })).await;
    assert_eq!(told.status, 202, "{}", told.text());
    assert_eq!(
        commands(bench).await,
        [json!({ "command": "take_over", "quantity": "2", "price": "100" })]
    );
    let before = desk.weight();
    problem(
        &take(json!({ "quantity": "3.001" })).await,
        409,
        "insufficient_unowned_base",
    );
    let used = desk.weight().checked_sub(before);
    assert!(used.is_none_or(|used| used == 42), "{used:?}");
    // The lot of the exchange.
    let refused = take(json!({ "quantity": "1.0001" })).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/quantity out_of_range"]
    );
    desk.act(emulator::Action::SetMaintenance { is_on: true });
    problem(
        &take(json!({ "quantity": "2" })).await,
        503,
        "venue_unavailable",
    );
    assert_eq!(commands(bench).await.len(), 1);
}
