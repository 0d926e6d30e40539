//! What some inputs did to a paper account, before it is written.

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
};

/// What happened between two positions of an account's feed. Empty parts cost nothing.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Position that the account was loaded or last saved at: if the table has another, nothing is written.
    pub from_pos: i64,
    /// Position from which it will go on.
    pub input_pos: i64,
    /// Time of the last point.
    pub data_time: Option<Millis>,
    /// Price of the last point.
    pub price: Option<Amount>,
    /// Missing candles that were passed.
    pub gaps: Vec<Gap>,
    /// The feed's end, with a reason if it is a bad one.
    pub end: Option<Option<String>>,
    /// New deals.
    pub opened: Vec<DealOpened>,
    /// Deals that ended.
    pub closed: Vec<DealClosed>,
    /// Buys that were matched with sells, in order.
    pub trades: Vec<NewTrade>,
    /// New orders, as they are at the end of the batch.
    pub orders: Vec<NewOrder>,
    /// Older orders that changed, each once.
    pub changes: Vec<OrderChange>,
    /// Fills, in order.
    pub fills: Vec<NewFill>,
    /// All balances, if any changed.
    pub balances: Vec<(Asset, Balance)>,
    /// Bots that were given an input.
    pub states: Vec<SavedState>,
    /// Bots whose status changed, by id.
    pub statuses: Vec<NewStatus>,
    /// Reasons that changed.
    pub decisions: Vec<NewDecision>,
    /// Equity at full hours.
    pub equity: Vec<NewEquity>,
    /// Commands that were applied.
    pub commands: Vec<CommandOutcome>,
    /// For the user's stream.
    pub events: Vec<EventBody>,
}
