use super::Context;
use crate::amount::Amount;
use crate::bot::{Facts, Limit, Output, Reason, Signal};

/// What becomes of signals.
impl Context<'_> {
    /// A signal had its effect.
    pub(in crate::bot) fn signal_applied(&mut self, signal: &Signal) {
        self.settle_signal(signal, None);
    }

    /// Says why a signal has no effect.
    pub(in crate::bot) fn refuse_signal(&mut self, signal: &Signal, reason: Reason, facts: Facts) {
        let facts = Facts {
            signal: signal.name(),
            ..facts
        };
        self.explain(reason, None, self.core.mark, facts);
        self.settle_signal(signal, Some(reason));
    }

    /// Refuses a signal that was sent more than `most` seconds ago, or than it says itself, if it was.
    pub(in crate::bot) fn refuses_late(&mut self, signal: &Signal, most: u32) -> bool {
        let most = i64::from(signal.max_lag_s.unwrap_or(most)).saturating_mul(1000);
        let is_late = signal.lag_ms > most;
        if is_late {
            let (most, lag) = (Amount::from_int(most), Amount::from_int(signal.lag_ms));
            let facts = Facts::limit(Limit::MaxLagMs, most, lag);
            self.refuse_signal(signal, Reason::SignalTooLate, facts);
        }
        is_late
    }

    fn settle_signal(&mut self, signal: &Signal, refused: Option<Reason>) {
        if let Some(id) = signal.name() {
            self.out.push(Output::SignalSettled { id, refused });
        }
    }
}
