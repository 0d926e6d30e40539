use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    trading::{bot, connection, get, grid, paper, post},
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
async fn bad_configurations_are_refused_in_the_users_terms() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let refused = async |config: Value| {
        let body = json!({ "connection_id": account, "name": "Bad", "config": config });
        fields(&problem(
            &post(&bench, &ann, PATH, &body).await,
            422,
            "invalid",
        ))
    };
    let with = |changes: Value| {
        let mut config = grid();
        for (name, value) in changes.as_object().unwrap() {
            config[name] = value.clone();
        }
        config
    };
    assert_eq!(
        refused(with(json!({ "lower": "109" }))).await,
        ["/config/grid_count step_below_fees"]
    );
    let small = json!({ "quantity": { "mode": "fixed_base", "quantity": "0.01" } });
    assert_eq!(
        refused(with(small)).await,
        ["/config/quantity below_min_notional"]
    );
    let large = json!({ "quantity": { "mode": "fixed_base", "quantity": "500" } });
    assert_eq!(
        refused(with(large)).await,
        ["/config/quantity insufficient_balance"]
    );
    assert_eq!(
        refused(with(
            json!({ "grid_count": 1, "upper": 110, "colour": "red" })
        ))
        .await,
        [
            "/config/colour unknown_field",
            "/config/grid_count out_of_range",
            "/config/upper type"
        ]
    );
    let deep = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
        "safety_orders": { "volume": "100", "step_percentage": "30", "max_count": 4 },
    });
    let found = refused(deep).await;
    assert!(
        found
            .iter()
            .any(|field| field.ends_with("ladder_below_zero")),
        "{found:?}"
    );
    assert_eq!(
        refused(json!({ "type": "martingale" })).await,
        ["/config/type one_of"]
    );
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
}

#[tokio::test]
async fn a_grid_keeps_to_every_rule_of_its_market() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for (rule, keeps, breaks) in [
        ("lot_size", json!("0.25"), json!("0.75")),
        ("min_quantity", json!("0.5"), json!("0.51")),
        ("max_quantity", json!("0.5"), json!("0.49")),
        ("min_notional", json!("45"), json!("46")),
        ("max_notional", json!("56"), json!("54")),
    ] {
        for (value, is_kept) in [(keeps, true), (breaks, false)] {
            let name = format!("{rule} {value}");
            let mut account = paper(&name);
            account["paper"]["market"] = json!({ rule: value });
            let answer = post(&bench, &ann, "/api/v1/exchange-connections", &account).await;
            assert_eq!(answer.status, 201, "{name}: {}", answer.text());
            let id = answer.json()["id"].clone();
            let body = json!({ "connection_id": id, "name": name, "config": grid() });
            let answer = post(&bench, &ann, PATH, &body).await;
            let is_made = answer.status == 201;
            assert_eq!(is_made, is_kept, "{name}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn what_is_doubtful_is_made_with_a_warning() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let mut near = grid();
    (near["lower"], near["upper"]) = (json!("98"), json!("102"));
    let body = json!({ "connection_id": account, "name": "Near", "config": near });
    let made = post(&bench, &ann, PATH, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let warnings = |answer: &Value| -> Vec<String> {
        let found = answer["warnings"].as_array().unwrap().iter();
        let word = |warning: &Value, name: &str| warning[name].as_str().unwrap().to_owned();
        found
            .map(|warning| format!("{} {}", word(warning, "pointer"), word(warning, "code")))
            .collect()
    };
    let made = made.json();
    assert_eq!(warnings(&made), ["/config/grid_count step_near_fees"]);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let patch = async |body: Value| {
        let answer = bench.call("PATCH", &path).bearer(&ann.access).json(&body);
        let answer = answer.send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let sound = patch(json!({ "version": 1, "config": grid() })).await;
    assert_eq!(warnings(&sound), Vec::<String>::new());
    let again = patch(json!({ "version": 2, "config": body["config"] })).await;
    assert_eq!(warnings(&again), ["/config/grid_count step_near_fees"]);
    assert_eq!(get(&bench, &ann, &path).await["warnings"], Value::Null);
}

#[tokio::test]
async fn faults_of_fields_and_of_the_market_are_named_together() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let mut config = grid();
    (config["lower"], config["upper"]) = (json!("99.5"), json!("100.5"));
    config["quantity"]["quantity"] = json!("500");
    config["stop_loss_price"] = json!("100");
    let body = json!({ "connection_id": account, "name": "Bad", "config": config });
    assert_eq!(
        fields(&problem(
            &post(&bench, &ann, PATH, &body).await,
            422,
            "invalid"
        )),
        [
            "/config/grid_count step_below_fees",
            "/config/quantity insufficient_balance",
            "/config/stop_loss_price out_of_range",
        ]
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
