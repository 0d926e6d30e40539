//! Deals on a venue that fills in any parts, cancels late, and charges fees in any asset.

use proptest::prelude::*;
use trading::Amount;
use trading::amount::Rounding;
use trading::bot::dca::{DcaConfig, DealPhase, EntryType, TakeProfitReference, TakeProfitStep};
use trading::bot::{
    Command, Event, FeeCharge, Fees, KindState as Kind, Known, LateFill, Output, Quote, StopMode,
    Timer,
};
use trading::order::{LegId, OrderIntent, OrderSize, OrderStatus, Purpose, Side};

use super::dca::Venue;
use crate::support::{amount, dca, sol, stop_loss};

/// An order as the venue knows it.
#[derive(Clone)]
struct Placed {
    intent: OrderIntent,
    filled: Amount,
    spent: Amount,
}

struct Market {
    venue: Venue,
    live: Vec<Placed>,
    ended: Vec<Placed>,
    price: Amount,
    /// What the bot's trades moved, fees included.
    base: Amount,
    quote: Amount,
}

#[derive(Clone, Debug)]
enum Act {
    Move(i64),
    Fill { which: usize, quarters: u8, fee: u8 },
    End(usize),
    Late { which: usize, quarters: u8 },
    Wait,
    Close,
    Stop(StopMode),
}

fn any_act() -> impl Strategy<Value = Act> {
    let which = 0_usize..8;
    prop_oneof![
        6 => (-500_i64..500).prop_map(Act::Move),
        6 => (which.clone(), 1_u8..=4, 0_u8..3)
            .prop_map(|(which, quarters, fee)| Act::Fill { which, quarters, fee }),
        2 => which.clone().prop_map(Act::End),
        1 => (which, 1_u8..=4).prop_map(|(which, quarters)| Act::Late { which, quarters }),
        6 => Just(Act::Wait),
        1 => Just(Act::Close),
        1 => prop_oneof![Just(StopMode::Keep), Just(StopMode::Sell), Just(StopMode::Finish)]
            .prop_map(Act::Stop),
    ]
}

fn any_config() -> impl Strategy<Value = DcaConfig> {
    (0_u32..4, 0_u8..64, 1_u32..3).prop_map(|(count, options, deals)| {
        let mut config = dca(count, "1");
        config.max_active_deals = deals;
        config.reinvesting_percentage = amount("100");
        config.risk_reduction_percentage = amount("50");
        if options & 1 != 0 {
            config.start_order_type = EntryType::Limit;
        }
        if options & 2 != 0 {
            config.take_profit.reference = TakeProfitReference::Base;
        }
        if options & 4 != 0 {
            config.take_profit.trailing_deviation = Some(amount("0.5"));
        }
        if options & 8 != 0 {
            let step = |percentage, share| TakeProfitStep {
                percentage: amount(percentage),
                share: amount(share),
            };
            config.take_profit.percentage = None;
            config.take_profit.steps = vec![step("0.4", "4"), step("1", "71"), step("3", "25")];
        }
        if options & 16 != 0 {
            let mut stop = stop_loss("8");
            stop.to_breakeven = true;
            stop.timeout_s = if options & 32 != 0 { 60 } else { 0 };
            config.stop_loss = Some(stop);
        }
        config
    })
}

impl Market {
    fn new(config: DcaConfig, fees: Fees) -> Self {
        Self {
            venue: Venue::with_fees(config, fees),
            live: Vec::new(),
            ended: Vec::new(),
            price: amount("100"),
            base: Amount::ZERO,
            quote: Amount::ZERO,
        }
    }

    fn hear(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            if let Output::Place(intent) = output {
                self.live.push(Placed {
                    intent,
                    filled: Amount::ZERO,
                    spent: Amount::ZERO,
                });
            }
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Move(ticks) => {
                let moved = self
                    .price
                    .plus(Amount::from_parts(i128::from(*ticks), 2).unwrap())
                    .unwrap();
                self.price = moved.max(amount("50")).min(amount("200"));
                self.venue.at += 1000;
                let quote = Quote::flat(self.price, self.venue.at);
                let outputs = self.venue.tell(Event::Price(quote));
                self.hear(outputs);
            }
            Act::Fill {
                which,
                quarters,
                fee,
            } => {
                if !self.live.is_empty() {
                    let index = which % self.live.len();
                    let mut order = self.live.remove(index);
                    let is_last = self.trade(&mut order, *quarters, *fee, false);
                    if !is_last {
                        self.live.insert(index, order);
                    }
                }
            }
            Act::End(which) => {
                if !self.live.is_empty() {
                    let order = self.live.remove(which % self.live.len());
                    let number = order.intent.number;
                    self.ended.push(order);
                    let outputs = self.venue.update(number, OrderStatus::Canceled);
                    self.hear(outputs);
                }
            }
            Act::Late { which, quarters } => {
                if !self.ended.is_empty() {
                    let index = which % self.ended.len();
                    let mut order = self.ended.remove(index);
                    // A late sale may sell what was sold already: tested by itself.
                    let is_last = order.intent.side == Side::Sell
                        || self.trade(&mut order, *quarters, 1, true);
                    if !is_last {
                        self.ended.push(order);
                    }
                }
            }
            Act::Wait => {
                if self.venue.state.next_timer().is_some() {
                    let outputs = self.venue.later();
                    self.hear(outputs);
                }
            }
            Act::Close => {
                let outputs = self
                    .venue
                    .tell(Event::Command(Command::CloseDeal { deal: 1 }));
                self.hear(outputs);
            }
            Act::Stop(mode) => {
                for command in [Command::Stop { mode: *mode }, Command::Start] {
                    let outputs = self.venue.tell(Event::Command(command));
                    self.hear(outputs);
                }
            }
        }
    }

    /// Fills so many quarters of what is left of an order; true when nothing is left.
    fn trade(&mut self, order: &mut Placed, quarters: u8, fee: u8, is_late: bool) -> bool {
        let market = sol();
        let price = order.intent.kind.limit().unwrap_or(self.price);
        let left = match order.intent.size {
            OrderSize::Base(size) => size.minus(order.filled).unwrap(),
            OrderSize::Quote(size) => {
                let quote = size.minus(order.spent).unwrap();
                market.quantity_for_quote(quote, price).unwrap()
            }
        };
        let part = left
            .mul_rounded(
                Amount::from_parts(i128::from(quarters) * 25, 2).unwrap(),
                3,
                Rounding::Up,
            )
            .unwrap();
        if !part.is_positive() {
            return true;
        }
        let is_last = part == left;
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
        order.filled = order.filled.plus(part).unwrap();
        order.spent = order.spent.plus(part.times(price).unwrap()).unwrap();
        let rate = |rate, amount: Amount| {
            let fee: Amount = amount;
            fee.mul_rounded(crate::support::amount(rate), 8, Rounding::Up)
                .unwrap()
                .to_string()
        };
        let value = part.times(price).unwrap();
        let (asset, paid) = match (fee, order.intent.side) {
            (0, Side::Buy) => ("SOL", rate("0.001", part)),
            (1, _) => ("BNB", rate("0.000001", value)),
            _ => ("USDT", rate("0.0008", value)),
        };
        let fill = self.venue.trade(
            order.intent.number,
            &price.to_string(),
            &part.to_string(),
            (asset, &paid),
            is_last,
        );
        let legs = fill.legs(order.intent.side, &market.symbol).unwrap();
        self.base = self.base.plus(legs.base).unwrap();
        let of_third = if asset == "BNB" {
            legs.fee_not_in_base
        } else {
            Amount::ZERO
        };
        self.quote = self
            .quote
            .plus(legs.quote)
            .unwrap()
            .minus(of_third)
            .unwrap();
        let event = if is_late {
            Event::LateFill(Box::new(LateFill { order: row, fill }))
        } else {
            Event::Fill(fill)
        };
        let outputs = self.venue.tell(event);
        self.hear(outputs);
        is_last
    }

    fn check(&self) {
        let state = &self.venue.state;
        let position = state.position().unwrap();
        assert_eq!(position.quantity, self.base);
        let booked = state.core.realised.minus(position.cost).unwrap();
        assert_eq!(
            booked, self.quote,
            "what came in and went out is what is booked"
        );
        let Kind::Dca(deals) = &state.kind else {
            panic!("not a deal bot")
        };
        for deal in &deals.deals {
            self.check_deal(deal);
        }
    }

    fn check_deal(&self, deal: &trading::bot::dca::Deal) {
        let core = &self.venue.state.core;
        let sales: Vec<_> = core
            .live_orders()
            .map(|(_, order)| order)
            .filter(|order| order.deal == deal.number && order.side == Side::Sell)
            .collect();
        let exits = sales
            .iter()
            .filter(|order| order.purpose == Purpose::TakeProfit);
        assert!(exits.count() <= 1);
        // A trailing exit is sent beside a take-profit that no step follows; never both.
        let asked = trading::amount::sum(sales.iter().map(|order| match order.size {
            OrderSize::Base(size) => size.minus(order.filled).unwrap(),
            OrderSize::Quote(_) => Amount::ZERO,
        }))
        .unwrap();
        assert!(
            asked <= deal.position.quantity,
            "{asked} of {:?}",
            deal.position
        );
        // Whoever holds something that can be sold has an exit, unless it is about to be looked at.
        let is_waiting = core.timers.due(Timer::Manage(deal.number)).is_some();
        let trails = deal.terms.take_profit.trailing_deviation.is_some();
        let is_sellable = sol()
            .quantity(deal.position.quantity)
            .unwrap()
            .mul_rounded(deal.base_quote, 8, Rounding::Down)
            .unwrap()
            >= amount("6")
                .mul_rounded(deal.base_quantity, 8, Rounding::Up)
                .unwrap();
        if deal.phase == DealPhase::Open && !is_waiting && !trails && is_sellable {
            let least = deal
                .position
                .average()
                .unwrap()
                .rounded(8, Rounding::Down)
                .unwrap();
            let value = deal
                .position
                .quantity
                .mul_rounded(least, 8, Rounding::Down)
                .unwrap();
            assert!(deal.take_profit.is_some() || value < amount("6"));
        }
        if deal.phase == DealPhase::Opening {
            assert!(deal.base_quantity.is_zero(), "what is bought is protected");
        }
        if deal.terms.stop_loss.is_some() && deal.phase == DealPhase::Open {
            assert!(deal.stop_price.is_some() || deal.position.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn deals_lose_nothing_on_any_venue(
        config in any_config(),
        acts in prop::collection::vec(any_act(), 1..70),
        in_quote in prop::bool::ANY,
    ) {
        let charge = if in_quote { FeeCharge::Quote } else { FeeCharge::Received };
        let fees = Fees { maker: amount("0.0008"), taker: amount("0.0015"), charge };
        let mut market = Market::new(config, fees);
        market.act(&Act::Move(0));
        for act in &acts {
            market.act(act);
            market.check();
        }
    }
}
