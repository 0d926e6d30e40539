//! A bot on paper that trades all the while. What it did must be what the kernel alone makes of the same market.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use engine::spec::{BacktestSpec, FeedDir};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;
use trading::{amount::sum, backtest::record};

use super::{client::Client, user::User};

/// How fast its market goes: a candle is a minute.
const SPEED: u32 = 600;
/// How long the market may take after the load.
const PATIENCE: Duration = Duration::from_mins(10);

pub(super) struct Trader {
    user: User,
    account: String,
    bot: String,
    candles: u32,
}

/// What the trader did.
pub(super) struct Outcome {
    pub(super) orders: usize,
    pub(super) orders_under_load: usize,
    pub(super) different: usize,
}

fn feed(candles: u32) -> Value {
    json!({"kind": "synthetic", "seed": 3, "candles": candles})
}

fn config() -> Value {
    json!({
        "type": "grid", "lower": "90", "upper": "110", "grid_count": 80, "spacing": "arithmetic",
        "quantity": {"mode": "fixed_base", "quantity": "0.5"},
    })
}

/// Side, base and quote filled, by number.
type Orders = BTreeMap<u64, (Value, Value, Value)>;

impl Trader {
    /// Makes an account, starts a bot on it, and then its market.
    ///
    /// # Errors
    /// When the api refuses.
    pub(super) async fn start(client: &Client, candles: u32) -> Result<Self> {
        let user = User::register(client, usize::MAX).await?;
        let token = Some(user.token.as_str());
        let account = json!({"venue": "paper", "label": "Paper", "paper": {
            "symbol": "SOL-USDT", "balances": {"USDT": "10000"}, "speed": SPEED, "feed": feed(candles)}});
        let path = "/api/v1/exchange-connections";
        let made = client
            .expect(StatusCode::CREATED, "POST", path, token, Some(&account))
            .await?;
        let account = made["id"].as_str().context("an id")?.to_owned();
        let bot = json!({"connection_id": account, "name": "Grid", "config": config()});
        let made = client
            .expect(
                StatusCode::CREATED,
                "POST",
                "/api/v1/bots",
                token,
                Some(&bot),
            )
            .await?;
        let bot = made["id"].as_str().context("an id")?.to_owned();
        let path = format!("/api/v1/bots/{bot}/start");
        let answer = client.send("POST", &path, token, None).await?;
        ensure!(answer.status.is_success(), "start: {}", answer.status);
        let path = format!("/api/v1/exchange-connections/{account}/feed");
        let start = json!({"action": "start"});
        let answer = client.send("POST", &path, token, Some(&start)).await?;
        ensure!(answer.status.is_success(), "feed: {}", answer.status);
        Ok(Self {
            user,
            account,
            bot,
            candles,
        })
    }

    /// Waits for the end of the market, and compares.
    ///
    /// # Errors
    /// When the market does not end.
    pub(super) async fn finish(&self, client: &Client) -> Result<Outcome> {
        let orders_under_load = self.orders(client).await?.len();
        let path = format!("/api/v1/exchange-connections/{}", self.account);
        let until = Instant::now() + PATIENCE;
        loop {
            let account = client
                .expect(StatusCode::OK, "GET", &path, Some(&self.user.token), None)
                .await?;
            if account["feed"]["status"] == "finished" {
                break;
            }
            ensure!(Instant::now() < until, "the market did not end: {account}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let (done, expected) = (self.orders(client).await?, self.backtest()?);
        let different = done
            .keys()
            .chain(expected.keys())
            .filter(|number| done.get(number) != expected.get(number))
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        Ok(Outcome {
            orders: done.len(),
            orders_under_load,
            different,
        })
    }

    async fn orders(&self, client: &Client) -> Result<Orders> {
        let mut orders = Orders::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/bots/{}/orders?limit=100{cursor}", self.bot);
            let page = client
                .expect(StatusCode::OK, "GET", &path, Some(&self.user.token), None)
                .await?;
            for order in page["data"].as_array().context("a page")? {
                let number = order["number"].as_u64().context("a number")?;
                let filled = (
                    order["side"].clone(),
                    order["filled_quantity"].clone(),
                    order["filled_quote"].clone(),
                );
                ensure!(
                    orders.insert(number, filled).is_none(),
                    "order {number} is there twice"
                );
            }
            let Some(next) = page["next_cursor"].as_str() else {
                return Ok(orders);
            };
            cursor = format!("&cursor={next}");
        }
    }

    fn backtest(&self) -> Result<Orders> {
        let spec: BacktestSpec = serde_json::from_value(json!({
            "symbol": "SOL-USDT", "balances": {"USDT": "10000"}, "config": config(), "candles": feed(self.candles),
        }))?;
        let candles = spec.candles.open(&FeedDir(None), spec.market.tick_size)?;
        let (_, ledger) = record(&spec.plan(), vec![candles])?;
        let mut orders = Orders::new();
        for order in &ledger.orders {
            let number = serde_json::to_value(order.number)?;
            let quantity = sum(order.fills.iter().map(|fill| fill.quantity))?;
            let quote = sum(order.fills.iter().map(|fill| fill.quote))?;
            orders.insert(
                number.as_u64().context("a number")?,
                (
                    serde_json::to_value(order.side)?,
                    serde_json::to_value(quantity)?,
                    serde_json::to_value(quote)?,
                ),
            );
        }
        Ok(orders)
    }
}
