//! What an account holds, may do and pays.

use trading::{Amount, Asset, market::Fees};

/// What an account holds of one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The asset that this is about.
    pub asset: Asset,
    /// What may be used.
    pub free: Amount,
    /// What open orders hold.
    pub locked: Amount,
}

/// What an account and its API key may do, as far as the venue tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The venue's own id of the account: the same for all keys of one account.
    pub account: Option<String>,
    /// The account may trade.
    pub can_trade: bool,
    /// The account may withdraw. This says nothing about the key.
    pub can_withdraw: bool,
    /// The account may deposit.
    pub can_deposit: bool,
    /// Names of the venue for what the account may trade: `SPOT`.
    pub scopes: Vec<String>,
    /// What the API key may do, where the venue tells: Binance tells it on the live exchange alone.
    pub key: Option<KeyPermissions>,
}

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPermissions {
    /// It may read the account.
    pub can_read: bool,
    /// It may trade on the spot market.
    pub can_trade_spot: bool,
    /// It may withdraw: such a key is to be refused.
    pub can_withdraw: bool,
    /// It may move money to other accounts of the venue.
    pub can_transfer: bool,
    /// It works from listed addresses only. Which they are, the venue does not tell.
    pub is_bound_to_addresses: bool,
}

/// Fee rates of an account in a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRates {
    /// The rates without any discount, the larger of those for buyer and seller: what plans count with.
    pub fees: Fees,
    /// A discount for paying in another asset, where the account uses one.
    pub discount: Option<FeeDiscount>,
}

/// A discount on fees that are paid in a certain asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeDiscount {
    /// The asset: `BNB`.
    pub asset: Asset,
    /// By what the standard part of the fee is multiplied: 0.75 takes a quarter off.
    pub factor: Amount,
}

impl Permissions {
    /// Whether a bot can trade spot with this key, as far as the venue tells.
    pub fn allows_trading(&self) -> bool {
        self.can_trade && self.key.is_none_or(|key| key.can_trade_spot)
    }
}
