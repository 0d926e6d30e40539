use super::DcaState;
use crate::bot::core::Context;
use crate::bot::dca::DcaConfig;
use crate::bot::{Known, StepError};
use crate::order::{Fill, Legs, OrderNumber};

/// What fills and ends of orders do to deals.
impl DcaState {
    pub(in crate::bot) fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        match self.deals_mut().fill(context, fill, order, legs)? {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    pub(in crate::bot) fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        match self.deals_mut().ended(context, number, order)? {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }
}
