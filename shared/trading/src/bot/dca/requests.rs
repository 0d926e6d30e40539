use super::DcaConfig;
use crate::amount::{Amount, AmountError};
use crate::bot::findings::{FieldCode, Findings};
use crate::market::{OrderError, RejectCode};
use crate::order::Side;

/// What a person asks for the deals of a bot that runs.
impl Findings<'_> {
    pub(super) fn added_funds(
        &mut self,
        config: &DcaConfig,
        amount: Amount,
        price: Option<Amount>,
    ) -> Result<(), AmountError> {
        self.positive("/amount", amount);
        if let Some(price) = price {
            self.positive("/price", price);
        }
        if !self.is_sound("") {
            return Ok(());
        }
        let policy = config.min_notional_policy;
        let Some(price) = price else {
            self.market_buy("/amount", amount, policy);
            return self.affordable_at_once(amount);
        };
        let (market, now) = (&self.setup.market, self.budget.price);
        if let Err(OrderError::Rejected(code)) =
            market.limit_for_quote(Side::Buy, price, amount, policy, now)
        {
            let is_of_price = matches!(
                code,
                RejectCode::PriceNotPositive
                    | RejectCode::PriceOffTick
                    | RejectCode::PriceOutsideBand
            );
            let pointer = if is_of_price { "/price" } else { "/amount" };
            self.refused(pointer, amount, price, code);
        }
        self.affordable_at_once(amount)
    }

    fn affordable_at_once(&mut self, amount: Amount) -> Result<(), AmountError> {
        if self.is_sound("") {
            self.affordable("/amount", self.with_fee(amount)?);
        }
        Ok(())
    }

    pub(super) fn taken_over(
        &mut self,
        config: &DcaConfig,
        quantity: Amount,
        price: Amount,
    ) -> Result<(), AmountError> {
        self.positive("/quantity", quantity);
        self.positive("/price", price);
        if !self.is_sound("") {
            return Ok(());
        }
        self.total("/quantity", quantity.valued_at(price)?);
        if !self.is_sound("") {
            return Ok(());
        }
        let market = &self.setup.market;
        if !quantity.is_multiple_of(market.lot_size)? {
            let lot = market.lot_size;
            let message = format!("must be a multiple of the market's lot {lot}, is {quantity}");
            self.error("/quantity", FieldCode::OutOfRange, message);
            return Ok(());
        }
        let exit = config.lowest_exit(price)?;
        if !market.is_sellable(quantity, exit)? {
            let message = format!(
                "{quantity} {base} could not be sold at {exit}: the market's smallest order is {} {quote} and {} {base}",
                market.min_notional,
                market.min_quantity,
                base = market.symbol.base(),
                quote = market.symbol.quote(),
            );
            self.error("/quantity", FieldCode::ExitNotViable, message);
        }
        Ok(())
    }
}
