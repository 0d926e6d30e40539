use serde_json::{Value, json};

use crate::{
    bench::{Bench, problem},
    exchange::{Trading, stored_okx},
    routes::connections::venue::{binance, binance_part, made},
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

#[tokio::test]
async fn real_money_is_traded_only_once_its_user_has_agreed() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = made(bench, ann, &binance("Main")).await;
    let path = desk.grid_path(&account).await;
    let start = format!("{path}/start");
    let refused = problem(&tell(bench, ann, &start).await, 409, "live_not_confirmed");
    assert!(refused["detail"].as_str().unwrap().contains("confirm-live"));
    assert_eq!(bench.count("SELECT count(*) FROM feeds").await, 0);
    assert_eq!(
        tell(bench, ann, &format!("{account}/confirm-live"))
            .await
            .status,
        200
    );
    let started = tell(bench, ann, &start).await;
    assert_eq!(started.status, 202, "{}", started.text());
    assert_eq!(started.json()["status"], "starting");
    assert_eq!(commands(bench).await, [json!({ "command": "start" })]);
    // Its engine follows the account from now on, which is no business of its user.
    let followed = "SELECT count(*) FROM feeds WHERE status = 'paused'";
    assert_eq!(bench.count(followed).await, 1);
    assert_eq!(get(bench, ann, &account).await["feed"], Value::Null);
    let feed = json!({ "action": "start" });
    let refused = post(bench, ann, &format!("{account}/feed"), &feed).await;
    problem(&refused, 404, "not_found");

    // Keys of another account have to be agreed to again.
    run(bench, "UPDATE bots SET status = 'paused'").await;
    let keys = json!({
        "key": binance_part("KEY2"), "secret": binance_part("SECRET2"), "version": 2, "abandon_orders": true,
    });
    let rotated = post(bench, ann, &format!("{account}/rotate"), &keys).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let resume = format!("{path}/resume");
    problem(&tell(bench, ann, &resume).await, 409, "live_not_confirmed");
    tell(bench, ann, &format!("{account}/confirm-live")).await;
    assert_eq!(tell(bench, ann, &resume).await.status, 202);
    // What ends trading needs nobody's word, and no exchange.
    run(bench, "UPDATE connections SET live_confirmed_at = NULL").await;
    run(bench, "UPDATE bots SET status = 'running'").await;
    desk.act(emulator::Action::SetMaintenance { is_on: true });
    for what in ["pause", "stop", "panic-close"] {
        let told = tell(bench, ann, &format!("{path}/{what}")).await;
        assert_eq!(told.status, 202, "{what}: {}", told.text());
    }
}

#[tokio::test]
async fn play_money_of_an_exchange_starts_at_once_if_everything_is_ready() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    let path = desk.grid_path(&account).await;
    let start = format!("{path}/start");
    let old = "INSERT INTO engine_nodes (id, name, state_format, alive_until)
        VALUES (gen_random_uuid(), 'old', 5, now() + interval '1 hour')";
    run(bench, old).await;
    problem(&tell(bench, ann, &start).await, 409, "not_yet_available");
    run(bench, "DELETE FROM engine_nodes").await;
    desk.inject(emulator::Fault::Overloaded);
    problem(&tell(bench, ann, &start).await, 503, "venue_unavailable");
    desk.act(emulator::Action::ClearFaults {});
    desk.revoke("KEY1");
    problem(&tell(bench, ann, &start).await, 409, "key_not_accepted");
    desk.act(emulator::Action::RevokeKey {
        user: "KEY1".to_owned(),
        is_revoked: false,
    });
    assert!(commands(bench).await.is_empty());
    assert_eq!(bench.count("SELECT count(*) FROM feeds").await, 0);
    let before = desk.weight();
    assert_eq!(tell(bench, ann, &start).await.status, 202);
    let used = desk.weight().checked_sub(before);
    assert!(used.is_none_or(|used| used == 42), "{used:?}");
    assert_eq!(bench.count("SELECT count(*) FROM feeds").await, 1);
    let stopped = tell(bench, ann, &format!("{path}/stop")).await;
    assert_eq!(stopped.status, 202);
    run(bench, "UPDATE bots SET status = 'stopped'").await;
    assert_eq!(tell(bench, ann, &start).await.status, 202);
    assert_eq!(bench.count("SELECT count(*) FROM feeds").await, 1);
}

#[tokio::test]
async fn a_bot_of_an_unsupported_exchange_does_not_start() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let paper = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &paper).await;
    let okx = stored_okx(&bench, &ann).await;
    let okx = crate::exchange::id(&okx);
    run(&bench, &format!("UPDATE bots SET connection_id = '{okx}'")).await;
    let refused = tell(&bench, &ann, &format!("/api/v1/bots/{id}/start")).await;
    problem(&refused, 409, "unsupported_venue");
}

/// The account at the exchange has 3 SOL.
#[tokio::test]
async fn base_of_an_exchange_account_is_supplied_if_it_belongs_to_no_bot_in_any_market() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    let other = desk.grid_path(&account).await;
    let mut config = grid();
    config["base_supplied"] = json!("2");
    let made = desk
        .grid(&account, json!({ "name": "Supplied", "config": config }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let start = format!("/api/v1/bots/{}/start", made.json()["id"].as_str().unwrap());
    let other = crate::exchange::id(&other);
    let owns = async |symbol: &str, base: &str| {
        run(
            bench,
            &format!("UPDATE bots SET symbol = '{symbol}' WHERE id = '{other}'"),
        )
        .await;
        let state = format!(
            "INSERT INTO bot_states (bot_id, state_format, state, input_pos) VALUES ('{other}', 4,
                 '{{\"core\": {{\"holdings\": {{\"base\": \"{base}\", \"kept\": {{\"quantity\": \"0\"}}}}}}}}', 0)
             ON CONFLICT (bot_id) DO UPDATE SET state = excluded.state"
        );
        run(bench, &state).await;
    };
    for symbol in ["SOL-USDT", "SOL-BTC"] {
        owns(symbol, "1.5").await;
        let refused = tell(bench, ann, &start).await;
        let refused = problem(&refused, 409, "insufficient_unowned_base");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("1.5 of the account"), "{detail}");
    }
    // Bitcoin is another matter.
    owns("BTC-USDT", "1.5").await;
    let started = tell(bench, ann, &start).await;
    assert_eq!(started.status, 202, "{}", started.text());
}
