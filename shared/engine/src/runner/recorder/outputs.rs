//! What bots say, as rows and events.

use store::trading::commit::{DealClosed, DealOpened, NewDecision, NewTrade, SignalResult};
use trading::{
    bot::{ClosedDeal, Decision, Output, Reason},
    order::Millis,
    paper::BotSlot,
};

use super::Recorder;
use crate::runner::event_bodies;

impl Recorder {
    fn decide(&mut self, at: Millis, slot: BotSlot, decision: &Decision) {
        let (code, detail) = event_bodies::reason(decision.reason);
        self.batch.decisions.push(NewDecision {
            bot: self.bot(slot),
            at,
            code,
            detail,
            deal: decision.deal,
            price: decision.price,
            data: decision.facts.clone(),
        });
    }

    /// Signals of live accounts are named by the ids of their rows.
    fn settle_signal(&mut self, id: &str, refused: Option<Reason>) {
        if let Ok(id) = id.parse() {
            let reason = refused.map(|reason| {
                let (code, detail) = event_bodies::reason(reason);
                detail.unwrap_or(code)
            });
            self.batch.signals.push(SignalResult { id, reason });
        }
    }

    fn close_deal(&mut self, slot: BotSlot, deal: &ClosedDeal) {
        let row = DealClosed {
            bot: self.bot(slot),
            number: deal.deal,
            at: deal.closed_at,
            reason: deal.reason,
            invested: deal.invested,
            realised: deal.realised,
        };
        self.batch.events.push(event_bodies::deal_closed(&row));
        self.batch.closed.push(row);
    }

    pub(super) fn output(&mut self, at: Millis, slot: BotSlot, output: &Output) {
        match output {
            Output::DealOpened { deal } => {
                let row = DealOpened {
                    id: self.ids.next(self.clock.now()),
                    bot: self.bot(slot),
                    number: *deal,
                    at,
                };
                self.batch.events.push(event_bodies::deal_opened(&row));
                self.batch.opened.push(row);
            }
            Output::DealClosed(deal) => self.close_deal(slot, deal),
            Output::Decision(decision) => self.decide(at, slot, decision),
            Output::Status { status, reason } => {
                let reason = reason.map(|reason| event_bodies::reason(reason).0);
                self.status(self.bot(slot), *status, reason);
            }
            Output::TradeClosed(trade) => self.batch.trades.push(NewTrade {
                bot: self.bot(slot),
                deal: trade.deal,
                at,
                cost: trade.cost,
                proceeds: trade.proceeds,
            }),
            Output::SignalSettled { id, refused } => self.settle_signal(id, *refused),
            Output::Cancel(number) => self.cancel(at, (slot, *number)),
            Output::Place(_) => {}
        }
    }
}
