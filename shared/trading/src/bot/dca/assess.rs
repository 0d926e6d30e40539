use super::{
    DcaConfig, EntryType, LadderStep, SafetyOrders, StartCondition, StopLoss, TakeProfit, Volume,
    capital, ladder,
};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::FeeCharge;
use crate::bot::findings::{FieldCode, Findings};
use crate::deal::{DealTerms, is_viable};
use crate::market::{OrderError, RejectCode, minimum_entry};
use crate::order::{OrderSize, OrderType, Side, TimeInForce};

impl Findings<'_> {
    pub(super) fn dca(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        match config.base_order {
            Volume::Quote { amount } | Volume::Base { amount } => {
                self.positive("/base_order/amount", amount);
            }
            Volume::Percent { amount } => self.range("/base_order/amount", amount, "0", "100"),
        }
        if config.start_condition == StartCondition::Signal {
            let message = "deals cannot start by signal yet: nothing delivers signals to a bot; leave it out or use immediate";
            self.error(
                "/start_condition",
                FieldCode::NotYetAvailable,
                message.to_owned(),
            );
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

    pub(super) fn stop_loss(&mut self, stop: &StopLoss) {
        if !stop.percentage.is_positive() || stop.percentage >= Amount::HUNDRED {
            let message = format!("must be above 0 and below 100, is {}", stop.percentage);
            self.error("/stop_loss/percentage", FieldCode::OutOfRange, message);
        } else {
            self.rate("/stop_loss/percentage", stop.percentage);
        }
        self.whole_range("/stop_loss/timeout_s", stop.timeout_s, 0, 86_400);
    }

    /// What the orders of a deal at the current price run into, as far as the fields that each hangs on are sound.
    pub(super) fn dca_orders(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        let price = self.budget.price;
        let free = self.budget.free_quote;
        if self.is_sound("/base_order")
            && self.is_sound("/min_notional_policy")
            && self.is_sound("/stop_loss")
        {
            self.base_order(config)?;
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

    /// What the first order of a deal at the current price runs into, and whether what it buys can be sold again.
    fn base_order(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
        let (market, price) = (&self.setup.market, self.budget.price);
        let spend = match (config.base_order, self.budget.free_quote) {
            (Volume::Quote { amount }, _) => amount,
            (Volume::Base { amount }, _) => amount.mul_rounded(price, 8, Rounding::Down)?,
            (Volume::Percent { amount }, Some(free)) => {
                free.mul_rounded(amount.percent()?, 8, Rounding::Down)?
            }
            (Volume::Percent { .. }, None) => return Ok(()),
        };
        let policy = config.min_notional_policy;
        let size = match (config.base_order, config.start_order_type) {
            (Volume::Base { amount }, entry) => {
                let size = OrderSize::Base(market.quantity(amount)?);
                let kind = match entry {
                    EntryType::Market => OrderType::Market,
                    EntryType::Limit => OrderType::Limit {
                        price: market.price(Side::Buy, price)?,
                        time_in_force: TimeInForce::GoodTillCancelled,
                    },
                };
                market.check(Side::Buy, kind, size, price).map(|()| size)
            }
            (Volume::Quote { .. } | Volume::Percent { .. }, EntryType::Market) => market
                .market_buy_for_quote(spend, policy, price)
                .map(OrderSize::Quote),
            (Volume::Quote { .. } | Volume::Percent { .. }, EntryType::Limit) => market
                .limit_for_quote(Side::Buy, price, spend, policy, price)
                .map(|(_, quantity)| OrderSize::Base(quantity)),
        };
        match size {
            Ok(size) => self.can_leave(config, size, spend),
            Err(OrderError::Rejected(code)) => {
                self.refused("/base_order/amount", spend, price, code);
                match (&config.stop_loss, code) {
                    (Some(_), RejectCode::BelowMinNotional) => {
                        self.can_leave(config, OrderSize::Quote(spend), spend)
                    }
                    (Some(_) | None, _) => Ok(()),
                }
            }
            Err(OrderError::Amount(error)) => Err(error),
        }
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

    /// Whether what the first order buys can be sold again.
    fn can_leave(
        &mut self,
        config: &DcaConfig,
        size: OrderSize,
        spend: Amount,
    ) -> Result<(), AmountError> {
        let price = self.budget.price;
        if is_viable(self.setup, config.exits(), size, price)? {
            return Ok(());
        }
        let least = self.least_entry(config)?;
        let what = match &config.stop_loss {
            Some(stop) => format!("after a stop-loss of {} % ", stop.percentage),
            None => String::new(),
        };
        let message = format!(
            "{what}a position of {spend}, less its fee and on the lot, is below the market's smallest order and could \
             not be sold; at least {least} is needed",
        );
        self.error("/base_order/amount", FieldCode::ExitNotViable, message);
        Ok(())
    }

    /// The quote with which a first order can leave again, at the price now.
    fn least_entry(&self, config: &DcaConfig) -> Result<Amount, AmountError> {
        let (market, fees, price) = (&self.setup.market, &self.setup.fees, self.budget.price);
        let stop = match &config.stop_loss {
            Some(stop) => stop.percentage.percent()?,
            None => Amount::ZERO,
        };
        let left = Amount::ONE.minus(stop)?;
        let lots = Exact::of(market.min_notional)
            .over(price)?
            .over(left)?
            .rounded(MAX_DECIMALS, Rounding::Up)?
            .max(market.min_quantity)
            .ceil_to(market.lot_size)?;
        let kept = match fees.charge {
            FeeCharge::Received => Amount::ONE.minus(fees.worst())?,
            FeeCharge::Quote => Amount::ONE,
        };
        let bought = lots
            .div_rounded(kept, MAX_DECIMALS, Rounding::Up)?
            .ceil_to(market.lot_size)?;
        let least = bought.mul_rounded(price, 8, Rounding::Up)?;
        let by_formula = minimum_entry(market.min_notional, stop, fees.taker)?;
        let by_formula = Exact::of(by_formula).rounded(8, Rounding::Up)?;
        Ok(if config.stop_loss.is_some() {
            least.max(by_formula)
        } else {
            least
        })
    }
}

fn share_in_percent(share: Amount) -> Result<Amount, AmountError> {
    Exact::of(share)
        .times(Amount::HUNDRED)?
        .rounded(2, Rounding::HalfUp)
}
