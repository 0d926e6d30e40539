//! Signals are stored once, by what tells them apart, and what became of them is noted once.

use chrono::{DateTime, Duration, Utc};
use platform::{
    Secret,
    config::{Env, Reader, VaultConfig},
    ids::UserId,
    vault::Vault,
};
use store::{
    StoreError,
    trading::{
        commands,
        commit::{Batch, CommandOutcome, NewStatus, SignalResult},
        signals::{self, Arrival, NewSignal, Signal, SignalData, SignalOutcome},
    },
};
use trading::bot::{BotStatus, SignalAction};
use uuid::Uuid;

use crate::commit::Account;

async fn arrive(account: &Account, (id, key): (u128, &str), now: DateTime<Utc>) -> Arrival {
    let bot = account.paper.bots[0];
    let data = SignalData::default();
    account
        .db
        .transaction::<_, StoreError, _>(async |txn| {
            let new = NewSignal {
                id: Uuid::from_u128(id),
                key,
                action: "enter_long",
                data: &data,
                sent_at: None,
                refused: None,
            };
            signals::insert(txn, bot, new, now).await
        })
        .await
        .unwrap()
}

async fn listed(account: &Account) -> Vec<Signal> {
    let of = (account.user, account.paper.bots[0]);
    signals::list(account.db.conn(), of, None, 10)
        .await
        .unwrap()
}

async fn save(account: &Account, batch: Batch) {
    let pos: (i64,) = sea_orm::sqlx::query_as("SELECT input_pos FROM feeds")
        .fetch_one(&mut account.test.connect().await)
        .await
        .unwrap();
    let batch = Batch {
        from_pos: pos.0,
        input_pos: pos.0 + 1,
        ..batch
    };
    account.save(&account.lease, &batch).await.unwrap();
}

#[tokio::test]
async fn a_key_is_taken_for_a_day() {
    let account = Account::new().await;
    let now = DateTime::from_timestamp_millis(Utc::now().timestamp_millis()).unwrap();
    assert!(matches!(
        arrive(&account, (1, "a"), now).await,
        Arrival::New(_)
    ));
    for later in [
        Duration::zero(),
        Duration::hours(24) - Duration::milliseconds(1),
    ] {
        match arrive(&account, (2, "a"), now + later).await {
            Arrival::Repeat(first) => assert_eq!(first.id, Uuid::from_u128(1)),
            Arrival::New(_) => panic!("stored again after {later}"),
        }
    }
    let day = now + Duration::hours(24);
    assert!(matches!(
        arrive(&account, (3, "a"), day).await,
        Arrival::New(_)
    ));
    assert!(matches!(
        arrive(&account, (4, "b"), day).await,
        Arrival::New(_)
    ));
    let ids: Vec<u128> = listed(&account)
        .await
        .iter()
        .map(|one| one.id.as_u128())
        .collect();
    assert_eq!(ids, [4, 3, 1]);
}

#[tokio::test]
async fn an_outcome_is_noted_once() {
    let account = Account::new().await;
    let now = Utc::now();
    for id in 1..=5 {
        arrive(&account, (id, &id.to_string()), now).await;
    }
    let result = |id, reason: Option<&str>| SignalResult {
        id: Uuid::from_u128(id),
        reason: reason.map(str::to_owned),
    };
    let batch = Batch {
        signals: vec![result(1, None), result(2, Some("cooldown"))],
        // A command that could not be told says why.
        commands: vec![CommandOutcome {
            id: Uuid::from_u128(3),
            pos: 8,
            error: Some("feed_ended".to_owned()),
        }],
        ..Batch::default()
    };
    save(&account, batch).await;
    let again = Batch {
        signals: vec![result(1, Some("cooldown")), result(2, None)],
        ..Batch::default()
    };
    save(&account, again).await;
    let said = |all: &[Signal]| {
        let one = |signal: &Signal| (signal.id.as_u128(), signal.outcome, signal.reason.clone());
        all.iter().rev().map(one).collect::<Vec<_>>()
    };
    let (applied, refused) = (SignalOutcome::Applied, SignalOutcome::Refused);
    assert_eq!(
        said(&listed(&account).await)[..4],
        [
            (1, applied, None),
            (2, refused, Some("cooldown".to_owned())),
            (3, refused, Some("feed_ended".to_owned())),
            (4, SignalOutcome::Accepted, None),
        ]
    );
    // Of a bot that ends none waits any more, but for those that it was not told of.
    account
        .db
        .transaction::<_, StoreError, _>(async |txn| {
            let signal = trading::bot::Signal::of(SignalAction::EnterLong);
            let of = (Uuid::from_u128(5), account.paper.bots[0]);
            commands::append_signal(txn, now, of, signal).await
        })
        .await
        .unwrap();
    let ended = Batch {
        statuses: vec![NewStatus {
            bot: account.paper.bots[0],
            status: BotStatus::Error,
            reason: None,
        }],
        ..Batch::default()
    };
    save(&account, ended).await;
    assert_eq!(
        said(&listed(&account).await)[3..],
        [
            (4, refused, Some("not_running".to_owned())),
            (5, SignalOutcome::Accepted, None)
        ]
    );
}

#[tokio::test]
async fn a_month_later_they_are_gone_with_their_commands() {
    let account = Account::new().await;
    let now = Utc::now();
    for (id, age) in [(1, 31), (2, 29)] {
        let then = now - Duration::days(age);
        arrive(&account, (id, &id.to_string()), then).await;
        let tell = account.db.transaction::<_, StoreError, _>(async |txn| {
            let signal = trading::bot::Signal::of(SignalAction::EnterLong);
            let of = (Uuid::from_u128(id), account.paper.bots[0]);
            commands::append_signal(txn, then, of, signal).await
        });
        tell.await.unwrap();
    }
    let pruned = store::retention::prune(account.db.conn(), now)
        .await
        .unwrap();
    assert!(pruned.contains(&("signals", 1)), "{pruned:?}");
    let left = "SELECT count(*) FROM signals s JOIN bot_commands w USING (id)";
    assert_eq!(crate::number(&account.db, left).await, 1);
    let commands = "SELECT count(*) FROM bot_commands WHERE command->>'command' = 'signal'";
    assert_eq!(crate::number(&account.db, commands).await, 1);
}

fn vault(key: u8) -> Vault {
    let key = [("ENCRYPTION_KEY", key.to_string().repeat(32))];
    let mut reader = Reader::new(Env::from_pairs(key));
    Vault::new(&VaultConfig::read(&mut reader))
}

#[tokio::test]
async fn a_secret_opens_for_its_bot_alone() {
    let account = Account::new().await;
    let (own, bot) = (vault(1), account.paper.bots[0]);
    assert!(
        signals::door(account.db.conn(), bot)
            .await
            .unwrap()
            .is_none()
    );
    let set = async |user: UserId| {
        let secret = Secret::new(b"bbs_x".to_vec());
        account
            .db
            .transaction::<_, StoreError, _>(async |txn| {
                signals::set_secret(txn, &own, (user, bot), &secret, Utc::now()).await
            })
            .await
            .unwrap()
    };
    let stranger = crate::user(&account.test).await;
    assert!(!set(stranger).await);
    assert!(set(account.user).await);
    let door = signals::door(account.db.conn(), bot)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(door.user, account.user);
    assert_eq!(door.secret(&own, bot).unwrap().expose(), b"bbs_x");
    assert!(door.secret(&own, Uuid::nil()).is_err());
    assert!(door.secret(&vault(2), bot).is_err());
    account
        .test
        .execute("UPDATE bots SET deleted_at = now()")
        .await;
    assert!(
        signals::door(account.db.conn(), bot)
            .await
            .unwrap()
            .is_none()
    );
    let of = (stranger, bot);
    assert!(
        signals::list(account.db.conn(), of, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
