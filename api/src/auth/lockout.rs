//! Lockout with backoff, per account and per address, in Postgres.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use platform::{http::subscriber_network, ids::UserId};
use store::{
    Db, Txn,
    login_failures::{self, LockPolicy},
};

use super::{email::Email, keys::Keys};
use crate::error::ApiError;

/// Five guesses at one account, then 30 s, 1 min, 2 min … up to 15 min between guesses.
const ACCOUNT: LockPolicy = LockPolicy {
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
    ..ACCOUNT
};

fn account_key(keys: &Keys, email: &str) -> String {
    let hash = keys.hash("login account", &[email.as_bytes()]);
    format!("account:{}", hex::encode(hash))
}

/// Forgets what was tried at an account: its owner has shown otherwise who they are.
///
/// # Errors
/// 503 when the database is away.
pub async fn forgive(txn: &Txn, keys: &Keys, email: &str) -> Result<(), ApiError> {
    login_failures::clear(txn, &account_key(keys, email)).await?;
    Ok(())
}

/// An attempt at a login, or at a second factor, that has been counted.
pub struct Attempt {
    account: String,
    policy: LockPolicy,
    address: String,
}

impl Attempt {
    /// Counts an attempt, whether or not the account exists, before its password is looked at.
    ///
    /// # Errors
    /// 429 while account or address are locked.
    pub async fn begin(
        db: &Db,
        keys: &Keys,
        email: &Email,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        Self::count(db, account_key(keys, email.as_str()), ACCOUNT, address, now).await
    }

    /// Counts an attempt at a user's second factor, before its code is looked at. Apart from those at the password: one
    /// who has that must not take guesses at codes back with it.
    ///
    /// # Errors
    /// 429 while factor or address are locked.
    pub async fn at_factor(
        db: &Db,
        user: UserId,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        Self::count(db, format!("factor:{user}"), FACTOR, address, now).await
    }

    async fn count(
        db: &Db,
        account: String,
        policy: LockPolicy,
        address: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let attempt = Self {
            account,
            policy,
            address: format!("address:{}", subscriber_network(address)),
        };
        for (key, policy) in [(&attempt.address, ADDRESS), (&attempt.account, policy)] {
            if let Some(until) = login_failures::charge(db.conn(), key, policy, now).await? {
                let retry_after = (until - now).to_std().unwrap_or_default();
                return Err(ApiError::LoginLocked { retry_after });
            }
        }
        Ok(attempt)
    }

    /// Password or code were right.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn succeeded(self, db: &Db) -> Result<(), ApiError> {
        login_failures::clear(db.conn(), &self.account).await?;
        login_failures::refund(db.conn(), &self.address, ADDRESS).await?;
        Ok(())
    }

    /// The password was never looked at: it does not count.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn withdrawn(self, db: &Db) -> Result<(), ApiError> {
        login_failures::refund(db.conn(), &self.account, self.policy).await?;
        login_failures::refund(db.conn(), &self.address, ADDRESS).await?;
        Ok(())
    }
}
