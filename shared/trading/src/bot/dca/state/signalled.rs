use super::{DcaState, delay};
use crate::amount::Amount;
use crate::bot::core::Context;
use crate::bot::dca::DcaConfig;
use crate::bot::dca::kind::SIGNAL_LAG_S;
use crate::bot::{CloseReason, Facts, Reason, Signal, SignalAction, StepError};
use crate::deal::DealPhase;

/// What signals do: a deal that one asks for opens at the next price, after the start delay.
impl DcaState {
    pub(in crate::bot) fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        match signal.action {
            SignalAction::EnterLong => {
                let waiting =
                    self.deals.len() + usize::try_from(self.entries).unwrap_or(usize::MAX);
                if let Some((reason, facts)) = self.refusal(context, config, waiting) {
                    context.refuse_signal(signal, reason, facts);
                    return Ok(());
                }
                self.entries = self.entries.saturating_add(1);
                if signal.name().is_some() {
                    self.named.push((context.at, signal.clone()));
                }
                delay(context, config.deal_start_delay_s);
                Ok(())
            }
            SignalAction::CloseAtMarket => {
                self.settle_exit(context, signal, 1);
                match self.deals.first().map(|deal| deal.number) {
                    Some(deal) => self.close_deal(context, config, deal, CloseReason::Closed),
                    None => Ok(()),
                }
            }
            SignalAction::ExitLong | SignalAction::CloseAtMarketAll => {
                self.drop_entries(context, (Reason::SignalOvertaken, Facts::default()));
                self.settle_exit(context, signal, usize::MAX);
                for deal in &mut self.deals {
                    deal.exit(CloseReason::Closed);
                }
                self.manage_all(context, config)
            }
            SignalAction::Disable | SignalAction::Enable => Ok(()),
        }
    }

    /// Says which deals a signal with a name closes, `most` of them at the most, or that there is none.
    fn settle_exit(&self, context: &mut Context<'_>, signal: &Signal, most: usize) {
        let Some(name) = signal.name() else {
            return;
        };
        let mut closes = false;
        for deal in self.deals.iter().take(most) {
            if !matches!(deal.phase, DealPhase::Exiting(_)) {
                let facts = Facts {
                    signal: Some(name.clone()),
                    ..Facts::default()
                };
                let price = context.core.mark;
                context.explain(Reason::ExitSignal, Some(deal.number), price, facts);
                closes = true;
            }
        }
        if closes {
            context.signal_applied(signal);
        } else {
            context.refuse_signal(signal, Reason::NothingToClose, Facts::default());
        }
    }

    /// Takes the oldest signal that waits, where it has a name.
    pub(super) fn next_entry(&mut self) -> Option<Signal> {
        let is_named = usize::try_from(self.entries).is_ok_and(|all| all <= self.named.len());
        self.entries = self.entries.saturating_sub(1);
        (is_named && !self.named.is_empty()).then(|| self.named.remove(0).1)
    }

    /// Refuses those that waited too long for a price, be it because their bot was paused: they were for another time. The delay
    /// before a deal begins does not count.
    pub(in crate::bot) fn drop_late(&mut self, context: &mut Context<'_>, config: &DcaConfig) {
        let delay = i64::from(config.deal_start_delay_s).saturating_mul(1000);
        for (since, signal) in std::mem::take(&mut self.named) {
            let waited = context
                .at
                .saturating_sub(since)
                .saturating_sub(delay)
                .max(0);
            let told = Signal {
                lag_ms: signal.lag_ms.saturating_add(waited),
                ..signal.clone()
            };
            if context.refuses_late(&told, SIGNAL_LAG_S) {
                self.entries = self.entries.saturating_sub(1);
            } else {
                self.named.push((since, signal));
            }
        }
    }

    /// Drops all signals that wait: no deal is opened for them.
    pub(super) fn drop_entries(
        &mut self,
        context: &mut Context<'_>,
        (reason, facts): (Reason, Facts),
    ) {
        self.entries = 0;
        for (_, signal) in std::mem::take(&mut self.named) {
            context.refuse_signal(&signal, reason, facts.clone());
        }
    }

    /// Says why no deal is opened at a price: to each signal that waits for one, or once where deals need none.
    pub(super) fn open_none(
        &mut self,
        context: &mut Context<'_>,
        price: Amount,
        (reason, facts): (Reason, Facts),
    ) {
        if self.named.is_empty() {
            context.explain(reason, None, Some(price), facts.clone());
        }
        self.drop_entries(context, (reason, facts));
    }
}
