use super::{FieldCode, Findings, break_even_step};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::grid::{GridConfig, GridQuantity, LinesError, lines, needs, pair, quantities};

impl Findings<'_> {
    pub(super) fn grid(&mut self, config: &GridConfig) -> Result<(), AmountError> {
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

    pub(super) fn grid_lines(
        &mut self,
        config: &GridConfig,
        lines: &[Amount],
    ) -> Result<(), AmountError> {
        self.grid_steps(lines)?;
        if self.has_errors() {
            return Ok(());
        }
        let (market, fees) = (&self.setup.market, &self.setup.fees);
        let price = config.trigger_price.unwrap_or(self.budget.price);
        let needs = needs(config, market, fees, lines, price)?;
        let quantities = quantities(config, market, fees, lines, price)?;
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
    pub(super) fn grid_steps(&mut self, lines: &[Amount]) -> Result<(), AmountError> {
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
