//! Whoever asks for what is another's finds nothing, and changes nothing.

use chrono::Utc;
use platform::ids::{SessionId, UserId};
use serde_json::json;
use store::{
    StoreError, api_tokens,
    backtests::{self, JobKind, NewBacktest},
    security_log::{self, Caller, SecurityEvent},
    sessions::{self, NewToken, RevokeReason},
    trading::{
        balances, bot_states,
        bots::{self, BotFilter},
        connections::{self, Deleted},
        deals, decisions, equity, fills, orders,
        pages::Filter,
        portfolio,
    },
};
use trading::bot::BotStatus;
use uuid::Uuid;

use crate::{commit::Account, user};

/// One of each thing that somebody can own.
struct Things {
    bot: Uuid,
    connection: Uuid,
    backtest: Uuid,
    session: SessionId,
    token: Uuid,
}

async fn things(account: &Account) -> Things {
    let (db, owner, now) = (&account.db, account.user, Utc::now());
    let batch = account.batch(1, 1);
    account.save(&account.lease, &batch).await.unwrap();
    let symbol = "SOL-USDT".parse().unwrap();
    let backtest = db
        .transaction::<_, StoreError, _>(async |txn| {
            let new = NewBacktest {
                kind: JobKind::Backtest,
                symbol: &symbol,
                bot_type: "grid",
                spec: json!({}),
            };
            backtests::insert(txn, owner, new, now).await
        })
        .await
        .unwrap();
    let session = SessionId::new(now);
    let token = NewToken {
        hash: &[1; 32],
        expires_at: now + chrono::Duration::days(1),
    };
    let caller = Caller::default();
    sessions::add(db.conn(), owner, session, token, &caller, now)
        .await
        .unwrap();
    let event = SecurityEvent::LoggedIn;
    security_log::record(db.conn(), Some(owner), event, &caller, json!({}), now)
        .await
        .unwrap();
    let token = Uuid::from_u128(3);
    let sql = format!(
        "INSERT INTO api_tokens (id, user_id, name, hash, hint, scopes, expires_at)
         VALUES ('{token}', '{owner}', 'x', decode(repeat('00', 32), 'hex'), 'x', '{{read}}', now() + interval '1 day')"
    );
    account.test.execute(&sql).await;
    Things {
        token,
        bot: account.paper.bots[0],
        connection: account.paper.connection,
        backtest: backtest.id,
        session,
    }
}

/// Every finder, and how much it gives `user` of the things.
#[expect(clippy::too_many_lines, reason = "one line a finder")]
async fn found(account: &Account, user: UserId, of: &Things) -> Vec<(&'static str, usize)> {
    let conn = account.db.conn();
    let (bot, connection) = ((user, of.bot), of.connection);
    let (all, page) = (Filter::default(), (None, 10));
    let of_bot = Filter {
        bot: Some(of.bot),
        ..Filter::default()
    };
    let now = Utc::now();
    let txn = account.db.begin().await.unwrap();
    let many = BotFilter::default();
    let through = BotFilter {
        connection: Some(connection),
        ..BotFilter::default()
    };
    let one = |found: bool| usize::from(found);
    let found = vec![
        (
            "bots::find",
            one(bots::find(conn, user, of.bot).await.unwrap().is_some()),
        ),
        (
            "bots::lock",
            one(bots::lock(&txn, user, of.bot).await.unwrap().is_some()),
        ),
        (
            "bots::lock_active",
            bots::lock_active(&txn, user).await.unwrap().len(),
        ),
        (
            "bots::list",
            bots::list(conn, user, &many, None, 10).await.unwrap().len(),
        ),
        (
            "bots::list by connection",
            bots::list(conn, user, &through, None, 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "connections::find",
            one(connections::find(conn, user, connection)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "connections::lock",
            one(connections::lock(&txn, user, connection)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "connections::list",
            connections::list(conn, user, None, 10).await.unwrap().len(),
        ),
        (
            "connections::ids",
            connections::ids(conn, user).await.unwrap().len(),
        ),
        (
            "balances::held",
            balances::held(conn, user, None).await.unwrap().len(),
        ),
        (
            "balances::held of one",
            balances::held(conn, user, Some(connection))
                .await
                .unwrap()
                .len(),
        ),
        (
            "deals::list",
            deals::list(conn, bot, None, 10).await.unwrap().len(),
        ),
        (
            "deals::find",
            one(deals::find(conn, bot, 1).await.unwrap().is_some()),
        ),
        (
            "orders::list",
            orders::list(conn, bot, None, 10).await.unwrap().len(),
        ),
        (
            "fills::list",
            fills::list(conn, bot, None, 10).await.unwrap().len(),
        ),
        (
            "decisions::list",
            decisions::list(conn, bot, None, 10).await.unwrap().len(),
        ),
        (
            "bots::state",
            one(bot_states::state(conn, user, of.bot)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "deals::list_all",
            deals::list_all(conn, user, &all, page).await.unwrap().len(),
        ),
        (
            "orders::list_all",
            orders::list_all(conn, user, &all, page)
                .await
                .unwrap()
                .len(),
        ),
        (
            "fills::list_all",
            fills::list_all(conn, user, &all, page).await.unwrap().len(),
        ),
        (
            "fills::list_all of a bot",
            fills::list_all(conn, user, &of_bot, page)
                .await
                .unwrap()
                .len(),
        ),
        (
            "connections::had",
            usize::from(connections::had(conn, user, connection).await.unwrap()),
        ),
        (
            "fills::booked",
            fills::booked(conn, user, connection, (0, Uuid::nil()), 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "equity::list",
            equity::list(conn, user, connection, 0, 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "portfolio::pnl",
            portfolio::pnl(conn, user, None, 10).await.unwrap().len(),
        ),
        (
            "portfolio::pnl of a bot",
            portfolio::pnl(conn, user, Some(of.bot), 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "portfolio::ledger",
            portfolio::ledger(conn, user, of.bot)
                .await
                .unwrap()
                .len()
                .min(1),
        ),
        (
            "backtests::find",
            one(backtests::find(conn, user, of.backtest)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "backtests::find_all",
            backtests::find_all(conn, user, &[of.backtest])
                .await
                .unwrap()
                .len(),
        ),
        (
            "backtests::list",
            backtests::list(conn, user, None, None, 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "sessions::owner",
            one(sessions::owner(conn, user, of.session, now)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "sessions::lock_current",
            one(sessions::lock_current(&txn, user, of.session, now)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "sessions::owned_by",
            sessions::owned_by(conn, user, None, 10, now)
                .await
                .unwrap()
                .len(),
        ),
        (
            "api_tokens::owned_by",
            api_tokens::owned_by(conn, user, None, 10)
                .await
                .unwrap()
                .len(),
        ),
        (
            "security_log::owned_by",
            security_log::owned_by(conn, user, None, 10)
                .await
                .unwrap()
                .len(),
        ),
    ];
    txn.rollback().await.unwrap();
    found
}

#[tokio::test]
async fn finders_give_the_owner_everything_and_a_stranger_nothing() {
    let account = Account::new().await;
    let of = things(&account).await;
    for (finder, rows) in found(&account, account.user, &of).await {
        assert_eq!(rows, 1, "{finder} for the owner");
    }
    let stranger = user(&account.test).await;
    for (finder, rows) in found(&account, stranger, &of).await {
        assert_eq!(rows, 0, "{finder} for a stranger");
    }
}

/// Whatever a stranger is answered: the database is afterwards what it was before.
#[tokio::test]
async fn a_stranger_changes_nothing() {
    let account = Account::new().await;
    let of = things(&account).await;
    let (stranger, now) = (user(&account.test).await, Utc::now());
    let bot = bots::find(account.db.conn(), account.user, of.bot).await;
    let bot = bot.unwrap().unwrap();
    let before = account.everything().await;

    let txn = account.db.begin().await.unwrap();
    let place = (of.bot, bot.version);
    let edited = bots::update(&txn, stranger, place, "Mine", &bot.config, now).await;
    assert!(edited.unwrap().is_none());
    assert!(!bots::delete(&txn, stranger, of.bot, now).await.unwrap());
    let stopped = bots::set_status(&txn, stranger, of.bot, BotStatus::Stopped, now).await;
    assert!(matches!(stopped, Err(StoreError::NotFound)), "{stopped:?}");
    let renamed = connections::rename(&txn, stranger, of.connection, "Mine", now).await;
    assert!(matches!(renamed, Err(StoreError::NotFound)), "{renamed:?}");
    let confirmed = connections::confirm_live(&txn, stranger, of.connection, now).await;
    assert!(
        matches!(confirmed, Err(StoreError::NotFound)),
        "{confirmed:?}"
    );
    let deleted = connections::delete(&txn, stranger, of.connection, now).await;
    assert_eq!(deleted.unwrap(), Deleted::NotFound);
    let cancelled = backtests::cancel(&txn, stranger, of.backtest, now).await;
    assert!(
        matches!(cancelled, Err(StoreError::NotFound)),
        "{cancelled:?}"
    );
    assert!(
        !backtests::delete(&txn, stranger, of.backtest)
            .await
            .unwrap()
    );
    assert!(
        !sessions::step_up(&txn, stranger, of.session, now)
            .await
            .unwrap()
    );
    let reason = RevokeReason::Logout;
    let ended = sessions::revoke(&txn, stranger, of.session, reason, now).await;
    assert!(!ended.unwrap());
    let revoked = api_tokens::revoke(&txn, stranger, of.token, now).await;
    assert_eq!(revoked.unwrap(), None);
    txn.commit().await.unwrap();
    assert!(
        account.everything().await == before,
        "a stranger changed something"
    );
}
