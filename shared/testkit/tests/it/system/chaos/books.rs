//! What has to be true once every disruption is over.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::sqlx::{AssertSqlSafe, Row, query, query_scalar};
use serde_json::{Value, json};
use tokio::time::{Instant, interval};
use trading::Amount;

use super::{floor::Floor, trader::amount};

/// How long the engines may take to find out what became of everything: an order counts as absent after many looks within
/// half a minute, and some were sent in the last moment.
const DEADLINE: Duration = Duration::from_secs(150);

/// Orders of ours that the exchange never took.
const NEVER_TAKEN: &str =
    "o.status IN ('rejected', 'absent') OR (o.status = 'canceled' AND o.venue_order_id IS NULL)";

/// An order as one side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Booked {
    status: String,
    base: Amount,
    quote: Amount,
    trades: Vec<String>,
}

type Ledger = BTreeMap<String, Booked>;

impl Floor {
    /// Waits until a statement finds nothing more, while prices go on moving.
    async fn until_none(&mut self, what: &str, sql: &str) {
        let begin = Instant::now();
        let mut steps = interval(Duration::from_millis(200));
        loop {
            steps.tick().await;
            self.move_prices();
            let mut db = self.database().await;
            let found: Vec<String> = query_scalar(AssertSqlSafe(sql))
                .fetch_all(&mut db)
                .await
                .unwrap();
            if found.is_empty() {
                return;
            }
            assert!(
                begin.elapsed() < DEADLINE,
                "waited in vain until {what}: {found:#?}\n{}",
                self.logs()
            );
        }
    }

    /// The last lines of the engines.
    fn logs(&self) -> String {
        let tail = |logs: String| {
            let lines: Vec<&str> = logs.lines().collect();
            lines[lines.len().saturating_sub(150)..].join("\n")
        };
        let logs = self
            .engines
            .iter()
            .map(|engine| tail(engine.copy.process.logs()));
        logs.collect::<Vec<_>>().join("\n---\n")
    }

    /// Prints what was done to whom.
    pub(super) async fn say_what_happened(&self) {
        println!(
            "disruptions: {:?}\nanswers to commands: {:?}",
            self.disrupted, self.answered
        );
        let mut db = self.database().await;
        for (what, sql) in [
            (
                "orders",
                "SELECT status || ' ' || count(*) FROM orders GROUP BY status ORDER BY 1",
            ),
            (
                "bots",
                "SELECT type || ' ' || status || ' ' || coalesce(status_reason, '') FROM bots ORDER BY id",
            ),
        ] {
            let rows: Vec<String> = query_scalar(sql).fetch_all(&mut db).await.unwrap();
            println!("{what}: {rows:?}");
        }
    }

    /// Every bot can be brought to run again, or waits for funds of which the exchange has said that they are missing: none is
    /// in error.
    pub(super) async fn all_bots_run(&mut self) {
        let untold = "SELECT bot_id::text FROM bot_commands WHERE applied_at IS NULL";
        self.until_none("every bot has heard what it was told", untold)
            .await;
        self.tell_all(|status| (status == "stopping").then_some("stop"))
            .await;
        let sql = "SELECT id || ' ' || status FROM bots WHERE status IN ('starting', 'stopping')";
        self.until_none("no bot is on its way", sql).await;
        self.tell_all(|status| match status {
            "paused" => Some("resume"),
            "stopped" => Some("start"),
            _ => None,
        })
        .await;
        self.until_none(
            "every bot runs",
            "SELECT id || ' ' || status || ' ' || coalesce(status_reason, '') FROM bots
             WHERE status NOT IN ('running', 'waiting_funds')",
        )
        .await;
    }

    /// Tells each bot what its status calls for.
    async fn tell_all(&self, command_for: impl Fn(&str) -> Option<&'static str>) {
        let api = self.api.address;
        for trader in &self.traders {
            for bot in &trader.bots {
                let path = format!("/api/v1/bots/{bot}");
                let shown = trader.user.get(api, &path).await.json();
                let status = shown["status"].as_str().unwrap();
                assert_ne!(status, "error", "{shown:#}\n{}", self.logs());
                let Some(command) = command_for(status) else {
                    continue;
                };
                let body = match command {
                    "stop" => json!({"mode": "sell"}),
                    _ => json!({}),
                };
                let told = trader.tell(bot, command, &body, api).await;
                if told.status == 202 {
                    continue;
                }
                // The bot may have come further by itself since it was looked at.
                let now = trader.user.get(api, &path).await.json();
                let calls_for = command_for(now["status"].as_str().unwrap());
                let refused = format!("{command} of a bot that was {status}: {}", told.text());
                assert_eq!(told.status, 409, "{refused}");
                assert_ne!(calls_for, Some(command), "{refused}\n{now:#}");
            }
        }
    }

    /// Each open deal that holds base has its take-profit order at the exchange.
    pub(super) async fn deals_are_protected(&mut self) {
        self.until_none(
            "every deal has its take-profit order",
            "SELECT b.id || ' deal ' || d.number FROM deals d JOIN bots b ON b.id = d.bot_id
             WHERE b.type = 'dca' AND b.status = 'running' AND d.closed_at IS NULL
                 AND EXISTS (SELECT FROM orders o WHERE o.bot_id = d.bot_id AND o.deal = d.number AND o.filled_quantity > 0)
                 AND NOT EXISTS (SELECT FROM orders o WHERE o.bot_id = d.bot_id AND o.deal = d.number
                     AND o.purpose = 'take_profit' AND o.status IN ('open', 'partially_filled'))",
        )
        .await;
    }

    /// Sells everything out.
    pub(super) async fn all_bots_stop(&mut self) {
        self.tell_all(|_| Some("stop")).await;
        self.until_none(
            "every bot has stopped",
            "SELECT id || ' ' || status || ' ' || coalesce(status_reason, '') FROM bots WHERE status <> 'stopped'",
        )
        .await;
    }

    /// Our ledger: of each order its client order id, where it stands and what was filled, and its trades.
    async fn ours(&self) -> Ledger {
        let sql = format!(
            "SELECT o.client_order_id, o.status, o.filled_quantity::text, o.filled_quote::text,
                 ARRAY(SELECT venue_trade_id || ' ' || trim_scale(quantity) || ' ' || trim_scale(fee) || ' ' || fee_asset
                       FROM fills f WHERE f.order_id = o.id ORDER BY 1)
             FROM orders o WHERE NOT ({NEVER_TAKEN})"
        );
        let mut db = self.database().await;
        let rows = query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap();
        let booked = rows.into_iter().map(|row| {
            let booked = Booked {
                status: row.get(1),
                base: amount(row.get(2)),
                quote: amount(row.get(3)),
                trades: row.get(4),
            };
            (row.get(0), booked)
        });
        booked.collect()
    }

    /// The exchange's books in the same form; an order that is there twice fails.
    fn theirs(&self) -> Ledger {
        let books = self.exchange.books();
        books.check().unwrap();
        let mut ledger = Ledger::new();
        let mut trades: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for trade in &books.trades {
            let (quantity, fee) = (trade.quantity, trade.fee);
            let line = format!("{} {quantity} {fee} {}", trade.id, trade.fee_asset);
            trades.entry(trade.order).or_default().push(line);
        }
        for order in &books.orders {
            let mut trades = trades.remove(&order.id).unwrap_or_default();
            trades.sort();
            let booked = Booked {
                status: our_word(order.status),
                base: order.executed,
                quote: order.quote,
                trades,
            };
            let before = ledger.insert(order.client_id.clone(), booked);
            assert!(before.is_none(), "{} was sent twice", order.client_id);
        }
        ledger
    }

    /// Waits until both are equal: no order is lost, none doubled, and of each every trade is booked once.
    pub(super) async fn agrees(&self) {
        let begin = Instant::now();
        let mut looks = interval(Duration::from_millis(500));
        loop {
            looks.tick().await;
            let (mut ours, mut theirs) = (self.ours().await, self.theirs());
            if ours == theirs {
                println!("{} orders are equal on both sides", ours.len());
                return;
            }
            if begin.elapsed() > DEADLINE {
                let all = ours.clone();
                ours.retain(|id, order| theirs.get(id) != Some(order));
                theirs.retain(|id, order| all.get(id) != Some(order));
                panic!("ours: {ours:#?}\ntheirs: {theirs:#?}\n{}", self.logs());
            }
        }
    }

    /// What we know of each account is what the exchange holds.
    pub(super) async fn balances_agree(&mut self) {
        let begin = Instant::now();
        let mut looks = interval(Duration::from_millis(500));
        loop {
            looks.tick().await;
            let sql = "SELECT u.email || ' ' || b.asset || ' ' || trim_scale(b.free + b.reserved)
                       FROM balances b JOIN connections c ON c.id = b.connection_id JOIN users u ON u.id = c.user_id
                       WHERE b.free + b.reserved <> 0 ORDER BY 1";
            let mut db = self.database().await;
            let ours: Vec<String> = query_scalar(sql).fetch_all(&mut db).await.unwrap();
            let entries = self.exchange.books().balances.into_iter().map(|entry| {
                let total = entry.free.plus(entry.locked).unwrap();
                (entry.user, entry.asset, total)
            });
            let held = entries.filter(|(.., total)| !total.is_zero());
            let mut theirs: Vec<String> = held
                .map(|(user, asset, total)| format!("{user}@example.com {asset} {total}"))
                .collect();
            theirs.sort();
            if ours == theirs {
                return;
            }
            assert!(
                begin.elapsed() < DEADLINE,
                "ours: {ours:#?}\ntheirs: {theirs:#?}\n{}",
                self.logs()
            );
        }
    }

    /// No order of ours is left at the exchange, and no balance is locked.
    pub(super) fn nothing_is_open(&self) {
        let books = self.exchange.books();
        let open: Vec<_> = books
            .orders
            .iter()
            .filter(|order| order.status.is_open())
            .collect();
        assert!(open.is_empty(), "{open:#?}");
        let locked: Vec<_> = books
            .balances
            .iter()
            .filter(|entry| !entry.locked.is_zero())
            .collect();
        assert!(locked.is_empty(), "{locked:#?}");
    }

    /// The log of each user has no gap, and tells of each fill once.
    pub(super) async fn every_event_is_there_once(&self) {
        let mut db = self.database().await;
        for trader in &self.traders {
            let events = trader.user.events_after(self.api.address, 0).await;
            let seqs: Vec<u64> = events
                .iter()
                .map(|event| event["seq"].as_u64().unwrap())
                .collect();
            let all: Vec<u64> = (1..=seqs.len() as u64).collect();
            assert_eq!(seqs, all, "{}", trader.name);
            let told = told_fills(&events);
            let sql = "SELECT f.id::text FROM fills f
                       JOIN bots b ON b.id = f.bot_id WHERE b.user_id = $1::uuid ORDER BY 1";
            let booked: Vec<String> = query_scalar(sql)
                .bind(&trader.user.id)
                .fetch_all(&mut db)
                .await
                .unwrap();
            assert_eq!(told, booked, "{}", trader.name);
        }
    }
}

/// The fills that events tell of.
fn told_fills(events: &[Value]) -> Vec<String> {
    let fills = events
        .iter()
        .filter(|event| event["type"] == "order.filled");
    let mut told: Vec<String> = fills
        .map(|event| event["data"]["fill_id"].as_str().unwrap().to_owned())
        .collect();
    told.sort();
    told
}

fn our_word(status: emulator::Status) -> String {
    use emulator::Status;
    match status {
        Status::New => "open",
        Status::PartiallyFilled => "partially_filled",
        Status::Filled => "filled",
        Status::Canceled => "canceled",
        Status::Expired => "expired",
    }
    .to_owned()
}
