//! All kinds of bots on a venue that does what venues do.

mod floor;
mod hostile;
mod simulated;

use proptest::prelude::*;
use trading::bot::grid::StopBase;
use trading::bot::{BotConfig, Command, StopMode};
use trading::market::MarketLot;
use trading::{Amount, Market, RejectCode};

use crate::properties::{any_bot, any_fees};
use crate::support::{amount, sol};
use simulated::{Charge, End, Venue};

#[derive(Clone, Debug)]
enum Act {
    Walk {
        ticks: i64,
        spread: i64,
    },
    Fill {
        which: usize,
        eighths: u8,
        charge: Charge,
    },
    Cross(Charge),
    Open(usize),
    End {
        which: usize,
        end: End,
        untold: Option<(u8, Charge)>,
    },
    Late(usize),
    Again,
    Wait,
    Restart,
    Tell(Command),
    /// Base is taken over that was worth so many cents at the first price, at so many percent of it.
    TakeOver {
        cents: i128,
        percent: i128,
    },
}

fn any_charge() -> impl Strategy<Value = Charge> {
    prop_oneof![
        Just(Charge::Received),
        Just(Charge::Base),
        Just(Charge::Quote),
        Just(Charge::Third)
    ]
}

fn any_end() -> impl Strategy<Value = End> {
    let code = prop_oneof![
        Just(RejectCode::InsufficientBalance),
        Just(RejectCode::TooManyOrders),
        Just(RejectCode::MarketClosed),
        Just(RejectCode::WouldTake),
        Just(RejectCode::PriceOutsideBand),
        Just(RejectCode::Refused),
    ];
    prop_oneof![
        3 => Just(End::Canceled),
        2 => Just(End::Expired),
        1 => Just(End::Absent),
        3 => code.prop_map(End::Rejected),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    let stop = |mode| Just(Command::Stop { mode });
    prop_oneof![
        2 => Just(Command::Pause),
        3 => Just(Command::Resume),
        4 => Just(Command::Start),
        1 => stop(StopMode::Keep),
        2 => stop(StopMode::Sell),
        1 => stop(StopMode::Finish),
        2 => (1_u32..6).prop_map(|deal| Command::CloseDeal { deal }),
        1 => (1_u32..6).prop_map(|deal| Command::CancelDeal { deal }),
        2 => any_funds(),
    ]
}

/// More for a deal, at market or at a limit around the first price.
fn any_funds() -> impl Strategy<Value = Command> {
    let price = prop::option::of(5_000_i128..15_000);
    (1_u32..6, 1_i128..20_000, price).prop_map(|(deal, cents, ticks)| Command::AddFunds {
        deal,
        amount: Amount::from_parts(cents, 2).unwrap(),
        price: ticks.map(|ticks| Amount::from_parts(ticks, 2).unwrap()),
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let which = 0_usize..40;
    prop_oneof![
        8 => (-500_i64..500, 0_i64..20).prop_map(|(ticks, spread)| Act::Walk { ticks, spread }),
        12 => (which.clone(), 1_u8..=8, any_charge())
            .prop_map(|(which, eighths, charge)| Act::Fill { which, eighths, charge }),
        6 => any_charge().prop_map(Act::Cross),
        3 => which.clone().prop_map(Act::Open),
        3 => (which.clone(), any_end(), prop::option::of((1_u8..=8, any_charge())))
            .prop_map(|(which, end, untold)| Act::End { which, end, untold }),
        2 => which.prop_map(Act::Late),
        1 => Just(Act::Again),
        5 => Just(Act::Wait),
        1 => Just(Act::Restart),
        2 => any_command().prop_map(Act::Tell),
        1 => (1_i128..20_000, 50_i128..150)
            .prop_map(|(cents, percent)| Act::TakeOver { cents, percent }),
    ]
}

fn any_market() -> impl Strategy<Value = Market> {
    (0_u8..6).prop_map(|which| {
        let mut market = sol();
        match which {
            0 => {
                market.max_notional = Some(amount("60"));
                market.max_notional_for_market = true;
            }
            1 => market.max_quantity = Some(amount("0.7")),
            2 => {
                market.market_lot = Some(MarketLot {
                    lot_size: amount("0.01"),
                    min_quantity: amount("0.02"),
                    max_quantity: Some(amount("0.4")),
                });
            }
            3 => {
                market.lot_size = amount("0.01");
                market.min_quantity = amount("0.1");
            }
            _ => {}
        }
        market
    })
}

fn any_ending(mut bot: BotConfig, sells: bool) -> BotConfig {
    if let BotConfig::Grid(config) = &mut bot {
        config.on_stop = if sells {
            StopBase::Sell
        } else {
            StopBase::Keep
        };
    }
    bot
}

fn play(venue: &mut Venue, act: &Act) {
    match act {
        Act::Walk { ticks, spread } => venue.walk(*ticks, *spread),
        Act::Fill {
            which,
            eighths,
            charge,
        } => venue.fill(*which, *eighths, *charge),
        Act::Cross(charge) => venue.cross(*charge),
        Act::Open(which) => venue.open(*which),
        Act::End { which, end, untold } => venue.end(*which, *end, *untold),
        Act::Late(which) => venue.late(*which),
        Act::Again => venue.again(),
        Act::Wait => _ = venue.wait(),
        Act::Restart => venue.restart(),
        Act::Tell(command) => venue.command(command.clone()),
        Act::TakeOver { cents, percent } => venue.take_over(*cents, *percent),
    }
}

/// Enough for every kind of bot to meet every act in most of its states.
const CASES: u32 = 512;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn no_bot_loses_anything_on_any_venue(
        bot in any_bot(),
        market in any_market(),
        fees in any_fees(),
        sells in prop::bool::ANY,
        acts in prop::collection::vec(any_act(), 1..80),
    ) {
        let mut venue = Venue::new(any_ending(bot, sells), market, fees);
        for act in &acts {
            play(&mut venue, act);
        }
        venue.wind_up();
        venue.replay();
    }
}

#[derive(Clone, Debug)]
enum Fate {
    Act(Act),
    Fail,
    Tell(Command),
}

/// Nothing is taken over here: what a run that failed has sold, and tells late, may be base that was taken over since, which
/// the bot then owes.
fn any_fate() -> impl Strategy<Value = Fate> {
    let stop = |mode| Just(Fate::Tell(Command::Stop { mode }));
    let act = any_act().prop_filter("not taken over", |act| !matches!(act, Act::TakeOver { .. }));
    prop_oneof![
        30 => act.prop_map(Fate::Act),
        3 => Just(Fate::Fail),
        3 => Just(Fate::Tell(Command::Start)),
        2 => stop(StopMode::Sell),
        1 => stop(StopMode::Keep),
        1 => stop(StopMode::Finish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn no_bot_loses_anything_when_it_fails(
        bot in any_bot(),
        market in any_market(),
        fees in any_fees(),
        sells in prop::bool::ANY,
        fates in prop::collection::vec(any_fate(), 1..120),
    ) {
        let mut venue = Venue::new(any_ending(bot, sells), market, fees);
        for fate in &fates {
            match fate {
                Fate::Act(act) => play(&mut venue, act),
                Fate::Fail => venue.fails = true,
                Fate::Tell(command) => venue.command(command.clone()),
            }
        }
        venue.fails = false;
        venue.wind_up();
    }
}
