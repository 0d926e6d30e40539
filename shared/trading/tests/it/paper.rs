use trading::bot::{BotConfig, FeeCharge, Fees};
use trading::order::{Liquidity, OrderStatus, Purpose};
use trading::paper::{Account, AccountError, BotSlot, Event, Sink};
use trading::{Amount, Asset, RejectCode};

use crate::support::{MINUTE, World, amount, dca, fees};

fn usdt() -> Asset {
    "USDT".parse().unwrap()
}

#[test]
fn an_account_never_goes_below_zero() {
    let mut account = Account::new([(usdt(), amount("10"))]).unwrap();
    assert_eq!(
        account.reserve(&usdt(), amount("11")),
        Err(AccountError::Insufficient)
    );
    account.reserve(&usdt(), amount("4")).unwrap();
    assert_eq!(
        account.pay(&usdt(), amount("4"), amount("11")),
        Err(AccountError::Insufficient)
    );
    assert_eq!(account.balance(&usdt()).reserved, amount("4"));
    account.pay(&usdt(), amount("4"), amount("3")).unwrap();
    assert_eq!(
        (
            account.balance(&usdt()).free,
            account.balance(&usdt()).reserved
        ),
        (amount("7"), Amount::ZERO)
    );
    assert_eq!(
        account.release(&usdt(), amount("1")),
        Err(AccountError::Insufficient)
    );
    assert!(Account::new([(usdt(), amount("-1"))]).is_err());
}

#[test]
fn takers_pay_the_point_and_makers_their_limit() {
    let fees = Fees {
        maker: amount("0.0008"),
        taker: amount("0.001"),
        charge: FeeCharge::Quote,
    };
    let mut world = World::dca(dca(1, "1"), fees);
    world.prices(&["100", "101", "90", "150"]);
    let orders = world.recorder.ledger(&world.session).orders;
    let fill = |purpose| {
        orders
            .iter()
            .find(|order| order.purpose == purpose && !order.fills.is_empty())
            .unwrap()
            .fills[0]
            .clone()
    };
    let base = fill(Purpose::Base);
    assert_eq!(
        (base.price, base.liquidity),
        (amount("101"), Liquidity::Taker),
        "eligible from the next point"
    );
    // 0.99 × 101 = 99.99
    assert_eq!(
        (base.quantity, base.fee),
        (amount("0.99"), amount("0.09999"))
    );
    let safety = fill(Purpose::Safety);
    assert_eq!(
        (safety.price, safety.liquidity),
        (amount("98.98"), Liquidity::Maker),
        "at its limit, not at 90"
    );
    assert_eq!(fill(Purpose::TakeProfit).liquidity, Liquidity::Maker);
}

#[test]
fn a_fee_is_rounded_up_at_eight_decimals() {
    let config = BotConfig::Dca(Box::new(dca(0, "1")));
    let mut world = World::new(config, fees("0.00075", FeeCharge::Received), "1000");
    world.prices(&["100", "99.99"]);
    let order = world.recorder.ledger(&world.session).orders.remove(0);
    assert_eq!(order.fills[0].fee, amount("0.00075"));
    assert_eq!(order.fills[0].fee_asset.as_str(), "SOL");
    let mut world = World::new(
        BotConfig::Dca(Box::new(dca(0, "1"))),
        fees("0.00000003", FeeCharge::Quote),
        "1000",
    );
    world.prices(&["100", "99.99"]);
    let order = world.recorder.ledger(&world.session).orders.remove(0);
    assert_eq!(order.fills[0].fee, amount("0.000003"));
}

/// What an exchange decided, moved and filled, by number.
#[derive(Default)]
struct Decided {
    placed: Vec<(u64, Amount, bool, OrderStatus, Option<RejectCode>)>,
    updated: Vec<u64>,
    filled: Vec<u64>,
}

impl Sink for Decided {
    fn receive(&mut self, _at: i64, _bot: BotSlot, event: Event<'_>) {
        match event {
            Event::Placed(order) => self.placed.push((
                order.intent.number,
                order.reserved,
                order.is_marketable,
                order.status,
                order.reject,
            )),
            Event::Update(update) => self.updated.push(update.order),
            Event::Fill(intent, _) => self.filled.push(intent.number),
            Event::Input(_) | Event::Output(_) | Event::Failed(_) => {}
        }
    }
}

#[test]
fn an_order_is_told_once_with_what_was_decided_about_it() {
    // The base order takes 100 and what 0.1 % of it is; the first safety order finds less than it needs.
    let config = BotConfig::Dca(Box::new(dca(1, "1")));
    let mut world = World::new(config, fees("0.001", FeeCharge::Quote), "150");
    let mut decided = Decided::default();
    let mut told = |world: &mut World, price: &str| {
        let at = world.at + MINUTE;
        world.at = at;
        world
            .session
            .point(0, at, amount(price), &mut decided)
            .unwrap();
        std::mem::take(&mut decided)
    };
    let start = told(&mut world, "100");
    let market = (1, amount("100.1"), true, OrderStatus::Open, None);
    assert_eq!((start.placed, start.updated), (vec![market], vec![]));

    let filled = told(&mut world, "100");
    let short = Some(RejectCode::InsufficientBalance);
    let rests = (2, amount("1"), false, OrderStatus::Open, None);
    let refused = (3, Amount::ZERO, false, OrderStatus::Rejected, short);
    assert_eq!(filled.filled, [1]);
    assert_eq!(filled.placed, [rests, refused]);
    assert!(filled.updated.is_empty(), "what was decided is no news");
}
