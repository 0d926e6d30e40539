//! A kind for tests alone, with two legs on two accounts: it keeps base where it is dearer, and moves it when that changes.

mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contract::{Bot, Needs};
use super::core::{Context, Core, Draft};
use super::findings::Findings;
use super::{BotStatus, ClosedTrade, Known, Output, Quote, StepError, StopMode, Timer, Watch};
use crate::amount::{Amount, AmountError};
use crate::order::{
    DealNumber, Fill, LegId, Legs, OrderNumber, OrderSize, OrderType, Purpose, Side,
};
use crate::pnl::Position;

const NEAR: LegId = LegId::FIRST;
const FAR: LegId = LegId(1);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairConfig {
    pub quantity: Amount,
    pub fails_at: Option<Amount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairState {
    deal: Option<DealNumber>,
    held: [Position; 2],
    live: Vec<OrderNumber>,
}

impl PairState {
    fn order(
        &mut self,
        context: &mut Context<'_>,
        leg: LegId,
        side: Side,
        quantity: Amount,
    ) -> Result<(), StepError> {
        let Some(deal) = self.deal.filter(|_| quantity.is_positive()) else {
            return Ok(());
        };
        if side == Side::Sell {
            let price = context.core.mark_of(leg).unwrap_or_default();
            let sale = context.sell_now_on(leg, deal, Purpose::Close, quantity, price)?;
            self.live.extend(sale);
            return Ok(());
        }
        let draft = Draft {
            deal,
            purpose: Purpose::Base,
            level: 0,
            side,
            kind: OrderType::Market,
            size: OrderSize::Base(quantity),
            scheduled_at: None,
        };
        self.live.push(context.place_on(leg, draft));
        Ok(())
    }

    fn sell_all(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        for leg in [NEAR, FAR] {
            let held = self.held[leg.place()].quantity;
            self.order(context, leg, Side::Sell, held)?;
        }
        if self.live.is_empty() {
            for leg in [NEAR, FAR] {
                let rest = std::mem::take(&mut self.held[leg.place()]);
                context.core.holdings_mut(leg).keep(rest)?;
            }
            self.deal = None;
            context.stop(None)?;
        }
        Ok(())
    }
}

impl Bot for PairState {
    type Config = PairConfig;

    fn needs(_config: &PairConfig) -> Needs {
        Needs::PRICES
    }

    fn assess(config: &PairConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.positive("/quantity", config.quantity);
        Ok(())
    }

    fn at_its_start(_config: &mut PairConfig, now: Amount) -> Amount {
        now
    }

    fn position(&self, leg: LegId) -> Result<Position, AmountError> {
        Ok(self.held[leg.place()])
    }

    fn watch(&self, _config: &PairConfig, core: &Core, _leg: LegId) -> Watch {
        if core.may_open() && self.live.is_empty() {
            Watch::EVERY
        } else {
            Watch::NONE
        }
    }

    fn check(&self, _core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        claimed.extend(&self.live);
        Ok(())
    }

    fn deal(&self) -> Option<DealNumber> {
        self.deal
    }

    fn start(&mut self, context: &mut Context<'_>, _config: &PairConfig) -> Result<(), StepError> {
        self.deal = Some(context.new_deal());
        Ok(())
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        _config: &PairConfig,
        _mode: StopMode,
    ) -> Result<(), StepError> {
        self.sell_all(context)
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &PairConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        if config.fails_at == Some(quote.last) {
            return Err(StepError::RunawayLoop);
        }
        let marks = context.core.mark_of(NEAR).zip(context.core.mark_of(FAR));
        let Some((near, far)) = marks else {
            return Ok(());
        };
        let dear = if far > near { FAR } else { NEAR };
        let cheap = if dear == FAR { NEAR } else { FAR };
        if self.held[cheap.place()].quantity.is_positive() {
            let held = self.held[cheap.place()].quantity;
            self.order(context, cheap, Side::Sell, held)?;
        }
        if self.held[dear.place()].quantity.is_zero() {
            self.order(context, dear, Side::Buy, config.quantity)?;
        }
        Ok(())
    }

    fn timer(
        &mut self,
        _context: &mut Context<'_>,
        _config: &PairConfig,
        _timer: Timer,
    ) -> Result<(), StepError> {
        Ok(())
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &PairConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        let held = &mut self.held[order.leg.place()];
        match order.side {
            Side::Buy => held.buy(legs, fill.quote)?,
            Side::Sell => {
                let sale = held.sell(legs, fill.quote)?;
                context.core.earn(order.leg, sale.realised)?;
                context.out.push(Output::TradeClosed(ClosedTrade {
                    deal: order.deal,
                    quantity: fill.quantity,
                    cost: sale.cost,
                    proceeds: sale.proceeds,
                    realised: sale.realised,
                }));
            }
        }
        if order.status.is_terminal() {
            return self.ended(context, config, fill.order, order);
        }
        Ok(())
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        _config: &PairConfig,
        number: OrderNumber,
        _order: &Known,
    ) -> Result<(), StepError> {
        self.live.retain(|live| *live != number);
        if context.core.status == BotStatus::Stopping && self.live.is_empty() {
            return self.sell_all(context);
        }
        Ok(())
    }
}
