//! What an admin does reaches every process, sockets and bots included.

use std::time::{Duration, Instant};

use sea_orm::sqlx::{Connection, PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{paper::PaperAccount, wait_until, ws::Client};

use super::{
    platform::{Copy, Platform},
    user::{self, User},
};

const PASSWORD: &str = "an unusual passphrase 4711";

/// The first superadmin, made as an operator does.
async fn root(platform: &Platform, api: &Copy) -> User {
    let create = platform.command(&["admin", "create", "--email", "root@example.com"]);
    let done = create.input(format!("{PASSWORD}\n")).run().await;
    assert!(done.status.success(), "{}", done.logs);
    assert!(!done.logs.contains(PASSWORD));
    let root = User::login(api.address, "root@example.com", PASSWORD).await;
    root.step_up(api.address, PASSWORD).await;
    root.enrol(api.address).await;
    root
}

/// A socket that has said hello and was welcomed.
async fn socket(gateway: &Copy, user: &User) -> Client {
    let protocol = [("sec-websocket-protocol", "blockbotx.v1")];
    let mut client = Client::connect(gateway.address, "/ws", &protocol)
        .await
        .unwrap();
    client
        .send_json(&json!({ "op": "hello", "token": user.token }))
        .await;
    client
        .next_where(|message| message["op"] == "welcome")
        .await;
    client
}

async fn suspend(api: &Copy, root: &User, user: &User) {
    let path = format!("/api/v1/admin/users/{}/suspend", user.id);
    let done = root
        .call(api.address, "POST", &path, &json!({ "reason": "abuse" }))
        .await;
    assert_eq!(done.status, 200, "{}", done.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_superadmin_is_made_once_and_the_password_is_no_argument() {
    let platform = Platform::start().await;
    let create = |email: &str, input: &str| {
        let command = platform.command(&["admin", "create", "--email", email]);
        command.input(input).run()
    };
    for (email, input, said) in [
        ("nobody", PASSWORD, "is not an e-mail address"),
        ("root@example.com", "short\n", "at least 12 characters"),
        ("root@example.com", "", "at least 12 characters"),
        (
            "root@example.com",
            "passwordpassword\n",
            "guessed too easily",
        ),
    ] {
        let refused = create(email, input).await;
        assert_eq!(refused.status.code(), Some(2), "{}", refused.logs);
        assert!(refused.logs.contains(said), "{}", refused.logs);
    }
    let made = create("root@example.com", PASSWORD).await;
    assert!(made.status.success(), "{}", made.logs);
    let again = create("other@example.com", PASSWORD).await;
    assert_eq!(again.status.code(), Some(2), "{}", again.logs);
    assert!(
        again.logs.contains("there is a superadmin already"),
        "{}",
        again.logs
    );
    let api = platform.api().await;
    let root = User::login(api.address, "root@example.com", PASSWORD).await;
    let path = "/api/v1/admin/figures";
    let refused = root.get(api.address, path).await;
    assert_eq!(refused.json()["code"], "admin_factor_required");
    root.step_up(api.address, PASSWORD).await;
    root.enrol(api.address).await;
    assert_eq!(root.get(api.address, path).await.status, 200);
    let me = root
        .get(api.address, &format!("/api/v1/admin/users/{}", root.id))
        .await
        .json();
    assert_eq!(
        (&me["role"], &me["email_verified"]),
        (&json!("superadmin"), &json!(true))
    );
}

/// While registration is closed the operator makes accounts, whose addresses count as proven.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_users_are_made_at_the_console() {
    let platform = Platform::start().await;
    let create = |email: &str, input: &str| {
        let command = platform.command(&["admin", "create-user", "--email", email]);
        command.input(input).run()
    };
    let weak = create("ann@example.com", "passwordpassword\n").await;
    assert_eq!(weak.status.code(), Some(2), "{}", weak.logs);
    for email in ["ann@example.com", "bob@example.com"] {
        let made = create(email, PASSWORD).await;
        assert!(made.status.success(), "{}", made.logs);
        assert!(!made.logs.contains(PASSWORD));
    }
    let taken = create("ANN@example.com", PASSWORD).await;
    assert_eq!(taken.status.code(), Some(2), "{}", taken.logs);
    assert!(
        taken.logs.contains("with this address exists"),
        "{}",
        taken.logs
    );
    let api = platform.api().await;
    let ann = User::login(api.address, "ann@example.com", PASSWORD).await;
    let me = ann.get(api.address, "/api/v1/me").await.json();
    assert_eq!(
        (&me["role"], &me["email_verified"]),
        (&json!("user"), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_second_factor_is_taken_away_by_the_operator() {
    let platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let gateway = platform.gateway().await;
    let ada = User::register(api.address, "ada@example.com").await;
    let reset = |email: &str| {
        let command = platform.command(&["admin", "reset-second-factor", email]);
        command.run()
    };
    for (email, said) in [
        ("ada", "is not an e-mail address"),
        ("eve@example.com", "no account has this address"),
        ("ada@example.com", "the account has no second factor"),
    ] {
        let refused = reset(email).await;
        assert_eq!(refused.status.code(), Some(2), "{}", refused.logs);
        assert!(refused.logs.contains(said), "{}", refused.logs);
    }
    let url = platform.postgres.direct_url("blockbotx");
    let mut db = PgConnection::connect(&url).await.unwrap();
    query("UPDATE users SET email_verified_at = now() WHERE email = 'ada@example.com'")
        .execute(&mut db)
        .await
        .unwrap();
    ada.step_up(api.address, user::PASSWORD).await;
    ada.enrol(api.address).await;
    let mut open = socket(&gateway, &ada).await;

    let done = reset(" ADA@example.com").await;
    assert!(done.status.success(), "{}", done.logs);
    // The command has no Redis: the engine's heartbeat says it.
    assert_eq!(u16::from(open.closed().await.unwrap().code), 4503);
    let refused = ada.get(api.address, "/api/v1/me").await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    // The password is enough again.
    let ada = User::login(api.address, "ada@example.com", user::PASSWORD).await;
    let status = ada.get(api.address, "/api/v1/auth/totp").await.json();
    assert_eq!(
        status,
        json!({ "enabled": false, "enabled_at": null, "recovery_codes_left": 0 })
    );
    let log = ada.get(api.address, "/api/v1/me/security-log").await.text();
    assert!(log.contains("totp_reset"), "{log}");
    let told: i64 = query_scalar(
        "SELECT count(*) FROM mails WHERE kind = 'second_factor_reset' AND recipient = 'ada@example.com'",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sockets_of_a_user_are_seen_and_closed() {
    let platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let gateways = [platform.gateway().await, platform.gateway().await];
    let root = root(&platform, &api).await;
    let ada = User::register(api.address, "ada@example.com").await;
    let eve = User::register(api.address, "eve@example.com").await;
    let mut first = socket(&gateways[0], &ada).await;
    let mut second = socket(&gateways[1], &ada).await;
    let mut other = socket(&gateways[0], &eve).await;
    let path = format!("/api/v1/admin/users/{}/sockets", ada.id);
    let seen = async || {
        let seen = root.get(api.address, &path).await;
        assert_eq!(seen.status, 200, "{}", seen.text());
        seen.json()
    };
    let shown = seen().await;
    assert_eq!(shown["complete"], true, "{shown}");
    let [one, two] = &shown["data"].as_array().unwrap()[..] else {
        panic!("{shown}");
    };
    assert_ne!(one["node"], two["node"]);
    assert_eq!(one["session_id"], two["session_id"]);
    assert_eq!(one["address"], "127.0.0.1");
    assert!(one["opened_at"].as_str() <= two["opened_at"].as_str());

    let close = async |query: &str| {
        let path = format!("{path}{query}");
        root.call(api.address, "DELETE", &path, &json!({})).await
    };
    let none = close(&format!("?session_id={}", uuid::Uuid::nil())).await;
    assert_eq!(none.status, 202, "{}", none.text());
    assert_eq!(seen().await["data"].as_array().unwrap().len(), 2);
    let session = one["session_id"].as_str().unwrap();
    let closed = close(&format!("?session_id={session}")).await;
    assert_eq!(closed.status, 202, "{}", closed.text());
    for socket in [&mut first, &mut second] {
        let closing = socket
            .next_where(|message| message["op"] == "closing")
            .await;
        assert_eq!(closing["code"], 4001, "{closing}");
        assert!(closing["retry_after_ms"].is_u64(), "{closing}");
        assert_eq!(u16::from(socket.closed().await.unwrap().code), 4001);
    }
    assert_eq!(seen().await["data"], json!([]));
    socket(&gateways[0], &ada).await;
    // Nobody else was closed.
    other
        .send_json(&json!({ "op": "subscribe", "id": 1, "channels": [] }))
        .await;
    other.next_where(|message| message["op"] == "ok").await;
    let log = ada.get(api.address, "/api/v1/me/security-log").await.json();
    let entries = log["data"].as_array().unwrap();
    let logged: Vec<_> = entries
        .iter()
        .filter(|entry| entry["kind"] == "sockets_disconnected")
        .collect();
    assert_eq!(logged.len(), 2, "{log}");
    assert_eq!(logged[0]["detail"]["session"], session);
    assert_eq!(logged[0]["detail"]["actor"], root.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_cut_off_and_the_bots_are_paused() {
    let platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let gateway = platform.gateway().await;
    let root = root(&platform, &api).await;
    let user = User::register(api.address, "ada@example.com").await;
    let spec = json!({
        "symbol": "SOL-USDT", "balances": { "USDT": "10000" }, "speed": 60,
        "feed": { "kind": "synthetic", "seed": 3, "candles": 100_000 },
    });
    let grid = json!({
        "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
        "quantity": { "mode": "fixed_base", "quantity": "0.5" },
    });
    let url = platform.postgres.direct_url("blockbotx");
    let mut db = PgConnection::connect(&url).await.unwrap();
    let account = PaperAccount::create(&mut db, user.id.parse().unwrap(), &spec, &[grid]).await;
    account.set_feed(&mut db, "running").await;
    let db = tokio::sync::Mutex::new(db);
    let bot = || async {
        let found: (String, Option<String>) =
            query_as("SELECT status, status_reason FROM bots WHERE id = $1")
                .bind(account.bots[0])
                .fetch_one(&mut *db.lock().await)
                .await
                .unwrap();
        found
    };
    wait_until("the bot runs", || async { bot().await.0 == "running" }).await;
    let mut victim = socket(&gateway, &user).await;
    let mut kept = socket(&gateway, &root).await;

    suspend(&api, &root, &user).await;
    let told = Instant::now();
    assert_eq!(u16::from(victim.closed().await.unwrap().code), 4503);
    let took = told.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let refused = user.get(api.address, "/api/v1/bots").await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["code"]),
        (403, &json!("account_suspended"))
    );
    let mut again = Client::connect(
        gateway.address,
        "/ws",
        &[("sec-websocket-protocol", "blockbotx.v1")],
    )
    .await
    .unwrap();
    again
        .send_json(&json!({ "op": "hello", "token": user.token }))
        .await;
    assert_eq!(u16::from(again.closed().await.unwrap().code), 4503);
    let paused = ("paused".to_owned(), Some("account_suspended".to_owned()));
    wait_until("the bot is paused", || async { bot().await == paused }).await;
    // What is open stays protected: the account plays on.
    let at = account.feed(&mut *db.lock().await).await.1;
    wait_until("the feed moves", || async {
        account.feed(&mut *db.lock().await).await.1 > at
    })
    .await;

    // Others hear of it only what they are told.
    let broadcast = json!({ "message": "hello", "level": "warning" });
    let said = root
        .call(api.address, "POST", "/api/v1/admin/broadcast", &broadcast)
        .await;
    assert_eq!(said.status, 202, "{}", said.text());
    let notice = kept.next_where(|message| message["op"] == "notice").await;
    assert_eq!(
        notice,
        json!({ "op": "notice", "type": "platform.broadcast", "data": { "level": "warning", "message": "hello" } })
    );
    let on = json!({ "enabled": true, "message": "Back at ten" });
    let switched = root
        .call(api.address, "PUT", "/api/v1/admin/maintenance", &on)
        .await;
    assert_eq!(switched.status, 200, "{}", switched.text());
    let notice = kept.next_where(|message| message["op"] == "notice").await;
    assert_eq!(notice["type"], "platform.maintenance");
    assert_eq!(
        notice["data"],
        json!({ "on": true, "message": "Back at ten" })
    );
    // Under maintenance the engine goes on trading.
    let at = account.feed(&mut *db.lock().await).await.1;
    wait_until("the feed moves", || async {
        account.feed(&mut *db.lock().await).await.1 > at
    })
    .await;

    let path = format!("/api/v1/admin/users/{}/reactivate", user.id);
    let back: Value = root
        .call(
            api.address,
            "POST",
            &path,
            &json!({ "reason": "a mistake" }),
        )
        .await
        .json();
    assert_eq!(back["status"], "active");
    assert_eq!(bot().await, paused, "its user resumes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_while_redis_is_away_is_said_by_the_heartbeat() {
    let mut platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let gateway = platform.gateway().await;
    let root = root(&platform, &api).await;
    let user = User::register(api.address, "ada@example.com").await;
    let mut victim = socket(&gateway, &user).await;
    platform.redis.stop().await;
    api.becomes("degraded").await;
    suspend(&api, &root, &user).await;
    let unsaid = json!({ "message": "hello" });
    let unsaid = root
        .call(api.address, "POST", "/api/v1/admin/broadcast", &unsaid)
        .await;
    assert_eq!(
        (unsaid.status.as_u16(), &unsaid.json()["code"]),
        (503, &json!("realtime_unavailable"))
    );
    let refused = user.get(api.address, "/api/v1/me").await;
    assert_eq!(refused.json()["code"], "account_suspended");

    platform.redis.restart().await;
    assert_eq!(u16::from(victim.closed().await.unwrap().code), 4503);
}
