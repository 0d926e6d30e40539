//! Bots whose orders are passed on to a venue: what it tells, in whatever order, and what its account has free.

use trading::bot::{BotConfig, BotSetup, Command, FeeCharge, Quote, State};
use trading::live::{LiveSession, NewsError, OrderNews, OrderRequest};
use trading::order::{Fee, Fill, Filled, Liquidity, Lookup, News, OrderNumber, OrderStatus, Side};
use trading::paper::{Balance, BotSlot};
use trading::{Amount, Asset, RejectCode};

use crate::support::{amount, dca, fees, grid, sol};

const BOT: BotSlot = BotSlot(0);

fn asset(name: &str) -> Asset {
    name.parse().unwrap()
}

/// What a venue says of an asset: free, and locked.
fn held(name: &str, free: &str, locked: &str) -> (Asset, Balance) {
    let balance = Balance {
        free: amount(free),
        reserved: amount(locked),
    };
    (asset(name), balance)
}

/// One bot on an account of 10,000 USDT, started at a price of 100.
struct Stand {
    session: LiveSession,
    at: i64,
}

impl Stand {
    fn new(bot: BotConfig) -> Self {
        let mut session = LiveSession::default();
        let fees = fees("0.001", FeeCharge::Received);
        session.add_market(sol(), fees);
        session.adopt_balances([held("USDT", "10000", "0")]);
        let setup = BotSetup::live(bot, sol(), fees);
        let state = State::new(&setup);
        session.add_bot(setup, state, 0, 0).unwrap();
        let mut stand = Self { session, at: 1 };
        stand
            .session
            .command(BOT, 1, Command::Start, &mut ())
            .unwrap();
        stand.price("100");
        stand
    }

    fn price(&mut self, price: &str) {
        self.at += 1_000;
        let quote = Quote::flat(amount(price), self.at);
        self.session.quote(0, self.at, &quote, &mut ()).unwrap();
    }

    /// Numbers of the orders that were asked for since the last call.
    fn placed(&mut self) -> Vec<OrderNumber> {
        let requests = self.session.take_requests();
        let placed = requests.into_iter().filter_map(|request| match request {
            OrderRequest::Place(_, number) => Some(number),
            OrderRequest::Cancel(..) => None,
        });
        placed.collect()
    }

    fn moved(&mut self, number: OrderNumber, status: OrderStatus) -> Result<bool, NewsError> {
        self.told(number, status, None)
    }

    fn told(
        &mut self,
        number: OrderNumber,
        status: OrderStatus,
        filled: Option<Filled>,
    ) -> Result<bool, NewsError> {
        let news = OrderNews::Moved(News::Update { status, filled }, None);
        let ended = self
            .session
            .tell_news((BOT, number), self.at, news, &mut ())?;
        Ok(ended.is_some())
    }

    fn traded(&mut self, number: OrderNumber, trade: &str, base: &str, price: &str) -> bool {
        let (base, price) = (amount(base), amount(price));
        let fill = Fill {
            order: number,
            trade: trade.to_owned(),
            price,
            quantity: base,
            quote: base.times(price).unwrap(),
            fee: Fee {
                asset: asset("USDT"),
                amount: Amount::ZERO,
                rate: None,
                is_estimated: false,
                conversion: None,
            },
            liquidity: Liquidity::Maker,
            is_last: false,
        };
        let news = OrderNews::Traded(&fill);
        let ended = self
            .session
            .tell_news((BOT, number), self.at, news, &mut ());
        ended.unwrap().is_some()
    }

    fn free(&self, name: &str) -> Amount {
        self.session.account().balance(&asset(name)).free
    }

    fn side(&self, number: OrderNumber) -> Side {
        self.session
            .account()
            .order(BOT, number)
            .unwrap()
            .intent
            .side
    }
}

fn deal() -> BotConfig {
    BotConfig::Dca(Box::new(dca(2, "1")))
}

#[test]
fn an_order_is_asked_for_once_and_sets_its_money_aside() {
    let mut stand = Stand::new(deal());
    let placed = stand.placed();
    assert!(!placed.is_empty());
    assert!(stand.placed().is_empty(), "it was taken");
    let account = stand.session.account();
    let set_aside = account.balance(&asset("USDT")).reserved;
    assert!(set_aside.is_positive());
    assert_eq!(stand.free("USDT").plus(set_aside).unwrap(), amount("10000"));
    for number in placed {
        let order = account_order(&stand, number);
        assert_eq!(order, OrderStatus::Sending);
    }
}

fn account_order(stand: &Stand, number: OrderNumber) -> OrderStatus {
    let order = stand.session.account().order(BOT, number);
    order.unwrap().life.status()
}

#[test]
fn an_end_that_is_told_before_its_trades_waits_for_them() {
    let mut stand = Stand::new(deal());
    let base = stand.placed()[0];
    // It is to spend 100 USDT.
    let quantity = amount("1");
    let filled = Filled {
        base: quantity,
        quote: quantity.times(amount("100")).unwrap(),
    };
    let ended = stand.told(base, OrderStatus::Filled, Some(filled)).unwrap();
    assert!(!ended, "its trades are not known");
    assert!(stand.traded(base, "t1", &quantity.to_string(), "100"));
    assert_eq!(stand.free("SOL"), quantity);
    // The same trade once more is of an order that has ended.
    let again = stand.moved(base, OrderStatus::Open);
    assert_eq!(again, Err(NewsError::NotOpen));
}

#[test]
fn what_others_lock_is_not_free_and_what_is_not_told_is_not_held() {
    let mut stand = Stand::new(deal());
    // An order at market for 100 USDT, for which the venue holds nothing yet; others have 1,000 in theirs.
    assert_eq!(stand.placed().len(), 1);
    let told = held("USDT", "9000", "1000");
    stand
        .session
        .adopt_balances([told.clone(), held("SOL", "5", "0")]);
    assert_eq!(stand.free("USDT"), amount("8900"));
    assert_eq!(stand.free("SOL"), amount("5"));
    stand.session.adopt_balances([told]);
    assert_eq!(stand.free("SOL"), Amount::ZERO);
}

#[test]
fn a_refused_order_gives_its_money_back_and_the_bot_waits() {
    let mut stand = Stand::new(deal());
    let placed = stand.placed();
    let news = News::Update {
        status: OrderStatus::Rejected,
        filled: None,
    };
    for number in placed {
        let news = OrderNews::Moved(news, Some(RejectCode::InsufficientBalance));
        let ended = stand
            .session
            .tell_news((BOT, number), stand.at, news, &mut ())
            .unwrap();
        assert!(ended.is_some());
    }
    assert_eq!(stand.free("USDT"), amount("10000"));
    let due = stand.session.next_timer().unwrap();
    assert!(due > stand.at);
    stand.session.fire_timers(due, &mut ()).unwrap();
    stand.at = due;
    stand.price("100");
    assert!(!stand.placed().is_empty(), "it tries again");
}

#[test]
fn nothing_is_decided_on_a_price_that_is_too_old() {
    for (age, is_decided) in [(30_000, true), (30_001, false)] {
        let mut session = LiveSession::default();
        let fees = fees("0.001", FeeCharge::Received);
        session.add_market(sol(), fees);
        session.adopt_balances([held("USDT", "10000", "0")]);
        let setup = BotSetup::live(deal(), sol(), fees);
        let state = State::new(&setup);
        session.add_bot(setup, state, 0, 0).unwrap();
        let at = 1_000_000;
        session.command(BOT, at, Command::Start, &mut ()).unwrap();
        let quote = Quote::flat(amount("100"), at - age);
        session.quote(0, at, &quote, &mut ()).unwrap();
        assert_eq!(!session.take_requests().is_empty(), is_decided, "{age}");
    }
}

impl Stand {
    fn refuse(&mut self, number: OrderNumber, code: RejectCode) {
        let news = News::Update {
            status: OrderStatus::Rejected,
            filled: None,
        };
        let news = OrderNews::Moved(news, Some(code));
        let told = self
            .session
            .tell_news((BOT, number), self.at, news, &mut ());
        told.unwrap();
    }

    /// Refuses the only order that waits, and the one in its place, and so on. Gives seconds from each refusal to the next
    /// order.
    fn waits(&mut self, mut number: OrderNumber, code: RejectCode) -> Vec<i64> {
        let mut waits = Vec::new();
        for _ in 0..7 {
            let refused_at = self.at;
            self.refuse(number, code);
            let placed = loop {
                self.at = self.session.next_timer().unwrap();
                self.session.fire_timers(self.at, &mut ()).unwrap();
                let due = self.at;
                self.price("100");
                self.at = due;
                let placed = self.placed();
                if !placed.is_empty() {
                    break placed;
                }
            };
            let [next] = placed[..] else {
                panic!("{placed:?}");
            };
            number = next;
            waits.push((self.at - refused_at) / 1_000);
        }
        waits
    }
}

#[test]
fn a_closed_market_is_tried_again_soon_and_want_of_funds_ever_more_rarely() {
    for (code, entries, sales) in [
        (
            RejectCode::MarketClosed,
            [30, 60, 120, 240, 240, 240, 240],
            [30; 7],
        ),
        (
            RejectCode::InsufficientBalance,
            [30, 60, 120, 240, 480, 960, 1_920],
            [30, 60, 120, 240, 480, 600, 600],
        ),
    ] {
        let mut stand = Stand::new(deal());
        let entry = stand.placed()[0];
        assert_eq!(stand.waits(entry, code), entries, "{code:?}");

        let mut stand = Stand::new(deal());
        let entry = stand.placed()[0];
        let filled = Filled {
            base: amount("1"),
            quote: amount("100"),
        };
        stand
            .told(entry, OrderStatus::Filled, Some(filled))
            .unwrap();
        assert!(stand.traded(entry, "t1", "1", "100"));
        stand.price("100");
        for number in stand.placed() {
            stand.moved(number, OrderStatus::Open).unwrap();
        }
        let close = Command::CloseDeal { deal: 1 };
        let told = stand.session.command(BOT, stand.at, close, &mut ());
        told.unwrap();
        stand.price("100");
        let open: Vec<OrderNumber> = stand
            .session
            .account()
            .orders()
            .map(|(_, order)| order.intent.number)
            .collect();
        for number in open {
            stand.moved(number, OrderStatus::Canceled).unwrap();
        }
        stand.price("100");
        let sale = stand.placed()[0];
        assert_eq!(stand.side(sale), Side::Sell);
        assert_eq!(stand.waits(sale, code), sales, "{code:?}");
    }
}

#[test]
fn base_that_was_sold_in_part_binds_no_other_sale() {
    let mut stand = Stand::new(BotConfig::Grid(grid()));
    let start = stand.placed();
    for number in start {
        let order = stand.session.account().order(BOT, number).unwrap();
        if let trading::order::OrderSize::Base(quantity) = order.intent.size
            && order.intent.kind.limit().is_none()
        {
            stand.moved(number, OrderStatus::Open).unwrap();
            stand.traded(number, "start", &quantity.to_string(), "100");
        }
    }
    stand.price("100");
    let lines = stand.placed();
    let sells: Vec<OrderNumber> = lines
        .iter()
        .copied()
        .filter(|number| stand.side(*number) == Side::Sell)
        .collect();
    let buys: Vec<OrderNumber> = lines
        .iter()
        .copied()
        .filter(|number| stand.side(*number) == Side::Buy)
        .collect();
    assert!(sells.len() > 1 && buys.len() > 1);
    for number in lines {
        stand.moved(number, OrderStatus::Open).unwrap();
    }
    // One sale is filled in part, one purchase whole: what was bought is offered although the sale is still open.
    let order = stand.session.account().order(BOT, sells[0]).unwrap();
    let trading::order::OrderSize::Base(quantity) = order.intent.size else {
        panic!("a sell is of base");
    };
    let lot = sol().lot_size;
    let price = order.intent.kind.limit().unwrap();
    let part = quantity.minus(lot).unwrap();
    stand.traded(sells[0], "part", &part.to_string(), &price.to_string());
    let order = stand.session.account().order(BOT, buys[0]).unwrap();
    let (size, limit) = (order.intent.size, order.intent.kind.limit().unwrap());
    let trading::order::OrderSize::Base(quantity) = size else {
        panic!("a line is of base");
    };
    stand.traded(buys[0], "buy", &quantity.to_string(), &limit.to_string());
    let sold: Vec<OrderNumber> = stand.placed();
    assert!(
        sold.iter().any(|number| stand.side(*number) == Side::Sell),
        "{sold:?}"
    );
}

#[test]
fn an_order_that_the_venue_never_had_is_issued_anew() {
    let mut stand = Stand::new(deal());
    let base = stand.placed()[0];
    stand.moved(base, OrderStatus::Unknown).unwrap();
    let absence = trading::order::Absence::PROVEN;
    let news = News::LookedUp(Lookup::NotFound(absence));
    let ended = stand
        .session
        .tell_news((BOT, base), stand.at, OrderNews::Moved(news, None), &mut ())
        .unwrap();
    assert!(ended.is_some());
    stand.price("100");
    let again = stand.placed();
    assert!(!again.is_empty() && !again.contains(&base), "{again:?}");
}
