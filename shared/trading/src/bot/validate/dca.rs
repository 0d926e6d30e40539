use super::{FieldCode, Findings};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::dca::{DcaConfig, SafetyOrders, StopLoss, TakeProfit, Volume, capital, ladder};
use crate::market::minimum_entry;

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
        if self.has_errors() {
            return Ok(());
        }
        self.dca_orders(config)
    }

    pub(super) fn take_profit(&mut self, config: &TakeProfit) {
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

    pub(super) fn safety_orders(&mut self, orders: &SafetyOrders) {
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
        if orders.active_count == Some(0) {
            let message = "must be at least 1, is 0".to_owned();
            self.error(
                "/safety_orders/active_count",
                FieldCode::OutOfRange,
                message,
            );
        }
    }

    pub(super) fn stop_loss(&mut self, stop: &StopLoss) {
        if !stop.percentage.is_positive() || stop.percentage >= Amount::HUNDRED {
            let message = format!("must be above 0 and below 100, is {}", stop.percentage);
            self.error("/stop_loss/percentage", FieldCode::OutOfRange, message);
        }
        self.whole_range("/stop_loss/timeout_s", stop.timeout_s, 0, 86_400);
    }

    /// What the orders of a deal at the current price run into.
    pub(super) fn dca_orders(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        let price = self.budget.price;
        let free = self.budget.free_quote.unwrap_or_default();
        let spend = match config.base_order {
            Volume::Quote { amount } => amount,
            Volume::Base { amount } => amount.times(price)?,
            Volume::Percent { amount } => free.mul_rounded(amount.percent()?, 8, Rounding::Down)?,
        };
        let is_known = !matches!(config.base_order, Volume::Percent { .. })
            || self.budget.free_quote.is_some();
        if is_known {
            self.order(
                "/base_order/amount",
                spend,
                price,
                config.min_notional_policy,
            );
        }
        if let (Some(stop), true) = (&config.stop_loss, is_known) {
            let fee = self.setup.fees.taker;
            let least = minimum_entry(
                self.setup.market.min_notional,
                stop.percentage.percent()?,
                fee,
            )?;
            if spend < least {
                let message = format!(
                    "after a stop-loss of {} % a position of {spend} is below the market's smallest order and could \
                     not be sold; at least {} is needed",
                    stop.percentage,
                    Exact::of(least).rounded(8, Rounding::Up)?,
                );
                self.error("/base_order/amount", FieldCode::ExitNotViable, message);
            }
        }
        let steps = match &config.safety_orders {
            Some(orders) => ladder(orders),
            None => Ok(Vec::new()),
        };
        let Ok(steps) = steps else {
            let message = "the volumes or steps grow beyond all bounds".to_owned();
            self.error("/safety_orders", FieldCode::OutOfRange, message);
            return Ok(());
        };
        for (index, step) in steps.iter().enumerate() {
            if step.deviation >= Amount::ONE {
                let message = format!(
                    "safety order {} would be {} % below the first order, at or below zero",
                    index + 1,
                    Exact::of(step.deviation)
                        .times(Amount::HUNDRED)?
                        .rounded(2, Rounding::HalfUp)?,
                );
                self.error(
                    "/safety_orders/max_count",
                    FieldCode::LadderBelowZero,
                    message,
                );
                return Ok(());
            }
            let limit = price.mul_rounded(
                Amount::ONE.minus(step.deviation)?,
                MAX_DECIMALS,
                Rounding::Down,
            )?;
            let before = self.list.len();
            self.order(
                "/safety_orders/volume",
                step.volume,
                limit,
                config.min_notional_policy,
            );
            if self.list.len() > before {
                break;
            }
        }
        if let (Some(stop), Some(last)) = (&config.stop_loss, steps.last())
            && stop.percentage.percent()? <= last.deviation
        {
            let message = format!(
                "{} % can be reached before the last safety order, {} % below the first order",
                stop.percentage,
                Exact::of(last.deviation)
                    .times(Amount::HUNDRED)?
                    .rounded(2, Rounding::HalfUp)?,
            );
            self.warning("/stop_loss/percentage", FieldCode::StopAboveLadder, message);
        }
        let deals = Amount::from(config.max_active_deals);
        let needed = self.with_fee(capital(config, price, free)?.times(deals)?)?;
        self.affordable("/base_order/amount", needed);
        let active = u32::try_from(config.active_count().min(steps.len())).unwrap_or(u32::MAX);
        self.count_orders(
            "/safety_orders/active_count",
            active
                .saturating_add(1)
                .saturating_mul(config.max_active_deals),
        );
        Ok(())
    }

    pub(super) fn count_orders(&mut self, pointer: &str, orders: u32) {
        if let Some(most) = self.setup.market.max_orders
            && orders > most
        {
            let message =
                format!("{orders} orders at once are more than the {most} that the venue allows");
            self.warning(pointer, FieldCode::TooManyOrders, message);
        }
    }
}
