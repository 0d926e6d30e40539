//! Mails that wait to be sent. Written in the transaction of what they tell of, so that none is told of what did not
//! happen and none is lost; sent afterwards, at least once.

mod kind;

use chrono::{DateTime, Duration, Utc};
use platform::ids::{UserId, uuid_v7};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

pub use kind::MailKind;

use crate::{Db, StoreError, Txn, account_tokens::Links, entity::mails, sql};

/// How long it is known that a mail was sent, or why it was not.
pub const KEPT: Duration = Duration::days(7);

/// A mail to be sent.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// What it says.
    pub kind: MailKind,
    /// About whose account; none where that is still to be found out.
    pub user: Option<UserId>,
    /// To whom.
    pub recipient: &'a str,
    /// What goes into the text; never a secret.
    pub data: Value,
}

/// Leaves a mail to be sent once the transaction has committed.
///
/// # Errors
/// [`StoreError`] of the insert.
pub async fn enqueue(
    conn: &impl ConnectionTrait,
    new: NewMail<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = mails::ActiveModel {
        id: Set(uuid_v7(now)),
        user_id: Set(new.user.map(Into::into)),
        recipient: Set(new.recipient.to_owned()),
        kind: Set(new.kind.as_str().to_owned()),
        data: Set(new.data),
        status: Set("waiting".to_owned()),
        attempts: Set(0),
        due_at: Set(now),
        error: Set(None),
        ended_at: Set(None),
        created_at: Set(now),
    };
    mails::Entity::insert(row)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Deletes the mails about an account. Alarms that wait still go out, without saying about whom: whoever has taken the account
/// must not stop them by closing it.
///
/// # Errors
/// [`StoreError`] of the statements.
pub(crate) async fn forget(txn: &Txn, user: UserId) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "UPDATE mails SET user_id = NULL WHERE user_id = $1 AND status = 'waiting' AND kind = ANY($2)",
        [user.0.into(), alarms().into()],
    )
    .await?;
    sql::execute(txn, "DELETE FROM mails WHERE user_id = $1", [user.0.into()]).await?;
    Ok(())
}

/// When the last mail of this kind to this recipient was written, if that was after `since`.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn last_since(
    conn: &impl ConnectionTrait,
    kind: MailKind,
    recipient: &str,
    since: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at = sql::value(
        conn,
        "SELECT max(created_at) FROM mails WHERE recipient = $1 AND kind = $2 AND created_at > $3",
        [recipient.into(), kind.as_str().into(), since.into()],
    )
    .await?;
    Ok(at.flatten())
}

/// A mail whose sender is the one who claimed it, until its lease ends.
#[derive(Debug)]
pub struct Claimed {
    /// This mail.
    pub id: Uuid,
    /// What it says.
    pub kind: MailKind,
    /// About whose account; none where that is still to be found out.
    pub user: Option<UserId>,
    /// To whom.
    pub recipient: String,
    /// What goes into the text.
    pub data: Value,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

fn names(kinds: impl IntoIterator<Item = MailKind>) -> Vec<String> {
    kinds
        .into_iter()
        .map(|kind| kind.as_str().to_owned())
        .collect()
}

fn notices() -> Vec<String> {
    names(MailKind::ALL.into_iter().filter(|kind| kind.is_notice()))
}

fn alarms() -> Vec<String> {
    names(MailKind::ALL.into_iter().filter(|kind| kind.is_alarm()))
}

/// Claims up to `limit` mails that are due until `lease_end`: nobody else gets them before. Kinds of a newer release wait
/// for one of its copies, and notices for the first one to the same recipient about the same account: whoever has that
/// takes them along ([`companions`]). An alarm waits only for other alarms.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn claim(
    db: &Db,
    limit: u32,
    now: DateTime<Utc>,
    lease_end: DateTime<Utc>,
) -> Result<Vec<Claimed>, StoreError> {
    let rows: Vec<mails::Model> = sql::rows(
        db.conn(),
        "UPDATE mails SET attempts = attempts + 1, due_at = $2
         WHERE id IN (SELECT id FROM mails m WHERE status = 'waiting' AND due_at <= $1 AND kind = ANY($4)
                        AND NOT (kind = ANY($5) AND EXISTS (
                          SELECT FROM mails o WHERE o.user_id = m.user_id AND o.recipient = m.recipient
                            AND o.kind = ANY($5) AND o.status = 'waiting' AND o.id <> m.id
                            AND (o.kind = ANY($6) OR m.kind <> ALL($6))
                            AND (o.id < m.id OR o.attempts > 0 AND o.due_at > $1)))
                      ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING *",
        [
            now.into(),
            lease_end.into(),
            i64::from(limit).into(),
            names(MailKind::ALL).into(),
            notices().into(),
            alarms().into(),
        ],
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                id: row.id,
                kind: row.kind.parse()?,
                user: row.user_id.map(UserId::from),
                recipient: row.recipient,
                data: row.data,
                attempt: row.attempts,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// A notice that waits for another one.
#[derive(Debug)]
pub struct Companion {
    /// This mail.
    pub id: Uuid,
    /// What it says.
    pub kind: MailKind,
    /// What goes into the text.
    pub data: Value,
}

/// The notices that wait for this claimed one, the oldest first: nobody else sends them meanwhile.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn companions(
    conn: &impl ConnectionTrait,
    mail: &Claimed,
) -> Result<Vec<Companion>, StoreError> {
    let rows = sql::values::<(Uuid, String, Value)>(
        conn,
        "SELECT id, kind, data FROM mails WHERE user_id = $1 AND recipient = $2 AND kind = ANY($3)
             AND status = 'waiting' AND id <> $4 ORDER BY id",
        [
            mail.user.map(|user| user.0).into(),
            mail.recipient.as_str().into(),
            notices().into(),
            mail.id.into(),
        ],
    )
    .await?;
    rows.into_iter()
        .map(|(id, kind, data)| {
            Ok(Companion {
                id,
                kind: kind.parse()?,
                data,
            })
        })
        .collect()
}

/// Notes that companions were sent with the mail that they waited for.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn settle_companions(
    db: &Db,
    companions: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::execute(
        db.conn(),
        "UPDATE mails SET status = 'sent', ended_at = $2, data = '{}' WHERE id = ANY($1) AND status = 'waiting'",
        [companions.to_vec().into(), now.into()],
    )
    .await?;
    Ok(())
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has it.
    Sent,
    /// There is nobody to whom it could be said.
    Dropped,
    /// It did not work, and may work then.
    Later {
        /// When to try again.
        at: DateTime<Utc>,
        /// Why it did not work.
        error: String,
    },
    /// It will not work.
    Failed {
        /// Why not.
        error: String,
    },
}

/// Notes what became of a claimed mail. The text's parts go with its end.
///
/// # Errors
/// [`StoreError`] of the statement.
pub async fn settle(
    db: &Db,
    mail: &Claimed,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (status, due_at, error) = match outcome {
        Outcome::Sent => ("sent", now, None),
        Outcome::Dropped => ("dropped", now, None),
        Outcome::Later { at, error } => ("waiting", at, Some(error)),
        Outcome::Failed { error } => ("failed", now, Some(error)),
    };
    // Only the last claim counts: one whose lease has ended has nothing to say any more.
    sql::execute(
        db.conn(),
        "UPDATE mails SET status = $3, due_at = $4, error = $5,
             ended_at = CASE WHEN $3 = 'waiting' THEN NULL ELSE $6 END,
             data = CASE WHEN $3 = 'waiting' THEN data ELSE '{}' END
         WHERE id = $1 AND attempts = $2 AND status = 'waiting'",
        [
            mail.id.into(),
            mail.attempt.into(),
            status.into(),
            due_at.into(),
            error.into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Keeps waiting mails of an account from carrying a link: those that say nothing else are dropped, the notice of a new
/// address goes out without.
///
/// # Errors
/// [`StoreError`] of the statements.
pub(crate) async fn void_links(
    txn: &Txn,
    user: UserId,
    links: Links,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "UPDATE mails SET status = 'dropped', ended_at = $2, data = '{}' WHERE status = 'waiting' AND (
             user_id = $1 AND (kind = 'confirm_email' OR $3 AND kind = 'verify_email' OR $4 AND kind = 'reset_password')
             OR $4 AND user_id IS NULL AND kind = 'reset_password'
                AND recipient = (SELECT email FROM users WHERE id = $1))",
        [
            user.0.into(),
            now.into(),
            (links != Links::OfAddressChange).into(),
            (links == Links::All).into(),
        ],
    )
    .await?;
    sql::execute(
        txn,
        r#"UPDATE mails SET data = data || '{"void": true}'
           WHERE status = 'waiting' AND user_id = $1 AND kind = 'email_change_requested'"#,
        [user.0.into()],
    )
    .await?;
    Ok(())
}

/// Whether a claimed mail may carry a link: it is still to be sent by who claimed it, and no change of credentials came
/// between. Ask under the lock over the sessions of the user.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn may_carry_link(txn: &Txn, mail: &Claimed) -> Result<bool, StoreError> {
    sql::exists(
        txn,
        "SELECT 1 FROM mails WHERE id = $1 AND attempts = $2 AND status = 'waiting' AND NOT data ? 'void'",
        [mail.id.into(), mail.attempt.into()],
    )
    .await
}

/// Whether a later mail says the same to the same: its link would void the one that was just sent.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn is_superseded(
    conn: &impl ConnectionTrait,
    mail: &Claimed,
) -> Result<bool, StoreError> {
    sql::exists(
        conn,
        "SELECT 1 FROM mails WHERE kind = $1 AND id > $2
             AND (CASE WHEN $3::uuid IS NULL THEN recipient = $4 ELSE user_id = $3 END) LIMIT 1",
        [
            mail.kind.as_str().into(),
            mail.id.into(),
            mail.user.map(|user| user.0).into(),
            mail.recipient.as_str().into(),
        ],
    )
    .await
}
