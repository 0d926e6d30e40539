//! Configurations and markets at the edge of what is accepted, with whatever a venue and a user can do to a bot.

use proptest::prelude::*;
use rand_xoshiro::Xoshiro256StarStar;
use rand_xoshiro::rand_core::SeedableRng as _;
use serde_json::{Value, json};
use trading::amount::Rounding;
use trading::bot::{
    BotConfig, BotSetup, Budget, Command, Event, FeeCharge, Fees, Severity, Signal, SignalAction,
    validate,
};
use trading::market::{MarketLot, PercentPrice};
use trading::order::Side;
use trading::preview::preview;
use trading::{Amount, Market};

use super::simulated::{Charge, Venue};
use super::{Act, any_act, any_charge, play};
use crate::support::amount;

/// Tick, lot, smallest notional, price, and a usual sum.
const MARKETS: [[&str; 5]; 8] = [
    ["0.01", "0.001", "5", "100", "100"],
    ["0.01", "0.00001", "5", "65000.01", "100"],
    ["0.00000001", "1", "1", "0.00001234", "20"],
    ["0.000000001", "0.000000001", "0.00001", "0.012345678", "1"],
    ["1", "0.00000001", "10", "900000", "1000"],
    ["0.1", "1", "0", "12.3", "100"],
    ["0.0001", "0.1", "5", "1", "30"],
    ["0.25", "3", "7", "99.25", "2000"],
];

/// A market with its first price and a usual sum.
struct Place {
    market: Market,
    first: Amount,
    sum: &'static str,
}

/// Choices that follow from a seed.
struct Choice(Xoshiro256StarStar);

impl Choice {
    fn of(seed: u64) -> Self {
        Self(Xoshiro256StarStar::seed_from_u64(seed))
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0.next_u64() % most
    }

    /// True once in so many times.
    fn is_one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn whole(&mut self, of: &[&str]) -> u32 {
        self.pick(of).parse().unwrap()
    }
}

/// A part of a sum, as money.
fn part(of: &str, factor: &str) -> String {
    let product = amount(of).mul_rounded(amount(factor), 8, Rounding::Up);
    product.unwrap().to_string()
}

impl Place {
    fn any(choice: &mut Choice) -> Self {
        let which = usize::try_from(choice.below(MARKETS.len() as u64)).unwrap();
        let [tick, lot, least, first, sum] = MARKETS[which];
        let symbol = "SOL-USDT".parse().unwrap();
        let market = Market::simple(symbol, amount(tick), amount(lot), amount(least));
        let mut place = Self {
            market,
            first: amount(first),
            sum,
        };
        place.add_rule(choice);
        place
    }

    fn add_rule(&mut self, choice: &mut Choice) {
        let lots = |count: &str| self.market.lot_size.times(amount(count)).unwrap();
        let (ten, twenty, hundred, many) = (lots("10"), lots("20"), lots("100"), lots("400"));
        let less = amount(&part(self.sum, "0.6"));
        let twice = self.market.min_notional.times(amount("2")).unwrap();
        let quantity = self.base_for(&part(self.sum, "0.7"));
        let market = &mut self.market;
        match choice.below(9) {
            0 => {
                market.max_notional = Some(less.max(twice));
                market.max_notional_for_market = choice.is_one_in(2);
            }
            1 => market.max_quantity = Some(quantity),
            2 => {
                market.market_lot = Some(MarketLot {
                    lot_size: ten,
                    min_quantity: twenty,
                    max_quantity: Some(many),
                });
            }
            3 => market.min_quantity = hundred,
            4 => {
                market.percent_price = Some(PercentPrice {
                    bid_up: amount("1.2"),
                    bid_down: amount("0.8"),
                    ask_up: amount("1.2"),
                    ask_down: amount("0.8"),
                });
            }
            5 => market.max_orders = Some(choice.whole(&["1", "2", "4", "6"])),
            6 => market.min_notional_for_market = false,
            _ => {}
        }
    }

    /// So much of the first price, on the tick.
    fn price(&self, factor: &str) -> Amount {
        let exact = self
            .first
            .mul_rounded(amount(factor), 9, Rounding::HalfEven);
        exact.unwrap().nearest_to(self.market.tick_size).unwrap()
    }

    /// What a sum buys, on the next lot.
    fn base_for(&self, sum: &str) -> Amount {
        let exact = amount(sum).div_rounded(self.first, 8, Rounding::Up);
        exact.unwrap().ceil_to(self.market.lot_size).unwrap()
    }

    /// The smallest order, a little more than it, or a usual sum.
    fn size(&self, choice: &mut Choice) -> String {
        let least = self.market.min_notional.max(amount("0.00001")).to_string();
        match choice.below(6) {
            0 => least,
            1 => part(&least, choice.pick(&["1.002", "1.1", "1.5"])),
            2 => part(self.sum, "10"),
            _ => part(
                self.sum,
                choice.pick(&["1", "0.7", "0.33333333", "1.23456789"]),
            ),
        }
    }

    fn deals(&self, choice: &mut Choice) -> Value {
        let base_order = match choice.below(4) {
            0 => json!({"unit": "base", "amount": self.base_for(&self.size(choice))}),
            1 => json!({"unit": "percent", "amount": choice.pick(&["100", "1", "33.33333333"])}),
            _ => json!({"unit": "quote", "amount": self.size(choice)}),
        };
        let mut config = json!({
            "type": "dca",
            "base_order": base_order,
            "start_order_type": choice.pick(&["market", "limit"]),
            "max_active_deals": choice.whole(&["1", "2", "3", "4"]),
            "cooldown_s": choice.whole(&["0", "30", "90"]),
            "reinvesting_percentage": choice.pick(&["0", "100", "33.33333333"]),
            "risk_reduction_percentage": choice.pick(&["0", "100", "50"]),
            "take_profit": take_profit(choice),
        });
        if choice.is_one_in(4) {
            config["disable_after_deals_count"] = json!(choice.whole(&["1", "2", "4"]));
        }
        if choice.is_one_in(4) {
            let most = choice.pick(&["0", "10", "100"]);
            config["min_notional_policy"] =
                json!({"policy": "round_up", "max_overshoot_percent": most});
        }
        if choice.is_one_in(2) {
            config["stop_loss"] = json!({
                "percentage": choice.pick(&["0.00000001", "1", "8", "50", "99.99999999"]),
                "reference": choice.pick(&["average", "base"]),
                "action": choice.pick(&["stop_loss", "stop_loss_and_disable_bot"]),
                "timeout_s": choice.whole(&["0", "60"]),
                "trailing": choice.is_one_in(3),
                "to_breakeven": choice.is_one_in(3),
            });
        }
        if !choice.is_one_in(4) {
            config["safety_orders"] = self.safety_orders(choice);
        }
        config
    }

    /// Deals without safety orders that signals open, which [`any_blow`] sends.
    fn signalled(&self, choice: &mut Choice) -> Value {
        let deals = self.deals(choice);
        let mut config = json!({
            "type": "signal",
            "size": deals["base_order"],
            "order_type": deals["start_order_type"],
            "in_position": "add",
            "max_active_deals": deals["max_active_deals"],
            "cooldown_s": deals["cooldown_s"],
            "exit_percentage": choice.pick(&["100", "50", "0.00000001", "99.99999999"]),
        });
        for field in ["stop_loss", "min_notional_policy", "take_profit"] {
            if !deals[field].is_null() && !choice.is_one_in(4) {
                config[field] = deals[field].clone();
            }
        }
        config
    }

    fn safety_orders(&self, choice: &mut Choice) -> Value {
        let mut orders = json!({
            "volume": self.size(choice),
            "step_percentage": choice.pick(&["0.1", "2", "50"]),
            "max_count": choice.below(9),
            "volume_coefficient": choice.pick(&["0.1", "1", "1.5", "10"]),
            "step_coefficient": choice.pick(&["0.1", "1", "1.3"]),
            "deviation_reference": choice.pick(&["base", "previous"]),
        });
        if choice.is_one_in(3) {
            let deviations = &["0.00000001", "1.7", "3.4", "50", "99.99999999"];
            let steps = deviations
                .iter()
                .take(choice.whole(&["1", "3", "5"]) as usize);
            let steps: Vec<Value> = steps
                .map(|deviation| json!({"deviation": deviation, "size": self.size(choice)}))
                .collect();
            orders["custom_steps"] = json!(steps);
        }
        if choice.is_one_in(2) {
            orders["active_count"] = json!(choice.whole(&["1", "2", "3"]));
        }
        orders
    }

    fn grid(&self, choice: &mut Choice) -> Value {
        let lower = choice.pick(&["0.5", "0.8", "0.9", "0.98", "1", "1.01"]);
        let upper = choice.pick(&["0.99", "1", "1.02", "1.1", "1.5", "5"]);
        let quantity = match choice.below(3) {
            0 => json!({"mode": "fixed_base", "quantity": self.base_for(&self.size(choice))}),
            1 => json!({"mode": "fixed_quote", "amount": self.size(choice)}),
            _ => {
                let quote = part(self.sum, choice.pick(&["1", "5", "20"]));
                json!({"mode": "investment", "quote": quote})
            }
        };
        let mut config = json!({
            "type": "grid",
            "lower": self.price(lower),
            "upper": self.price(upper),
            "grid_count": choice.whole(&["2", "3", "5", "9", "20"]),
            "spacing": choice.pick(&["arithmetic", "geometric"]),
            "quantity": quantity,
            "on_stop": choice.pick(&["keep", "sell"]),
            "post_only": choice.is_one_in(3),
            "crossed_line": choice.pick(&["wait", "buy_at_market"]),
            "trailing_up": choice.is_one_in(2),
            "trailing_down": choice.is_one_in(2),
        });
        let above = self.price(&part(upper, "1.07"));
        let below = self.price(&part(lower, "0.93"));
        let prices = [
            ("trigger_price", self.price(choice.pick(&["0.97", "1.03"]))),
            ("take_profit_price", above),
            ("stop_loss_price", below),
            ("trailing_up_limit", above),
            ("trailing_down_limit", below),
        ];
        for (field, price) in prices {
            if choice.is_one_in(4) {
                config[field] = json!(price);
            }
        }
        if choice.is_one_in(3) {
            config["max_active_orders"] = json!(choice.whole(&["2", "3", "6"]));
        }
        config
    }

    fn schedule(&self, choice: &mut Choice) -> Value {
        let size = self.size(choice);
        let mut config = json!({
            "type": "dca_interval",
            "amount": size,
            "frequency": {"every": "cron", "pattern": choice.pick(&["* * * * *", "*/7 * * * *"])},
            "catch_up": choice.pick(&["none", "one", "all"]),
        });
        if choice.is_one_in(2) {
            config["max_total"] = json!(part(&size, choice.pick(&["1", "2.5", "9"])));
        }
        config
    }

    /// Whether the door would let it in.
    fn takes(&self, setup: &BotSetup) -> bool {
        let budget = Budget {
            price: self.first,
            free_quote: Some(amount("900000000")),
            free_base: Some(Amount::ZERO),
            candles: trading::bot::FeedCandles::Unknown,
        };
        let findings = validate(setup, &budget);
        findings
            .iter()
            .all(|finding| finding.severity != Severity::Error)
    }
}

fn take_profit(choice: &mut Choice) -> Value {
    let mut config = json!({"reference": choice.pick(&["total", "base"])});
    if choice.is_one_in(2) {
        config["percentage"] = json!(choice.pick(&["0.00000001", "0.1", "1", "5", "1000"]));
    } else {
        let count = choice.whole(&["1", "2", "3", "6"]);
        let steps: Vec<Value> = (1..=count)
            .map(|step| {
                let last = 101 - count;
                let share = if step == count { last } else { 1 };
                json!({"percentage": format!("{}.4", step - 1), "share": share.to_string()})
            })
            .collect();
        config["steps"] = json!(steps);
    }
    if choice.is_one_in(3) {
        config["trailing_deviation"] = json!(choice.pick(&["0.1", "0.5", "5", "50"]));
    }
    config
}

/// A bot that may start, with its market; nothing for a seed that gives another one.
fn started(seed: u64) -> Option<(BotSetup, Amount)> {
    let choice = &mut Choice::of(seed);
    let place = Place::any(choice);
    let config = match choice.below(12) {
        0 => place.schedule(choice),
        1..=4 => place.deals(choice),
        5..=7 => place.signalled(choice),
        _ => place.grid(choice),
    };
    let fees = Fees {
        maker: amount(choice.pick(&["0", "0.001", "0.000999999", "0.0075", "0.002345678"])),
        taker: amount(choice.pick(&["0", "0.001", "0.001000001", "0.01", "0.003456789"])),
        charge: [FeeCharge::Quote, FeeCharge::Received][usize::from(choice.is_one_in(2))],
    };
    let bot: BotConfig = serde_json::from_value(config).unwrap();
    let setup = BotSetup::paper(bot, place.market.clone(), fees);
    place.takes(&setup).then_some((setup, place.first))
}

/// Another configuration for the later deals of a bot, if its market takes it.
fn configured(setup: &BotSetup, first: Amount, seed: u64) -> Option<BotConfig> {
    let of_market = |market: &&[&str; 5]| amount(market[3]) == first;
    let place = Place {
        market: setup.terms.market.clone(),
        first,
        sum: MARKETS.iter().find(of_market).unwrap()[4],
    };
    let config = place.deals(&mut Choice::of(seed));
    let config: BotConfig = serde_json::from_value(config).unwrap();
    let mut changed = setup.clone();
    changed.configure(config.clone()).ok()?;
    place.takes(&changed).then_some(config)
}

#[derive(Clone, Debug)]
enum Blow {
    Act(Act),
    /// The price moves within a moment, further than any bot looks.
    Jump {
        ticks: i64,
        ms: i64,
    },
    /// A price that is too old.
    Stale,
    /// One lot is filled.
    Lot {
        which: usize,
        charge: Charge,
    },
    /// Nothing is heard for hours.
    Gap(i64),
    Configure(u64),
    Tell(Event),
}

fn any_blow() -> impl Strategy<Value = Blow> {
    let signal = |action| Event::Signal(Signal::of(action));
    let told = prop_oneof![
        6 => Just(signal(SignalAction::EnterLong)),
        2 => Just(signal(SignalAction::ExitLong)),
        1 => Just(signal(SignalAction::CloseAtMarket)),
        1 => Just(signal(SignalAction::Disable)),
        1 => Just(signal(SignalAction::Enable)),
        1 => Just(Event::Command(Command::Suspend)),
        1 => Just(Event::Command(Command::Resume)),
    ];
    prop_oneof![
        40 => any_act().prop_map(Blow::Act),
        8 => (-900_i64..900, 1_i64..400).prop_map(|(ticks, ms)| Blow::Jump { ticks, ms }),
        3 => (-9000_i64..15_000, 1_i64..400).prop_map(|(ticks, ms)| Blow::Jump { ticks, ms }),
        1 => Just(Blow::Stale),
        6 => (0_usize..40, any_charge()).prop_map(|(which, charge)| Blow::Lot { which, charge }),
        1 => (1_i64..4000).prop_map(Blow::Gap),
        1 => any::<u64>().prop_map(Blow::Configure),
        10 => told.prop_map(Blow::Tell),
    ]
}

fn strike(venue: &mut Venue, blow: &Blow) {
    match blow {
        Blow::Act(act) => play(venue, act),
        Blow::Jump { ticks, ms } => venue.jump(*ticks, *ms),
        Blow::Stale => venue.stale(),
        Blow::Lot { which, charge } => venue.fill_lot(*which, *charge),
        Blow::Gap(hours) => venue.gap(*hours),
        Blow::Configure(seed) => {
            if let Some(config) = configured(&venue.setup, venue.first, *seed) {
                venue.configure(config);
            }
        }
        Blow::Tell(event) => _ = venue.tell(event.clone()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_bot_loses_anything_at_the_edge_of_what_is_accepted(
        (setup, first) in any::<u64>().prop_filter_map("not accepted", started),
        blows in prop::collection::vec(any_blow(), 1..150),
    ) {
        let mut venue = Venue::of(setup, first);
        for blow in &blows {
            strike(&mut venue, blow);
            venue.restart();
        }
        venue.wind_up();
    }

    #[test]
    fn whatever_is_accepted_can_be_previewed(
        (setup, first) in any::<u64>().prop_filter_map("not accepted", started),
    ) {
        let budget = Budget {
            price: first,
            free_quote: Some(amount("900000000")),
            free_base: Some(Amount::ZERO),
            candles: trading::bot::FeedCandles::Unknown,
        };
        let shown = preview(&setup, &budget, 1_700_000_000_000).unwrap();
        let market = &setup.terms.market;
        for level in &shown.levels {
            prop_assert!(level.quantity.is_positive(), "{level:?}");
            prop_assert_eq!(market.quantity(level.quantity).unwrap(), level.quantity, "{:?}", level);
        }
        let needed = shown.needed_quote.unwrap();
        let placed = shown.levels.iter().filter(|level| level.is_placed_at_start && level.side == Side::Buy);
        let spent = trading::amount::sum(placed.map(|level| level.quote)).unwrap();
        prop_assert!(spent <= needed, "{spent} of {needed}");
    }
}
