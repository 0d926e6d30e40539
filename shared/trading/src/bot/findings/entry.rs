use super::{FieldCode, Findings};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::FeeCharge;
use crate::deal::{EntryPlan, EntryType, ExitPolicy, Volume, is_viable, limit_price};
use crate::market::{OrderError, RejectCode, minimum_entry};
use crate::order::{OrderSize, OrderType, Side, TimeInForce};

/// What the first order of a deal runs into.
impl Findings<'_> {
    /// What the first order of a deal at the current price runs into, and whether what it buys can be sold again.
    ///
    /// Gives the quote that it spends, fee not counted; zero where that hangs on what is free and nothing is known of it.
    pub(in crate::bot) fn entry_order(
        &mut self,
        pointer: &str,
        plan: EntryPlan<'_>,
        exits: ExitPolicy<'_>,
    ) -> Result<Amount, AmountError> {
        let (market, last) = (&self.setup.market, self.budget.price);
        // What it is filled at.
        let price = match plan.start_order_type {
            EntryType::Market => last,
            EntryType::Limit => limit_price(plan, last)?,
        };
        let spend = match (plan.base_order, self.budget.free_quote) {
            (Volume::Quote { amount }, _) => amount,
            (Volume::Base { amount }, _) => amount.mul_rounded(price, 8, Rounding::Down)?,
            (Volume::Percent { amount }, Some(free)) => {
                free.mul_rounded(amount.percent()?, 8, Rounding::Down)?
            }
            (Volume::Percent { .. }, None) => return Ok(Amount::ZERO),
        };
        let policy = plan.min_notional_policy;
        let size = match (plan.base_order, plan.start_order_type) {
            (Volume::Base { amount }, entry) => {
                let size = OrderSize::Base(market.quantity(amount)?);
                let kind = match entry {
                    EntryType::Market => OrderType::Market,
                    EntryType::Limit => OrderType::Limit {
                        price: market.price(Side::Buy, price)?,
                        time_in_force: TimeInForce::GoodTillCancelled,
                    },
                };
                market.check(Side::Buy, kind, size, last).map(|()| size)
            }
            (Volume::Quote { .. } | Volume::Percent { .. }, EntryType::Market) => market
                .market_buy_for_quote(spend, policy, price)
                .map(OrderSize::Quote),
            (Volume::Quote { .. } | Volume::Percent { .. }, EntryType::Limit) => market
                .limit_for_quote(Side::Buy, price, spend, policy, last)
                .map(|(_, quantity)| OrderSize::Base(quantity)),
        };
        let found = match size {
            Ok(size) => self.can_leave(pointer, exits, (size, spend, price)),
            Err(OrderError::Rejected(code)) => {
                self.refused(pointer, spend, price, code);
                match (exits.stop_loss, code) {
                    (Some(_), RejectCode::BelowMinNotional) => {
                        self.can_leave(pointer, exits, (OrderSize::Quote(spend), spend, price))
                    }
                    (Some(_) | None, _) => Ok(()),
                }
            }
            Err(OrderError::Amount(error)) => Err(error),
        };
        found.map(|()| spend)
    }

    /// Whether what the first order buys can be sold again.
    fn can_leave(
        &mut self,
        pointer: &str,
        exits: ExitPolicy<'_>,
        (size, spend, price): (OrderSize, Amount, Amount),
    ) -> Result<(), AmountError> {
        if is_viable(self.setup, exits, size, price)? {
            return Ok(());
        }
        let least = self.least_entry(exits, price)?;
        let what = match exits.stop_loss {
            Some(stop) => format!("after a stop-loss of {} % ", stop.percentage),
            None => String::new(),
        };
        let message = format!(
            "{what}a position of {spend}, less its fee and on the lot, is below the market's smallest order and could \
             not be sold; at least {least} is needed",
        );
        self.error(pointer, FieldCode::ExitNotViable, message);
        Ok(())
    }

    /// The quote with which a first order at a price can leave again.
    fn least_entry(&self, exits: ExitPolicy<'_>, price: Amount) -> Result<Amount, AmountError> {
        let (market, fees) = (&self.setup.market, &self.setup.fees);
        let stop = match exits.stop_loss {
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
        Ok(if exits.stop_loss.is_some() {
            least.max(by_formula)
        } else {
            least
        })
    }

    /// How the first order of a deal is priced, and how long it may wait.
    pub(in crate::bot) fn entry_terms(
        &mut self,
        order_type: EntryType,
        offset: Option<Amount>,
        timeout_s: Option<u32>,
    ) {
        if let Some(offset) = offset {
            if offset.is_negative() || offset > Amount::from_int(10) {
                let message = format!("must be 0 to 10, is {offset}");
                self.error("/limit_offset_percentage", FieldCode::OutOfRange, message);
            } else {
                self.rate("/limit_offset_percentage", offset);
            }
        }
        if let Some(seconds) = timeout_s {
            self.whole_range("/unfilled_timeout_s", seconds, 10, 86_400);
        }
        let limits = [
            ("/limit_offset_percentage", offset.is_some()),
            ("/unfilled_timeout_s", timeout_s.is_some()),
        ];
        for (pointer, is_given) in limits {
            if is_given && order_type != EntryType::Limit {
                let message = "is of limit orders: leave it out, or make order_type limit";
                self.error(pointer, FieldCode::Inconsistent, message.to_owned());
            }
        }
    }

    /// The confidence that a deal asks for.
    pub(in crate::bot) fn least_confidence(&mut self, least: Option<Amount>) {
        let Some(least) = least else {
            return;
        };
        if least.is_negative() || least > Amount::ONE {
            let message = format!("must be 0 to 1, is {least}");
            self.error("/min_confidence", FieldCode::OutOfRange, message);
        } else {
            self.rate("/min_confidence", least);
        }
    }
}
