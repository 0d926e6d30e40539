use super::core::{Context, Draft};
use super::{Facts, Output, Reason, StepError};
use crate::amount::Amount;
use crate::market::Sale;
use crate::order::{DealNumber, LegId, OrderNumber, OrderSize, OrderType, Purpose, Side};

impl Context<'_> {
    /// The next order of a sale at market of `quantity` at about `price`, if the market takes one. What it does not take
    /// is told, but for less than a lot.
    pub(crate) fn next_sale(
        &mut self,
        deal: Option<DealNumber>,
        purpose: Purpose,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<(OrderType, Amount)>, StepError> {
        self.next_sale_on(LegId::FIRST, deal, purpose, quantity, price)
    }

    /// As [`Self::next_sale`], on a leg of the bot's choice.
    pub(super) fn next_sale_on(
        &mut self,
        leg: LegId,
        deal: Option<DealNumber>,
        purpose: Purpose,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<(OrderType, Amount)>, StepError> {
        let (market, _) = self.setup.of(leg);
        match market.sale(quantity, price)? {
            Sale::Order(kind, quantity) => Ok(Some((kind, quantity))),
            Sale::Dust => Ok(None),
            Sale::Refused {
                code,
                kind,
                quantity,
            } => {
                let size = OrderSize::Base(quantity);
                let facts = Facts::order(purpose, None, Side::Sell, size);
                let facts = facts.broke(code, market, kind.limit(), price);
                let price = Some(kind.limit().unwrap_or(price));
                let reason = Reason::OrderRejected(code);
                // What a deal could not sell is tried once more as what it left over.
                let is_told = self.out.iter().any(|output| match output {
                    Output::Decision(told) => {
                        (told.reason, told.price) == (reason, price) && told.facts == facts
                    }
                    Output::Place(_)
                    | Output::Cancel(_)
                    | Output::DealOpened { .. }
                    | Output::DealClosed(_)
                    | Output::TradeClosed(_)
                    | Output::Status { .. }
                    | Output::SignalSettled { .. } => false,
                });
                if !is_told {
                    self.explain(reason, deal, price, facts);
                }
                Ok(None)
            }
        }
    }

    /// Sells at market what it takes of `quantity` in one order; nothing when the market takes none of it.
    pub(crate) fn sell_now(
        &mut self,
        deal: DealNumber,
        purpose: Purpose,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<OrderNumber>, StepError> {
        self.sell_now_on(LegId::FIRST, deal, purpose, quantity, price)
    }

    /// As [`Self::sell_now`], on a leg of the bot's choice.
    pub(super) fn sell_now_on(
        &mut self,
        leg: LegId,
        deal: DealNumber,
        purpose: Purpose,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<OrderNumber>, StepError> {
        let next = self.next_sale_on(leg, Some(deal), purpose, quantity, price)?;
        Ok(next.map(|(kind, quantity)| {
            let draft = Draft {
                deal,
                purpose,
                level: 0,
                side: Side::Sell,
                kind,
                size: OrderSize::Base(quantity),
                scheduled_at: None,
            };
            self.place_on(leg, draft)
        }))
    }
}
