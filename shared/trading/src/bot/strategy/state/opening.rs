use super::StrategyState;
use crate::amount::{Amount, AmountError, Exact, Rounding};
use crate::bot::core::Context;
use crate::bot::strategy::{Deal, Size, StrategyConfig};
use crate::bot::{Facts, Observation, Quote, Reason, StepError};
use crate::deal::{DealKeeper, Stake, Volume, base_order};

/// Decimals of a sum that a deal spends.
const DECIMALS: u32 = 8;

/// How a deal begins.
impl StrategyState {
    /// Opens a deal at the close of a candle, or says why not: its order goes out at once, and fills at the next price.
    pub(super) fn open(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        price: Amount,
        found: Vec<Observation>,
    ) -> Result<(), StepError> {
        context.core.set_mark(context.leg, price);
        let quote = Quote::flat(price, context.at);
        let volume = self.volume(context, config, price)?;
        let terms = config.terms(volume);
        if let Err((reason, facts)) = base_order(context, &terms, Stake::PLAIN, &quote)? {
            context.explain(reason, None, Some(price), facts);
            return Ok(());
        }
        let number = context.new_deal();
        let facts = Facts {
            conditions: found,
            ..Facts::default()
        };
        context.explain(Reason::DealStart, Some(number), Some(price), facts);
        let mut deal = Deal::new(number, terms, context.at, price);
        if let Err((reason, facts)) = deal.place_base(context, &quote)? {
            context.explain(reason, Some(number), Some(price), facts);
        }
        self.deals.push(deal);
        Ok(())
    }

    /// How much the next deal buys.
    fn volume(
        &self,
        context: &Context<'_>,
        config: &StrategyConfig,
        price: Amount,
    ) -> Result<Volume, AmountError> {
        let amount = match config.size {
            Size::Quote { amount } => return Ok(Volume::Quote { amount }),
            Size::Base { amount } => return Ok(Volume::Base { amount }),
            Size::Equity { amount } => self.equity(context, price)?.mul_rounded(
                amount.percent()?,
                DECIMALS,
                Rounding::Down,
            )?,
            Size::Risk { amount } => {
                let stop = config.stop_loss.as_ref();
                let stop = stop.map_or(Amount::HUNDRED, |stop| stop.percentage);
                let risked = Exact::of(self.equity(context, price)?).times(amount)?;
                risked.over(stop)?.rounded(DECIMALS, Rounding::Down)?
            }
        };
        // An order that the account cannot pay buys nothing.
        let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
        let affordable = affordable(free, context)?;
        Ok(Volume::Quote {
            amount: amount.min(affordable),
        })
    }

    /// Free quote of the account, and what the bot holds at a price.
    fn equity(&self, context: &Context<'_>, price: Amount) -> Result<Amount, AmountError> {
        let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
        let held = self.position()?.quantity.max(Amount::ZERO);
        free.plus(held.mul_rounded(price, DECIMALS, Rounding::Down)?)
    }
}

/// What can be spent of free quote, a fee in quote on top.
fn affordable(free: Amount, context: &Context<'_>) -> Result<Amount, AmountError> {
    let fees = &context.setup.fees;
    match fees.charge {
        crate::bot::FeeCharge::Received => Ok(free),
        crate::bot::FeeCharge::Quote => {
            let whole = Amount::ONE.plus(fees.worst())?;
            Exact::of(free)
                .over(whole)?
                .rounded(DECIMALS, Rounding::Down)
        }
    }
}
