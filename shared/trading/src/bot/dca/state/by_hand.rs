use super::DcaState;
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::core::Context;
use crate::bot::dca::{DcaConfig, Deal};
use crate::bot::{BotStatus, Facts, Limit, Reason, StepError};
use crate::order::DealNumber;

/// What a person does with the deals of a bot that runs.
impl DcaState {
    pub(in crate::bot) fn add_funds(
        &mut self,
        context: &mut Context<'_>,
        number: DealNumber,
        amount: Amount,
        price: Option<Amount>,
    ) -> Result<(), StepError> {
        match self.index(number) {
            Some(index) => self.deals[index].add_funds(context, amount, price),
            None => Ok(()),
        }
    }

    /// Opens a deal on base of the account that no bot owns: as if its first order had bought `quantity` at `price`.
    pub(in crate::bot) fn take_over(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        quantity: Amount,
        price: Amount,
    ) -> Result<(), StepError> {
        if let Some((reason, facts)) = self.take_over_refusal(context, config, quantity, price)? {
            context.explain(reason, None, Some(price), facts);
            return Ok(());
        }
        if !context.claim_unowned(quantity)? {
            return Ok(());
        }
        let (mut taken, _) = context.core.holdings.take_up(quantity, price)?;
        // What deals owe is taken from what comes in next, as from what is bought.
        let profit = taken.pay(&mut self.carry)?;
        let profit = profit.plus(taken.pay(&mut context.core.holdings.kept)?)?;
        context.core.realised = context.core.realised.plus(profit)?;
        let number = context.new_deal();
        context.decide(Reason::DealStart, Some(number), Some(price));
        let reference = context.core.price_or(price);
        let mut deal = Deal::new(number, config.clone(), context.at, reference);
        // Safety orders above the market would all be filled at once.
        deal.open_on(context, taken, (quantity, price.min(reference)))?;
        self.opened = self.opened.saturating_add(1);
        self.deals.push(deal);
        self.manage(context, config, number)
    }

    /// Why base cannot be taken over: no deal may be opened, or what is taken over could not be sold again.
    fn take_over_refusal(
        &self,
        context: &Context<'_>,
        config: &DcaConfig,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<(Reason, Facts)>, AmountError> {
        let status = context.core.status;
        if !matches!(status, BotStatus::Running | BotStatus::WaitingFunds) {
            let facts = Facts {
                status: Some(status),
                ..Facts::default()
            };
            return Ok(Some((Reason::NotRunning, facts)));
        }
        if let Some(refusal) = self.no_further_deal(config, self.deals.len()) {
            return Ok(Some(refusal));
        }
        let market = &context.setup.market;
        let exit = config.lowest_exit(price)?;
        if market.is_sellable(quantity, exit)? {
            return Ok(None);
        }
        let lots = market.quantity(quantity)?;
        let value = lots.mul_rounded(exit, MAX_DECIMALS, Rounding::Down)?;
        let facts = Facts::limit(Limit::MinNotional, market.min_notional, value);
        Ok(Some((Reason::ExitNotViable, facts)))
    }
}
