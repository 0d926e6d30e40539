//! What an engine writes of an account is written from where the account stands, whole, and once.

use chrono::{DateTime, Utc};
use platform::ids::UserId;
use sea_orm::{ConnectionTrait, sqlx::query_scalar};
use serde_json::{json, value::to_raw_value};
use store::{
    Db, StoreError,
    leases::{Lease, Node, begin_division, register, take},
    trading::{
        commit::{
            Batch, CommandOutcome, DealClosed, DealOpened, NewDecision, NewEquity, NewFill,
            NewOrder, NewStatus, NewTrade, OrderProgress, SavedState, commit,
        },
        feeds::FeedStatus,
    },
};
use testkit::{TestDb, paper::PaperAccount};
use trading::{
    Amount,
    bot::{BotStatus, CloseReason, Facts, Limit},
    candle::Gap,
    order::{
        Fee, Fill, Filled, LegId, Liquidity, OrderIntent, OrderSize, OrderStatus, OrderType,
        Purpose, Side,
    },
    paper::Balance,
};
use uuid::Uuid;

use crate::{number, pool, user};

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub(crate) fn progress(
    status: OrderStatus,
    filled: Filled,
    ended_at: Option<i64>,
) -> OrderProgress {
    OrderProgress {
        status,
        reject: None,
        filled,
        cancel_requested_at: None,
        ended_at,
    }
}

/// An account with one bot, and an engine that holds its shard.
pub(crate) struct Account {
    pub(crate) test: TestDb,
    pub(crate) db: Db,
    pub(crate) user: UserId,
    pub(crate) paper: PaperAccount,
    pub(crate) node: Node,
    pub(crate) lease: Lease,
}

pub(crate) async fn node(db: &Db, id: u128) -> Node {
    let node = Node {
        id: Uuid::from_u128(id),
        state_format: 1,
    };
    register(db, node, "test").await.unwrap();
    // Nobody renews it here, and a busy machine may take longer than its time.
    let lives = format!(
        "UPDATE engine_nodes SET alive_until = clock_timestamp() + interval '1 hour' WHERE id = '{}'",
        node.id
    );
    db.conn().execute_unprepared(&lives).await.unwrap();
    node
}

pub(crate) async fn take_shard(db: &Db, node: Node, shard: u8) -> Lease {
    let txn = begin_division(db).await.unwrap();
    let taken = take(&txn, node, &[shard]).await.unwrap();
    txn.commit().await.unwrap();
    taken[0]
}

impl Account {
    pub(crate) async fn new() -> Self {
        let test = TestDb::new().await;
        let db = pool(&test);
        let user = user(&test).await;
        let spec = json!({"symbol": "SOL-USDT", "balances": {"USDT": "1000"}});
        let bot = json!({
            "type": "dca", "base_order": {"unit": "quote", "amount": "100"}, "take_profit": {"percentage": "1"},
        });
        let paper = PaperAccount::create(&mut test.connect().await, user, &spec, &[bot]).await;
        let node = node(&db, 1).await;
        let lease = take_shard(&db, node, user.shard()).await;
        let account = Self {
            test,
            db,
            user,
            paper,
            node,
            lease,
        };
        // It has played seven points, and an older order is in its book.
        account
            .test
            .execute("UPDATE feeds SET input_pos = 7, status = 'running'")
            .await;
        account
    }

    pub(crate) async fn save(
        &self,
        lease: &Lease,
        batch: &Batch,
    ) -> Result<FeedStatus, StoreError> {
        let of = (self.user, self.paper.connection);
        let saved = commit(&self.db, lease, of, Utc::now(), batch).await?;
        Ok(saved.status)
    }

    /// Something of everything that a batch can hold but a change of an older order, played from point 7 to point 9; `name` makes its ids.
    #[expect(clippy::too_many_lines, reason = "one row a table")]
    pub(crate) fn batch(&self, name: u128, number: u64) -> Batch {
        let bot = self.paper.bots[0];
        let id = |part: u128| Uuid::from_u128((name << 64) + part);
        let deal = u32::try_from(number).unwrap();
        let intent = OrderIntent {
            number,
            leg: LegId::FIRST,
            deal,
            purpose: Purpose::Base,
            level: 0,
            attempt: 1,
            side: Side::Buy,
            kind: OrderType::Market,
            size: OrderSize::Base(amount("1")),
            scheduled_at: None,
        };
        let fill = Fill {
            order: number,
            trade: id(3).to_string(),
            price: amount("100"),
            quantity: amount("1"),
            quote: amount("100"),
            fee: Fee {
                asset: "USDT".parse().unwrap(),
                amount: amount("0.1"),
                rate: Some(amount("0.001")),
                is_estimated: false,
                conversion: None,
            },
            liquidity: Liquidity::Taker,
            is_last: true,
        };
        let asset = |name: &str| name.parse().unwrap();
        Batch {
            from_pos: 7,
            input_pos: 9,
            data_time: Some(9_000),
            price: Some(amount("100")),
            gaps: vec![Gap {
                from: 1,
                to: 2,
                missing: 1,
            }],
            opened: vec![DealOpened {
                id: id(1),
                bot,
                number: deal,
                at: 8_000,
            }],
            closed: vec![DealClosed {
                bot,
                number: deal,
                at: 9_000,
                reason: CloseReason::TakeProfit,
                invested: amount("100.1"),
                realised: amount("1"),
            }],
            trades: vec![NewTrade {
                bot,
                deal,
                at: 9_000,
                cost: amount("100.1"),
                proceeds: amount("101.1"),
            }],
            orders: vec![NewOrder {
                id: id(2),
                client_order_id: format!("bbx{name}"),
                bot,
                symbol: "SOL-USDT".to_owned(),
                intent,
                progress: progress(OrderStatus::Filled, fill.filled(), Some(9_000)),
                reserved: amount("100.1"),
                is_marketable: true,
                placed_pos: 8,
                placed_at: 8_000,
            }],
            fills: vec![NewFill {
                id: id(4),
                bot,
                order: id(2),
                symbol: "SOL-USDT".to_owned(),
                trade: id(3).to_string(),
                side: Side::Buy,
                fill,
                at: 9_000,
                legs: [
                    ("base", asset("SOL"), amount("1")),
                    ("quote", asset("USDT"), amount("-100")),
                    ("fee", asset("USDT"), amount("-0.1")),
                ],
            }],
            balances: vec![(
                asset("USDT"),
                Balance {
                    free: amount("899.9"),
                    reserved: Amount::ZERO,
                },
            )],
            states: vec![SavedState {
                bot,
                state_format: 1,
                state: to_raw_value(&json!({"number": number})).unwrap(),
            }],
            statuses: vec![NewStatus {
                bot,
                status: BotStatus::Running,
                reason: None,
            }],
            decisions: vec![NewDecision {
                bot,
                at: 9_000,
                code: "deal_opened".to_owned(),
                detail: None,
                deal: Some(deal),
                price: Some(amount("100")),
                data: Facts {
                    limit: Some(Limit::MaxPrice),
                    limit_value: Some(amount("99")),
                    ..Facts::default()
                },
            }],
            equity: vec![NewEquity {
                at: i64::try_from(name).unwrap(),
                asset: asset("USDT"),
                amount: amount("999.9"),
            }],
            commands: vec![CommandOutcome {
                id: bot,
                pos: 8,
                error: None,
            }],
            events: vec![
                views::event::DealOpened {
                    id: id(1),
                    bot_id: bot,
                    number: deal,
                    opened_at: DateTime::UNIX_EPOCH,
                }
                .into(),
                views::event::DealClosed {
                    bot_id: bot,
                    number: deal,
                    closed_at: DateTime::UNIX_EPOCH,
                    close_reason: CloseReason::TakeProfit,
                    invested: amount("100"),
                    realised: amount("1"),
                }
                .into(),
            ],
            ..Batch::default()
        }
    }

    /// Every row of every table, in one text.
    pub(crate) async fn everything(&self) -> String {
        query_scalar(
            "SELECT string_agg(table_name || ':' || query_to_xml(
                 format('SELECT t::text FROM %I t ORDER BY 1', table_name), true, true, '')::text, E'\\n'
                 ORDER BY table_name)
             FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        )
        .fetch_one(&mut self.test.connect().await)
        .await
        .unwrap()
    }

    /// Nothing of `batch` is taken under `lease`: gives why.
    pub(crate) async fn refused(&self, lease: &Lease, batch: &Batch, why: &str) -> StoreError {
        let before = self.everything().await;
        let error = self.save(lease, batch).await.unwrap_err();
        assert!(
            before == self.everything().await,
            "{why}: something was written"
        );
        error
    }

    pub(crate) async fn loses(&self, lease: &Lease, why: &str) {
        let error = self.refused(lease, &self.batch(1, 1), why).await;
        let shard = self.user.shard();
        assert!(
            matches!(error, StoreError::LeaseLost(lost) if lost == shard),
            "{why}: {error}"
        );
    }
}

#[tokio::test]
async fn a_batch_is_written_whole_and_once() {
    let account = Account::new().await;
    let batch = account.batch(1, 1);
    let saved = account.save(&account.lease, &batch).await.unwrap();
    assert_eq!(saved, FeedStatus::Running);
    for (table, rows) in [
        (
            "feeds WHERE input_pos = 9 AND data_time = 9000 AND price = 100",
            1,
        ),
        ("feeds WHERE jsonb_array_length(gaps) = 1", 1),
        (
            "deals WHERE opened_at = 8000 AND closed_at = 9000 AND realised = 1",
            1,
        ),
        ("trades", 1),
        (
            "orders WHERE status = 'filled' AND filled_quantity = 1 AND takes AND reserved = 100.1",
            1,
        ),
        ("fills WHERE fee = 0.1 AND liquidity = 'taker'", 1),
        ("ledger", 3),
        ("balances WHERE free = 899.9", 1),
        ("bot_states WHERE version = 1 AND input_pos = 9", 1),
        ("bots WHERE status = 'running'", 1),
        (
            r#"decisions WHERE data = '{"limit": "max_price", "limit_value": "99"}'"#,
            1,
        ),
        ("equity", 1),
        ("bot_commands WHERE applied_pos = 8", 1),
        ("events WHERE seq = 1 AND type = 'deal.opened'", 1),
        ("events WHERE seq = 2 AND type = 'deal.closed'", 1),
    ] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&account.db, &count).await, rows, "{table}");
    }

    // The answer to its commit may have been lost: sent again it is refused, whatever became of the keys of its rows.
    let error = account
        .refused(&account.lease, &batch, "the same again")
        .await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    let others = account.batch(2, 2);
    let error = account
        .refused(&account.lease, &others, "from the same place")
        .await;
    assert!(matches!(error, StoreError::Stale), "{error}");
    let next = Batch {
        from_pos: 9,
        input_pos: 10,
        ..account.batch(2, 2)
    };
    account.save(&account.lease, &next).await.unwrap();
    let state = "SELECT count(*) FROM bot_states WHERE version = 2 AND input_pos = 10";
    assert_eq!(number(&account.db, state).await, 1);
    let seq = "SELECT count(*) FROM events WHERE seq <= 4";
    assert_eq!(number(&account.db, seq).await, 4);
}

#[tokio::test]
async fn a_deal_may_end_in_a_later_batch() {
    let account = Account::new().await;
    let whole = account.batch(1, 1);
    let opened = Batch {
        closed: Vec::new(),
        ..whole.clone()
    };
    account.save(&account.lease, &opened).await.unwrap();
    let open = "SELECT count(*) FROM deals WHERE opened_at = 8000 AND closed_at IS NULL";
    assert_eq!(number(&account.db, open).await, 1);
    let closed = Batch {
        from_pos: 9,
        input_pos: 10,
        closed: whole.closed,
        ..Batch::default()
    };
    account.save(&account.lease, &closed).await.unwrap();
    let closed = "SELECT count(*) FROM deals
        WHERE closed_at = 9000 AND close_reason = 'take_profit' AND invested = 100.1 AND realised = 1";
    assert_eq!(number(&account.db, closed).await, 1);
}

#[tokio::test]
async fn an_account_that_stands_elsewhere_takes_nothing() {
    let account = Account::new().await;
    for from_pos in [0, 6, 8, 9] {
        let batch = Batch {
            from_pos,
            ..account.batch(1, 1)
        };
        let error = account
            .refused(&account.lease, &batch, "another place")
            .await;
        assert!(matches!(error, StoreError::Stale), "{from_pos}: {error}");
    }
    // Nor does one that is gone.
    let of = (account.user, Uuid::from_u128(5));
    let before = account.everything().await;
    let batch = account.batch(1, 1);
    let saved = commit(&account.db, &account.lease, of, Utc::now(), &batch).await;
    assert!(matches!(saved, Err(StoreError::Stale)), "{saved:?}");
    assert!(before == account.everything().await);
    account.save(&account.lease, &batch).await.unwrap();
}

#[tokio::test]
async fn two_that_write_from_the_same_place_write_once() {
    let account = Account::new().await;
    let (one, two) = (account.batch(1, 1), account.batch(2, 2));
    let (first, second) = tokio::join!(
        account.save(&account.lease, &one),
        account.save(&account.lease, &two)
    );
    let refusal = match (first, second) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        (first, second) => panic!("{first:?} and {second:?}"),
    };
    assert!(matches!(refusal, StoreError::Stale), "{refusal}");
    for table in [
        "deals",
        "orders",
        "fills",
        "trades",
        "decisions",
        "events WHERE type = 'deal.opened'",
    ] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&account.db, &count).await, 1, "{table}");
    }
}

#[tokio::test]
async fn a_batch_of_which_a_part_is_refused_leaves_nothing() {
    let account = Account::new().await;
    let nobody = Uuid::from_u128(77);
    let batch = |change: fn(&mut Batch, Uuid)| {
        let mut batch = account.batch(1, 1);
        change(&mut batch, nobody);
        batch
    };
    for (why, batch) in [
        (
            "a deal of no bot",
            batch(|batch, id| batch.opened[0].bot = id),
        ),
        (
            "an order of no bot",
            batch(|batch, id| batch.orders[0].bot = id),
        ),
        (
            "a fill of no order",
            batch(|batch, id| batch.fills[0].order = id),
        ),
        (
            "a state of no bot",
            batch(|batch, id| batch.states[0].bot = id),
        ),
        (
            "a decision of no bot",
            batch(|batch, id| batch.decisions[0].bot = id),
        ),
        (
            "two orders of one number",
            batch(|batch, id| {
                let mut twin = batch.orders[0].clone();
                (twin.id, twin.client_order_id) = (id, "bbx0".to_owned());
                batch.orders.push(twin);
            }),
        ),
    ] {
        account.refused(&account.lease, &batch, why).await;
    }
    account
        .save(&account.lease, &account.batch(1, 1))
        .await
        .unwrap();
}
