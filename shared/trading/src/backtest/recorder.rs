use std::collections::HashMap;

use super::ledger::{Ledger, LedgerOrder};
use crate::bot::{Decision, Output};
use crate::order::{Millis, OrderNumber};
use crate::paper::{BotSlot, Event, Session, Sink};

/// Listens to a session and keeps every order, fill and decision, however many: for comparing a run with another.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    orders: Vec<LedgerOrder>,
    index: HashMap<(BotSlot, OrderNumber), usize>,
    decisions: HashMap<BotSlot, Vec<(Millis, Decision)>>,
}

impl Recorder {
    /// Decisions of a bot, with their times.
    pub fn decisions(&self, bot: BotSlot) -> &[(Millis, Decision)] {
        self.decisions.get(&bot).map_or(&[], Vec::as_slice)
    }

    /// The ledger of what was heard, with the session's balances.
    pub fn ledger(&self, session: &Session) -> Ledger {
        let balances = session
            .accounts()
            .iter()
            .map(|account| account.balances().iter().cloned().collect());
        Ledger {
            orders: self.orders(),
            balances: balances.collect(),
        }
    }

    /// What was heard of orders, by bot, then number.
    pub(super) fn orders(&self) -> Vec<LedgerOrder> {
        let mut orders = self.orders.clone();
        orders.sort_by_key(|order| (order.bot, order.number));
        orders
    }
}

impl Sink for Recorder {
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Placed(placed) => {
                let number = placed.intent.number;
                self.index.insert((bot, number), self.orders.len());
                self.orders.push(LedgerOrder::placed(bot.0, at, placed));
            }
            Event::Output(Output::Decision(decision)) => {
                let decisions = self.decisions.entry(bot).or_default();
                decisions.push((at, decision.clone()));
            }
            Event::Update(update) => {
                if let Some(index) = self.index.get(&(bot, update.order)) {
                    self.orders[*index].update(at, update);
                }
            }
            Event::Fill(intent, fill) => {
                if let Some(index) = self.index.get(&(bot, intent.number)) {
                    self.orders[*index].fill(at, fill);
                }
            }
            Event::Input(_)
            | Event::Failed(_)
            | Event::Output(
                Output::Place(_)
                | Output::Cancel(_)
                | Output::DealOpened { .. }
                | Output::DealClosed(_)
                | Output::TradeClosed(_)
                | Output::Status { .. }
                | Output::SignalSettled { .. },
            ) => {}
        }
    }
}
