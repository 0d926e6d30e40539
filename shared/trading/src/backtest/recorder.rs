use std::collections::HashMap;

use super::ledger::{Ledger, LedgerOrder};
use crate::amount::{Amount, AmountError};
use crate::bot::{ClosedDeal, ClosedTrade, Decision, Output};
use crate::order::{Millis, OrderNumber};
use crate::paper::{BotSlot, Event, Session, Sink};
use crate::pnl::TradeStats;

/// Decisions kept of one bot.
const MOST_DECISIONS: usize = 10_000;

/// Listens to a session and keeps what a report needs.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    orders: Vec<LedgerOrder>,
    index: HashMap<(BotSlot, OrderNumber), usize>,
    bots: Vec<BotRecord>,
    /// Results of closed trades, in the order in which they closed.
    closed: Vec<(BotSlot, Amount)>,
    activity: u64,
    failure: Option<AmountError>,
}

/// What one bot did.
#[derive(Clone, Debug, Default)]
pub(super) struct BotRecord {
    pub(super) fills: u64,
    pub(super) deals: Vec<ClosedDeal>,
    pub(super) trades: TradeStats,
    pub(super) decisions: Vec<(Millis, Decision)>,
    pub(super) dropped_decisions: u64,
}

impl Recorder {
    /// Counts everything that happened: unchanged means that nothing did.
    pub const fn activity(&self) -> u64 {
        self.activity
    }

    pub(super) fn bot(&mut self, bot: BotSlot) -> &mut BotRecord {
        let index = usize::try_from(bot.0).unwrap_or(usize::MAX);
        if self.bots.len() <= index {
            self.bots.resize_with(index + 1, BotRecord::default);
        }
        &mut self.bots[index]
    }

    /// Decisions of a bot, with their times; the first 10,000.
    pub fn decisions(&self, bot: BotSlot) -> &[(Millis, Decision)] {
        usize::try_from(bot.0)
            .ok()
            .and_then(|index| self.bots.get(index))
            .map_or(&[], |record| record.decisions.as_slice())
    }

    pub(super) const fn failure(&self) -> Option<AmountError> {
        self.failure
    }

    /// The ledger of what was heard, with the session's balances.
    pub fn ledger(&self, session: &Session) -> Ledger {
        let mut orders = self.orders.clone();
        orders.sort_by_key(|order| (order.bot, order.number));
        let balances = session
            .accounts()
            .iter()
            .map(|account| account.balances().iter().cloned().collect());
        Ledger {
            orders,
            balances: balances.collect(),
        }
    }

    /// Results of the closed trades of the bots that `of` names, in the order in which they closed.
    pub(super) fn profits(&self, of: impl Fn(BotSlot) -> bool) -> Vec<Amount> {
        let mine = self.closed.iter().filter(|(bot, _)| of(*bot));
        mine.map(|(_, profit)| *profit).collect()
    }

    fn trade(&mut self, bot: BotSlot, trade: &ClosedTrade) {
        self.closed.push((bot, trade.realised));
        if let Err(error) = self.bot(bot).trades.record(trade.realised) {
            self.failure = Some(error);
        }
    }
}

impl Sink for Recorder {
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>) {
        if let Event::Input(_) = event {
            return;
        }
        self.activity += 1;
        match event {
            Event::Output(Output::Place(intent)) => {
                self.index.insert((bot, intent.number), self.orders.len());
                self.orders.push(LedgerOrder::placed(bot.0, at, intent));
            }
            Event::Output(Output::DealClosed(deal)) => self.bot(bot).deals.push(*deal),
            Event::Output(Output::TradeClosed(trade)) => self.trade(bot, trade),
            Event::Output(Output::Decision(decision)) => {
                let record = self.bot(bot);
                if record.decisions.len() < MOST_DECISIONS {
                    record.decisions.push((at, *decision));
                } else {
                    record.dropped_decisions += 1;
                }
            }
            Event::Input(_)
            | Event::Output(
                Output::Cancel(_) | Output::DealOpened { .. } | Output::Status { .. },
            ) => {}
            Event::Update(update) => {
                if let Some(index) = self.index.get(&(bot, update.order)) {
                    self.orders[*index].update(at, update);
                }
            }
            Event::Fill(intent, fill) => {
                if let Some(index) = self.index.get(&(bot, intent.number)) {
                    self.orders[*index].fill(at, fill);
                }
                self.bot(bot).fills += 1;
            }
        }
    }
}
