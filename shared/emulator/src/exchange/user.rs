//! A user: its key, its permissions and its balances.

use platform::Secret;
use trading::{
    Amount, Asset,
    order::Millis,
    paper::{Account, AccountError},
};

use crate::config::UserConfig;

/// Money that came from outside, or went there: below zero.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deposit {
    /// Name of the user.
    pub user: String,
    /// What was moved.
    pub asset: Asset,
    /// How much; below zero for a withdrawal.
    pub amount: Amount,
    /// When, in milliseconds since 1970.
    pub time: Millis,
}

/// A user of the exchange.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u64,
    pub(crate) api_key: String,
    pub(crate) secret_key: Secret<String>,
    pub(crate) is_revoked: bool,
    pub(crate) can_trade: bool,
    pub(crate) can_withdraw: bool,
    pub(crate) pays_fees_in_bnb: bool,
    pub(crate) maker_fee: Amount,
    pub(crate) taker_fee: Amount,
    pub(crate) account: Account,
    /// Balances before the last change, which a race shows once more.
    pub(crate) before: Account,
    pub(crate) updated: Millis,
}

impl User {
    /// Opens an account, with its first deposits.
    pub(crate) fn new(config: &UserConfig, uid: u64, now: Millis) -> Result<Self, AccountError> {
        let account = Account::new(config.deposits.iter().cloned())?;
        Ok(Self {
            name: config.name.clone(),
            uid,
            api_key: config.api_key.clone(),
            secret_key: config.secret_key.clone(),
            is_revoked: false,
            can_trade: config.can_trade,
            can_withdraw: config.can_withdraw,
            pays_fees_in_bnb: config.pays_fees_in_bnb,
            maker_fee: config.maker_fee,
            taker_fee: config.taker_fee,
            before: account.clone(),
            account,
            updated: now,
        })
    }

    /// Keeps the balances as they are now, for a race to show.
    pub(crate) fn remember(&mut self, now: Millis) {
        self.before = self.account.clone();
        self.updated = now;
    }
}
