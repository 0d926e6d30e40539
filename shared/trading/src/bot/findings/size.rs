use super::{FieldCode, Findings};
use crate::amount::Amount;
use crate::market::{MinNotionalPolicy, OrderError, RejectCode, too_fine};
use crate::order::Side;

/// Decimals of percentages, coefficients and fee rates.
pub const RATE_DECIMALS: u32 = 8;
/// Largest price, quantity or sum. Ten digits before the point leave 18 decimals: every product and sum of a bot stays
/// exact.
pub const MOST: Amount = Amount::whole(1_000_000_000);

impl Findings<'_> {
    /// Whether prices and quantities of the market multiply without loss.
    pub(in crate::bot) fn market(&mut self) {
        let market = &self.setup.market;
        if let Some(message) = too_fine(market.tick_size, market.lot_size) {
            self.error("", FieldCode::OutOfRange, message);
        }
    }

    /// A percentage or a coefficient.
    pub(in crate::bot) fn rate(&mut self, pointer: &str, value: Amount) {
        self.decimals(pointer, value, RATE_DECIMALS);
    }

    /// A price, a quantity or a sum: as fine as the market, or as money.
    pub(in crate::bot) fn amount(&mut self, pointer: &str, value: Amount) {
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
    pub(in crate::bot) fn total(&mut self, pointer: &str, value: Amount) {
        if value > MOST {
            let message = format!("makes orders of {value} in all, more than {MOST}");
            self.error(pointer, FieldCode::OutOfRange, message);
        }
    }

    /// What a limit order that spends `quote` at `price` runs into.
    pub(in crate::bot) fn order(
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
    pub(in crate::bot) fn market_buy(
        &mut self,
        pointer: &str,
        quote: Amount,
        policy: MinNotionalPolicy,
    ) {
        let (market, price) = (&self.setup.market, self.budget.price);
        if let Err(OrderError::Rejected(code)) = market.market_buy_for_quote(quote, policy, price) {
            self.refused(pointer, quote, price, code);
        }
    }

    /// An order that the market refuses with `code`.
    pub(in crate::bot) fn refused(
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

    pub(in crate::bot) fn count_orders(&mut self, pointer: &str, orders: u32) {
        if let Some(most) = self.setup.market.max_orders
            && orders > most
        {
            let message =
                format!("{orders} orders at once are more than the {most} that the venue allows");
            self.warning(pointer, FieldCode::TooManyOrders, message);
        }
    }
}
