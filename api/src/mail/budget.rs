//! How many mails a mailbox gets, whatever they are about and whoever caused them.

use chrono::{DateTime, TimeDelta, Utc};
use platform::ids::UserId;
use store::{
    Txn,
    mail_budgets::{self, Bucket, Budget},
};

use crate::{auth::keys::Keys, error::ApiError, state::AppState};

/// Of one mailbox: five at once and one each ten minutes, twenty and one an hour in the long run.
pub(super) const MAILBOX: Budget = Budget {
    burst: Bucket {
        size: 5,
        every: TimeDelta::minutes(10),
    },
    long: Bucket {
        size: 20,
        every: TimeDelta::hours(1),
    },
};

/// What strangers can cause, or goes to an address that nobody has proven, leaves these places of the mailbox's budget for
/// what its owner must learn.
pub(super) const LEFT_FOR_OWNER: (i32, i32) = (2, 8);

/// Of the links that set a new password, to the proven address of an account: whoever fills the mailbox otherwise must not
/// keep its owner from getting in again.
pub(super) const RESETS: Budget = Budget {
    burst: Bucket {
        size: 3,
        every: TimeDelta::minutes(10),
    },
    long: Bucket {
        size: 10,
        every: TimeDelta::hours(1),
    },
};

/// Of what can take an account away, to the address that its owner had proven when it happened: whoever fills the mailbox
/// otherwise must not keep it from its owner.
pub(super) const ALARMS: Budget = RESETS;

/// Of one user who names other addresses: what is sent there is a stranger's mail until it is confirmed.
const NAMED_ADDRESSES: Budget = Budget {
    burst: Bucket {
        size: 3,
        every: TimeDelta::minutes(20),
    },
    long: Bucket {
        size: 6,
        every: TimeDelta::hours(4),
    },
};

/// Of one user who changes the password in a session. Each change voids the links that set a new one: whoever has found out
/// the password must not void them faster than [`RESETS`] brings new ones to the owner.
const PASSWORD_CHANGES: Budget = Budget {
    burst: Bucket {
        size: 3,
        every: TimeDelta::minutes(30),
    },
    long: Bucket {
        size: 6,
        every: TimeDelta::hours(4),
    },
};

/// Where dots in the name of a mailbox name no other one.
const DOTLESS: &[&str] = &["gmail.com", "googlemail.com"];

/// The key of a mailbox's budget. What is behind a `+` names no other mailbox.
pub(super) fn mailbox(keys: &Keys, address: &str) -> String {
    let address = address.to_lowercase();
    let (local, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
    let base = local.split_once('+').map_or(local, |(base, _)| base);
    let local = if base.is_empty() { local } else { base };
    let local = if DOTLESS.contains(&domain) {
        local.replace('.', "")
    } else {
        local.to_owned()
    };
    let hash = keys.hash("mailbox", &[local.as_bytes(), domain.as_bytes()]);
    format!("mailbox:{}", hex::encode(hash))
}

/// The key of the budget of a mailbox's links that set a new password.
pub(super) fn resets(keys: &Keys, address: &str) -> String {
    format!("resets:{}", mailbox(keys, address))
}

/// The key of the budget of a mailbox's alarms.
pub(super) fn alarms(keys: &Keys, address: &str) -> String {
    format!("alarms:{}", mailbox(keys, address))
}

/// Counts that a user names another address.
///
/// # Errors
/// 429 where that was done too often, 503 when the database is away.
pub(crate) async fn charge_named_address(state: &AppState, user: UserId) -> Result<(), ApiError> {
    let (key, now) = (format!("change_email:{user}"), state.clock.now());
    let charged = mail_budgets::charge(state.db.conn(), &key, NAMED_ADDRESSES, now).await?;
    granted(charged, now)
}

/// Counts that a user changes the password in a session.
///
/// # Errors
/// 429 where that was done too often, 503 when the database is away.
pub(crate) async fn charge_password_change(
    txn: &Txn,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    let key = password_changes(user);
    let charged = mail_budgets::charge(txn, &key, PASSWORD_CHANGES, now).await?;
    granted(charged, now)
}

/// Forgets how often the password was changed: its owner has set a new one by the mailbox.
///
/// # Errors
/// 503 when the database is away.
pub(crate) async fn forget_password_changes(txn: &Txn, user: UserId) -> Result<(), ApiError> {
    Ok(mail_budgets::forget(txn, &password_changes(user)).await?)
}

fn password_changes(user: UserId) -> String {
    format!("change_password:{user}")
}

/// Refuses where a place is free only later.
fn granted(free_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), ApiError> {
    match free_at {
        None => Ok(()),
        Some(at) => Err(ApiError::RateLimited {
            retry_after: (at - now).to_std().unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, mailbox};

    #[test]
    fn tags_and_capitals_name_the_same_mailbox() {
        let keys = Keys::derive(&"one".into());
        let ann = mailbox(&keys, "ann@example.com");
        for same in [
            "Ann@Example.com",
            "ann+1@example.com",
            "ann+a+b@example.com",
        ] {
            assert_eq!(mailbox(&keys, same), ann, "{same}");
        }
        for other in [
            "bob@example.com",
            "ann@example.org",
            "+ann@example.com",
            "a+nn@example.com",
            "a.nn@example.com",
        ] {
            assert_ne!(mailbox(&keys, other), ann, "{other}");
        }
        let dotted = mailbox(&keys, "a.n.n+x@gmail.com");
        assert_eq!(dotted, mailbox(&keys, "ann@gmail.com"));
        assert!(!ann.contains("example"));
    }
}
