use trading::Amount;
use trading::bot::dca::{
    DcaConfig, StopAction, TakeProfit, TakeProfitReference, TakeProfitStep, Volume,
};
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Command, Decision, Event, FeeCharge, Fees, Input, Output,
    Quote, Reason, Signal, SignalAction, State, StepError, StopMode, step,
};
use trading::order::{
    Fee, Fill, Liquidity, OrderIntent, OrderSize, OrderStatus, OrderUpdate, Purpose, Side,
};

use crate::support::{BOT, World, amount, dca, fees, sol, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

#[test]
fn a_deal_takes_profit_and_the_next_begins() {
    let mut world = World::dca(dca(2, "1"), free());
    world.prices(&["100", "100", "101"]);
    assert_eq!(world.state().core.realised, amount("1"));
    assert!(world.dca_state().deals.is_empty() || world.dca_state().deals[0].number == 2);
    world.prices(&["100", "100"]);
    assert_eq!(world.dca_state().deals[0].number, 2);
    assert_eq!(world.dca_state().opened, 2);
}

#[test]
fn the_take_profit_follows_the_average_down() {
    let mut world = World::dca(dca(2, "2"), free());
    world.prices(&["100", "100"]);
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("102".into(), "1".into()))
    );
    world.prices(&["98"]);
    // (100 + 99.96) / 2.02 × 1.02 = 100.9699, up to the tick
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("100.97".into(), "2.02".into()))
    );
}

#[test]
fn a_profit_on_the_first_order_is_reached_sooner() {
    let mut config = dca(2, "2");
    config.take_profit.reference = TakeProfitReference::Base;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "98"]);
    // (199.96 + 2) / 2.02 = 99.9801…
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("99.99".into(), "2.02".into()))
    );
}

#[test]
fn steps_may_be_measured_from_the_order_before() {
    let mut config = dca(2, "2");
    config.safety_orders.as_mut().unwrap().deviation_reference =
        trading::bot::dca::DeviationReference::Previous;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    // 98 and 98 × 0.97
    assert_eq!(world.prices_of(Side::Buy), ["95.06", "98"]);
}

#[test]
fn only_so_many_safety_orders_rest() {
    let mut config = dca(4, "10");
    config.safety_orders.as_mut().unwrap().active_count = Some(2);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    assert_eq!(world.prices_of(Side::Buy), ["95", "98"]);
    world.prices(&["98"]);
    assert_eq!(world.prices_of(Side::Buy), ["90.5", "95"]);
}

#[test]
fn a_stop_loss_cancels_first_and_sells_once() {
    let mut config = dca(1, "5");
    let mut stop = stop_loss("10");
    stop.action = StopAction::StopLossAndDisableBot;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "98", "89"]);
    assert!(world.order_of(Purpose::TakeProfit).is_none());
    assert_eq!(
        world.order_of(Purpose::StopLoss).map(|order| order.1),
        Some("2.02".into())
    );
    world.prices(&["88"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    // 2.02 × 88 - 199.96
    assert_eq!(world.state().core.realised, amount("-22.2"));
}

#[test]
fn a_stop_loss_waits_for_its_timeout() {
    let mut config = dca(0, "5");
    let mut stop = stop_loss("10");
    stop.timeout_s = 90;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "89", "91", "89", "89"]);
    assert!(
        world.order_of(Purpose::StopLoss).is_none(),
        "it recovered in between"
    );
    world.prices(&["89"]);
    assert!(world.order_of(Purpose::StopLoss).is_some());
}

#[test]
fn a_trailing_stop_follows_the_peak() {
    let mut config = dca(0, "50");
    let mut stop = stop_loss("10");
    stop.trailing = true;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "120", "109", "108"]);
    assert!(
        world.order_of(Purpose::StopLoss).is_some(),
        "120 less 10 % is 108"
    );
}

#[test]
fn a_trailing_exit_sells_below_the_peak_and_never_below_break_even() {
    let mut config = dca(1, "2");
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = World::dca(config, fees("0.001", FeeCharge::Quote));
    world.prices(&["100", "100", "103", "105", "103.95", "103.95"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert!(world.state().core.realised.is_positive());

    let mut config = dca(1, "2");
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = World::dca(config, fees("0.001", FeeCharge::Quote));
    // The price collapses before the exit: it does not fill, and the safety order is still there.
    world.prices(&["100", "100", "103", "101.9", "99"]);
    assert_eq!(world.base(), amount("1"));
    assert_eq!(world.prices_of(Side::Buy), ["98"]);
    assert_eq!(world.dca_state().deals[0].trailing_peak, None);
}

#[test]
fn steps_sell_one_after_the_other() {
    let mut config = dca(0, "1");
    let step = |percentage, share| TakeProfitStep {
        percentage: amount(percentage),
        share: amount(share),
    };
    config.take_profit = TakeProfit {
        steps: vec![step("1", "50"), step("2", "50")],
        ..TakeProfit::default()
    };
    let mut stop = stop_loss("10");
    stop.to_breakeven = true;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    assert_eq!(world.open(Side::Sell), [("101".into(), "0.5".into())]);
    world.prices(&["101"]);
    assert_eq!(world.open(Side::Sell), [("102".into(), "0.5".into())]);
    assert_eq!(world.dca_state().deals[0].stop_price, Some(amount("100")));
    world.prices(&["100", "100"]);
    assert_eq!(world.state().core.realised, amount("0.5"));
}

#[test]
fn without_funds_it_waits_and_says_so_once() {
    let mut world = World::new(BotConfig::Dca(Box::new(dca(2, "1"))), free(), "150");
    world.prices(&["100", "100", "100", "100"]);
    assert_eq!(world.state().core.status, BotStatus::WaitingFunds);
    let waiting = world
        .recorder
        .ledger(&world.session)
        .orders
        .iter()
        .filter(|order| order.reject.is_some())
        .count();
    assert!(waiting <= 6, "it does not loop: {waiting}");
    // The first deal still takes its profit, which brings funds back.
    world.prices(&["101"]);
    assert_eq!(world.state().core.realised, amount("1"));
    for _ in 0..80 {
        world.prices(&["100"]);
    }
    assert!(world.dca_state().deals[0].number >= 2);
}

#[test]
fn a_signal_opens_a_deal_or_is_dropped_with_its_reason() {
    let mut config = dca(0, "1");
    config.start_condition = trading::bot::dca::StartCondition::Signal;
    config.cooldown_s = 3600;
    let mut world = World::dca(config, free());
    let enter = |world: &mut World| {
        let signal = Signal::of(SignalAction::EnterLong);
        world
            .session
            .signal(BOT, world.at, signal, &mut world.recorder)
            .unwrap();
    };
    world.prices(&["100", "100"]);
    assert!(world.dca_state().deals.is_empty());
    enter(&mut world);
    enter(&mut world);
    world.prices(&["100", "100"]);
    assert_eq!(world.dca_state().deals.len(), 1);
    world.prices(&["101"]);
    enter(&mut world);
    world.prices(&["100", "100"]);
    assert!(world.dca_state().deals.is_empty(), "the cooldown runs");
}

#[test]
fn stopping_finishes_keeps_or_sells() {
    for (mode, base) in [
        (StopMode::Finish, "1"),
        (StopMode::Keep, "1"),
        (StopMode::Sell, "0"),
    ] {
        let mut world = World::dca(dca(2, "5"), free());
        world.prices(&["100", "100"]);
        world.command(Command::Stop { mode });
        world.prices(&["100", "100"]);
        assert_eq!(world.base(), amount(base), "{mode:?}");
        let is_over = mode != StopMode::Finish;
        assert_eq!(
            world.state().core.status == BotStatus::Stopped,
            is_over,
            "{mode:?}"
        );
        assert_eq!(world.session.orders(0).len() == 0, is_over, "{mode:?}");
        if !is_over {
            world.prices(&["105"]);
            assert_eq!(world.state().core.status, BotStatus::Stopped);
        }
    }
}

#[test]
fn what_a_cancelled_deal_kept_is_traded_no_more() {
    let mut world = World::dca(dca(2, "5"), free());
    world.prices(&["100", "100"]);
    world.command(Command::CancelDeal { deal: 1 });
    world.prices(&["100", "100"]);
    assert_eq!(world.state().core.holdings.kept().quantity, amount("1"));
    assert_eq!(world.dca_state().deals[0].position.quantity, amount("1"));
    assert_eq!(world.base(), amount("2"));
}

#[test]
fn a_percentage_is_of_the_free_quote() {
    let mut config = dca(0, "1");
    config.base_order = Volume::Percent {
        amount: amount("10"),
    };
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    assert_eq!(world.base(), amount("10"));
}

#[test]
fn profits_are_reinvested() {
    let mut config = dca(0, "10");
    config.reinvesting_percentage = amount("50");
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "110", "100", "100"]);
    // 100 and half of 10
    assert_eq!(world.dca_state().deals[0].invested, amount("105"));
}

#[test]
fn where_nothing_is_free_no_deal_is_opened() {
    let mut config = dca(0, "10");
    config.base_order = Volume::Percent {
        amount: amount("50"),
    };
    config.reinvesting_percentage = amount("50");
    config.cooldown_s = 60;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "110"]);
    let setup = world.session.bots()[0].setup.clone();
    let mut state = world.state().clone();
    let mut out = Vec::new();
    let (at, ready) = state.next_timer().unwrap();
    let none = trading::bot::Funds {
        quote: Amount::ZERO,
        ..state.core.funds.unwrap()
    };
    for event in [
        Event::Timer(ready),
        Event::Funds(none),
        Event::Price(Quote::flat(amount("100"), at)),
    ] {
        step(&setup, &mut state, &Input::new(at, event), &mut out).unwrap();
    }
    assert!(
        matches!(
            out[..],
            [Output::Decision(Decision {
                reason: Reason::OrderRejected(_),
                ..
            })]
        ),
        "{out:?}"
    );
}

#[test]
fn losses_make_later_deals_smaller() {
    let mut config = dca(0, "10");
    config.risk_reduction_percentage = amount("50");
    config.stop_loss = Some(stop_loss("20"));
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "80", "80", "100", "100"]);
    // 100 less half of 20
    assert_eq!(world.dca_state().deals[0].invested, amount("90"));
}

#[test]
fn a_deal_waits_for_volume_that_the_bot_has_seen() {
    let mut config = dca(0, "1");
    config.min_volume_24h = Some(amount("1000"));
    config.cooldown_s = 3600;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    assert!(world.dca_state().deals.is_empty());
    assert_eq!(world.reasons(), [Reason::VolumeUnknown]);
    world.candle("100", "9.9");
    world.prices(&["100"]);
    assert_eq!(world.reasons().last(), Some(&Reason::VolumeTooLow));
    world.candle("100", "0.1");
    world.prices(&["100", "100"]);
    assert_eq!(world.reasons().last(), Some(&Reason::DealStart));
    assert_eq!(world.base(), amount("1"));
    // A day without candles later nothing is known any more.
    world.prices(&["101"]);
    world.at += 24 * 3_600_000;
    world.prices(&["100"]);
    assert_eq!(world.reasons().last(), Some(&Reason::VolumeUnknown));
    assert!(world.dca_state().deals.is_empty());
}

#[test]
fn custom_steps_are_taken_as_they_are() {
    let mut config = dca(2, "10");
    let step = |deviation, size| trading::bot::dca::CustomStep {
        deviation: amount(deviation),
        size: amount(size),
    };
    let orders = config.safety_orders.as_mut().unwrap();
    orders.custom_steps = Some(vec![
        step("1.5", "50"),
        step("4", "80"),
        step("12.25", "20"),
    ]);
    orders.active_count = Some(2);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    assert_eq!(
        world.open(Side::Buy),
        [("96", "0.833"), ("98.5", "0.507")]
            .map(|(price, quantity)| (price.to_owned(), quantity.to_owned()))
    );
    world.prices(&["96"]);
    assert_eq!(world.prices_of(Side::Buy), ["87.75"]);
}

#[test]
fn nothing_is_bought_that_could_not_be_sold_after_the_stop_loss() {
    let mut config = dca(0, "1");
    config.base_order = Volume::Percent {
        amount: amount("0.0555"),
    };
    config.stop_loss = Some(stop_loss("10"));
    let bot = BotConfig::Dca(Box::new(config));
    let mut world = World::new(bot, fees("0.001", FeeCharge::Quote), "10000");
    // 5.55 is above the smallest notional, and below 5 / (0.9 × 0.999).
    world.prices(&["100", "100"]);
    assert_eq!(world.reasons(), [Reason::ExitNotViable]);
    assert!(world.recorder.ledger(&world.session).orders.is_empty());
}

#[test]
fn a_first_order_that_rests_is_cancelled_with_its_deal() {
    for command in [
        Command::CloseDeal { deal: 1 },
        Command::CancelDeal { deal: 1 },
        Command::Stop {
            mode: StopMode::Keep,
        },
        Command::Stop {
            mode: StopMode::Sell,
        },
    ] {
        let mut config = dca(1, "1");
        config.start_order_type = trading::bot::dca::EntryType::Limit;
        config.disable_after_deals_count = Some(1);
        let mut world = World::dca(config, free());
        world.prices(&["100", "105"]);
        assert_eq!(world.prices_of(Side::Buy), ["100"]);
        world.command(command.clone());
        assert!(world.session.orders(0).len() == 0, "{command:?}");
        assert_eq!(world.state().core.status, BotStatus::Stopped, "{command:?}");
    }
}

#[test]
fn deals_begin_within_their_prices_and_after_their_delays() {
    let mut config = dca(0, "1");
    config.min_price = Some(amount("95"));
    config.max_price = Some(amount("105"));
    config.deal_start_delay_s = 120;
    config.cooldown_s = 300;
    config.disable_after_deals_count = Some(2);
    let mut world = World::dca(config, free());
    world.prices(&["100", "94", "106"]);
    assert!(world.dca_state().deals.is_empty());
    // Below the lowest, and then above the highest.
    assert_eq!(world.reasons(), [Reason::PriceOutsideLimits; 2]);
    world.prices(&["100", "100", "101"]);
    assert_eq!(world.state().core.realised, amount("1"));
    // Five minutes after its end, not before.
    world.prices(&["100", "100", "100", "100"]);
    assert!(world.dca_state().deals.is_empty());
    world.prices(&["100", "100", "101", "100"]);
    assert_eq!(world.state().core.realised, amount("2"));
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    assert_eq!(world.dca_state().opened, 2);
}

#[test]
fn several_deals_share_a_bot() {
    let mut config = dca(1, "1");
    config.max_active_deals = 3;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "100", "100", "100"]);
    let numbers: Vec<_> = world
        .dca_state()
        .deals
        .iter()
        .map(|deal| deal.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(world.base(), amount("3"));
    world.command(Command::CloseDeal { deal: 2 });
    world.prices(&["100"]);
    let numbers: Vec<_> = world
        .dca_state()
        .deals
        .iter()
        .map(|deal| deal.number)
        .collect();
    assert_eq!(numbers[..2], [1, 3]);
}

#[test]
fn a_stop_loss_may_be_measured_from_the_first_order() {
    let mut config = dca(1, "5");
    let mut stop = stop_loss("10");
    stop.reference = trading::bot::dca::StopReference::Base;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "98"]);
    // The average is 98.99…, and 10 % below it 89.09…
    assert_eq!(world.dca_state().deals[0].stop_price, Some(amount("90")));
    world.prices(&["90"]);
    assert!(world.order_of(Purpose::StopLoss).is_some());
}

#[test]
fn orders_outside_the_price_band_wait_for_the_price() {
    let mut config = dca(1, "50");
    config.safety_orders.as_mut().unwrap().step_percentage = amount("30");
    let mut world = World::banded(BotConfig::Dca(Box::new(config)), free());
    world.prices(&["100", "100", "90"]);
    assert!(world.session.orders(0).len() == 0, "70 and 150 are too far");
    world.prices(&["87"]);
    assert_eq!(world.prices_of(Side::Buy), ["70"]);
    world.prices(&["120"]);
    assert_eq!(world.order_of(Purpose::TakeProfit), None);
    world.prices(&["126"]);
    assert_eq!(
        world.order_of(Purpose::TakeProfit).map(|order| order.0),
        Some("150".into())
    );
    world.prices(&["150"]);
    assert_eq!(world.state().core.realised, amount("50"));
}

/// A venue of the test's own, for what paper cannot do.
pub(crate) struct Venue {
    pub(crate) setup: BotSetup,
    pub(crate) state: State,
    pub(crate) at: i64,
}

impl Venue {
    pub(crate) fn new(config: DcaConfig) -> Self {
        Self::with_fees(config, fees("0.001", FeeCharge::Received))
    }

    pub(crate) fn with_fees(config: DcaConfig, fees: Fees) -> Self {
        Self::of(BotConfig::Dca(Box::new(config)), fees)
    }

    pub(crate) fn of(bot: BotConfig, fees: Fees) -> Self {
        let mut setup = BotSetup::paper(bot, sol(), fees);
        setup.terms.debounce_ms = 250;
        setup.terms.stale_after_ms = 10_000;
        let state = State::new(&setup);
        let mut venue = Self {
            setup,
            state,
            at: 0,
        };
        venue.tell(Event::Command(Command::Start));
        venue
    }

    pub(crate) fn tell(&mut self, event: Event) -> Vec<Output> {
        let mut out = Vec::new();
        self.at += 1;
        step(
            &self.setup,
            &mut self.state,
            &Input::new(self.at, event),
            &mut out,
        )
        .unwrap();
        self.state.check(&self.setup).unwrap();
        let saved = serde_json::to_string(&self.state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&saved).unwrap(), self.state);
        out
    }

    pub(crate) fn price(&mut self, price: &str) -> Vec<OrderIntent> {
        let quote = Quote::flat(amount(price), self.at);
        orders(self.tell(Event::Price(quote)))
    }

    pub(crate) fn update(&mut self, order: u64, status: OrderStatus) -> Vec<Output> {
        self.tell(Event::Order(OrderUpdate {
            order,
            status,
            reject: None,
        }))
    }

    pub(crate) fn fill(
        &mut self,
        order: u64,
        price: &str,
        quantity: &str,
        fee: (&str, &str),
        is_last: bool,
    ) -> Vec<Output> {
        let fill = self.trade(order, price, quantity, fee, is_last);
        self.tell(Event::Fill(fill))
    }

    /// A fill that nobody has been told of yet.
    pub(crate) fn trade(
        &self,
        order: u64,
        price: &str,
        quantity: &str,
        fee: (&str, &str),
        is_last: bool,
    ) -> Fill {
        let quote = amount(price).times(amount(quantity)).unwrap();
        let fee = Fee {
            asset: fee.0.parse().unwrap(),
            amount: amount(fee.1),
            rate: None,
            is_estimated: false,
            conversion: (fee.0 == "BNB").then(|| amount("600")),
        };
        Fill {
            order,
            trade: self.at.to_string(),
            price: amount(price),
            quantity: amount(quantity),
            quote,
            fee,
            liquidity: Liquidity::Maker,
            is_last,
        }
    }

    pub(crate) fn later(&mut self) -> Vec<Output> {
        let (due, timer) = self.state.next_timer().unwrap();
        self.at = due;
        self.tell(Event::Timer(timer))
    }
}

pub(crate) fn orders(outputs: Vec<Output>) -> Vec<OrderIntent> {
    let of = |output| {
        if let Output::Place(intent) = output {
            Some(intent)
        } else {
            None
        }
    };
    outputs.into_iter().filter_map(of).collect()
}

#[test]
fn an_order_that_never_was_is_issued_again_under_a_new_attempt() {
    let mut venue = Venue::new(dca(2, "1"));
    let first = venue.price("100").remove(0);
    assert!(venue.update(first.number, OrderStatus::Unknown).is_empty());
    assert!(
        venue.price("100").is_empty(),
        "an unknown order is not sent twice"
    );
    venue.update(first.number, OrderStatus::Absent);
    let second = venue.price("100").remove(0);
    assert_eq!((second.purpose, second.attempt), (Purpose::Base, 2));
    assert_ne!(second.number, first.number);
}

#[test]
fn exits_wait_for_the_debounce_and_for_the_cancel() {
    let mut venue = Venue::new(dca(2, "1"));
    let base = venue.price("100").remove(0);
    assert!(orders(venue.fill(base.number, "100", "1", ("SOL", "0.001"), true)).is_empty());
    let placed = orders(venue.later());
    assert_eq!(
        placed
            .iter()
            .filter(|order| order.side == Side::Sell)
            .count(),
        1
    );
    let exit = placed
        .iter()
        .find(|order| order.side == Side::Sell)
        .unwrap()
        .number;
    let safety = placed
        .iter()
        .find(|order| order.side == Side::Buy)
        .unwrap()
        .number;
    venue.fill(safety, "98", "0.5", ("SOL", "0.0005"), false);
    let outputs = venue.later();
    assert_eq!(
        outputs,
        [Output::Cancel(exit)],
        "nothing new before the old one is gone"
    );
    // The old one fills in part while its cancel is on the way.
    venue.fill(exit, "101.11", "0.3", ("USDT", "0.03"), false);
    let placed = orders(venue.update(exit, OrderStatus::Canceled));
    assert_eq!(placed.len(), 1);
    // 0.999 + 0.4995 - 0.3
    assert_eq!(placed[0].size, OrderSize::Base(amount("1.198")));
    assert_eq!(placed[0].attempt, 2);
}

#[test]
fn edits_are_for_later_deals() {
    let mut config = dca(1, "1");
    config.max_active_deals = 2;
    let mut venue = Venue::new(config.clone());
    let first = venue.price("100").remove(0);
    config.take_profit.percentage = Some(amount("5"));
    config.base_order = Volume::Quote {
        amount: amount("200"),
    };
    venue.setup.bot = BotConfig::Dca(Box::new(config));
    let second = venue.price("100").remove(0);
    assert_eq!(
        (first.size, second.size),
        (
            OrderSize::Quote(amount("100")),
            OrderSize::Quote(amount("200"))
        )
    );
    venue.fill(first.number, "100", "1", ("USDT", "0"), true);
    venue.fill(second.number, "100", "2", ("USDT", "0"), true);
    let exits: Vec<_> = [venue.later(), venue.later()]
        .into_iter()
        .flat_map(orders)
        .filter(|order| order.purpose == Purpose::TakeProfit)
        .map(|order| order.kind.limit().unwrap())
        .collect();
    // 1 and 5 % above 100, and a fee of 0.1 %
    assert_eq!(exits, [amount("101.11"), amount("105.11")]);
}

#[test]
fn an_edit_of_a_running_bot_is_an_input_like_any_other() {
    let mut config = dca(0, "1");
    let mut world = World::dca(config.clone(), free());
    let edit = |config: &DcaConfig| Command::Configure {
        config: Box::new(BotConfig::Dca(Box::new(config.clone()))),
    };
    world.prices(&["100", "100"]);
    config.take_profit.percentage = Some(amount("2"));
    world.command(edit(&config));
    // The deal that was open ends at 101, the next one at 102.
    world.prices(&["101", "100", "100", "101"]);
    assert_eq!(world.state().core.realised, amount("1"));
    config.max_price = Some(amount("101"));
    world.command(edit(&config));
    world.prices(&["102"]);
    assert_eq!(world.state().core.realised, amount("3"));
    assert_eq!(world.state().core.status, BotStatus::Running);
    // So many deals are done already, and none is open.
    config.disable_after_deals_count = Some(2);
    world.command(edit(&config));
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    // Told nothing else, it stays at rest; of another type, it is no edit.
    world.command(edit(&config));
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    let mut setup = BotSetup::paper(BotConfig::Dca(Box::new(config)), sol(), free());
    let other = serde_json::json!({"type": "dca_interval", "amount": "100", "frequency": {"every": "daily", "hour": 9}});
    let other: BotConfig = serde_json::from_value(other).unwrap();
    assert_eq!(setup.configure(other), Err(StepError::WrongKind));
}

#[test]
fn a_trailing_exit_leaves_the_safety_orders_until_it_is_done() {
    let mut config = dca(2, "1");
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut venue = Venue::new(config);
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let safety = orders(venue.later());
    assert_eq!(safety.len(), 2, "and no take-profit: it trails");
    assert!(venue.price("103").is_empty());
    let exit = venue.price("101.9");
    assert_eq!(exit.len(), 1);
    assert_eq!(exit[0].purpose, Purpose::Trailing);
    assert_eq!(venue.state.core.live_orders().count(), 3);
    // It does not fill: everything is as it was.
    assert!(venue.update(exit[0].number, OrderStatus::Expired).len() == 1);
    assert_eq!(venue.state.core.live_orders().count(), 2);
    assert!(venue.price("103").is_empty());
    let exit = venue.price("101.9").remove(0);
    assert_eq!(exit.attempt, 2);
    let done = venue.fill(exit.number, "101.9", "1", ("USDT", "0.1019"), true);
    assert!(
        matches!(done[..], [Output::Decision(_)]),
        "the debounce runs: {done:?}"
    );
    let cancels: Vec<_> = venue
        .later()
        .into_iter()
        .filter(|output| matches!(output, Output::Cancel(_)))
        .collect();
    assert_eq!(cancels.len(), 2);
}

#[test]
fn a_part_of_the_take_profit_is_booked_and_the_rest_goes_on() {
    let mut venue = Venue::new(dca(1, "1"));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0.1"), true);
    let placed = orders(venue.later());
    let exit = placed
        .iter()
        .find(|order| order.side == Side::Sell)
        .unwrap()
        .number;
    let safety = placed
        .iter()
        .find(|order| order.side == Side::Buy)
        .unwrap()
        .number;
    venue.fill(exit, "101.21", "0.4", ("USDT", "0.04048400"), false);
    let position = venue.state.position().unwrap();
    assert_eq!(position.quantity, amount("0.6"));
    assert_eq!(position.cost, amount("60.06"));
    // 40.484 - 0.040484 - 40.04
    assert_eq!(venue.state.core.realised, amount("0.403516"));
    // The price falls: the safety order is still there, and with it the rest gets a new average.
    venue.fill(safety, "98", "1.02", ("USDT", "0.09996"), true);
    let outputs = venue.later();
    assert_eq!(outputs, [Output::Cancel(exit)]);
    let placed = orders(venue.update(exit, OrderStatus::Canceled));
    assert_eq!(placed[0].size, OrderSize::Base(amount("1.62")));
    // (60.06 + 100.05996) / 1.62 × 1.01 / 0.999, up to the tick
    assert_eq!(placed[0].kind.limit(), Some(amount("99.93")));
}

#[test]
fn a_late_fill_and_a_fee_in_a_third_asset_are_counted() {
    let mut venue = Venue::new(dca(0, "1"));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.4", ("BNB", "0.0001"), false);
    venue.update(base.number, OrderStatus::Canceled);
    let position = venue.state.position().unwrap();
    assert_eq!(
        (position.quantity, position.cost),
        (amount("0.4"), amount("40.06"))
    );
    let outputs = venue.fill(base.number, "100", "0.1", ("BNB", "0"), false);
    assert!(outputs.iter().any(|output| matches!(
        output,
        Output::Decision(Decision {
            reason: Reason::LateFill,
            ..
        })
    )));
    assert_eq!(venue.state.position().unwrap().cost, amount("50.06"));
    assert_eq!(venue.state.core.fees, amount("0.06"));
}

#[test]
fn a_stale_price_triggers_nothing() {
    let mut venue = Venue::new(dca(0, "1"));
    venue.at = 60_000;
    let quote = Quote::flat(amount("100"), 40_000);
    let outputs = venue.tell(Event::Price(quote));
    assert!(
        matches!(
            outputs[..],
            [Output::Decision(Decision {
                reason: Reason::StalePrice,
                ..
            })]
        ),
        "{outputs:?}"
    );
}

#[test]
fn what_belongs_to_nobody_is_an_error() {
    let mut venue = Venue::new(dca(0, "1"));
    let update = OrderUpdate {
        order: 77,
        status: OrderStatus::Filled,
        reject: None,
    };
    let input = Input::new(99, Event::Order(update));
    let result = step(&venue.setup, &mut venue.state, &input, &mut Vec::new());
    assert_eq!(result, Err(StepError::UnknownOrder(77)));
}

#[test]
fn an_order_below_the_smallest_is_not_sent() {
    let mut config = dca(0, "1");
    config.base_order = Volume::Quote {
        amount: amount("4"),
    };
    let mut world = World::idle(BotConfig::Dca(Box::new(config)), sol(), free(), "1000");
    world.command(Command::Start);
    world.prices(&["100", "100", "100"]);
    assert!(world.recorder.ledger(&world.session).orders.is_empty());
}
