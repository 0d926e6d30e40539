use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    exchange::Trading,
    trading::{connection, get, grid, paper, post},
};

const PATH: &str = "/api/v1/bots";

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
async fn a_doubtful_grid_comes_back_with_warnings() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    for (field, value, code) in [
        ("stop_loss_price", json!("105"), "price_beyond_exit"),
        ("lower", json!("106"), "price_outside_grid"),
    ] {
        let mut config = grid();
        config["lower"] = json!("106");
        config["upper"] = json!("126");
        config[field] = value;
        let body = json!({ "connection_id": account, "name": code, "config": config });
        let made = post(&bench, &ann, "/api/v1/bots", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let warnings = made.json()["warnings"].clone();
        let codes = warnings.as_array().unwrap().iter();
        let codes: Vec<_> = codes.map(|warning| warning["code"].clone()).collect();
        assert!(codes.contains(&json!(code)), "{codes:?}");
    }
}

/// Lot, fees, balances and price are those of the exchange.
#[tokio::test]
async fn a_bot_at_an_exchange_is_checked_against_what_the_exchange_says() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    let refused = async |changes: Value| {
        let mut config = grid();
        for (name, value) in changes.as_object().unwrap() {
            config[name] = value.clone();
        }
        let answer = desk.grid(&account, json!({ "config": config })).await;
        fields(&problem(&answer, 422, "invalid"))
    };
    let of = |quantity: &str| json!({ "mode": "fixed_base", "quantity": quantity });
    assert_eq!(
        refused(json!({ "quantity": of("0.01") })).await,
        ["/config/quantity below_min_notional"]
    );
    // Of the 10,000 dollars there.
    assert_eq!(
        refused(json!({ "quantity": of("20") })).await,
        ["/config/quantity insufficient_balance"]
    );
    let path = desk.grid_path(&account).await;
    // A step that fees of one percent eat.
    desk.act(emulator::Action::ChangeUser {
        user: "KEY1".to_owned(),
        can_trade: None,
        can_withdraw: None,
        pays_fees_in_bnb: None,
        maker_fee: Some("0.01".parse().unwrap()),
        taker_fee: Some("0.01".parse().unwrap()),
    });
    assert_eq!(
        refused(json!({})).await,
        ["/config/grid_count step_below_fees"]
    );
    let edit = json!({ "config": grid(), "version": 1 });
    let call = desk.bench.call("PATCH", &path).bearer(&desk.ann.access);
    let refused = problem(&call.json(&edit).send().await, 422, "invalid");
    assert_eq!(fields(&refused), ["/config/grid_count step_below_fees"]);
}
