//! What some inputs did to an account, before it is written.

use serde::Serialize;
use trading::{Amount, Asset, candle::Gap, order::Millis, paper::Balance};
use views::EventBody;

use super::{
    bot_states::SavedState,
    bots::NewStatus,
    commands::CommandOutcome,
    deals::{DealClosed, DealOpened, NewTrade},
    decisions::NewDecision,
    equity::NewEquity,
    fills::NewFill,
    orders::{NewOrder, OrderChange},
    signals::SignalResult,
};

/// What happened between two positions of an account's feed. Empty parts cost nothing.
/// As JSON it is the rows that one statement writes, but for states, which are long and come beside it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Batch {
    /// Position that the account was loaded or last saved at: if the table has another, nothing is written.
    #[serde(skip)]
    pub from_pos: i64,
    /// Position from which it will go on.
    #[serde(skip)]
    pub input_pos: i64,
    /// Time of the last point.
    #[serde(skip)]
    pub data_time: Option<Millis>,
    /// Price of the last point.
    #[serde(skip)]
    pub price: Option<Amount>,
    /// Missing candles that were passed.
    #[serde(skip)]
    pub gaps: Vec<Gap>,
    /// The feed's end, with a reason if it is a bad one.
    #[serde(skip)]
    pub end: Option<Option<String>>,
    /// Whether an exchange account is followed from now on, or rests; nothing where that does not change.
    #[serde(skip)]
    pub is_followed: Option<bool>,
    /// New deals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<DealOpened>,
    /// Deals that ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<DealClosed>,
    /// Buys that were matched with sells, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trades: Vec<NewTrade>,
    /// New orders, as they are at the end of the batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<NewOrder>,
    /// Older orders that changed, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<OrderChange>,
    /// Fills, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<NewFill>,
    /// All balances, if any changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub balances: Vec<(Asset, Balance)>,
    /// Bots that were given an input.
    #[serde(skip)]
    pub states: Vec<SavedState>,
    /// Bots whose status changed, by id.
    #[serde(skip)]
    pub statuses: Vec<NewStatus>,
    /// Reasons that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<NewDecision>,
    /// Equity at full hours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equity: Vec<NewEquity>,
    /// Commands that were applied.
    #[serde(skip)]
    pub commands: Vec<CommandOutcome>,
    /// What became of signals.
    #[serde(skip)]
    pub signals: Vec<SignalResult>,
    /// For the user's stream.
    #[serde(skip)]
    pub events: Vec<EventBody>,
}
