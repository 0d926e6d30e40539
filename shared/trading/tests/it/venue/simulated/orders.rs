//! What becomes of orders on the simulated venue.

use trading::amount::Rounding;
use trading::bot::{Event, Input, Known, LateFill, StepError, step};
use trading::order::{
    Fee, Fill, LegId, Liquidity, OrderNumber, OrderSize, OrderStatus, OrderUpdate, Side,
};
use trading::{Amount, RejectCode};

use super::{Charge, End, Placed, Venue};
use crate::support::amount;

impl Venue {
    fn pick(&self, which: usize) -> Option<OrderNumber> {
        self.live
            .keys()
            .nth(which % self.live.len().max(1))
            .copied()
    }

    /// Fills so many eighths of what is left of an order.
    pub(in crate::venue) fn fill(&mut self, which: usize, eighths: u8, charge: Charge) {
        let Some(number) = self.pick(which) else {
            return;
        };
        let order = self.live[&number].clone();
        let Some((fill, is_last)) = self.trade(number, &order, eighths, charge) else {
            // The account has less than that: the venue takes the order back.
            let end = if order.filled.is_zero() && !order.is_open {
                End::Rejected(RejectCode::InsufficientBalance)
            } else {
                End::Canceled
            };
            self.finish(number, end, None);
            return;
        };
        let row = self.live.get_mut(&number).unwrap();
        row.filled = row.filled.plus(fill.quantity).unwrap();
        row.spent = row.spent.plus(fill.quote).unwrap();
        row.is_open = true;
        if is_last {
            self.live.remove(&number);
        }
        self.deliver(fill, order.intent.side, None);
    }

    /// A trade of an order, if the account has what it takes.
    fn trade(
        &mut self,
        number: OrderNumber,
        order: &Placed,
        eighths: u8,
        charge: Charge,
    ) -> Option<(Fill, bool)> {
        let market = &self.setup.terms.market;
        let (symbol, fees) = (&market.symbol, self.setup.terms.fees);
        let price = order.intent.kind.limit().unwrap_or(self.price);
        let left = match order.intent.size {
            OrderSize::Base(size) => size.minus(order.filled).unwrap(),
            OrderSize::Quote(size) => {
                let quote = size.minus(order.spent).unwrap().max(Amount::ZERO);
                market.quantity_for_quote(quote, price).unwrap()
            }
        };
        let share = Amount::from_parts(i128::from(eighths) * 125, 3).unwrap();
        let part = left.mul_rounded(share, 18, Rounding::Up).unwrap();
        let part = part.ceil_to(market.lot_size).unwrap().min(left);
        let part = if self.is_thin {
            part.min(market.lot_size)
        } else {
            part
        };
        let quote = price.times(part).unwrap();
        let side = order.intent.side;
        if !part.is_positive() || (side == Side::Sell && self.has.base < part) {
            return None;
        }
        let is_taker = order.intent.kind.limit().is_none() || eighths.is_multiple_of(2);
        let (rate, liquidity) = if is_taker {
            (fees.taker, Liquidity::Taker)
        } else {
            (fees.maker, Liquidity::Maker)
        };
        let (asset, of, conversion) = match (charge, side) {
            (Charge::Received, Side::Buy) | (Charge::Base, _) => {
                (symbol.base().clone(), part, None)
            }
            (Charge::Received, Side::Sell) | (Charge::Quote, _) => {
                (symbol.quote().clone(), quote, None)
            }
            (Charge::Third, _) => {
                let worth = amount("600");
                let of = quote.div_rounded(worth, 18, Rounding::Up).unwrap();
                ("BNB".parse().unwrap(), of, Some(worth))
            }
        };
        self.trades += 1;
        let fill = Fill {
            order: number,
            trade: self.trades.to_string(),
            price,
            quantity: part,
            quote,
            fee: Fee {
                asset,
                amount: of.mul_rounded(rate, 8, Rounding::Up).unwrap().min(of),
                rate: Some(rate),
                is_estimated: false,
                conversion,
            },
            liquidity,
            is_last: part == left,
        };
        self.has.book(&fill, side, &self.setup.terms.market);
        Some((fill, part == left))
    }

    /// Tells the bot of a fill, once: whoever stores them knows a trade by its identity.
    fn deliver(&mut self, fill: Fill, side: Side, row: Option<Known>) {
        if !self.seen.insert(fill.trade.clone()) {
            return;
        }
        self.told.book(&fill, side, &self.setup.terms.market);
        let is_charged_in_base = fill.fee.asset == *self.setup.terms.market.symbol.base();
        if side == Side::Sell && is_charged_in_base {
            self.sold_fees_in_base = self.sold_fees_in_base.plus(fill.fee.amount).unwrap();
        }
        if side == Side::Buy {
            self.dearest = self.dearest.max(fill.price);
        }
        self.last_fill = Some(fill.clone());
        self.tell(match row {
            Some(order) => Event::LateFill(Box::new(LateFill { order, fill })),
            None => Event::Fill(fill),
        });
    }

    /// Confirms an order.
    pub(in crate::venue) fn open(&mut self, which: usize) {
        if let Some(number) = self.pick(which)
            && let Some(order) = self.live.get_mut(&number)
            && !order.is_open
        {
            order.is_open = true;
            self.update(number, OrderStatus::Open, None);
        }
    }

    /// Ends an order. So many eighths of it were filled before, and are told later.
    pub(in crate::venue) fn end(&mut self, which: usize, end: End, untold: Option<(u8, Charge)>) {
        if let Some(number) = self.pick(which) {
            self.finish(number, end, untold);
        }
    }

    pub(super) fn finish(&mut self, number: OrderNumber, end: End, untold: Option<(u8, Charge)>) {
        let order = self.live[&number].clone();
        let is_new = !order.is_open && order.filled.is_zero();
        if let Some((eighths, charge)) = untold.filter(|_| order.is_open)
            && let Some((mut fill, _)) = self.trade(number, &order, eighths, charge)
        {
            fill.is_last = false;
            let row = Known {
                leg: LegId::FIRST,
                deal: order.intent.deal,
                purpose: order.intent.purpose,
                level: order.intent.level,
                side: order.intent.side,
                limit: order.intent.kind.limit(),
                size: order.intent.size,
                filled: order.filled,
                status: OrderStatus::Canceled,
                reject: None,
            };
            self.untold.push((row, fill));
        }
        let (status, reject) = match end {
            End::Rejected(code) if is_new => (OrderStatus::Rejected, Some(code)),
            End::Absent if is_new => (OrderStatus::Absent, None),
            End::Expired => (OrderStatus::Expired, None),
            End::Canceled | End::Absent | End::Rejected(_) => (OrderStatus::Canceled, None),
        };
        if status == OrderStatus::Absent {
            self.update(number, OrderStatus::Unknown, None);
        }
        self.live.remove(&number);
        self.update(number, status, reject);
    }

    fn update(&mut self, order: OrderNumber, status: OrderStatus, reject: Option<RejectCode>) {
        let update = OrderUpdate {
            order,
            status,
            reject,
        };
        self.last_update = Some(update);
        self.tell(Event::Order(update));
    }

    /// Tells of a fill that happened before its order ended.
    pub(in crate::venue) fn late(&mut self, which: usize) {
        if self.untold.is_empty() {
            return;
        }
        let (row, fill) = self.untold.remove(which % self.untold.len());
        self.is_oversold |= row.side == Side::Sell;
        let side = row.side;
        self.deliver(fill, side, Some(row));
    }

    /// Tells the last news again.
    pub(in crate::venue) fn again(&mut self) {
        if self.fails {
            return;
        }
        if let Some(update) = self
            .last_update
            .filter(|update| update.status.is_terminal())
        {
            let before = self.state.clone();
            assert!(self.tell(Event::Order(update)).is_empty());
            assert_eq!(self.state, before);
        }
        let Some(fill) = self.last_fill.clone() else {
            return;
        };
        // Without its identity it could be told apart only where it does not fit.
        let order = self.state.core.live(fill.order).copied();
        if let Some(order) = order
            && let OrderSize::Base(size) = order.size
            && order.filled.plus(fill.quantity).unwrap() > size
        {
            let input = Input::new(self.at, Event::Fill(fill.clone()));
            let told = step(
                &self.setup,
                &mut self.state.clone(),
                &input,
                &mut Vec::new(),
            );
            assert_eq!(told, Err(StepError::Overfilled(fill.order)));
        }
        let side = Side::Buy;
        self.deliver(fill, side, None);
    }
}
