//! An order of a venue from its intent to a fill after its end, through one transaction a step, read back after each.

use sea_orm::{FromQueryResult, Statement};
use store::trading::{
    accounts,
    commit::{Batch, NewFill, OrderChange, OrderProgress},
    orders::OpenOrder,
};
use trading::{
    Amount,
    order::{Applied, Fill, Filled, Life, News, OrderStatus},
};
use uuid::Uuid;

use crate::commit::{Account, amount};

/// What is read back of the row.
#[derive(Debug, PartialEq, FromQueryResult)]
struct Row {
    status: String,
    venue_order_id: Option<String>,
    filled: String,
    cancel_requested_at: Option<i64>,
    ended_at: Option<i64>,
    fills: String,
    legs: i64,
}

/// An order of one base, placed at point 7, of which the account's engine has written nothing but that.
struct Order {
    account: Account,
    life: Life,
    bot: Uuid,
    id: Uuid,
    template: Fill,
    pos: i64,
}

impl Order {
    async fn sending() -> Self {
        let account = Account::new().await;
        let full = account.batch(1, 1);
        let mut new = full.orders[0].clone();
        let life = Life::begin(new.intent.size, OrderStatus::Sending);
        new.progress = OrderProgress::of(&life, None, 8_000);
        let order = Self {
            life,
            bot: new.bot,
            id: new.id,
            template: full.fills[0].fill.clone(),
            pos: 7,
            account,
        };
        let batch = Batch {
            orders: vec![new],
            opened: full.opened.clone(),
            ..Batch::default()
        };
        order.save(batch).await
    }

    /// What is open, as an engine that starts finds it.
    async fn open(&self) -> Vec<OpenOrder> {
        let (db, connection) = (&self.account.db, self.account.paper.connection);
        let loaded = accounts::load(db, &self.account.lease, connection).await;
        loaded.unwrap().unwrap().orders
    }

    async fn save(mut self, batch: Batch) -> Self {
        let batch = Batch {
            from_pos: self.pos,
            input_pos: self.pos + 1,
            ..batch
        };
        self.account
            .save(&self.account.lease, &batch)
            .await
            .unwrap();
        self.pos += 1;
        self
    }

    fn change(&self, at: i64) -> OrderChange {
        OrderChange {
            id: self.id,
            venue_order_id: None,
            progress: OrderProgress::of(&self.life, None, at),
        }
    }

    async fn tell(mut self, at: i64, news: News<'_>) -> Self {
        assert_eq!(self.life.apply(news), Ok(Applied::Moved), "{news:?}");
        let changes = vec![self.change(at)];
        self.save(Batch {
            changes,
            ..Batch::default()
        })
        .await
    }

    async fn fill(mut self, trade: &str, base: &str, at: i64, expected: Applied) -> Self {
        let quote = amount(base).times(amount("100")).unwrap();
        let filled = Filled {
            base: amount(base),
            quote,
        };
        let news = News::Fill {
            trade,
            filled,
            is_last: false,
        };
        assert_eq!(self.life.apply(news), Ok(expected));
        let (change, fill) = (self.change(at), self.row(trade, filled, at));
        self.save(Batch {
            changes: vec![change],
            fills: vec![fill],
            ..Batch::default()
        })
        .await
    }

    fn row(&self, trade: &str, filled: Filled, at: i64) -> NewFill {
        let asset = |name: &str| name.parse().unwrap();
        NewFill {
            id: Uuid::from_u128(u128::try_from(at).unwrap()),
            bot: self.bot,
            order: self.id,
            symbol: "SOL-USDT".to_owned(),
            trade: trade.to_owned(),
            side: trading::order::Side::Buy,
            fill: Fill {
                trade: trade.to_owned(),
                quantity: filled.base,
                quote: filled.quote,
                ..self.template.clone()
            },
            at,
            legs: [
                ("base", asset("SOL"), filled.base),
                ("quote", asset("USDT"), filled.quote.negated()),
                ("fee", asset("USDT"), Amount::ZERO),
            ],
        }
    }

    /// The row, and whether an engine that starts finds the order as it is here.
    async fn reads(&self, expected: Row) {
        let sql = "SELECT status, venue_order_id, cancel_requested_at, ended_at,
                trim_scale(filled_quantity) || ' for ' || trim_scale(filled_quote) AS filled,
                (SELECT coalesce(string_agg(venue_trade_id, ' ' ORDER BY at), '') FROM fills WHERE order_id = o.id) AS fills,
                (SELECT count(*) FROM ledger l JOIN fills f ON f.id = l.fill_id WHERE f.order_id = o.id) AS legs
            FROM orders o";
        let conn = self.account.db.conn();
        let query = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        let row = Row::find_by_statement(query).one(conn).await.unwrap();
        assert_eq!(row, Some(expected));
        let open = self.open().await;
        if self.life.status().is_terminal() {
            assert!(open.is_empty(), "{open:?}");
        } else {
            let lives: Vec<_> = open
                .into_iter()
                .map(|order| (order.id, order.life))
                .collect();
            assert_eq!(lives, [(self.id, self.life.clone())]);
        }
    }
}

#[tokio::test]
async fn an_order_is_what_its_life_is_after_every_step() {
    let row = |status: &str, filled: &str, fills: &str| Row {
        status: status.to_owned(),
        venue_order_id: None,
        filled: filled.to_owned(),
        cancel_requested_at: None,
        ended_at: None,
        fills: fills.to_owned(),
        legs: i64::try_from(fills.split_whitespace().count()).unwrap() * 3,
    };
    let order = Order::sending().await;
    order.reads(row("sending", "0 for 0", "")).await;
    let order = order.tell(9_000, News::Ack).await;
    order.reads(row("open", "0 for 0", "")).await;

    let order = order.fill("a", "0.4", 10_000, Applied::Filled).await;
    order
        .reads(row("partially_filled", "0.4 for 40", "a"))
        .await;
    let order = order.fill("b", "0.1", 11_000, Applied::Filled).await;
    order
        .reads(row("partially_filled", "0.5 for 50", "a b"))
        .await;

    let cancel = News::CancelRequested { at: 12_000 };
    let order = order.tell(12_000, cancel).await;
    let asked = |row: Row| Row {
        cancel_requested_at: Some(12_000),
        ..row
    };
    order
        .reads(asked(row("canceling", "0.5 for 50", "a b")))
        .await;
    let canceled = News::Update {
        status: OrderStatus::Canceled,
        filled: None,
    };
    let order = order.tell(13_000, canceled).await;
    let ended = |row: Row| Row {
        ended_at: Some(13_000),
        ..asked(row)
    };
    order
        .reads(ended(row("canceled", "0.5 for 50", "a b")))
        .await;

    // What is filled after all counts; the end stays where it was.
    let order = order.fill("c", "0.3", 14_000, Applied::FilledLate).await;
    order
        .reads(ended(row("canceled", "0.8 for 80", "a b c")))
        .await;
}

#[tokio::test]
async fn a_cancel_of_an_order_that_may_not_be_there_is_kept() {
    let order = Order::sending().await;
    let unknown = News::Update {
        status: OrderStatus::Unknown,
        filled: None,
    };
    let order = order.tell(9_000, unknown).await;
    let cancel = News::CancelRequested { at: 10_000 };
    let order = order.tell(10_000, cancel).await;
    let open = order.open().await.remove(0);
    assert_eq!(open.life.status(), OrderStatus::Unknown);
    assert_eq!(open.life.cancel_requested_at(), Some(10_000));
    // An engine that starts there goes on to cancel it once it is found.
    let mut life = open.life;
    life.apply(News::Ack).unwrap();
    assert_eq!(life.status(), OrderStatus::Canceling);
}

#[tokio::test]
async fn what_is_written_of_an_order_does_not_go_back() {
    let mut order = Order::sending().await;
    let venue_order_id = Some("v1".to_owned());
    order.life.apply(News::Ack).unwrap();
    let change = OrderChange {
        venue_order_id: venue_order_id.clone(),
        ..order.change(9_000)
    };
    let order = order
        .save(Batch {
            changes: vec![change],
            ..Batch::default()
        })
        .await;
    let order = order.fill("a", "0.4", 10_000, Applied::Filled).await;
    // A change that knows less: of the fill nothing.
    let mut less = order.change(11_000);
    less.progress.filled = Filled::NOTHING;
    let order = order
        .save(Batch {
            changes: vec![less],
            ..Batch::default()
        })
        .await;
    let expected = Row {
        status: "partially_filled".to_owned(),
        venue_order_id,
        filled: "0.4 for 40".to_owned(),
        cancel_requested_at: None,
        ended_at: None,
        fills: "a".to_owned(),
        legs: 3,
    };
    order.reads(expected).await;
}

#[tokio::test]
async fn an_order_that_has_ended_is_not_opened_again() {
    let order = Order::sending().await;
    let mut order = order.fill("a", "0.4", 10_000, Applied::Filled).await;
    let open = order.change(12_000);
    let canceled = News::Update {
        status: OrderStatus::Canceled,
        filled: None,
    };
    order.life.apply(canceled).unwrap();
    let end = order.change(11_000);
    let mut order = order;
    for change in [end, open] {
        let changes = vec![change];
        order = order
            .save(Batch {
                changes,
                ..Batch::default()
            })
            .await;
    }
    let expected = Row {
        status: "canceled".to_owned(),
        venue_order_id: None,
        filled: "0.4 for 40".to_owned(),
        cancel_requested_at: None,
        ended_at: Some(11_000),
        fills: "a".to_owned(),
        legs: 3,
    };
    order.reads(expected).await;
}

#[tokio::test]
async fn a_trade_is_written_once() {
    let order = Order::sending().await;
    let order = order.fill("a", "0.4", 10_000, Applied::Filled).await;
    let filled = Filled {
        base: amount("0.4"),
        quote: amount("40"),
    };
    let again = Batch {
        from_pos: order.pos,
        input_pos: order.pos + 1,
        fills: vec![order.row("a", filled, 11_000)],
        ..Batch::default()
    };
    let before = order.account.everything().await;
    let saved = order.account.save(&order.account.lease, &again).await;
    assert!(saved.is_err(), "{saved:?}");
    assert!(before == order.account.everything().await);
}
