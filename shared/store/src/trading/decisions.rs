//! Why bots did or did not act.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use trading::{
    Amount, Symbol,
    bot::Facts,
    order::{DealNumber, Millis},
};
use uuid::Uuid;

use super::{pages, unsigned};
use crate::{
    StoreError,
    column::{self, Text},
    entity::decisions,
};

/// Why a bot did or did not act, as it is stored.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    /// Its place in the log.
    pub id: i64,
    /// What the bot trades.
    pub symbol: Symbol,
    /// When, on the clock of the data.
    pub at: Option<DateTime<Utc>>,
    /// The reason.
    pub code: String,
    /// Why an order was refused.
    pub detail: Option<String>,
    /// The deal it is about.
    pub deal: Option<DealNumber>,
    /// The price it was taken at.
    pub price: Option<Amount>,
    /// The numbers that decided, a [`trading::bot::Facts`]; nothing in rows of releases that did not keep them.
    pub data: Option<Value>,
}

/// A decision, and what its bot trades.
#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    decision: decisions::Model,
    bot_symbol: Text<Symbol>,
}

impl TryFrom<Row> for DecisionRow {
    type Error = StoreError;

    fn try_from(
        Row {
            decision,
            bot_symbol,
        }: Row,
    ) -> Result<Self, StoreError> {
        let deal = decision.deal.map(|deal| unsigned(deal, "decisions.deal"));
        Ok(Self {
            id: decision.id,
            symbol: bot_symbol.0,
            at: column::moment(decision.at),
            code: decision.code,
            detail: decision.detail,
            deal: deal.transpose()?,
            price: decision.price.map(Amount::from),
            data: decision.data,
        })
    }
}

/// Why a bot did or did not act.
#[derive(Debug, Clone, Serialize)]
pub struct NewDecision {
    /// Its bot.
    pub bot: Uuid,
    /// When it was taken, on the clock of the data.
    pub at: Millis,
    /// The reason.
    pub code: String,
    /// More of it.
    pub detail: Option<String>,
    /// The deal it is about.
    pub deal: Option<DealNumber>,
    /// The price it was taken at.
    pub price: Option<Amount>,
    /// The numbers that decided.
    pub data: Facts,
}

/// Decisions of a user's bot before `id`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn list(
    conn: &impl ConnectionTrait,
    owned: (UserId, Uuid),
    id: Option<i64>,
    limit: u32,
) -> Result<Vec<DecisionRow>, StoreError> {
    let before = id.unwrap_or(i64::MAX).into();
    let rows: Vec<Row> = pages::of_bot(conn, ("decisions", "id"), owned, before, limit).await?;
    rows.into_iter().map(DecisionRow::try_from).collect()
}

/// Writes reasons, in order.
pub(super) const INSERT: &str = "\
INSERT INTO decisions (bot_id, at, code, detail, deal, price, data)
SELECT (r->>'bot')::uuid, (r->>'at')::bigint, r->>'code', r->>'detail', (r->>'deal')::int,
    (r->>'price')::numeric, NULLIF(r->'data', '{}'::jsonb)
FROM feed, given, jsonb_array_elements(batch->'decisions') WITH ORDINALITY AS decision (r, place) ORDER BY place";
