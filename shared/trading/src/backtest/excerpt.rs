use super::ledger::LedgerFill;
use crate::bot::{ClosedDeal, Decision, Output};
use crate::order::{DealNumber, Fill, Millis, OrderIntent, OrderNumber, Purpose, Side};
use crate::paper::{BotSlot, Event, Sink};

/// Fills of a run that are kept.
pub const MOST_FILLS: usize = 100_000;
/// Closed deals of a run that are kept.
pub const MOST_DEALS: usize = 10_000;
/// Decisions of a run that are kept.
pub const MOST_DECISIONS: usize = 10_000;

/// Listens to a run and keeps its beginning: the first [`MOST_FILLS`], [`MOST_DEALS`] and [`MOST_DECISIONS`], and how many
/// there were in all.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// Fills, in the order in which they happened.
    pub fills: First<OrderFill>,
    /// Closed deals, in the order in which they closed.
    pub deals: First<ClosedDeal>,
    /// Decisions, with their times.
    pub decisions: First<(Millis, Decision)>,
}

/// The first of many.
#[derive(Clone, Debug)]
pub struct First<T> {
    kept: Vec<T>,
    most: usize,
    dropped: u64,
}

/// A fill and what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFill {
    /// Number of its order.
    pub number: OrderNumber,
    /// Deal of its order.
    pub deal: DealNumber,
    /// Why its order existed.
    pub purpose: Purpose,
    /// Which of its purpose.
    pub level: u32,
    /// Which way.
    pub side: Side,
    /// The fill.
    pub fill: LedgerFill,
}

impl<T> First<T> {
    const fn new(most: usize) -> Self {
        Self {
            kept: Vec::new(),
            most,
            dropped: 0,
        }
    }

    fn push(&mut self, make: impl FnOnce() -> T) {
        if self.kept.len() < self.most {
            self.kept.push(make());
        } else {
            self.dropped += 1;
        }
    }

    /// Those that are kept.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// How many came after those.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Excerpt {
    /// Keeps other numbers of fills, deals and decisions.
    pub const fn of(fills: usize, deals: usize, decisions: usize) -> Self {
        Self {
            fills: First::new(fills),
            deals: First::new(deals),
            decisions: First::new(decisions),
        }
    }
}

impl Default for Excerpt {
    fn default() -> Self {
        Self::of(MOST_FILLS, MOST_DEALS, MOST_DECISIONS)
    }
}

impl OrderFill {
    fn new(at: Millis, intent: &OrderIntent, fill: &Fill) -> Self {
        Self {
            number: intent.number,
            deal: intent.deal,
            purpose: intent.purpose,
            level: intent.level,
            side: intent.side,
            fill: LedgerFill::new(at, fill),
        }
    }
}

impl Sink for Excerpt {
    fn receive(&mut self, at: Millis, _bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Fill(intent, fill) => self.fills.push(|| OrderFill::new(at, intent, fill)),
            Event::Output(Output::DealClosed(deal)) => self.deals.push(|| *deal),
            Event::Output(Output::Decision(decision)) => {
                self.decisions.push(|| (at, decision.clone()));
            }
            Event::Input(_)
            | Event::Failed(_)
            | Event::Placed(_)
            | Event::Update(_)
            | Event::Output(
                Output::Place(_)
                | Output::Cancel(_)
                | Output::DealOpened { .. }
                | Output::TradeClosed(_)
                | Output::Status { .. }
                | Output::SignalSettled { .. },
            ) => {}
        }
    }
}
