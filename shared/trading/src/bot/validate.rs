use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dca::{DcaConfig, SafetyOrders, StopLoss, TakeProfit, Volume, capital, ladder};
use super::grid::{GridConfig, GridQuantity, LinesError, lines, needs, pair};
use super::interval::{IntervalConfig, Schedule, ScheduleError};
use super::{BotConfig, BotSetup, FeeCharge};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::market::{MinNotionalPolicy, OrderError, minimum_entry};
use crate::order::Side;

/// What the account has and the market costs, to test a configuration against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Price now.
    pub price: Amount,
    /// Free quote, when known.
    pub free_quote: Option<Amount>,
    /// Free base, when known.
    pub free_base: Option<Amount>,
}

/// A field of a configuration that is wrong, or worth a second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer to the field.
    #[schema(example = "/take_profit/percentage")]
    pub pointer: String,
    /// What is wrong.
    pub code: FieldCode,
    /// The same in words, with the range in the user's terms.
    pub message: String,
    /// Whether it forbids the configuration.
    pub severity: Severity,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// Outside its range.
    OutOfRange,
    /// Contradicts another field.
    Inconsistent,
    /// Missing, and needed here.
    Required,
    /// Orders of this size are below the market's smallest.
    BelowMinNotional,
    /// An entry of this size could not be sold any more after the stop-loss.
    ExitNotViable,
    /// The last safety order would be at or below zero.
    LadderBelowZero,
    /// Two fees eat what a step of the grid earns.
    StepBelowFees,
    /// A step of the grid earns little more than two fees.
    StepNearFees,
    /// Two lines of the grid fall on the same tick.
    LinesTooClose,
    /// Needs more than the account has free.
    InsufficientBalance,
    /// More orders than the venue allows at once.
    TooManyOrders,
    /// The stop-loss lies above the last safety order.
    StopAboveLadder,
    /// Not a schedule, or one that never comes due.
    InvalidSchedule,
    /// Not a known time zone.
    InvalidTimezone,
}

/// Whether a finding forbids the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

/// Every field that is wrong or doubtful. Without an error among them, the bot may start.
pub fn validate(setup: &BotSetup, budget: &Budget) -> Vec<FieldError> {
    let mut findings = Findings {
        setup,
        budget,
        list: Vec::new(),
    };
    let result = match &setup.bot {
        BotConfig::DcaInterval(config) => findings.interval(config),
        BotConfig::Dca(config) => findings.dca(config),
        BotConfig::Grid(config) => findings.grid(config),
    };
    if result.is_err() {
        findings.error(
            "",
            FieldCode::OutOfRange,
            "the numbers are too large to calculate with".to_owned(),
        );
    }
    findings.list
}

struct Findings<'a> {
    setup: &'a BotSetup,
    budget: &'a Budget,
    list: Vec<FieldError>,
}

impl Findings<'_> {
    fn push(&mut self, pointer: &str, code: FieldCode, message: String, severity: Severity) {
        self.list.push(FieldError {
            pointer: pointer.to_owned(),
            code,
            message,
            severity,
        });
    }

    fn error(&mut self, pointer: &str, code: FieldCode, message: String) {
        self.push(pointer, code, message, Severity::Error);
    }

    fn warning(&mut self, pointer: &str, code: FieldCode, message: String) {
        self.push(pointer, code, message, Severity::Warning);
    }

    fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// A number that must lie between two others, `low` exclusive when it is zero.
    fn range(&mut self, pointer: &str, value: Amount, low: &str, high: &str) {
        let bound = |text: &str| text.parse::<Amount>().unwrap_or_default();
        let (least, most) = (bound(low), bound(high));
        if value < least || value > most || (least.is_zero() && value.is_zero()) {
            let low = if least.is_zero() {
                "above 0".to_owned()
            } else {
                format!("at least {low}")
            };
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be {low} and at most {high}, is {value}"),
            );
        }
    }

    fn whole_range(&mut self, pointer: &str, value: u32, low: u32, high: u32) {
        if !(low..=high).contains(&value) {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be {low} to {high}, is {value}"),
            );
        }
    }

    fn percent(&mut self, pointer: &str, value: Amount) {
        if value.is_negative() || value > Amount::HUNDRED {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be 0 to 100 percent, is {value}"),
            );
        }
    }

    fn positive(&mut self, pointer: &str, value: Amount) {
        if !value.is_positive() {
            self.error(
                pointer,
                FieldCode::OutOfRange,
                format!("must be above 0, is {value}"),
            );
        }
    }

    fn price_band(&mut self, min: Option<Amount>, max: Option<Amount>) {
        for (pointer, price) in [("/min_price", min), ("/max_price", max)] {
            if let Some(price) = price {
                self.positive(pointer, price);
            }
        }
        if let Some((min, max)) = min.zip(max)
            && min > max
        {
            self.error(
                "/min_price",
                FieldCode::Inconsistent,
                format!("must not be above max_price {max}, is {min}"),
            );
        }
    }

    fn policy(&mut self, policy: MinNotionalPolicy) {
        if let MinNotionalPolicy::RoundUp {
            max_overshoot_percent,
        } = policy
        {
            self.percent(
                "/min_notional_policy/max_overshoot_percent",
                max_overshoot_percent,
            );
        }
    }

    /// What a limit order that spends `quote` at `price` runs into.
    fn order(&mut self, pointer: &str, quote: Amount, price: Amount, policy: MinNotionalPolicy) {
        let market = &self.setup.market;
        if let Err(OrderError::Rejected(code)) =
            market.limit_for_quote(Side::Buy, price, quote, policy, price)
        {
            let message = format!(
                "an order of {quote} {} at {price} is refused with {}; the market's smallest is {} {}, its lot {} {}",
                market.symbol.quote(),
                code.as_str(),
                market.min_notional,
                market.symbol.quote(),
                market.lot_size,
                market.symbol.base(),
            );
            self.error(pointer, FieldCode::BelowMinNotional, message);
        }
    }

    fn with_fee(&self, quote: Amount) -> Result<Amount, AmountError> {
        match self.setup.fees.charge {
            FeeCharge::Quote => quote.plus(quote.mul_rounded(
                self.setup.fees.worst(),
                crate::paper::FEE_DECIMALS,
                Rounding::Up,
            )?),
            FeeCharge::Received => Ok(quote),
        }
    }

    fn affordable(&mut self, pointer: &str, needed: Amount) {
        if let Some(free) = self.budget.free_quote
            && needed > free
        {
            let quote = self.setup.market.symbol.quote();
            let message = format!("needs {needed} {quote}, the account has {free} {quote} free");
            self.error(pointer, FieldCode::InsufficientBalance, message);
        }
    }

    fn interval(&mut self, config: &IntervalConfig) -> Result<(), AmountError> {
        self.positive("/amount", config.amount);
        self.policy(config.min_notional_policy);
        self.price_band(config.min_price, config.max_price);
        if let Some((start, end)) = config.start_at.zip(config.end_at)
            && start > end
        {
            self.error(
                "/end_at",
                FieldCode::Inconsistent,
                "must not be before start_at".to_owned(),
            );
        }
        if let Some(total) = config.max_total
            && total < config.amount
        {
            let message = format!(
                "must be at least the amount of one purchase, {}, is {total}",
                config.amount
            );
            self.error("/max_total", FieldCode::Inconsistent, message);
        }
        match Schedule::of(config).and_then(|schedule| schedule.next(0, true)) {
            Ok(_) => {}
            Err(error @ ScheduleError::Timezone) => {
                self.error("/timezone", FieldCode::InvalidTimezone, error.to_string());
            }
            Err(error @ (ScheduleError::Pattern | ScheduleError::Never)) => {
                self.error("/frequency", FieldCode::InvalidSchedule, error.to_string());
            }
        }
        if config.amount.is_positive() {
            self.order(
                "/amount",
                config.amount,
                self.budget.price,
                config.min_notional_policy,
            );
            self.affordable("/amount", self.with_fee(config.amount)?);
        }
        Ok(())
    }

    fn dca(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
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

    fn take_profit(&mut self, config: &TakeProfit) {
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

    fn safety_orders(&mut self, orders: &SafetyOrders) {
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

    fn stop_loss(&mut self, stop: &StopLoss) {
        if !stop.percentage.is_positive() || stop.percentage >= Amount::HUNDRED {
            let message = format!("must be above 0 and below 100, is {}", stop.percentage);
            self.error("/stop_loss/percentage", FieldCode::OutOfRange, message);
        }
        self.whole_range("/stop_loss/timeout_s", stop.timeout_s, 0, 86_400);
    }

    /// What the orders of a deal at the current price run into.
    fn dca_orders(&mut self, config: &DcaConfig) -> Result<(), AmountError> {
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

    fn count_orders(&mut self, pointer: &str, orders: u32) {
        if let Some(most) = self.setup.market.max_orders
            && orders > most
        {
            let message =
                format!("{orders} orders at once are more than the {most} that the venue allows");
            self.warning(pointer, FieldCode::TooManyOrders, message);
        }
    }

    fn grid(&mut self, config: &GridConfig) -> Result<(), AmountError> {
        match config.quantity {
            GridQuantity::FixedBase { quantity } => self.positive("/quantity/quantity", quantity),
            GridQuantity::FixedQuote { amount } => self.positive("/quantity/amount", amount),
            GridQuantity::Investment { quote } => self.positive("/quantity/quote", quote),
        }
        if config.base_supplied.is_negative() {
            let message = format!("must not be below 0, is {}", config.base_supplied);
            self.error("/base_supplied", FieldCode::OutOfRange, message);
        }
        if let Some(trigger) = config.trigger_price {
            self.positive("/trigger_price", trigger);
        }
        if config.max_active_orders.is_some_and(|most| most < 2) {
            self.error(
                "/max_active_orders",
                FieldCode::OutOfRange,
                "must be at least 2".to_owned(),
            );
        }
        if let Some(stop) = config.stop_loss_price
            && (!stop.is_positive() || stop >= config.lower)
        {
            let message = format!(
                "must be above 0 and below the lowest line {}, is {stop}",
                config.lower
            );
            self.error("/stop_loss_price", FieldCode::OutOfRange, message);
        }
        if let Some(take) = config.take_profit_price
            && take <= config.upper
        {
            let message = format!("must be above the highest line {}, is {take}", config.upper);
            self.error("/take_profit_price", FieldCode::OutOfRange, message);
        }
        match lines(config, &self.setup.market) {
            Ok(lines) => self.grid_lines(config, &lines)?,
            Err(error @ LinesError::Bounds) => {
                let message = format!("{error}: they are {} and {}", config.lower, config.upper);
                self.error("/upper", FieldCode::OutOfRange, message);
            }
            Err(LinesError::Count) => self.whole_range("/grid_count", config.grid_count, 2, 200),
            Err(error @ LinesError::SameTick) => {
                let message = format!(
                    "{error} of {}: fewer lines or wider bounds",
                    self.setup.market.tick_size
                );
                self.error("/grid_count", FieldCode::LinesTooClose, message);
            }
            Err(LinesError::Amount(error)) => return Err(error),
        }
        Ok(())
    }

    fn grid_lines(&mut self, config: &GridConfig, lines: &[Amount]) -> Result<(), AmountError> {
        self.grid_steps(lines)?;
        if self.has_errors() {
            return Ok(());
        }
        let (market, fees) = (&self.setup.market, &self.setup.fees);
        let price = config.trigger_price.unwrap_or(self.budget.price);
        let needs = needs(config, market, fees, lines, price)?;
        let quantities = super::grid::quantities(config, market, fees, lines, price)?;
        for (line, quantity) in lines.iter().zip(&quantities) {
            let notional = line.times(*quantity)?;
            if *quantity < market.min_quantity
                || notional < market.min_notional
                || quantity.is_zero()
            {
                let message = format!(
                    "{quantity} {} at the line {line} are {notional} {}, the market's smallest order is {} {} and {} {}",
                    market.symbol.base(),
                    market.symbol.quote(),
                    market.min_quantity,
                    market.symbol.base(),
                    market.min_notional,
                    market.symbol.quote(),
                );
                self.error("/quantity", FieldCode::BelowMinNotional, message);
                break;
            }
        }
        self.affordable(
            "/quantity",
            needs.quote_for_base.plus(needs.quote_for_buys)?,
        );
        if let Some(free) = self.budget.free_base
            && config.base_supplied > free
        {
            let base = market.symbol.base();
            let message = format!(
                "needs {} {base}, the account has {free} {base} free",
                config.base_supplied
            );
            self.error("/base_supplied", FieldCode::InsufficientBalance, message);
        }
        if config.max_active_orders.is_none() {
            self.count_orders("/grid_count", config.grid_count);
        }
        Ok(())
    }

    /// Break-even step: `(1 + f) / (1 - f) - 1`, with fees in quote. Refused at or below, doubtful below three times.
    fn grid_steps(&mut self, lines: &[Amount]) -> Result<(), AmountError> {
        let fees = &self.setup.fees;
        let break_even = break_even_step(fees.maker, fees.charge)?;
        let mut least: Option<(Amount, usize)> = None;
        for (index, two) in lines.windows(2).enumerate() {
            let step = two[1]
                .minus(two[0])?
                .div_rounded(two[0], MAX_DECIMALS, Rounding::Down)?;
            if least.is_none_or(|(smallest, _)| step < smallest) {
                least = Some((step, index));
            }
        }
        let Some((step, index)) = least else {
            return Ok(());
        };
        let percent = |share: Amount| {
            Exact::of(share)
                .times(Amount::HUNDRED)?
                .rounded(4, Rounding::HalfUp)
        };
        let message = format!(
            "the smallest step, {} to {}, is {} %; two fees take {} %",
            lines[index],
            lines[index + 1],
            percent(step)?,
            percent(break_even)?,
        );
        if !pair(lines[index], lines[index + 1], Amount::ONE, fees)?
            .rate
            .is_positive()
        {
            self.error("/grid_count", FieldCode::StepBelowFees, message);
        } else if step < break_even.times(Amount::from(3))? {
            self.warning("/grid_count", FieldCode::StepNearFees, message);
        }
        Ok(())
    }
}

/// The step between two lines that two fees eat: `(1 + f) / (1 - f) - 1`, or `1 / (1 - f)^2 - 1` when the buy's fee is
/// taken from base. At 18 decimals.
///
/// # Errors
/// When the fee is 100 %.
pub fn break_even_step(fee: Amount, charge: FeeCharge) -> Result<Amount, AmountError> {
    let keep = Amount::ONE.minus(fee)?;
    let ratio = match charge {
        FeeCharge::Quote => Exact::of(Amount::ONE.plus(fee)?).over(keep)?,
        FeeCharge::Received => Exact::of(Amount::ONE).over(keep)?.over(keep)?,
    };
    ratio
        .plus(&Exact::of(Amount::ONE.negated()))?
        .rounded(MAX_DECIMALS, Rounding::HalfEven)
}
