//! Paper accounts, straight into the tables, and what became of them.

use std::fmt::Write;

use chrono::Utc;
use platform::ids::{UserId, uuid_v7};
use sea_orm::sqlx::{AssertSqlSafe, PgConnection, query, query_as, query_scalar};
use serde_json::{Value, json};
use trading::backtest::{Ledger, LedgerOrder};
use uuid::Uuid;

use crate::wait_until;

/// A connection with its bots.
#[derive(Debug, Clone)]
pub struct PaperAccount {
    /// The connection.
    pub connection: Uuid,
    /// Its bots, by id.
    pub bots: Vec<Uuid>,
}

impl PaperAccount {
    /// A paper account for a user that exists, with one started bot for each configuration. Its feed is paused.
    ///
    /// # Panics
    /// When the tables refuse.
    pub async fn create(
        db: &mut PgConnection,
        user: UserId,
        spec: &Value,
        configs: &[Value],
    ) -> Self {
        let connection = uuid_v7(Utc::now());
        let mut sql = format!(
            "INSERT INTO connections (id, user_id, venue, label, paper)
             VALUES ('{connection}', '{user}', 'paper', '{connection}', '{spec}');
             INSERT INTO feeds (connection_id) VALUES ('{connection}');
             INSERT INTO balances (connection_id, asset, free, reserved)
             SELECT '{connection}', key, value::numeric, 0 FROM jsonb_each_text('{}');",
            spec["balances"]
        );
        let mut bots = Vec::new();
        for (place, config) in (0_u128..).zip(configs) {
            // Ids of one millisecond do not sort by themselves.
            let bot = Uuid::from_u128(connection.as_u128() + 1 + place);
            let (kind, symbol) = (&config["type"], &spec["symbol"]);
            write!(
                sql,
                "INSERT INTO bots (id, user_id, connection_id, name, type, symbol, config, status)
                 VALUES ('{bot}', '{user}', '{connection}', '{bot}', '{}', '{}', '{config}', 'starting');
                 INSERT INTO bot_commands (id, connection_id, bot_id, command)
                 VALUES ('{bot}', '{connection}', '{bot}', '{}');",
                kind.as_str().expect("a type"),
                symbol.as_str().expect("a symbol"),
                json!({"command": "start"}),
            )
            .expect("a text takes more");
            bots.push(bot);
        }
        sea_orm::sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(db)
            .await
            .expect("a paper account");
        Self { connection, bots }
    }

    /// Starts or pauses the feed.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn set_feed(&self, db: &mut PgConnection, status: &str) {
        query("UPDATE feeds SET status = $2 WHERE connection_id = $1")
            .bind(self.connection)
            .bind(status)
            .execute(db)
            .await
            .expect("the feed changes");
    }

    /// Status, position and error of the feed.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn feed(&self, db: &mut PgConnection) -> (String, i64, Option<String>) {
        query_as("SELECT status, input_pos, error FROM feeds WHERE connection_id = $1")
            .bind(self.connection)
            .fetch_one(db)
            .await
            .expect("the feed")
    }

    /// Waits until the feed is no longer running, for as long as it moves; gives its status, position and error.
    ///
    /// # Panics
    /// When it stands still for [`crate::DEADLINE`].
    pub async fn played(&self, db: &mut PgConnection) -> (String, i64, Option<String>) {
        self.played_beyond(db, i64::MAX).await
    }

    /// The same, or until more than `pos` points have been played.
    ///
    /// # Panics
    /// When it stands still for [`crate::DEADLINE`].
    pub async fn played_beyond(
        &self,
        db: &mut PgConnection,
        pos: i64,
    ) -> (String, i64, Option<String>) {
        let beyond = pos;
        let db = tokio::sync::Mutex::new(db);
        let mut last = -1;
        loop {
            wait_until("the feed moves", || async {
                let (status, pos, _) = self.feed(&mut **db.lock().await).await;
                status != "running" || pos > last
            })
            .await;
            let feed = self.feed(&mut **db.lock().await).await;
            if feed.0 != "running" || feed.1 > beyond {
                return feed;
            }
            last = feed.1;
        }
    }

    /// What the tables say was done, in the form in which a backtest says it.
    ///
    /// # Panics
    /// When the tables hold something that a ledger cannot.
    pub async fn ledger(&self, db: &mut PgConnection) -> Ledger {
        let orders: Vec<Value> = query_scalar(
            "SELECT jsonb_build_object(
                 'bot', array_position($1, o.bot_id) - 1, 'number', o.number, 'deal', o.deal, 'purpose', o.purpose,
                 'level', o.level, 'attempt', o.attempt, 'side', o.side, 'placed_at', o.placed_at, 'status', o.status,
                 'reject', o.reject_code, 'ended_at', o.ended_at,
                 'order_type', jsonb_strip_nulls(jsonb_build_object('type', o.type, 'price', trim_scale(o.price)::text,
                     'time_in_force', o.time_in_force)),
                 'size', jsonb_strip_nulls(jsonb_build_object('base', trim_scale(o.quantity)::text,
                     'quote', trim_scale(o.quote_quantity)::text)),
                 'fills', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', f.at, 'price', trim_scale(f.price)::text,
                     'quantity', trim_scale(f.quantity)::text, 'quote', trim_scale(f.quote)::text,
                     'fee_asset', f.fee_asset, 'fee', trim_scale(f.fee)::text, 'liquidity', f.liquidity) ORDER BY f.id),
                     '[]') FROM fills f WHERE f.order_id = o.id))
             FROM orders o WHERE o.bot_id = ANY($1) ORDER BY o.bot_id, o.number",
        )
        .bind(&self.bots)
        .fetch_all(&mut *db)
        .await
        .expect("the orders");
        let balances: Value = query_scalar(
            "SELECT coalesce(jsonb_object_agg(asset, jsonb_build_object('free', trim_scale(free)::text,
                 'reserved', trim_scale(reserved)::text)), '{}') FROM balances WHERE connection_id = $1",
        )
        .bind(self.connection)
        .fetch_one(&mut *db)
        .await
        .expect("the balances");
        let order = |order| serde_json::from_value::<LedgerOrder>(order).expect("an order");
        Ledger {
            orders: orders.into_iter().map(order).collect(),
            balances: vec![serde_json::from_value(balances).expect("balances")],
        }
    }
}
