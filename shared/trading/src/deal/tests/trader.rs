//! A bot of no kind that there is: it opens deals when it is told to, and leaves all else to their plan and policy.

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::bot::{
    BotConfig, BotSetup, BotStatus, CloseReason, Context, Core, FeeCharge, Fees, Output, Quote,
    Reason, State, Terms, Timer, Watch,
};
use crate::deal::{
    Deal, DealTerms, Deals, EntryPlan, EntryType, ExitPolicy, SafetyOrders, StopLoss, TakeProfit,
    Volume, position, watch,
};
use crate::market::{Market, MinNotionalPolicy};
use crate::order::{
    DealNumber, Fee, Fill, LegId, Liquidity, Millis, OrderIntent, OrderNumber, OrderSize,
    OrderStatus, OrderUpdate, Purpose,
};
use crate::pnl::Position;

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// What the bot keeps of a deal's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) entry: EntryType,
    pub(super) safety_orders: Option<SafetyOrders>,
    pub(super) take_profit: Option<TakeProfit>,
    pub(super) stop_loss: Option<StopLoss>,
    pub(super) max_hold_s: Option<u32>,
}

impl DealTerms for Rules {
    fn entries(&self) -> EntryPlan<'_> {
        EntryPlan {
            limit_offset: None,
            timeout_s: None,
            base_order: Volume::Quote {
                amount: amount("100"),
            },
            start_order_type: self.entry,
            safety_orders: self.safety_orders.as_ref(),
            min_notional_policy: MinNotionalPolicy::Reject,
        }
    }

    fn exits(&self) -> ExitPolicy<'_> {
        ExitPolicy {
            take_profit: self.take_profit.as_ref(),
            stop_loss: self.stop_loss.as_ref(),
            max_hold_s: self.max_hold_s,
        }
    }
}

pub(super) struct Trader {
    setup: Terms,
    pub(super) core: Core,
    pub(super) open: Vec<Deal<Rules>>,
    pub(super) carry: Position,
    pub(super) at: Millis,
    /// Trades so far: their identities.
    trades: u64,
    /// Saves and restores itself before each input.
    restarts: bool,
    pub(super) closed: Vec<(DealNumber, CloseReason, Amount)>,
    pub(super) reasons: Vec<Reason>,
}

impl Trader {
    /// In a market with a tick of 0.01, a lot of 0.001 and orders of at least 5, without fees.
    pub(super) fn new() -> Self {
        let symbol = "SOL-USDT".parse().unwrap();
        let market = Market::simple(symbol, amount("0.01"), amount("0.001"), amount("5"));
        // Its own configuration is its own business.
        let config: BotConfig = serde_json::from_value(serde_json::json!({
            "type": "dca_interval", "amount": "100", "frequency": {"every": "daily", "hour": 9},
        }))
        .unwrap();
        let fees = Fees::flat(Amount::ZERO, FeeCharge::Quote);
        let setup = Terms::paper(market.clone(), fees);
        let mut core = State::new(&BotSetup::paper(config, market, fees)).core;
        core.status = BotStatus::Running;
        Self {
            setup,
            core,
            open: Vec::new(),
            carry: Position::EMPTY,
            at: 0,
            trades: 0,
            restarts: false,
            closed: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// One that is saved and restored before each input.
    pub(super) fn restarting() -> Self {
        Self {
            restarts: true,
            ..Self::new()
        }
    }

    /// Runs one input, manages the deal that it names, and gives the orders that follow.
    fn input(
        &mut self,
        input: impl FnOnce(&mut Deals<'_, Rules>, &mut Context<'_>) -> Option<DealNumber>,
    ) -> Vec<Output> {
        if self.restarts {
            let saved = serde_json::to_string(&(&self.core, &self.open)).unwrap();
            (self.core, self.open) = serde_json::from_str(&saved).unwrap();
        }
        let mut out = Vec::new();
        let mut context = Context {
            setup: &self.setup,
            at: self.at,
            leg: LegId::FIRST,
            core: &mut self.core,
            out: &mut out,
        };
        let mut deals = Deals {
            open: &mut self.open,
            carry: &mut self.carry,
            stopping: None,
        };
        if let Some(number) = input(&mut deals, &mut context)
            && let Some(reason) = deals.manage(&mut context, number).unwrap()
        {
            deals.close(&mut context, number, reason).unwrap();
        }
        for output in &out {
            match output {
                Output::DealClosed(deal) => {
                    self.closed.push((deal.deal, deal.reason, deal.realised));
                }
                Output::Decision(decision) => self.reasons.push(decision.reason),
                _ => {}
            }
        }
        out
    }

    /// Opens a deal at this price and gives its first order.
    pub(super) fn enter(&mut self, rules: Rules, price: &str) -> OrderIntent {
        let quote = Quote::flat(amount(price), self.at);
        let out = self.input(|deals, context| {
            let number = context.new_deal();
            let mut deal = Deal::new(number, rules, context.at, quote.ask);
            deal.place_base(context, &quote).unwrap().unwrap();
            deals.open.push(deal);
            None
        });
        orders(&out).remove(0)
    }

    pub(super) fn price(&mut self, price: &str) -> Vec<Output> {
        let quote = Quote::flat(amount(price), self.at);
        self.core.mark = Some(quote.bid);
        self.input(|deals, context| {
            let deal = deals.open.first_mut()?;
            let number = deal.number;
            deal.price(context, &quote).unwrap().then_some(number)
        })
    }

    /// Fills so much of an order without a fee.
    pub(super) fn fill(&mut self, order: OrderNumber, price: &str, quantity: &str) -> Vec<Output> {
        self.trades += 1;
        let known = *self.core.live(order).unwrap();
        let (price, quantity) = (amount(price), amount(quantity));
        let is_last = match known.size {
            OrderSize::Base(size) => known.filled.plus(quantity).unwrap() == size,
            OrderSize::Quote(_) => true,
        };
        let fill = Fill {
            order,
            trade: self.trades.to_string(),
            price,
            quantity,
            quote: price.times(quantity).unwrap(),
            fee: Fee {
                asset: "USDT".parse().unwrap(),
                amount: Amount::ZERO,
                rate: None,
                is_estimated: false,
                conversion: None,
            },
            liquidity: Liquidity::Maker,
            is_last,
        };
        self.input(|deals, context| {
            let (order, legs) = context.book_fill(&fill, None).unwrap();
            deals.fill(context, &fill, &order, &legs).unwrap()
        })
    }

    pub(super) fn end(&mut self, order: OrderNumber, status: OrderStatus) -> Vec<Output> {
        let update = OrderUpdate {
            order,
            status,
            reject: None,
        };
        self.input(|deals, context| {
            let known = context.apply_update(&update).unwrap().unwrap();
            deals.ended(context, order, &known).unwrap()
        })
    }

    /// Lets time pass, and runs the timers that are due by then.
    pub(super) fn wait_until(&mut self, at: Millis) -> Vec<Output> {
        let mut out = Vec::new();
        while let Some((due, timer)) = self.core.timers.next().filter(|(due, _)| *due <= at) {
            self.at = self.at.max(due);
            out.extend(self.input(|deals, context| {
                context.core.timers.clear(timer);
                deals.timer(context, timer)
            }));
        }
        self.at = at;
        out
    }

    pub(super) fn leave(&mut self, reason: CloseReason) -> Vec<Output> {
        self.input(|deals, _| {
            let deal = deals.open.first_mut()?;
            deal.exit(reason).then_some(deal.number)
        })
    }

    pub(super) fn watch(&self) -> Watch {
        watch(&self.open, &self.core)
    }

    pub(super) fn held(&self) -> Position {
        position(&self.open, self.carry).unwrap()
    }

    pub(super) fn due(&self, timer: Timer) -> Option<Millis> {
        self.core.timers.due(timer)
    }
}

pub(super) fn orders(out: &[Output]) -> Vec<OrderIntent> {
    let place = |output: &Output| match output {
        Output::Place(intent) => Some(intent.clone()),
        _ => None,
    };
    out.iter().filter_map(place).collect()
}

pub(super) fn cancels(out: &[Output]) -> Vec<OrderNumber> {
    let cancel = |output: &Output| match output {
        Output::Cancel(number) => Some(*number),
        _ => None,
    };
    out.iter().filter_map(cancel).collect()
}

/// Purpose, limit and quantity of the only order.
pub(super) fn only(out: &[Output]) -> (Purpose, Option<Amount>, OrderSize) {
    let placed = orders(out);
    assert_eq!(placed.len(), 1, "{out:?}");
    (placed[0].purpose, placed[0].kind.limit(), placed[0].size)
}
