//! The keys that seal what is stored: wrong ones, new ones, and what anybody can see of what they seal.

use ::platform::SystemClock;
use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::{Config, Emulator, UserConfig};
use sea_orm::sqlx::{Connection, PgConnection, query, query_scalar};
use serde_json::{Value, json};

use super::{
    platform::{KEY, Platform},
    user::{PASSWORD, User},
};

const NEW: &str = "fedcba9876543210fedcba9876543210";
const PATH: &str = "/api/v1/exchange-connections";

/// 64 letters and digits that begin so.
fn part(start: &str) -> String {
    format!("{start}{}", "x".repeat(64 - start.len()))
}

fn binance(label: &str, secret: &str) -> Value {
    json!({
        "venue": "binance", "label": label, "key": part(&format!("KEY{secret}")), "secret": part(secret),
    })
}

/// An exchange that knows the keys of connections with these secrets, and where an api finds it.
async fn exchange(secrets: &[&str]) -> (Emulator, [(&'static str, String); 3]) {
    let config = Config::new(SystemClock::shared());
    let users = secrets.iter().map(|secret| {
        let key = part(&format!("KEY{secret}"));
        UserConfig::new(secret, &key, &part(secret))
    });
    let exchange = Emulator::start(users.fold(config, Config::with_user))
        .await
        .unwrap();
    let addresses = [
        ("BINANCE_REST_URL", exchange.rest_url()),
        ("BINANCE_STREAM_URL", exchange.stream_url()),
        ("BINANCE_WS_API_URL", exchange.ws_api_url()),
    ];
    (exchange, addresses)
}

/// Settings of an api that finds the exchange.
fn with<'a>(
    addresses: &'a [(&'static str, String)],
    more: &[(&'static str, &'a str)],
) -> Vec<(&'static str, &'a str)> {
    let addresses = addresses
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    addresses.chain(more.iter().copied()).collect()
}

async fn database(platform: &Platform) -> PgConnection {
    let url = platform.postgres.direct_url("blockbotx");
    PgConnection::connect(&url).await.unwrap()
}

/// How many credentials there are under each key, most first.
async fn by_key(platform: &Platform) -> Vec<i64> {
    query_scalar("SELECT count(*) FROM connections GROUP BY key_id ORDER BY 1 DESC")
        .fetch_all(&mut database(platform).await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_served_under_a_wrong_key() {
    let platform = Platform::start().await;
    let mut right = platform.api().await;
    right.process.terminate().await;
    for command in ["serve", "engine"] {
        let mut wrong = platform.unhealthy(&[command], &[("ENCRYPTION_KEY", NEW)]);
        let ended = wrong.process.exit().await;
        let logs = wrong.process.logs();
        assert_eq!(ended.code(), Some(1), "{logs}");
        assert!(logs.contains("ENCRYPTION_KEY"), "{logs}");
        assert!(
            !logs.contains("api serves") && !logs.contains("engine is up"),
            "{logs}"
        );
        assert!(!logs.contains(NEW) && !logs.contains(KEY), "{logs}");
    }
    let status = platform
        .command(&["vault", "status"])
        .env("ENCRYPTION_KEY", NEW);
    let done = status.run().await;
    assert!(
        !done.status.success() && done.logs.contains("ENCRYPTION_KEY"),
        "{}",
        done.logs
    );
    // The wrong ones have spoilt nothing.
    platform.api().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_is_in_the_clear_nowhere() {
    const SECRET: &str = "MARKERSECRET4711";
    let again = format!("{SECRET}AGAIN");
    let platform = Platform::start().await;
    let (_exchange, addresses) = exchange(&[SECRET, &again]).await;
    let all = with(&addresses, &[("LOG_LEVEL", "trace")]);
    let mut engine = platform.unhealthy(&["engine"], &all);
    let mut api = platform.unhealthy(&["serve"], &all);
    engine.becomes("ok").await;
    api.becomes("ok").await;
    let user = User::register(api.address, "ada@example.com").await;
    user.step_up(api.address, PASSWORD).await;
    let made = user
        .call(api.address, "POST", PATH, &binance("Main", SECRET))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let okx = json!({
        "venue": "okx", "label": "Demo", "testnet": true, "key": "01234567-89ab-cdef-0123-456789abcdef",
        "secret": "0123456789ABCDEF0123456789ABCDEF", "passphrase": SECRET,
    });
    // Refused, and not stored.
    let other = user.call(api.address, "POST", PATH, &okx).await;
    assert_eq!(other.status, 409, "{}", other.text());
    let tested = user
        .call(
            api.address,
            "POST",
            &format!("{PATH}/{id}/test"),
            &json!({}),
        )
        .await;
    assert_eq!(tested.status, 200, "{}", tested.text());
    let mut rotated = binance("Main", &again);
    rotated["version"] = json!(1);
    let rotated = rotated.as_object_mut().unwrap();
    rotated.retain(|name, _| name != "venue" && name != "label");
    let path = format!("{PATH}/{id}/rotate");
    let changed = user.call(api.address, "POST", &path, &json!(rotated)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    // Refused, as one that is pasted into the wrong field is.
    let mut wrong = binance("Other", SECRET);
    wrong["key"] = json!(SECRET);
    wrong["passphrase"] = json!(SECRET);
    let refused = user.call(api.address, "POST", PATH, &wrong).await;
    assert_eq!(refused.status, 422);

    let listed = user.get(api.address, PATH).await;
    let log = user.get(api.address, "/api/v1/me/security-log").await;
    let export = user.get(api.address, "/api/v1/me/export").await;
    assert_eq!(export.status, 200, "{}", export.text());
    assert!(export.text().contains(&id), "the export is one");
    let events = user.events_after(api.address, 0).await;
    let dump = platform.postgres.dump("blockbotx");
    assert!(
        dump.contains(&id) && dump.contains("exchange_keys_rotated"),
        "the dump is one"
    );
    assert!(!dump.contains("$argon2"), "a hash of a password");
    for copy in [&mut api, &mut engine] {
        assert!(copy.process.terminate().await.success());
    }
    let hex = hex::encode(SECRET);
    // Of any text that holds it, whatever stands before: the middle of the three ways in which it can be aligned.
    let base64: Vec<String> = (0..3)
        .map(|before| {
            let text = format!("{}{SECRET}", &"..."[..before]);
            let whole = STANDARD.encode(text);
            whole[4..whole.len() - 4].to_owned()
        })
        .collect();
    for (name, text) in [
        ("the api's log", api.process.logs()),
        ("the engine's log", engine.process.logs()),
        ("the database", dump),
        (
            "an answer",
            [
                made.text(),
                other.text(),
                tested.text(),
                changed.text(),
                refused.text(),
                listed.text(),
                log.text(),
            ]
            .concat(),
        ),
        ("the export", export.text()),
        ("an event", json!(events).to_string()),
    ] {
        assert!(!text.is_empty(), "{name}");
        let found = [SECRET, &hex]
            .into_iter()
            .chain(base64.iter().map(String::as_str));
        for form in found {
            assert!(!text.contains(form), "{name} holds {form}");
        }
        // Nor what requests to the exchange were signed with.
        assert!(!text.contains("signature="), "{name} holds a signature");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_changed_while_everything_runs() {
    let platform = Platform::start().await;
    let secrets = ["s0", "s1", "s2", "s3", "s4"];
    let (_exchange, addresses) = exchange(&secrets).await;
    let mut api = platform.unhealthy(&["serve"], &with(&addresses, &[]));
    api.becomes("ok").await;
    let user = User::register(api.address, "ada@example.com").await;
    user.step_up(api.address, PASSWORD).await;
    let mut paths = Vec::new();
    for secret in secrets {
        let body = binance(secret, secret);
        let made = user.call(api.address, "POST", PATH, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        paths.push(format!("{PATH}/{}", made.json()["id"].as_str().unwrap()));
    }
    // Both keys everywhere, the new one first.
    let rotating = [("ENCRYPTION_KEY", NEW), ("ENCRYPTION_KEYS_PREVIOUS", KEY)];
    let (status, rotate) = (
        &["vault", "status"][..],
        &["vault", "rotate", "--batch", "2"][..],
    );
    let command = |arguments: &[&str], settings: &[(&str, &str)]| {
        let command = platform.command(arguments);
        settings
            .iter()
            .fold(command, |command, (name, value)| command.env(*name, *value))
    };
    api.process.terminate().await;
    let mut api = platform.unhealthy(&["serve"], &with(&addresses, &rotating));
    api.becomes("ok").await;
    let due = command(status, &rotating).run().await;
    assert_eq!(due.status.code(), Some(3), "{}", due.logs);
    assert!(
        due.logs.contains("connections.credentials: 5 under"),
        "{}",
        due.logs
    );

    // Killed while somebody holds a row of its second batch.
    let mut holder = database(&platform).await;
    query("BEGIN").execute(&mut holder).await.unwrap();
    query("SELECT 1 FROM connections WHERE id = (SELECT id FROM connections ORDER BY id OFFSET 3 LIMIT 1) FOR UPDATE")
        .execute(&mut holder)
        .await
        .unwrap();
    let mut killed = command(rotate, &rotating).spawn();
    killed
        .logged("connections.credentials: 2 moved so far")
        .await;
    killed.kill().await;
    holder.close().await.unwrap();
    // What its last statement waited for it may still have done; the third batch it never began.
    assert_eq!(by_key(&platform).await.len(), 2);
    let too_early = command(status, &[("ENCRYPTION_KEY", NEW)]).run().await;
    assert!(!too_early.status.success(), "{}", too_early.logs);
    assert!(
        too_early.logs.contains("NOT CONFIGURED"),
        "{}",
        too_early.logs
    );

    // With the list of markets come the limits of the exchange, which are wider than those that are taken for granted.
    let one = paths[0].rsplit('/').next().unwrap();
    let markets = user
        .get(api.address, &format!("/api/v1/markets/{one}/symbols"))
        .await;
    assert_eq!(markets.status, 200, "{}", markets.text());

    // And run again, while a user rotates keys of the same rows.
    let busy = {
        let (user, address, paths) = (user.clone(), api.address, paths.clone());
        tokio::spawn(async move {
            for version in 1..=10 {
                for (path, secret) in paths.iter().zip(secrets) {
                    let key = part(&format!("KEY{secret}"));
                    let body = json!({ "key": key, "secret": part(secret), "version": version });
                    let path = format!("{path}/rotate");
                    let changed = user.call(address, "POST", &path, &body).await;
                    assert_eq!(changed.status, 200, "{}", changed.text());
                }
            }
        })
    };
    let done = command(rotate, &rotating).run().await;
    assert!(done.status.success(), "{}", done.logs);
    assert!(
        done.logs.contains("everything is sealed under"),
        "{}",
        done.logs
    );
    busy.await.unwrap();
    assert_eq!(by_key(&platform).await, [5]);
    let again = command(rotate, &rotating).run().await;
    assert!(
        again.logs.contains("0 moved, 0 changed meanwhile"),
        "{}",
        again.logs
    );

    // The old key can go; with it alone nothing works any more.
    let alone = command(status, &[("ENCRYPTION_KEY", NEW)]).run().await;
    assert_eq!(alone.status.code(), Some(0), "{}", alone.logs);
    api.process.terminate().await;
    let api = platform.unhealthy(&["serve"], &[("ENCRYPTION_KEY", NEW)]);
    api.becomes("ok").await;
    let listed = user.get(api.address, PATH).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 5);
    let mut old = platform.unhealthy(&["serve"], &[]);
    assert_eq!(old.process.exit().await.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_open_is_named_and_left_alone() {
    let platform = Platform::start().await;
    let (_exchange, addresses) = exchange(&["s"]).await;
    let api = platform.unhealthy(&["serve"], &with(&addresses, &[]));
    api.becomes("ok").await;
    let user = User::register(api.address, "ada@example.com").await;
    user.step_up(api.address, PASSWORD).await;
    let made = user
        .call(api.address, "POST", PATH, &binance("Main", "s"))
        .await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    query("UPDATE connections SET credentials = set_byte(credentials, 30, get_byte(credentials, 30) # 1)")
        .execute(&mut database(&platform).await)
        .await
        .unwrap();
    let rotate = platform
        .command(&["vault", "rotate"])
        .env("ENCRYPTION_KEY", NEW);
    let done = rotate.env("ENCRYPTION_KEYS_PREVIOUS", KEY).run().await;
    assert_eq!(done.status.code(), Some(1), "{}", done.logs);
    assert!(done.logs.contains(&id), "{}", done.logs);
    // Not taken for done.
    let status = platform
        .command(&["vault", "status"])
        .env("ENCRYPTION_KEY", NEW);
    let status = status.env("ENCRYPTION_KEYS_PREVIOUS", KEY).run().await;
    assert_eq!(status.status.code(), Some(3), "{}", status.logs);
}
