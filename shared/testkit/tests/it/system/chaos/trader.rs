//! A user with an account at the exchange and bots that trade with it.

use emulator::UserConfig;
use serde_json::{Value, json};
use testkit::http::Response;
use trading::Amount;

use super::super::{
    platform::Copy,
    user::{PASSWORD, User},
};

pub(super) struct Trader {
    pub(super) name: &'static str,
    pub(super) user: User,
    pub(super) bots: Vec<String>,
}

/// Who trades, and whether fees are paid in BNB.
pub(super) const TRADERS: [(&str, bool); 3] = [("ann", false), ("bob", false), ("eve", true)];

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// 64 letters and digits that end with `end`.
fn part(end: &str) -> String {
    format!("{}{end}", "x".repeat(64 - end.len()))
}

/// The account of a trader at the exchange.
pub(super) fn account((name, pays_fees_in_bnb): (&str, bool)) -> UserConfig {
    let (key, secret) = (part(&format!("{name}KEY")), part(&format!("{name}SECRET")));
    let mut account = UserConfig::new(name, &key, &secret)
        .with_deposit("USDT".parse().unwrap(), amount("100000"))
        .with_deposit("BTC".parse().unwrap(), amount("0.5"));
    if pays_fees_in_bnb {
        account = account.with_deposit("BNB".parse().unwrap(), amount("20"));
    }
    account.pays_fees_in_bnb = pays_fees_in_bnb;
    account
}

fn dca(amount: &str) -> Value {
    json!({
        "type": "dca", "base_order": {"unit": "quote", "amount": amount},
        "safety_orders": {"volume": amount, "step_percentage": "0.2", "max_count": 4},
        "take_profit": {"percentage": "0.25"},
    })
}

fn grid(lower: &str, upper: &str, quantity: &str) -> Value {
    json!({
        "type": "grid", "lower": lower, "upper": upper, "grid_count": 16, "spacing": "arithmetic",
        "quantity": {"mode": "fixed_base", "quantity": quantity},
    })
}

/// The bots of a trader: symbol and configuration.
fn bots(name: &str) -> Vec<(&'static str, Value)> {
    match name {
        "ann" => vec![
            ("BTC-USDT", grid("58400", "61600", "0.002")),
            ("BTC-USDT", dca("150")),
        ],
        "bob" => vec![
            ("ETH-USDT", dca("90")),
            ("ETH-USDT", grid("2920", "3080", "0.02")),
            (
                "BTC-USDT",
                json!({"type": "dca_interval", "amount": "20", "frequency": {"every": "cron", "pattern": "* * * * *"}}),
            ),
        ],
        _ => vec![
            ("BTC-USDT", dca("120")),
            ("BTC-USDT", grid("58800", "61200", "0.001")),
        ],
    }
}

impl Trader {
    /// Signs up, connects the account and starts the bots.
    pub(super) async fn open(api: &Copy, name: &'static str) -> Self {
        let api = api.address;
        let user = User::register(api, &format!("{name}@example.com")).await;
        user.step_up(api, PASSWORD).await;
        let keys = json!({
            "venue": "binance", "label": name, "testnet": true,
            "key": part(&format!("{name}KEY")), "secret": part(&format!("{name}SECRET")),
        });
        let made = user.post(api, "/api/v1/exchange-connections", &keys).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let connection = made.json()["id"].clone();
        let mut trader = Self {
            name,
            user,
            bots: Vec::new(),
        };
        for (number, (symbol, config)) in bots(name).into_iter().enumerate() {
            let body = json!({
                "connection_id": connection, "name": format!("{symbol} {number}"), "symbol": symbol, "config": config,
            });
            let made = trader.user.post(api, "/api/v1/bots", &body).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let bot = made.json()["id"].as_str().unwrap().to_owned();
            let started = trader.tell(&bot, "start", &json!({}), api).await;
            assert_eq!(started.status, 202, "{}", started.text());
            trader.bots.push(bot);
        }
        trader
    }

    /// Tells a bot something.
    pub(super) async fn tell(
        &self,
        bot: &str,
        command: &str,
        body: &Value,
        api: std::net::SocketAddr,
    ) -> Response {
        let path = format!("/api/v1/bots/{bot}/{command}");
        self.user.post(api, &path, body).await
    }
}
