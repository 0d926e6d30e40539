use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
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
    assert_eq!((again.status, again.json()), (made.status, made.json()));

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
