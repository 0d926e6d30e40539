//! What must hold on every price path.

use proptest::prelude::*;
use trading::amount::sum;
use trading::bot::dca::{EntryType, TakeProfitReference, TakeProfitStep};
use trading::bot::grid::{GridPhase, GridQuantity, Spacing};
use trading::bot::{
    BotConfig, BotSetup, Event as InputEvent, FeeCharge, Fees, Input, KindState as Kind, Output,
    State, step,
};
use trading::candle::Candle;
use trading::order::{
    Fill, LegId, Liquidity, Millis, OrderIntent, OrderSize, OrderType, Purpose, Side,
};
use trading::paper::{BotSlot, Event, Session, Sink};
use trading::{Amount, Market};

use crate::bot::signal::{any_signalled, signal};
use crate::bot::strategy::any_strategy;
use crate::support::{MINUTE, World, amount, dca, fees, grid, sol, stop_loss};

/// Everything a session says, for replay and for checking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Transcript {
    inputs: Vec<Input>,
    outputs: Vec<Vec<Output>>,
    fills: Vec<(OrderIntent, Fill)>,
}

impl Transcript {
    /// Without what is told once more after a restart: what the account has free.
    fn without_funds(mut self) -> Self {
        let is_funds = |input: &Input| matches!(input.event, InputEvent::Funds(_));
        let kept = self.inputs.iter().map(|input| !is_funds(input));
        let kept: Vec<bool> = kept.collect();
        let mut places = kept.iter();
        self.inputs.retain(|_| *places.next().unwrap());
        let mut places = kept.iter();
        self.outputs.retain(|_| *places.next().unwrap());
        self
    }
}

impl Sink for Transcript {
    fn receive(&mut self, _at: Millis, _bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Input(input) => {
                self.inputs.push(input.clone());
                self.outputs.push(Vec::new());
            }
            Event::Output(output) => self.outputs.last_mut().unwrap().push(output.clone()),
            Event::Fill(intent, fill) => self.fills.push((intent.clone(), fill.clone())),
            Event::Placed(_) | Event::Update(_) => {}
            Event::Failed(error) => panic!("the bot failed: {error}"),
        }
    }
}

pub(crate) fn path() -> impl Strategy<Value = Vec<Amount>> {
    prop::collection::vec((-300_i64..=300, prop::bool::weighted(0.05)), 1..120).prop_map(|moves| {
        let mut ticks = 10_000_i64;
        moves
            .into_iter()
            .map(|(step, jump)| {
                ticks = (ticks + if jump { step * 8 } else { step }).clamp(4_000, 25_000);
                Amount::from_parts(i128::from(ticks), 2).unwrap()
            })
            .collect()
    })
}

/// Maker and taker pay rates that have nothing to do with each other, of seven decimals: fees have more than eight.
pub(crate) fn any_fees() -> impl Strategy<Value = Fees> {
    (0_i128..30_000, 0_i128..30_000, prop::bool::ANY).prop_map(|(maker, taker, in_quote)| Fees {
        maker: Amount::from_parts(maker, 7).unwrap(),
        taker: Amount::from_parts(taker, 7).unwrap(),
        charge: if in_quote {
            FeeCharge::Quote
        } else {
            FeeCharge::Received
        },
    })
}

/// `amount × rate`, rounded up at eight decimals, by integers alone.
fn fee_of(amount: Amount, rate: Amount) -> Amount {
    let exact = amount.times(rate).unwrap();
    let whole = |amount: Amount| -> i128 {
        let text = amount.to_string();
        let (units, decimals) = text.split_once('.').unwrap_or((&text, ""));
        format!("{units}{decimals:0<18}").parse().unwrap()
    };
    let step = 10_i128.pow(10);
    Amount::from_parts((whole(exact) + step - 1) / step, 8).unwrap()
}

/// Fees are what maker or taker pay of what is received, or of the quote.
fn assert_fee(intent: &OrderIntent, fill: &Fill, fees: &Fees) {
    let rate = match fill.liquidity {
        Liquidity::Maker => fees.maker,
        Liquidity::Taker => fees.taker,
    };
    if intent.kind == OrderType::Market {
        assert_eq!(fill.liquidity, Liquidity::Taker);
    }
    if fill.liquidity == Liquidity::Maker {
        assert_eq!(intent.kind.limit(), Some(fill.price));
    }
    let (asset, of) = match (intent.side, fees.charge) {
        (Side::Buy, FeeCharge::Received) => ("SOL", fill.quantity),
        (Side::Buy, FeeCharge::Quote) | (Side::Sell, _) => ("USDT", fill.quote),
    };
    assert_eq!(fill.fee.rate, Some(rate));
    assert_eq!(fill.fee.asset.as_str(), asset);
    assert_eq!(fill.fee.amount, fee_of(of, rate), "{fill:?}");
}

/// What is set aside is what the order can cost at its dearest.
fn assert_reservations(session: &Session, fees: &Fees) {
    for order in session.orders(0) {
        let OrderSize::Base(quantity) = order.intent.size else {
            continue;
        };
        let dearest = fees.maker.max(fees.taker);
        let expected = match (order.intent.side, order.intent.kind.limit()) {
            (Side::Sell, _) => quantity,
            (Side::Buy, None) => continue,
            (Side::Buy, Some(limit)) => {
                let quote = limit.times(quantity).unwrap();
                match fees.charge {
                    FeeCharge::Quote => quote.plus(fee_of(quote, dearest)).unwrap(),
                    FeeCharge::Received => quote,
                }
            }
        };
        assert_eq!(order.reserved, expected, "{order:?}");
    }
}

fn any_deals() -> impl Strategy<Value = BotConfig> {
    (
        0_u32..6,
        1_i64..60,
        0_u32..4,
        prop::bool::ANY,
        prop::bool::ANY,
        prop::option::of(5_i64..40),
        1_u32..3,
        0_u8..32,
    )
        .prop_map(
            |(count, tenths, active, of_base, trails, stop, deals, options)| {
                let mut config = dca(count, "1");
                config.take_profit.percentage =
                    Some(Amount::from_parts(i128::from(tenths), 1).unwrap());
                if of_base {
                    config.take_profit.reference = TakeProfitReference::Base;
                }
                config.take_profit.trailing_deviation = trails.then(|| amount("0.5"));
                if let (Some(orders), true) = (&mut config.safety_orders, active > 0) {
                    orders.active_count = Some(active);
                }
                config.stop_loss = stop.map(|percentage| stop_loss(&percentage.to_string()));
                if let Some(stop) = &mut config.stop_loss {
                    stop.trailing = options & 1 != 0;
                    stop.to_breakeven = options & 2 != 0;
                    stop.timeout_s = if options & 4 != 0 { 90 } else { 0 };
                }
                if options & 8 != 0 {
                    let step = |percentage, share| TakeProfitStep {
                        percentage: amount(percentage),
                        share: amount(share),
                    };
                    config.take_profit.percentage = None;
                    config.take_profit.steps =
                        vec![step("0.4", "30"), step("1", "45"), step("3", "25")];
                }
                if options & 16 != 0 {
                    config.start_order_type = EntryType::Limit;
                }
                config.max_active_deals = deals;
                config.cooldown_s = 90 * deals;
                BotConfig::Dca(Box::new(config))
            },
        )
}

fn any_grid() -> impl Strategy<Value = BotConfig> {
    (
        2_u32..40,
        prop::bool::ANY,
        prop::bool::ANY,
        60_i64..99,
        101_i64..160,
        0_u8..16,
    )
        .prop_map(|(count, geometric, by_quote, lower, upper, options)| {
            let mut config = grid();
            config.grid_count = count;
            config.spacing = if geometric {
                Spacing::Geometric
            } else {
                Spacing::Arithmetic
            };
            config.lower = Amount::from_int(lower);
            config.upper = Amount::from_int(upper);
            if by_quote {
                config.quantity = GridQuantity::FixedQuote {
                    amount: amount("50"),
                };
            }
            config.trailing_up = options & 1 != 0;
            config.trailing_down = options & 2 != 0;
            config.post_only = options & 4 != 0;
            config.max_active_orders = (options & 8 != 0).then_some(5);
            BotConfig::Grid(config)
        })
}

fn any_schedule() -> impl Strategy<Value = BotConfig> {
    (1_u32..30, 0_usize..3, 20_i64..400).prop_map(|(minutes, catch_up, total)| {
        let config = serde_json::from_value(serde_json::json!({
            "amount": "20", "frequency": { "every": "cron", "pattern": format!("*/{minutes} * * * *") },
            "catch_up": (["none", "one", "all"][catch_up]), "max_total": total.to_string(),
        }));
        BotConfig::DcaInterval(config.unwrap())
    })
}

pub(crate) fn any_bot() -> impl Strategy<Value = BotConfig> {
    prop_oneof![4 => any_deals(), 4 => any_grid(), 1 => any_schedule(), 3 => any_strategy(), 3 => any_signalled()]
}

/// The minute that begins at `at`, in which nothing moves.
pub(crate) fn closed(at: Millis, price: Amount) -> Candle {
    Candle {
        open_time: at,
        close_time: at + MINUTE - 1,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: Amount::ONE,
    }
}

fn play(
    bot: &BotConfig,
    fees: Fees,
    quote: &str,
    prices: &[Amount],
    mut check: impl FnMut(&Session),
) -> (World, Transcript) {
    let mut world = World::idle(bot.clone(), sol(), fees, quote);
    let mut transcript = Transcript::default();
    world
        .session
        .command(BotSlot(0), 0, trading::bot::Command::Start, &mut transcript)
        .unwrap();
    for (price, number) in prices.iter().zip(1..) {
        world.at += MINUTE;
        if let Some(signal) = signal(bot, number) {
            world
                .session
                .signal(BotSlot(0), world.at, signal, &mut transcript)
                .unwrap();
        }
        world
            .session
            .point(0, world.at, *price, &mut transcript)
            .unwrap();
        let candle = closed(world.at, *price);
        world.session.candle(0, &candle, &mut transcript).unwrap();
        check(&world.session);
    }
    (world, transcript)
}

/// A session made of nothing but what another one would have stored.
fn restarted(session: &Session, setup: &BotSetup) -> Session {
    fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }
    let mut next = Session::default();
    next.add_account(stored(&session.accounts()[0]));
    next.add_market(setup.terms.market.clone(), setup.terms.fees);
    let open = session.orders(0).map(|order| order.intent.number);
    let state = stored(&session.bots()[0].state)
        .restored(setup, open)
        .unwrap();
    next.add_bot(setup.clone(), state, 0, 0).unwrap();
    for order in session.orders(0) {
        next.restore_order(stored(order)).unwrap();
    }
    if let Some(price) = session.price(0) {
        next.restore_price(0, price).unwrap();
    }
    next
}

/// Equity less the start is what the bot says it earned and holds.
fn assert_identity(session: &Session, start: Amount) {
    let price = session.price(0).unwrap();
    let account = &session.accounts()[0];
    let (base, quote) = (
        account.total(&"SOL".parse().unwrap()).unwrap(),
        account.total(&"USDT".parse().unwrap()).unwrap(),
    );
    let seat = &session.bots()[0];
    seat.state.check(&seat.setup).unwrap();
    let state = &seat.state;
    let position = state.position().unwrap();
    assert_eq!(position.quantity, base);
    let equity = quote.plus(base.times(price).unwrap()).unwrap();
    let earned = state
        .core
        .realised
        .plus(position.unrealised(price).unwrap())
        .unwrap();
    assert_eq!(equity.minus(start).unwrap(), earned);
    for (_, balance) in account.balances() {
        assert!(!balance.free.is_negative() && !balance.reserved.is_negative());
    }
    let reserved = |asset: &str| account.balance(&asset.parse().unwrap()).reserved;
    let of = |side| {
        sum(session
            .orders(0)
            .filter(|order| order.intent.side == side)
            .map(|order| order.reserved))
        .unwrap()
    };
    assert_eq!(reserved("USDT"), of(Side::Buy));
    assert_eq!(reserved("SOL"), of(Side::Sell));
}

fn assert_filters(market: &Market, session: &Session) {
    for order in session.orders(0) {
        let intent = &order.intent;
        let price = session.price(0).unwrap();
        market
            .check(intent.side, intent.kind, intent.size, price)
            .unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn money_is_neither_made_nor_lost(bot in any_bot(), fees in any_fees(), prices in path(), rich in prop::bool::ANY) {
        let start = if rich { "20000" } else { "700" };
        let market = sol();
        let (_, transcript) = play(&bot, fees, start, &prices, |session| {
            assert_identity(session, amount(start));
            assert_filters(&market, session);
            assert_reservations(session, &fees);
        });
        for (intent, fill) in &transcript.fills {
            prop_assert_eq!(fill.quote, fill.price.times(fill.quantity).unwrap());
            assert_fee(intent, fill, &fees);
        }
    }

    #[test]
    fn a_grid_has_an_order_on_every_line_but_one(bot in any_grid(), fees in any_fees(), prices in path()) {
        play(&bot, fees, "100000", &prices, |session| {
            let Kind::Grid(grid) = &session.bots()[0].state.kind else { panic!("not a grid") };
            let waits = grid.cells.iter().any(|cell| cell.order.is_none());
            let rests_all = session.orders(0).len() >= grid.cells.len();
            if grid.phase == GridPhase::Running && !waits && rests_all {
                assert_eq!(session.orders(0).len(), grid.cells.len());
                assert!(grid.empty_line().is_some());
            }
        });
    }

    #[test]
    fn a_deal_has_at_most_one_take_profit_and_never_sells_more_than_it_has(bot in any_deals(), fees in any_fees(), prices in path()) {
        play(&bot, fees, "20000", &prices, |session| {
            let state = &session.bots()[0].state;
            let Kind::Dca(deals) = &state.kind else { panic!("not a deal bot") };
            for deal in &deals.deals {
                let exits: Vec<_> = session.orders(0).filter(|order| {
                    order.intent.deal == deal.number && order.intent.side == Side::Sell
                }).collect();
                assert!(exits.len() <= 1);
                assert!(exits.iter().filter(|order| order.intent.purpose == Purpose::TakeProfit).count() <= 1);
                for exit in exits {
                    assert!(exit.reserved <= deal.position.quantity);
                }
            }
        });
    }

    #[test]
    fn the_same_input_gives_the_same_output(bot in any_bot(), fees in any_fees(), prices in path()) {
        let (one, first) = play(&bot, fees, "3000", &prices, |_| {});
        let (two, second) = play(&bot, fees, "3000", &prices, |_| {});
        prop_assert_eq!(first, second);
        prop_assert_eq!(one.state(), two.state());
    }

}

proptest! {
    // Every case stores and restores hundreds of states.
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_restart_at_any_point_changes_nothing(bot in any_bot(), fees in any_fees(), prices in path()) {
        let (world, transcript) = play(&bot, fees, "3000", &prices, |_| {});
        let setup = BotSetup::paper(bot, sol(), fees);
        let mut session = World::idle(setup.bot.clone(), sol(), fees, "3000").session;
        let mut again = Transcript::default();
        session.command(BotSlot(0), 0, trading::bot::Command::Start, &mut again).unwrap();
        for (price, minute) in prices.iter().zip(1..) {
            session = restarted(&session, &setup);
            if let Some(signal) = signal(&setup.bot, minute) {
                session.signal(BotSlot(0), minute * MINUTE, signal, &mut again).unwrap();
            }
            session.point(0, minute * MINUTE, *price, &mut again).unwrap();
            session.candle(0, &closed(minute * MINUTE, *price), &mut again).unwrap();
        }
        prop_assert_eq!(again.without_funds(), transcript.without_funds());
        prop_assert_eq!(session.accounts()[0].balances(), world.session.accounts()[0].balances());
        prop_assert_eq!(&session.bots()[0].state, world.state());
    }

    #[test]
    fn a_saved_state_goes_on_as_if_nothing_happened(bot in any_bot(), fees in any_fees(), prices in path()) {
        let (world, transcript) = play(&bot, fees, "3000", &prices, |_| {});
        let setup = BotSetup::paper(bot, sol(), fees);
        let mut state = State::new(&setup);
        for (input, expected) in transcript.inputs.iter().zip(&transcript.outputs) {
            let json = serde_json::to_string(&state).unwrap();
            let restored: State = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&restored, &state);
            prop_assert_eq!(restored.watch(&setup, LegId::FIRST), state.watch(&setup, LegId::FIRST));
            state = restored;
            let input: Input = serde_json::from_str(&serde_json::to_string(input).unwrap()).unwrap();
            let mut out = Vec::new();
            step(&setup, &mut state, &input, &mut out).unwrap();
            prop_assert_eq!(&out, expected);
        }
        prop_assert_eq!(&state, world.state());
    }
}

#[test]
fn fees_of_zero_are_possible() {
    assert_eq!(fees("0", FeeCharge::Quote).worst(), Amount::ZERO);
}
