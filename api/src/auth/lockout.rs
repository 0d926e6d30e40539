//! Lockout with backoff, in Postgres.
//!
//! Whoever can drive a counter can lock what it guards. So each of these is driven by somebody else, and none of them locks
//! another:
//!
//! | counter | driven by | locks |
//! | --- | --- | --- |
//! | `account:<hash>` | anybody | passwords at the login, but for devices that have signed in before |
//! | `address:<network>` | anybody behind that address | the same, of every account, and registration, from there |
//! | `device:<id>` | whoever has the cookie of a device | passwords at the login from that device |
//! | `session:<id>` | whoever has the session | passwords in that session: step-up and what asks for one |
//! | `factor:<user>` | whoever has the password | codes at the login, but for devices that have signed in before |
//! | `device_factor:<id>` | whoever has password and device cookie | codes at the login from that device |
//! | `session_factor:<id>` | whoever has the session | codes in that session |

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use platform::{
    http::subscriber_network,
    ids::{SessionId, UserId},
};
use store::{
    Db, Txn,
    login_failures::{self, LockPolicy},
};

use super::{device::Device, email::Email, keys::Keys};
use crate::error::ApiError;

/// Five guesses at a password, then 30 s, 1 min, 2 min … up to 15 min between guesses.
const PASSWORD: LockPolicy = LockPolicy {
    free: 5,
    first_lock_s: 30,
    longest_lock_s: 15 * 60,
    forget_s: 24 * 3_600,
};

/// Many people may share an address: more guesses, and the same backoff after them.
const ADDRESS: LockPolicy = LockPolicy {
    free: 50,
    first_lock_s: 30,
    longest_lock_s: 15 * 60,
    forget_s: 3_600,
};

/// A code has six digits, three of which are good at a time: whoever has the password may guess for longer than at a
/// password, so the waits get longer.
const FACTOR: LockPolicy = LockPolicy {
    longest_lock_s: 60 * 60,
    ..PASSWORD
};

fn account_key(keys: &Keys, email: &str) -> String {
    let hash = keys.hash("login account", &[email.as_bytes()]);
    format!("account:{}", hex::encode(hash))
}

fn address_key(address: IpAddr) -> String {
    format!("address:{}", subscriber_network(address))
}

/// Forgets what was tried at an account: its owner has shown otherwise who they are.
///
/// # Errors
/// 503 when the database is away.
pub async fn forgive(txn: &Txn, keys: &Keys, email: &str) -> Result<(), ApiError> {
    login_failures::clear(txn, &account_key(keys, email)).await?;
    Ok(())
}

struct Counter {
    key: String,
    policy: LockPolicy,
}

/// A guess at a password or a code that has been counted before it is looked at.
pub struct Attempt {
    target: Counter,
    address: Option<Counter>,
}

impl Attempt {
    /// Counts a guess at the password of a login, whether or not the account exists. From a device that has signed in
    /// before only that device's guesses count.
    ///
    /// # Errors
    /// 429 while account or address, or the device, are locked.
    pub async fn at_login(
        db: &Db,
        keys: &Keys,
        email: &Email,
        device: Option<Device>,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let (key, address) = match device {
            Some(device) => (format!("device:{}", device.key()), None),
            None => (account_key(keys, email.as_str()), Some(address)),
        };
        Self::count(db, key, PASSWORD, address, now).await
    }

    /// Counts a guess at the code of a login. Apart from those at the password: one who has that must not take guesses at
    /// codes back with it.
    ///
    /// # Errors
    /// 429 while factor or address, or the device, are locked.
    pub async fn at_login_factor(
        db: &Db,
        user: UserId,
        device: Option<Device>,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let (key, address) = match device {
            Some(device) => (format!("device_factor:{}", device.key()), None),
            None => (format!("factor:{user}"), Some(address)),
        };
        Self::count(db, key, FACTOR, address, now).await
    }

    /// Counts a guess at the password of somebody who is signed in.
    ///
    /// # Errors
    /// 429 while the session may not guess.
    pub async fn in_session(
        db: &Db,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        Self::count(db, format!("session:{session}"), PASSWORD, None, now).await
    }

    /// Counts a guess at a code of somebody who is signed in.
    ///
    /// # Errors
    /// 429 while the session may not guess.
    pub async fn at_session_factor(
        db: &Db,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        Self::count(db, format!("session_factor:{session}"), FACTOR, None, now).await
    }

    /// Counts a try to make an account, which tells whether the address has one: whoever asks for many is locked like a
    /// guesser. Taken back with [`Attempt::withdrawn`] where an account was made.
    ///
    /// # Errors
    /// 429 while the address is locked.
    pub async fn at_registration(
        db: &Db,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        Self::count(db, address_key(address), ADDRESS, None, now).await
    }

    async fn count(
        db: &Db,
        key: String,
        policy: LockPolicy,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let attempt = Self {
            target: Counter { key, policy },
            address: address.map(|address| Counter {
                key: address_key(address),
                policy: ADDRESS,
            }),
        };
        let mut until = None;
        if let Some(address) = &attempt.address {
            until = charge(db, address, now).await?;
        }
        if until.is_none() {
            until = charge(db, &attempt.target, now).await?;
            if until.is_some() {
                // Nothing is looked at: whoever tries an account that somebody else has locked is no guesser.
                refund(db, attempt.address.as_ref()).await?;
            }
        }
        match until {
            None => Ok(attempt),
            Some(until) => Err(ApiError::LoginLocked {
                retry_after: (until - now).to_std().unwrap_or_default(),
            }),
        }
    }

    /// Password or code were right.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn succeeded(self, db: &Db) -> Result<(), ApiError> {
        login_failures::clear(db.conn(), &self.target.key).await?;
        refund(db, self.address.as_ref()).await
    }

    /// It was no guess, or nothing was looked at: it does not count.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn withdrawn(self, db: &Db) -> Result<(), ApiError> {
        refund(db, Some(&self.target)).await?;
        refund(db, self.address.as_ref()).await
    }
}

/// Counts one more; answers until when it is locked, if it is.
async fn charge(
    db: &Db,
    Counter { key, policy }: &Counter,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, ApiError> {
    Ok(login_failures::charge(db.conn(), key, *policy, now).await?)
}

async fn refund(db: &Db, counter: Option<&Counter>) -> Result<(), ApiError> {
    if let Some(Counter { key, policy }) = counter {
        login_failures::refund(db.conn(), key, *policy).await?;
    }
    Ok(())
}
