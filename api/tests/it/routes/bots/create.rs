use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem, same_made},
    exchange::{Trading, id, stored_okx},
    routes::connections::venue::{binance, made},
    trading::{bot, connection, get, grid, post},
};

const PATH: &str = "/api/v1/bots";

#[tokio::test]
async fn a_bot_begins_as_a_draft() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let shown = get(&bench, &ann, &format!("{PATH}/{id}")).await;
    assert_eq!(
        (&shown["status"], &shown["type"], &shown["symbol"]),
        (&json!("draft"), &json!("grid"), &json!("SOL-USDT"))
    );
    assert_eq!(shown["config"]["upper"], "110");
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([shown]));
    for (query, found) in [
        ("status=draft", 1),
        ("status=running", 0),
        ("type=grid", 1),
        ("type=dca", 0),
        (&format!("connection_id={account}"), 1),
        (&format!("connection_id={id}"), 0),
    ] {
        let list = get(&bench, &ann, &format!("{PATH}?{query}")).await;
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
    }
    let copy = format!("{PATH}/{id}/clone");
    let copied = post(&bench, &ann, &copy, &json!({ "name": "Copy" })).await;
    assert_eq!(copied.status, 201, "{}", copied.text());
    assert_eq!(copied.json()["config"], shown["config"]);
    let taken = post(&bench, &ann, &copy, &json!({ "name": "Copy" })).await;
    problem(&taken, 409, "name_taken");
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["connection.created", "bot.created", "bot.created"]
    );
}

#[tokio::test]
async fn a_bot_needs_a_connection_of_its_owner() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let body = json!({ "connection_id": account, "name": "Grid", "config": grid() });
    let refused = post(&bench, &bob, PATH, &body).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/connection_id not_found"]
    );
}

/// A key names one write: of one bot, by one person, with one body.
#[tokio::test]
async fn a_key_that_cloned_one_bot_clones_no_other() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let bots = "UPDATE plans SET max_bots = NULL WHERE id = 'free'";
    bench.db.execute(bots).await;
    let send = async |who: &Somebody, path: &str, body: &Value| {
        let call = bench.post(path).bearer(&who.access).json(body);
        call.header("idempotency-key", "the-key").send().await
    };
    let account = connection(&bench, &ann).await;
    let first = bot(&bench, &ann, &account).await;
    let second = {
        let body = json!({ "connection_id": account, "name": "Second", "config": grid() });
        let made = post(&bench, &ann, PATH, &body).await;
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let clone_of = |id: &str| format!("{PATH}/{id}/clone");
    let body = json!({ "name": "Copy" });
    let made = send(&ann, &clone_of(&first), &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let again = send(&ann, &clone_of(&first), &body).await;
    same_made(&made, &again, PATH);

    for (path, body) in [
        (clone_of(&second), body.clone()),
        (clone_of(&first), json!({ "name": "Another" })),
        (clone_of(&second), json!({ "name": "Another" })),
    ] {
        let refused = send(&ann, &path, &body).await;
        problem(&refused, 422, "idempotency_key_reused");
    }
    // It is a key of this person and this route: elsewhere it is another one.
    problem(
        &send(&bob, &clone_of(&first), &body).await,
        404,
        "not_found",
    );
    let created = json!({ "connection_id": account, "name": "Third", "config": grid() });
    let third = send(&ann, PATH, &created).await;
    assert_eq!(third.status, 201, "{}", third.text());
    assert_ne!(third.json()["id"], made.json()["id"]);
    let changed = json!({ "connection_id": account, "name": "Fourth", "config": grid() });
    problem(
        &send(&ann, PATH, &changed).await,
        422,
        "idempotency_key_reused",
    );

    let names = get(&bench, &ann, PATH).await;
    let mut names: Vec<_> = names["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bot| bot["name"].clone())
        .collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["Copy", "Grid", "Second", "Third"]);
    assert_eq!(get(&bench, &bob, PATH).await["data"], json!([]));
}

/// An engine that does not know a kind of bot would put it into `error`.
#[tokio::test]
async fn a_bot_waits_for_engines_that_know_its_kind() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let old = "INSERT INTO engine_nodes (id, name, state_format, alive_until)
        VALUES (gen_random_uuid(), 'old', 1, now() + interval '1 hour')";
    bench.db.execute(old).await;
    let body = json!({ "connection_id": account, "name": "Grid", "config": grid() });
    let refused = post(&bench, &ann, PATH, &body).await;
    problem(&refused, 409, "not_yet_available");
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
    let raised = "SELECT count(*) FROM leases WHERE state_format = 2";
    assert_eq!(bench.count(raised).await, 0);

    // It ends, and no engine as old as it takes the account any more.
    let ended = "UPDATE engine_nodes SET alive_until = now() - interval '1 second'";
    bench.db.execute(ended).await;
    let made = post(&bench, &ann, PATH, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(bench.count(raised).await, 1);
}

#[tokio::test]
async fn a_bot_at_an_exchange_trades_the_market_that_is_named() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    let made = desk.grid(&account, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["symbol"], &made["status"]),
        (&json!("SOL-USDT"), &json!("draft"))
    );
    assert_eq!(made["connection_id"], id(&account));
    // Only engines that trade at exchanges may take its user from now on.
    let raised = "SELECT count(*) FROM leases WHERE state_format = 6";
    assert_eq!(desk.bench.count(raised).await, 1);
    // No engine follows the account before a bot is started.
    assert_eq!(desk.bench.count("SELECT count(*) FROM feeds").await, 0);

    // Price, fees and balances: no more than three requests.
    let before = desk.weight();
    let second = desk.grid(&account, json!({ "name": "Second" })).await;
    assert_eq!(second.status, 201, "{}", second.text());
    let used = desk.weight().checked_sub(before);
    assert!(used.is_none_or(|used| used == 42), "{used:?}");
}

#[tokio::test]
async fn what_is_no_market_of_the_exchange_is_refused_with_the_one_that_is_meant() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    let refused = async |symbol: Value| {
        let answer = desk.grid(&account, json!({ "symbol": symbol })).await;
        let body = problem(&answer, 422, "invalid");
        let message = body["errors"][0]["message"].as_str().unwrap().to_owned();
        (fields(&body).join(", "), message)
    };
    for (given, meant) in [
        ("SOLUSDT", "do you mean SOL-USDT?"),
        ("sol-usdt", "do you mean SOL-USDT?"),
        ("SOL/USDT", "do you mean SOL-USDT?"),
        ("ETH_BTC", "do you mean ETH-BTC?"),
        ("SOL-EUR", "/symbols lists them"),
        ("-", "/symbols lists them"),
        ("", "/symbols lists them"),
    ] {
        let (found, message) = refused(json!(given)).await;
        assert_eq!(found, "/symbol unknown_market", "{given}");
        assert!(message.contains(meant), "{given}: {message}");
    }
    assert_eq!(refused(Value::Null).await.0, "/symbol type");
    assert_eq!(refused(json!("X".repeat(42))).await.0, "/symbol too_long");
    let body = json!({ "connection_id": id(&account), "name": "Grid", "config": grid() });
    let missing = post(&desk.bench, &desk.ann, PATH, &body).await;
    let missing = fields(&problem(&missing, 422, "invalid"));
    assert_eq!(missing, ["/symbol required"]);
    assert_eq!(get(&desk.bench, &desk.ann, PATH).await["data"], json!([]));
}

#[tokio::test]
async fn a_paper_account_has_its_own_market_only() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let mut body =
        json!({ "connection_id": account, "name": "Grid", "symbol": "BTC-USDT", "config": grid() });
    let refused = post(&bench, &ann, PATH, &body).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/symbol conflict"]
    );
    body["symbol"] = json!("SOL-USDT");
    assert_eq!(post(&bench, &ann, PATH, &body).await.status, 201);
}

#[tokio::test]
async fn no_bot_is_made_for_a_market_that_stands_still() {
    let desk = Trading::open().await;
    desk.halt();
    let account = desk.testnet().await;
    let refused = desk.grid(&account, json!({})).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/symbol market_not_trading"]
    );
}

#[tokio::test]
async fn a_copy_trades_the_same_market_wherever_it_goes() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let plenty = "UPDATE plans SET max_bots = NULL WHERE id = 'free'";
    bench.db.execute(plenty).await;
    let (testnet, paper) = (desk.testnet().await, connection(bench, ann).await);
    let of_paper = bot(bench, ann, &paper).await;
    let copied = async |of: &str, body: Value| {
        let answer = post(bench, ann, &format!("{PATH}/{of}/clone"), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made = answer.json();
        assert_eq!(made["symbol"], "SOL-USDT");
        made["id"].as_str().unwrap().to_owned()
    };
    let there = json!({ "name": "There", "connection_id": id(&testnet) });
    let there = copied(&of_paper, there).await;
    copied(&there, json!({ "name": "Again" })).await;
    copied(&there, json!({ "name": "Named", "symbol": "SOL-USDT" })).await;
    copied(&there, json!({ "name": "Back", "connection_id": paper })).await;
    let elsewhere = json!({ "name": "Elsewhere", "symbol": "ETHUSDT" });
    let refused = post(bench, ann, &format!("{PATH}/{there}/clone"), &elsewhere).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/symbol unknown_market"]
    );
}

#[tokio::test]
async fn no_bot_is_made_where_the_exchange_cannot_be_asked() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    desk.revoke("KEY1");
    let refused = desk.grid(&account, json!({})).await;
    problem(&refused, 409, "key_not_accepted");
    let other = made(bench, ann, &{
        let mut body = crate::exchange::keys_of("KEY2");
        body["testnet"] = json!(true);
        body
    })
    .await;
    desk.inject(emulator::Fault::Overloaded);
    let refused = desk.grid(&other, json!({})).await;
    problem(&refused, 503, "venue_unavailable");
    let okx = stored_okx(bench, ann).await;
    let refused = desk.grid(&okx, json!({})).await;
    problem(&refused, 409, "unsupported_venue");
    assert_eq!(get(bench, ann, PATH).await["data"], json!([]));
}

#[tokio::test]
async fn a_bot_at_an_exchange_waits_for_engines_that_trade_there() {
    let desk = Trading::open().await;
    let account = made(&desk.bench, &desk.ann, &binance("Main")).await;
    let old = "INSERT INTO engine_nodes (id, name, state_format, alive_until)
        VALUES (gen_random_uuid(), 'old', 5, now() + interval '1 hour')";
    desk.bench.db.execute(old).await;
    let refused = desk.grid(&account, json!({})).await;
    problem(&refused, 409, "not_yet_available");
    let paper = connection(&desk.bench, &desk.ann).await;
    bot(&desk.bench, &desk.ann, &paper).await;
}
