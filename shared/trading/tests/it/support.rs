use trading::backtest::Recorder;
use trading::bot::dca::{
    DcaConfig, DeviationReference, EntryType, SafetyOrders, StartCondition, StopLoss, TakeProfit,
    Volume,
};
use trading::bot::grid::{CrossedLine, GridConfig, GridQuantity, Spacing, StopBase};
use trading::bot::{BotConfig, BotSetup, Command, FeeCharge, Fees, KindState, Reason, State};
use trading::market::MinNotionalPolicy;
use trading::order::{Millis, OrderSize, Purpose, Side};
use trading::paper::{Account, BotSlot, PaperOrder, Session};
use trading::{Amount, Market};

pub(crate) const MINUTE: Millis = 60_000;

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().expect("an amount")
}

/// Tick 0.01, step 0.001, smallest notional 5.
pub(crate) fn sol() -> Market {
    Market::simple(
        "SOL-USDT".parse().unwrap(),
        amount("0.01"),
        amount("0.001"),
        amount("5"),
    )
}

pub(crate) fn fees(rate: &str, charge: FeeCharge) -> Fees {
    Fees::flat(amount(rate), charge)
}

pub(crate) fn safety_orders(count: u32) -> SafetyOrders {
    SafetyOrders {
        volume: amount("100"),
        step_percentage: amount("2"),
        max_count: count,
        active_count: None,
        volume_coefficient: amount("2"),
        step_coefficient: amount("1.5"),
        custom_steps: None,
        deviation_reference: DeviationReference::Base,
    }
}

/// Base order 100, safety orders as in the first golden scenario.
pub(crate) fn dca(count: u32, take_profit: &str) -> DcaConfig {
    DcaConfig {
        base_order: Volume::Quote {
            amount: amount("100"),
        },
        start_order_type: EntryType::Market,
        start_condition: StartCondition::Immediate,
        safety_orders: (count > 0).then(|| safety_orders(count)),
        take_profit: TakeProfit {
            percentage: Some(amount(take_profit)),
            ..TakeProfit::default()
        },
        stop_loss: None,
        max_active_deals: 1,
        cooldown_s: 0,
        deal_start_delay_s: 0,
        min_price: None,
        max_price: None,
        min_volume_24h: None,
        disable_after_deals_count: None,
        reinvesting_percentage: Amount::ZERO,
        risk_reduction_percentage: Amount::ZERO,
        min_notional_policy: MinNotionalPolicy::Reject,
    }
}

pub(crate) fn stop_loss(percentage: &str) -> StopLoss {
    serde_json::from_value(serde_json::json!({ "percentage": percentage })).expect("a stop-loss")
}

/// 90 to 110 in ten steps of 2, half a coin each.
pub(crate) fn grid() -> GridConfig {
    GridConfig {
        lower: amount("90"),
        upper: amount("110"),
        grid_count: 10,
        spacing: Spacing::Arithmetic,
        quantity: GridQuantity::FixedBase {
            quantity: amount("0.5"),
        },
        base_supplied: Amount::ZERO,
        trigger_price: None,
        take_profit_price: None,
        stop_loss_price: None,
        on_stop: StopBase::Keep,
        max_active_orders: None,
        post_only: false,
        crossed_line: CrossedLine::Wait,
        trailing_up: false,
        trailing_up_limit: None,
        trailing_down: false,
        trailing_down_limit: None,
    }
}

/// One bot on one paper account, with a price to move.
pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) recorder: Recorder,
    pub(crate) at: Millis,
}

pub(crate) const BOT: BotSlot = BotSlot(0);

impl World {
    pub(crate) fn new(bot: BotConfig, fees: Fees, quote: &str) -> Self {
        let mut world = Self::idle(bot, sol(), fees, quote);
        world.command(Command::Start);
        world
    }

    pub(crate) fn idle(bot: BotConfig, market: Market, fees: Fees, quote: &str) -> Self {
        let mut session = Session::default();
        let balances = [(market.symbol.quote().clone(), amount(quote))];
        let account = session.add_account(Account::new(balances).unwrap());
        let desk = session.add_market(market.clone(), fees);
        let setup = BotSetup::paper(bot, market, fees);
        let state = State::new(&setup);
        session.add_bot(setup, state, account, desk).unwrap();
        Self {
            session,
            recorder: Recorder::default(),
            at: 0,
        }
    }

    pub(crate) fn dca(config: DcaConfig, fees: Fees) -> Self {
        Self::new(BotConfig::Dca(Box::new(config)), fees, "10000")
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.session
            .command(BOT, self.at, command, &mut self.recorder)
            .unwrap();
    }

    /// A minute has ended in which so much base was traded at this price.
    pub(crate) fn candle(&mut self, price: &str, volume: &str) {
        let price = amount(price);
        let candle = trading::candle::Candle {
            open_time: self.at - MINUTE + 1,
            close_time: self.at,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: amount(volume),
        };
        self.session.candle(0, &candle, &mut self.recorder).unwrap();
    }

    /// A bot in a market with a band: limits from 20 % below to 20 % above the price.
    pub(crate) fn banded(bot: BotConfig, fees: Fees) -> Self {
        let mut market = sol();
        market.percent_price = Some(trading::market::PercentPrice {
            bid_up: amount("1.2"),
            bid_down: amount("0.8"),
            ask_up: amount("1.2"),
            ask_down: amount("0.8"),
        });
        let mut world = Self::idle(bot, market, fees, "10000");
        world.command(Command::Start);
        world
    }

    /// Why the bot did or did not act, in order; fills are left out.
    pub(crate) fn reasons(&self) -> Vec<Reason> {
        self.recorder
            .decisions(BOT)
            .iter()
            .map(|(_, decision)| decision.reason)
            .filter(|reason| !matches!(reason, Reason::Bought | Reason::Sold))
            .collect()
    }

    /// The same in words, fills too.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let symbol = sol().symbol;
        self.recorder
            .decisions(BOT)
            .iter()
            .map(|(_, decision)| decision.sentence(&symbol))
            .collect()
    }

    /// Moves the price, a minute at a time.
    pub(crate) fn prices(&mut self, prices: &[&str]) {
        for price in prices {
            self.at += MINUTE;
            self.session
                .point(0, self.at, amount(price), &mut self.recorder)
                .unwrap();
        }
    }

    /// The same account, book and price after a restart that changed what the bot had saved.
    pub(crate) fn restarted(&self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let market = self.session.bots()[0].setup.terms.market.clone();
        self.restarted_in(market, change)
    }

    /// As [`Self::restarted`], in a market with other rules.
    pub(crate) fn restarted_in(
        &self,
        market: Market,
        change: impl FnOnce(&mut serde_json::Value),
    ) -> Self {
        let entry = &self.session.bots()[0];
        let mut setup = entry.setup.clone();
        setup.terms.market = market;
        let mut saved = serde_json::to_value(&entry.state).unwrap();
        change(&mut saved);
        let state: State = serde_json::from_value(saved).unwrap();
        let open = self.session.orders(0).map(|order| order.intent.number);
        let state = state.restored(&setup, open).unwrap();
        let mut session = Session::default();
        session.add_account(self.session.accounts()[0].clone());
        session.add_market(setup.terms.market.clone(), setup.terms.fees);
        session.add_bot(setup, state, 0, 0).unwrap();
        for order in self.session.orders(0) {
            session.restore_order(order.clone()).unwrap();
        }
        if let Some(price) = self.session.price(0) {
            session.restore_price(0, price).unwrap();
        }
        Self {
            session,
            recorder: self.recorder.clone(),
            at: self.at,
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.session.bots()[0].state
    }

    pub(crate) fn dca_state(&self) -> &trading::bot::dca::DcaState {
        match &self.state().kind {
            KindState::Dca(state) => state,
            other => panic!("not a deal bot: {other:?}"),
        }
    }

    pub(crate) fn grid_state(&self) -> &trading::bot::grid::GridState {
        match &self.state().kind {
            KindState::Grid(state) => state,
            other => panic!("not a grid: {other:?}"),
        }
    }

    pub(crate) fn quote(&self) -> Amount {
        self.session.accounts()[0]
            .total(&"USDT".parse().unwrap())
            .unwrap()
    }

    pub(crate) fn base(&self) -> Amount {
        self.session.accounts()[0]
            .total(&"SOL".parse().unwrap())
            .unwrap()
    }

    pub(crate) fn equity(&self) -> Amount {
        let price = self.session.price(0).unwrap();
        self.quote()
            .plus(self.base().times(price).unwrap())
            .unwrap()
    }

    pub(crate) fn open(&self, side: Side) -> Vec<(String, String)> {
        let mut orders: Vec<&PaperOrder> = self
            .session
            .orders(0)
            .filter(|order| order.intent.side == side)
            .collect();
        orders.sort_by_key(|order| order.intent.kind.limit());
        orders.into_iter().map(price_and_quantity).collect()
    }

    pub(crate) fn prices_of(&self, side: Side) -> Vec<String> {
        self.open(side)
            .into_iter()
            .map(|(price, _)| price)
            .collect()
    }

    pub(crate) fn order_of(&self, purpose: Purpose) -> Option<(String, String)> {
        self.session
            .orders(0)
            .find(|order| order.intent.purpose == purpose)
            .map(price_and_quantity)
    }
}

fn price_and_quantity(order: &PaperOrder) -> (String, String) {
    let quantity = match order.intent.size {
        OrderSize::Base(quantity) | OrderSize::Quote(quantity) => quantity,
    };
    (
        order.intent.kind.limit().unwrap_or_default().to_string(),
        quantity.to_string(),
    )
}
