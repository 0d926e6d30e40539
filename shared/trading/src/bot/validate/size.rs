use super::{FieldCode, Findings};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::dca::DcaConfig;
use crate::deal::{Terms, is_viable};
use crate::market::{MinNotionalPolicy, OrderError, RejectCode, minimum_entry, too_fine};
use crate::order::{OrderSize, Side};

/// Decimals of percentages, coefficients and fee rates.
pub const RATE_DECIMALS: u32 = 8;
/// Largest price, quantity or sum. Ten digits before the point leave 18 decimals: every product and sum of a bot stays
/// exact.
pub const MOST: Amount = Amount::whole(1_000_000_000);

impl Findings<'_> {
    /// Whether prices and quantities of the market multiply without loss.
    pub(super) fn market(&mut self) {
        let market = &self.setup.market;
        if let Some(message) = too_fine(market.tick_size, market.lot_size) {
            self.error("", FieldCode::OutOfRange, message);
        }
    }

    /// A percentage or a coefficient.
    pub(super) fn rate(&mut self, pointer: &str, value: Amount) {
        self.decimals(pointer, value, RATE_DECIMALS);
    }

    /// A price, a quantity or a sum: as fine as the market, or as money.
    pub(super) fn amount(&mut self, pointer: &str, value: Amount) {
        let market = &self.setup.market;
        let finest = market.tick_size.decimals().max(market.lot_size.decimals());
        self.decimals(pointer, value, finest.max(RATE_DECIMALS));
        if value > MOST {
            let message = format!("must be at most {MOST}, is {value}");
            self.error(pointer, FieldCode::OutOfRange, message);
        }
    }

    fn decimals(&mut self, pointer: &str, value: Amount, most: u32) {
        if value.decimals() > most {
            let message = format!("must have at most {most} decimals, is {value}");
            self.error(pointer, FieldCode::OutOfRange, message);
        }
    }

    /// A sum that the bot may spend in all.
    pub(super) fn total(&mut self, pointer: &str, value: Amount) {
        if value > MOST {
            let message = format!("makes orders of {value} in all, more than {MOST}");
            self.error(pointer, FieldCode::OutOfRange, message);
        }
    }

    /// What a limit order that spends `quote` at `price` runs into.
    pub(super) fn order(
        &mut self,
        pointer: &str,
        quote: Amount,
        price: Amount,
        policy: MinNotionalPolicy,
    ) {
        let market = &self.setup.market;
        if let Err(OrderError::Rejected(code)) =
            market.limit_for_quote(Side::Buy, price, quote, policy, price)
        {
            self.refused(pointer, quote, price, code);
        }
    }

    /// What a market order that spends `quote` now runs into.
    pub(super) fn market_buy(&mut self, pointer: &str, quote: Amount, policy: MinNotionalPolicy) {
        let (market, price) = (&self.setup.market, self.budget.price);
        if let Err(OrderError::Rejected(code)) = market.market_buy_for_quote(quote, policy, price) {
            self.refused(pointer, quote, price, code);
        }
    }

    /// An order that the market refuses with `code`.
    pub(super) fn refused(
        &mut self,
        pointer: &str,
        quote: Amount,
        price: Amount,
        code: RejectCode,
    ) {
        let market = &self.setup.market;
        let (base, unit) = (market.symbol.base(), market.symbol.quote());
        let largest = market
            .max_notional
            .map(|most| format!(", its largest {most} {unit}"))
            .unwrap_or_default();
        let message = format!(
            "an order of {quote} {unit} at {price} is refused with {}; the market's smallest is {} {unit} and {} \
             {base}, its lot {} {base}{largest}",
            code.as_str(),
            market.min_notional,
            market.min_quantity,
            market.lot_size,
        );
        self.error(pointer, FieldCode::BelowMinNotional, message);
    }

    /// Whether what the first order buys can be sold again.
    pub(super) fn can_leave(
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
            crate::bot::FeeCharge::Received => Amount::ONE.minus(fees.worst())?,
            crate::bot::FeeCharge::Quote => Amount::ONE,
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
