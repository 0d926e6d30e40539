use super::{InPosition, SignalConfig};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::findings::{FieldCode, Findings};
use crate::deal::{DealTerms, Volume};

impl Findings<'_> {
    pub(super) fn signal(&mut self, config: &SignalConfig) -> Result<(), AmountError> {
        if let Some(percent) = config.exit_percentage {
            self.range("/exit_percentage", percent, "0", "100");
        }
        self.least_confidence(config.min_confidence);
        self.whole_range("/max_lag_s", config.max_lag_s, 1, 3600);
        self.entry_terms(
            config.order_type,
            config.limit_offset_percentage,
            config.unfilled_timeout_s,
        );
        if let Some(seconds) = config.max_hold_s {
            self.whole_range("/max_hold_s", seconds, 60, 31_536_000);
        }
        self.whole_range("/cooldown_s", config.cooldown_s, 0, 2_592_000);
        self.whole_range("/max_active_deals", config.max_active_deals, 1, 199);
        if config.max_active_deals > 1 && config.in_position == InPosition::Ignore {
            let message = "must be 1 while in_position is ignore: no second deal is opened";
            self.error(
                "/max_active_deals",
                FieldCode::Inconsistent,
                message.to_owned(),
            );
        }
        self.policy(config.min_notional_policy);
        if let Some(take_profit) = &config.take_profit {
            self.take_profit(take_profit);
        }
        if let Some(stop) = &config.stop_loss {
            self.stop_loss(stop);
        }
        self.signal_size(config)
    }

    /// What the first order of a deal at the current price runs into.
    fn signal_size(&mut self, config: &SignalConfig) -> Result<(), AmountError> {
        const POINTER: &str = "/size/amount";
        match config.size {
            Volume::Quote { amount } | Volume::Base { amount } => self.positive(POINTER, amount),
            Volume::Percent { amount } => self.range(POINTER, amount, "0", "100"),
        }
        let others = [
            "/size",
            "/min_notional_policy",
            "/stop_loss",
            "/limit_offset_percentage",
        ];
        if !others.iter().all(|pointer| self.is_sound(pointer)) {
            return Ok(());
        }
        let terms = config.terms(config.size);
        let spend = self.entry_order(POINTER, terms.entries(), terms.exits())?;
        if self.is_sound("/max_active_deals") {
            let deals = match config.size {
                Volume::Quote { .. } | Volume::Base { .. } => Amount::from(config.max_active_deals),
                // Each takes its share of what is free then.
                Volume::Percent { .. } => Amount::ONE,
            };
            let all = spend.mul_rounded(deals, MAX_DECIMALS, Rounding::Up)?;
            self.total(POINTER, all);
            self.affordable(POINTER, self.with_fee(all)?);
        }
        Ok(())
    }
}
