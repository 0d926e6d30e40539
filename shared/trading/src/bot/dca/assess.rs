use super::{DcaConfig, LadderStep, SafetyOrders, Volume, capital, ladder};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::findings::{FieldCode, Findings};
use crate::deal::DealTerms;

impl Findings<'_> {
    pub(super) fn dca(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        match config.base_order {
            Volume::Quote { amount } | Volume::Base { amount } => {
                self.positive("/base_order/amount", amount);
            }
            Volume::Percent { amount } => self.range("/base_order/amount", amount, "0", "100"),
        }
        self.whole_range("/max_active_deals", config.max_active_deals, 1, 199);
        self.whole_range("/cooldown_s", config.cooldown_s, 0, 2_592_000);
        self.whole_range(
            "/deal_start_delay_s",
            config.deal_start_delay_s,
            0,
            2_592_000,
        );
        if config.disable_after_deals_count == Some(0) {
            let message = "must be at least 1, is 0".to_owned();
            self.error("/disable_after_deals_count", FieldCode::OutOfRange, message);
        }
        self.percent("/reinvesting_percentage", config.reinvesting_percentage);
        self.percent(
            "/risk_reduction_percentage",
            config.risk_reduction_percentage,
        );
        self.policy(config.min_notional_policy);
        self.price_band(config.min_price, config.max_price);
        self.take_profit(&config.take_profit);
        if let Some(orders) = &config.safety_orders {
            self.safety_orders(orders);
        }
        if let Some(stop) = &config.stop_loss {
            self.stop_loss(stop);
        }
        if let Some(volume) = config.min_volume_24h {
            self.positive("/min_volume_24h", volume);
        }
        self.dca_orders(config)
    }

    pub(super) fn safety_orders(&mut self, orders: &SafetyOrders) {
        if let Some(active) = orders.active_count {
            self.whole_range("/safety_orders/active_count", active, 1, 200);
        }
        if let Some(steps) = &orders.custom_steps {
            if steps.len() > 200 {
                let message = format!("at most 200 steps, not {}", steps.len());
                self.error(
                    "/safety_orders/custom_steps",
                    FieldCode::OutOfRange,
                    message,
                );
            }
            let mut last = Amount::ZERO;
            for (index, step) in steps.iter().enumerate() {
                let pointer = format!("/safety_orders/custom_steps/{index}");
                self.positive(&format!("{pointer}/size"), step.size);
                if step.deviation <= last || step.deviation >= Amount::HUNDRED {
                    let message =
                        format!("must be above {last} and below 100, is {}", step.deviation);
                    self.error(
                        &format!("{pointer}/deviation"),
                        FieldCode::OutOfRange,
                        message,
                    );
                } else {
                    self.rate(&format!("{pointer}/deviation"), step.deviation);
                }
                last = step.deviation;
            }
            return;
        }
        self.positive("/safety_orders/volume", orders.volume);
        self.range(
            "/safety_orders/step_percentage",
            orders.step_percentage,
            "0.1",
            "50",
        );
        self.whole_range("/safety_orders/max_count", orders.max_count, 0, 200);
        self.range(
            "/safety_orders/volume_coefficient",
            orders.volume_coefficient,
            "0.1",
            "10",
        );
        self.range(
            "/safety_orders/step_coefficient",
            orders.step_coefficient,
            "0.1",
            "10",
        );
    }

    /// What the orders of a deal at the current price run into, as far as the fields that each hangs on are sound.
    pub(super) fn dca_orders(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        let price = self.budget.price;
        let free = self.budget.free_quote;
        if self.is_sound("/base_order")
            && self.is_sound("/min_notional_policy")
            && self.is_sound("/stop_loss")
        {
            self.entry_order("/base_order/amount", config.entries(), config.exits())?;
        }
        let steps = match &config.safety_orders {
            Some(orders) if self.is_sound("/safety_orders") => ladder(orders).map_or_else(
                |_| {
                    let message = "the volumes or steps grow beyond all bounds".to_owned();
                    self.error("/safety_orders", FieldCode::OutOfRange, message);
                    None
                },
                Some,
            ),
            Some(_) => None,
            None => Some(Vec::new()),
        };
        let Some(steps) = steps else {
            return Ok(());
        };
        self.ladder(config, &steps)?;
        if let (Some(stop), Some(last)) = (&config.stop_loss, steps.last())
            && self.is_sound("/stop_loss")
            && stop.percentage.percent()? <= last.deviation
        {
            let message = format!(
                "{} % can be reached before the last safety order, {} % below the first order",
                stop.percentage,
                share_in_percent(last.deviation)?,
            );
            self.warning("/stop_loss/percentage", FieldCode::StopAboveLadder, message);
        }
        if self.is_sound("/base_order/amount") && self.is_sound("/max_active_deals") {
            let deals = Amount::from(config.max_active_deals);
            let capital = capital(config, price, free.unwrap_or_default())?;
            let all = capital.mul_rounded(deals, MAX_DECIMALS, Rounding::Up)?;
            self.total("/base_order/amount", all);
            self.affordable("/base_order/amount", self.with_fee(all)?);
        }
        let active = u32::try_from(config.active_count().min(steps.len())).unwrap_or(u32::MAX);
        self.count_orders(
            "/safety_orders/active_count",
            active
                .saturating_add(1)
                .saturating_mul(config.max_active_deals),
        );
        Ok(())
    }

    /// The first safety order that would be at or below zero, and the first of each field that the market refuses.
    fn ladder(&mut self, config: &DcaConfig, steps: &[LadderStep]) -> Result<(), AmountError> {
        let is_custom = config
            .safety_orders
            .as_ref()
            .is_some_and(|orders| orders.custom_steps.is_some());
        let mut is_refused = false;
        for (index, step) in steps.iter().enumerate() {
            if step.deviation >= Amount::ONE {
                let message = format!(
                    "safety order {} would be {} % below the first order, at or below zero; at most {index} fit",
                    index + 1,
                    share_in_percent(step.deviation)?,
                );
                self.error(
                    "/safety_orders/max_count",
                    FieldCode::LadderBelowZero,
                    message,
                );
                break;
            }
            if is_refused {
                continue;
            }
            let limit = self.budget.price.mul_rounded(
                Amount::ONE.minus(step.deviation)?,
                MAX_DECIMALS,
                Rounding::Down,
            )?;
            let pointer = if is_custom {
                format!("/safety_orders/custom_steps/{index}/size")
            } else {
                "/safety_orders/volume".to_owned()
            };
            let before = self.list.len();
            self.order(&pointer, step.volume, limit, config.min_notional_policy);
            is_refused = !is_custom && self.list.len() > before;
        }
        Ok(())
    }
}

fn share_in_percent(share: Amount) -> Result<Amount, AmountError> {
    Exact::of(share)
        .times(Amount::HUNDRED)?
        .rounded(2, Rounding::HalfUp)
}
