use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError};
use crate::symbol::Asset;

/// What an account holds of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Free to use.
    pub free: Amount,
    /// Set aside for open orders.
    pub reserved: Amount,
}

/// A paper account: never below zero, free or reserved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    balances: Vec<(Asset, Balance)>,
    /// Counts changes, so that a watcher knows when to look.
    #[serde(skip)]
    version: u64,
}

/// A booking that an account refuses. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// More than there is.
    #[error("more than the account has")]
    Insufficient,
    /// The sums have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Account {
    /// An account with free balances.
    ///
    /// # Errors
    /// When a balance is below zero, or an asset's sum has no exact form.
    pub fn new(balances: impl IntoIterator<Item = (Asset, Amount)>) -> Result<Self, AccountError> {
        let mut account = Self::default();
        for (asset, amount) in balances {
            account.credit(&asset, amount)?;
        }
        Ok(account)
    }

    /// An account as it was.
    pub fn restored(balances: Vec<(Asset, Balance)>) -> Self {
        Self {
            balances,
            version: 0,
        }
    }

    /// What it holds of an asset.
    pub fn balance(&self, asset: &Asset) -> Balance {
        self.balances
            .iter()
            .find(|(held, _)| held == asset)
            .map(|(_, balance)| *balance)
            .unwrap_or_default()
    }

    /// Everything it holds, in the order in which assets came.
    pub fn balances(&self) -> &[(Asset, Balance)] {
        &self.balances
    }

    /// Changes with every booking.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Free and reserved together.
    ///
    /// # Errors
    /// When the sum has no exact form.
    pub fn total(&self, asset: &Asset) -> Result<Amount, AmountError> {
        let balance = self.balance(asset);
        balance.free.plus(balance.reserved)
    }

    fn entry(&mut self, asset: &Asset) -> &mut Balance {
        self.version += 1;
        let index = self
            .balances
            .iter()
            .position(|(held, _)| held == asset)
            .unwrap_or_else(|| {
                self.balances.push((asset.clone(), Balance::default()));
                self.balances.len() - 1
            });
        &mut self.balances[index].1
    }

    /// Adds to the free balance.
    ///
    /// # Errors
    /// When the amount is below zero, or the sum has no exact form.
    pub fn credit(&mut self, asset: &Asset, amount: Amount) -> Result<(), AccountError> {
        if amount.is_negative() {
            return Err(AccountError::Insufficient);
        }
        let balance = self.entry(asset);
        balance.free = balance.free.plus(amount)?;
        Ok(())
    }

    /// Sets some of the free balance aside.
    ///
    /// # Errors
    /// [`AccountError::Insufficient`] when less is free.
    pub fn reserve(&mut self, asset: &Asset, amount: Amount) -> Result<(), AccountError> {
        let balance = self.entry(asset);
        if amount > balance.free {
            return Err(AccountError::Insufficient);
        }
        let (free, reserved) = (balance.free.minus(amount)?, balance.reserved.plus(amount)?);
        (balance.free, balance.reserved) = (free, reserved);
        Ok(())
    }

    /// Frees what was set aside.
    ///
    /// # Errors
    /// [`AccountError::Insufficient`] when less is set aside.
    pub fn release(&mut self, asset: &Asset, amount: Amount) -> Result<(), AccountError> {
        let balance = self.entry(asset);
        if amount > balance.reserved {
            return Err(AccountError::Insufficient);
        }
        let (free, reserved) = (balance.free.plus(amount)?, balance.reserved.minus(amount)?);
        (balance.free, balance.reserved) = (free, reserved);
        Ok(())
    }

    /// Pays `amount` out of `reserved`, which is released, and of the free balance where that is not enough.
    ///
    /// # Errors
    /// [`AccountError::Insufficient`] when both together are not enough: nothing is released then.
    pub fn pay(
        &mut self,
        asset: &Asset,
        reserved: Amount,
        amount: Amount,
    ) -> Result<(), AccountError> {
        let balance = self.entry(asset);
        let available = balance.free.plus(reserved)?;
        if amount > available || reserved > balance.reserved {
            return Err(AccountError::Insufficient);
        }
        balance.free = available.minus(amount)?;
        balance.reserved = balance.reserved.minus(reserved)?;
        Ok(())
    }
}
