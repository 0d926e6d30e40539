use super::{GridConfig, GridQuantity, LinesError, lines, needs, pair, quantities};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::FeeCharge;
use crate::bot::findings::{FieldCode, Findings};
use crate::market::{OrderError, RejectCode};
use crate::order::{OrderSize, OrderType, Side, TimeInForce};

impl Findings<'_> {
    /// Every field by itself first; then, as far as those that it hangs on are sound, what the lines and the account say.
    pub(super) fn grid(&mut self, config: &GridConfig) -> Result<(), AmountError> {
        let (pointer, size) = match config.quantity {
            GridQuantity::FixedBase { quantity } => ("/quantity/quantity", quantity),
            GridQuantity::FixedQuote { amount } => ("/quantity/amount", amount),
            GridQuantity::Investment { quote } => ("/quantity/quote", quote),
        };
        self.positive(pointer, size);
        self.positive("/lower", config.lower);
        self.grid_bounds(config)?;
        self.whole_range("/grid_count", config.grid_count, 2, 200);
        if config.base_supplied.is_negative() {
            let message = format!("must not be below 0, is {}", config.base_supplied);
            self.error("/base_supplied", FieldCode::OutOfRange, message);
        } else {
            self.amount("/base_supplied", config.base_supplied);
        }
        if let Some(trigger) = config.trigger_price {
            self.positive("/trigger_price", trigger);
        }
        if let Some(most) = config.max_active_orders {
            self.whole_range("/max_active_orders", most, 2, 201);
        }
        self.grid_exits(config);
        self.grid_trailing(config);
        for (pointer, price) in [
            ("/upper", Some(config.upper)),
            ("/take_profit_price", config.take_profit_price),
            ("/stop_loss_price", config.stop_loss_price),
            ("/trailing_up_limit", config.trailing_up_limit),
            ("/trailing_down_limit", config.trailing_down_limit),
        ] {
            if let Some(price) = price.filter(|_| self.is_sound(pointer)) {
                self.amount(pointer, price);
            }
        }
        if !self.is_sound("/lower") || !self.is_sound("/upper") {
            return Ok(());
        }
        let lines = match lines(config, &self.setup.market) {
            Ok(lines) => lines,
            // Said above, field by field.
            Err(LinesError::Bounds | LinesError::Count) => return Ok(()),
            Err(error @ LinesError::SameTick) => {
                let message = format!(
                    "{error} of {}: fewer lines or wider bounds",
                    self.setup.market.tick_size
                );
                self.error("/grid_count", FieldCode::LinesTooClose, message);
                return Ok(());
            }
            Err(LinesError::Amount(error)) => return Err(error),
        };
        self.grid_steps(&lines)?;
        if self.is_sound("/quantity") && self.is_sound("/base_supplied") {
            self.grid_orders(config, &lines)?;
        }
        if config.max_active_orders.is_none() {
            self.count_orders("/grid_count", config.grid_count);
        }
        Ok(())
    }

    fn grid_bounds(&mut self, config: &GridConfig) -> Result<(), AmountError> {
        let (lower, upper) = (config.lower, config.upper);
        if !lower.is_positive() {
            self.positive("/upper", upper);
            return Ok(());
        }
        let most = lower.times(Amount::from(10))?;
        if upper <= lower || upper > most {
            let message = format!(
                "must be above the lowest line, {lower}, and at most ten times it, {most}, is {upper}"
            );
            self.error("/upper", FieldCode::OutOfRange, message);
        }
        Ok(())
    }

    fn grid_exits(&mut self, config: &GridConfig) {
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
    }

    fn grid_trailing(&mut self, config: &GridConfig) {
        if let Some(limit) = config.trailing_up_limit {
            if limit <= config.upper {
                let message = format!(
                    "must be above the highest line {}, is {limit}",
                    config.upper
                );
                self.error("/trailing_up_limit", FieldCode::OutOfRange, message);
            }
            if !config.trailing_up {
                let message = "means nothing without trailing_up".to_owned();
                self.error("/trailing_up_limit", FieldCode::Inconsistent, message);
            }
        }
        if let Some(limit) = config.trailing_down_limit {
            if !limit.is_positive() || limit >= config.lower {
                let message = format!(
                    "must be above 0 and below the lowest line {}, is {limit}",
                    config.lower
                );
                self.error("/trailing_down_limit", FieldCode::OutOfRange, message);
            }
            if !config.trailing_down {
                let message = "means nothing without trailing_down".to_owned();
                self.error("/trailing_down_limit", FieldCode::Inconsistent, message);
            }
        }
    }

    /// What the orders of the lines at the start price run into.
    fn grid_orders(&mut self, config: &GridConfig, lines: &[Amount]) -> Result<(), AmountError> {
        let price = match config.trigger_price {
            Some(trigger) if self.is_sound("/trigger_price") => trigger,
            Some(_) | None => self.budget.price,
        };
        self.grid_start(config, price);
        let (market, fees) = (&self.setup.market, &self.setup.fees);
        let needs = needs(config, market, fees, lines, price)?;
        let quantities = quantities(config, market, fees, lines, price)?;
        for (line, quantity) in lines.iter().skip(1).zip(&quantities) {
            let size = OrderSize::Base(*quantity);
            let kind = OrderType::Limit {
                price: *line,
                time_in_force: TimeInForce::GoodTillCancelled,
            };
            if let Err(OrderError::Rejected(
                code @ (RejectCode::AboveMaxNotional | RejectCode::AboveMaxQuantity),
            )) = market.check(Side::Sell, kind, size, *line)
            {
                self.refused("/quantity", line.times(*quantity)?, *line, code);
                break;
            }
        }
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
        if self.is_sound("/quantity") {
            self.grid_sells(lines, &quantities)?;
        }
        if needs.base_to_buy.is_zero() && needs.supplied < needs.base {
            let base = market.symbol.base();
            let message = format!(
                "the sells need {} {base}, and the {} {base} that are missing are less than the market's smallest order",
                needs.base,
                needs.base.minus(needs.supplied)?,
            );
            self.warning("/base_supplied", FieldCode::RestBelowMinimum, message);
        }
        let all = needs.quote_for_base.plus(needs.quote_for_buys)?;
        self.total("/quantity", all);
        self.affordable("/quantity", all);
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
        Ok(())
    }

    /// The exits that a running grid is to have. Its lines may have moved, and what they trade is settled.
    pub(super) fn grid_edit(&mut self, config: &GridConfig) {
        let (stop, take) = (config.stop_loss_price, config.take_profit_price);
        for (pointer, price) in [("/stop_loss_price", stop), ("/take_profit_price", take)] {
            if let Some(price) = price {
                self.positive(pointer, price);
            }
        }
        if let Some((stop, take)) = stop.zip(take)
            && stop >= take
        {
            let message = format!("must be below take_profit_price {take}, is {stop}");
            self.error("/stop_loss_price", FieldCode::Inconsistent, message);
        }
        let price = self.budget.price;
        let ends = "the grid would end at the next price";
        if let Some(stop) = stop.filter(|stop| price <= *stop)
            && self.is_sound("/stop_loss_price")
        {
            let message = format!("the price {price} is at or below it, {stop}: {ends}");
            self.error("/stop_loss_price", FieldCode::PriceBeyondExit, message);
        }
        if let Some(take) = take.filter(|take| price >= *take)
            && self.is_sound("/take_profit_price")
        {
            let message = format!("the price {price} is at or above it, {take}: {ends}");
            self.error("/take_profit_price", FieldCode::PriceBeyondExit, message);
        }
    }

    /// Where the start price lies among the lines and the exits.
    fn grid_start(&mut self, config: &GridConfig, price: Amount) {
        if !price.is_positive() {
            return;
        }
        let beyond = "the grid starts once it is back";
        if let Some(stop) = config.stop_loss_price.filter(|stop| price <= *stop)
            && self.is_sound("/stop_loss_price")
        {
            let message = format!("the price {price} is at or below it, {stop}: {beyond}");
            self.warning("/stop_loss_price", FieldCode::PriceBeyondExit, message);
        }
        if let Some(take) = config.take_profit_price.filter(|take| price >= *take)
            && self.is_sound("/take_profit_price")
        {
            let message = format!("the price {price} is at or above it, {take}: {beyond}");
            self.warning("/take_profit_price", FieldCode::PriceBeyondExit, message);
        }
        if price < config.lower {
            let message = format!(
                "the price {price} is below the lowest line {}: the grid buys base for all its lines and only sells",
                config.lower
            );
            self.warning("/lower", FieldCode::PriceOutsideGrid, message);
        } else if price > config.upper {
            let message = format!(
                "the price {price} is above the highest line {}: the grid waits for it to fall",
                config.upper
            );
            self.warning("/upper", FieldCode::PriceOutsideGrid, message);
        }
    }

    /// What is left of a buy for its sell, fee and lot taken off.
    fn grid_sells(&mut self, lines: &[Amount], quantities: &[Amount]) -> Result<(), AmountError> {
        let (market, fees) = (&self.setup.market, &self.setup.fees);
        for (line, quantity) in lines.iter().skip(1).zip(quantities) {
            let net = market.quantity(market.bought(OrderSize::Base(*quantity), *line, fees)?)?;
            let notional = line.times(net)?;
            if net >= market.min_quantity && notional >= market.min_notional && net.is_positive() {
                continue;
            }
            let (base, quote) = (market.symbol.base(), market.symbol.quote());
            let message = format!(
                "of {quantity} {base} bought, fee and lot leave {net} to be sold at {line}, {notional} {quote}; the market's \
                 smallest order is {} {base} and {} {quote}: such a line buys twice before it sells",
                market.min_quantity, market.min_notional,
            );
            self.warning("/quantity", FieldCode::SellsBelowMinimum, message);
            break;
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
