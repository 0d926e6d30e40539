//! Decisions of bots, as clients see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use store::trading::decisions::DecisionRow;
use trading::{
    Amount, RejectCode, Symbol,
    bot::{Decision, Facts, Reason, ReasonCode},
    order::{DealNumber, Millis},
};
use utoipa::ToSchema;

/// Why a bot did or did not act. Every fill is told, and a refusal to act when its reason changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotDecision {
    /// Its place in the log.
    pub id: i64,
    /// When, on the clock of the data.
    #[serde(with = "platform::time::wire_option")]
    pub at: Option<DateTime<Utc>>,
    /// Why the bot did it, for programs.
    #[schema(value_type = ReasonCode)]
    pub code: String,
    /// Why an order was refused, where the code is `order_rejected`.
    #[schema(value_type = Option<RejectCode>)]
    pub detail: Option<String>,
    /// The deal it is about.
    #[schema(value_type = Option<u32>)]
    pub deal: Option<DealNumber>,
    /// The price it was taken at, in quote.
    pub price: Option<Amount>,
    /// When it is tried again, ends or was due: the end of a cooldown or a timeout, the next try, the time of a purchase.
    #[serde(with = "platform::time::wire_option")]
    pub until: Option<DateTime<Utc>>,
    /// The numbers that decided. Empty where there are none, and in decisions of releases that did not keep them.
    pub data: Facts,
    /// The decision in words, with its numbers.
    #[schema(example = "sold 0.4995 at 98: line 4, +0.902 USDT")]
    pub sentence: String,
}

impl BotDecision {
    /// A stored decision.
    pub fn of_row(row: DecisionRow) -> Self {
        // Numbers of a later release that have no place here are left out: the list stays readable.
        let facts: Facts = row
            .data
            .and_then(|data| serde_json::from_value(data).ok())
            .unwrap_or_default();
        let mut reason = json!({ "code": row.code });
        if let Some(detail) = &row.detail {
            reason["detail"] = json!(detail);
        }
        // A code of a later release is told as it is.
        let sentence = serde_json::from_value::<Reason>(reason).map_or_else(
            |_| row.code.replace('_', " "),
            |reason| {
                let decision = Decision {
                    reason,
                    deal: row.deal,
                    price: row.price,
                    facts: facts.clone(),
                };
                decision.sentence(&row.symbol)
            },
        );
        Self {
            id: row.id,
            at: row.at,
            code: row.code,
            detail: row.detail,
            deal: row.deal,
            price: row.price,
            until: facts.until.and_then(DateTime::from_timestamp_millis),
            data: Facts {
                until: None,
                ..facts
            },
            sentence,
        }
    }

    /// The decision at place `id` of a backtest.
    ///
    /// # Errors
    /// When its reason has no JSON form.
    pub fn of_backtest(
        id: i64,
        at: Millis,
        decision: &Decision,
        symbol: &Symbol,
    ) -> Result<Self, serde_json::Error> {
        let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
        let mut detail = None;
        if let Reason::OrderRejected(code) = decision.reason {
            detail = Some(code.as_str().to_owned());
        }
        Ok(Self {
            id,
            at: DateTime::from_timestamp_millis(at),
            code: word(serde_json::to_value(decision.reason.code())?).unwrap_or_default(),
            detail,
            deal: decision.deal,
            price: decision.price,
            until: decision
                .facts
                .until
                .and_then(DateTime::from_timestamp_millis),
            data: Facts {
                until: None,
                ..decision.facts.clone()
            },
            sentence: decision.sentence(symbol),
        })
    }
}
