use super::{FieldCode, Findings};
use crate::amount::Amount;
use crate::deal::{StopLoss, TakeProfit};

/// When a deal is sold.
impl Findings<'_> {
    pub(in crate::bot) fn take_profit(&mut self, config: &TakeProfit) {
        match (config.percentage, config.steps.is_empty()) {
            (Some(percentage), true) => {
                self.range("/take_profit/percentage", percentage, "0", "1000");
            }
            (None, false) => {}
            (Some(_), false) | (None, true) => {
                let message = "give either a percentage or steps".to_owned();
                self.error("/take_profit", FieldCode::Required, message);
            }
        }
        let mut last = Amount::ZERO;
        for (index, step) in config.steps.iter().enumerate() {
            let pointer = format!("/take_profit/steps/{index}");
            self.range(
                &format!("{pointer}/percentage"),
                step.percentage,
                "0",
                "1000",
            );
            self.range(&format!("{pointer}/share"), step.share, "0", "100");
            if index > 0 && step.percentage <= last {
                let message = format!(
                    "must be above the step before, {last}, is {}",
                    step.percentage
                );
                self.error(
                    &format!("{pointer}/percentage"),
                    FieldCode::Inconsistent,
                    message,
                );
            }
            last = step.percentage;
        }
        let shares = crate::amount::sum(config.steps.iter().map(|step| step.share));
        if !config.steps.is_empty() && shares != Ok(Amount::HUNDRED) {
            let message = "the shares of all steps must make 100 percent".to_owned();
            self.error("/take_profit/steps", FieldCode::Inconsistent, message);
        }
        if let Some(deviation) = config.trailing_deviation {
            self.range("/take_profit/trailing_deviation", deviation, "0.1", "50");
        }
    }

    pub(in crate::bot) fn stop_loss(&mut self, stop: &StopLoss) {
        if !stop.percentage.is_positive() || stop.percentage >= Amount::HUNDRED {
            let message = format!("must be above 0 and below 100, is {}", stop.percentage);
            self.error("/stop_loss/percentage", FieldCode::OutOfRange, message);
        } else {
            self.rate("/stop_loss/percentage", stop.percentage);
        }
        self.whole_range("/stop_loss/timeout_s", stop.timeout_s, 0, 86_400);
    }
}
