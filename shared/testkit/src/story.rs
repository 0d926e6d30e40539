//! What was told of a paper account, held against what happened.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::DateTime;
use sea_orm::sqlx::{PgConnection, query_as, query_scalar};
use serde_json::Value;
use uuid::Uuid;

use crate::paper::PaperAccount;

/// An event with its number in the user's stream.
struct Told {
    seq: i64,
    kind: String,
    body: Value,
}

/// What was told of one order so far.
#[derive(Debug)]
struct Order {
    bot: usize,
    number: u64,
    deal: u64,
    has_ended: bool,
}

/// Whether a deal has been told to be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deal {
    Open,
    Closed,
}

/// What happened to an order: when, of which bot, and its number.
type Moment = (i64, usize, u64);

#[derive(Default)]
struct Story {
    bots: HashMap<Uuid, usize>,
    /// Time of the data, which never goes back.
    now: i64,
    orders: HashMap<String, Order>,
    deals: BTreeMap<(usize, u64), Deal>,
    /// By bot, the number of its newest order.
    newest: HashMap<usize, u64>,
    /// Bots that were told to run.
    has_run: HashSet<usize>,
    placed: Vec<String>,
    filled: Vec<String>,
    fills: Vec<Moment>,
    opened: Vec<String>,
    balances: Option<Value>,
}

impl PaperAccount {
    /// Everything that happened on the account was told to its user once, and in the order in which it happened: `seq`
    /// without a gap; the time of the data never back; an order before its fill, its fill before its end, its deal around
    /// all of them; fills at one point by bot and number; and all of it as the tables have it.
    ///
    /// # Panics
    /// Where it was not.
    pub async fn assert_told_in_order(&self, db: &mut PgConnection) {
        let rows: Vec<(i64, String, Value)> = query_as(
            "SELECT seq, type, body FROM events WHERE user_id = (SELECT user_id FROM connections WHERE id = $1)
             ORDER BY seq",
        )
        .bind(self.connection)
        .fetch_all(&mut *db)
        .await
        .expect("the events");
        let seqs: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let whole: Vec<i64> = (1..).take(seqs.len()).collect();
        assert_eq!(seqs, whole, "seq has no gaps");
        let mut story = Story {
            bots: self.bots.iter().copied().zip(0..).collect(),
            ..Story::default()
        };
        for (seq, kind, body) in rows {
            story.hear(&Told { seq, kind, body }, self.connection);
        }
        self.compare(&story, db).await;
    }

    /// The tables hold what was told, in the same order.
    async fn compare(&self, story: &Story, db: &mut PgConnection) {
        for (table, told) in [
            ("orders", &story.placed),
            ("fills", &story.filled),
            ("deals", &story.opened),
        ] {
            let sql = format!("SELECT id::text FROM {table} WHERE bot_id = ANY($1) ORDER BY id");
            let rows: Vec<String> = query_scalar(sea_orm::sqlx::AssertSqlSafe(sql))
                .bind(&self.bots)
                .fetch_all(&mut *db)
                .await
                .expect("the rows");
            assert_eq!(rows.len(), told.len(), "rows of {table}, each told once");
            let other = rows.iter().zip(told).position(|(row, told)| row != told);
            assert_eq!(
                other, None,
                "{table} are in the order in which they were told"
            );
        }
        let ledger = self.ledger(&mut *db).await;
        let mut fills: Vec<Moment> = Vec::new();
        for order in &ledger.orders {
            let bot = usize::try_from(order.bot).expect("a position");
            fills.extend(order.fills.iter().map(|fill| (fill.at, bot, order.number)));
        }
        fills.sort_unstable();
        assert_eq!(fills, story.fills, "fills by time, bot and number");
        for (id, order) in &story.orders {
            let row = ledger.orders.iter().find(|row| {
                usize::try_from(row.bot) == Ok(order.bot) && row.number == order.number
            });
            let has_ended = row.expect("an order that was told").status.is_terminal();
            assert_eq!(has_ended, order.has_ended, "the end of order {id}");
        }
        let closed: i64 = query_scalar(
            "SELECT count(*) FROM deals WHERE bot_id = ANY($1) AND closed_at IS NOT NULL",
        )
        .bind(&self.bots)
        .fetch_one(&mut *db)
        .await
        .expect("the deals");
        let told = story.deals.values().filter(|deal| **deal == Deal::Closed);
        assert_eq!(
            i64::try_from(told.count()),
            Ok(closed),
            "deals told to be closed"
        );
        for table in ["decisions", "trades"] {
            let sql = format!(
                "SELECT count(*) FROM (
                     SELECT at < lag(at) OVER (ORDER BY id) AS is_back FROM {table} WHERE bot_id = ANY($1)
                 ) AS rows WHERE is_back"
            );
            let back: i64 = query_scalar(sea_orm::sqlx::AssertSqlSafe(sql))
                .bind(&self.bots)
                .fetch_one(&mut *db)
                .await
                .expect("the rows");
            assert_eq!(back, 0, "{table} are in the order of their times");
        }
        if let Some(told) = &story.balances {
            for balance in told.as_array().expect("balances") {
                let asset: trading::Asset =
                    serde_json::from_value(balance["asset"].clone()).expect("an asset");
                let row = &ledger.balances[0][&asset];
                let row = (row.free.to_string(), row.reserved.to_string());
                let told = |name: &str| balance[name].as_str().expect("an amount").to_owned();
                assert_eq!((told("free"), told("reserved")), row, "the last {asset}");
            }
        }
    }
}

impl Story {
    fn hear(&mut self, told: &Told, connection: Uuid) {
        let Told { seq, kind, body } = told;
        if kind == "balance.updated" && body["connection_id"] == connection.to_string() {
            self.balances = Some(body["balances"].clone());
        }
        let field = if kind == "bot.status_changed" {
            "id"
        } else {
            "bot_id"
        };
        let bot = body[field].as_str().and_then(|id| id.parse().ok());
        let Some(bot) = bot.and_then(|id: Uuid| self.bots.get(&id).copied()) else {
            return;
        };
        let what = format!("event {seq}, {kind} {body}");
        let id = || body["id"].as_str().expect("an id").to_owned();
        let number = |name: &str| body[name].as_u64().expect("a number");
        match kind.as_str() {
            "bot.status_changed" if body["status"] == "running" => {
                self.has_run.insert(bot);
            }
            "deal.opened" => {
                self.pass(body, "opened_at", &what);
                assert!(self.has_run.contains(&bot), "before it ran: {what}");
                let deal = (bot, number("number"));
                let before = self.deals.range(..=deal).next_back();
                let last = before
                    .filter(|((of, _), _)| *of == bot)
                    .map(|((_, n), _)| *n);
                assert_eq!(last.unwrap_or(0) + 1, deal.1, "deals count up: {what}");
                self.deals.insert(deal, Deal::Open);
                self.opened.push(id());
            }
            "deal.closed" => {
                self.pass(body, "closed_at", &what);
                let deal = (bot, number("number"));
                assert_eq!(
                    self.deals.insert(deal, Deal::Closed),
                    Some(Deal::Open),
                    "{what}"
                );
                let mut orders = self.orders.values();
                let rests = orders.any(|order| (order.bot, order.deal) == deal && !order.has_ended);
                assert!(!rests, "its orders end first: {what}");
            }
            "order.created" => {
                self.pass(body, "placed_at", &what);
                let (number, deal) = (number("number"), number("deal"));
                assert_eq!(self.deals.get(&(bot, deal)), Some(&Deal::Open), "{what}");
                let before = self.newest.insert(bot, number).unwrap_or(0);
                assert_eq!(before + 1, number, "orders count up: {what}");
                let order = Order {
                    bot,
                    number,
                    deal,
                    has_ended: false,
                };
                self.placed.push(id());
                let known = self.orders.insert(id(), order);
                assert!(known.is_none(), "told twice: {what}");
            }
            "order.filled" => {
                let at = self.pass(body, "filled_at", &what);
                let is_last = body["is_last"] == true;
                let order = self.end(&id(), is_last, &what);
                self.fills.push((at, bot, order));
                let fill = body["fill_id"].as_str().expect("an id");
                self.filled.push(fill.to_owned());
            }
            "order.cancelled" | "order.rejected" => {
                self.pass(body, "ended_at", &what);
                self.end(&id(), true, &what);
            }
            _ => {}
        }
    }

    /// The time of an event, which is no earlier than that of the one before.
    fn pass(&mut self, body: &Value, field: &str, what: &str) -> i64 {
        let at = body[field].as_str().expect("a time");
        let at = DateTime::parse_from_rfc3339(at)
            .expect("a time")
            .timestamp_millis();
        assert!(at >= self.now, "it goes back in time: {what}");
        self.now = at;
        at
    }

    /// The number of an order that was told of and had not ended.
    fn end(&mut self, id: &str, has_ended: bool, what: &str) -> u64 {
        let order = self.orders.get_mut(id);
        let order = order.unwrap_or_else(|| panic!("before its order: {what}"));
        assert!(!order.has_ended, "after its end: {what}");
        order.has_ended = has_ended;
        let deal = self.deals.get(&(order.bot, order.deal));
        assert_eq!(deal, Some(&Deal::Open), "outside its deal: {what}");
        order.number
    }
}
