//! The test that the exchange has neither made nor lost money.

use std::collections::BTreeMap;

use trading::{Amount, AmountError, Asset, order::Side};

use super::{
    books::{Books, OrderEntry},
    order::Status,
};

/// Something in the books that contradicts the rest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A balance is not what deposits, trades and fees make.
    #[error("{user} has {found} {asset}, deposits, trades and fees make {expected}")]
    Balance {
        /// Name of the user.
        user: String,
        /// The asset that this is about.
        asset: Asset,
        /// Free and locked together.
        found: Amount,
        /// Σ deposits ± trades − fees.
        expected: Amount,
    },
    /// What is locked is not what open orders need.
    #[error("{user} has {found} {asset} locked, open orders need {expected}")]
    Locked {
        /// Name of the user.
        user: String,
        /// The asset that this is about.
        asset: Asset,
        /// The locked balance.
        found: Amount,
        /// Σ of what open orders have not filled yet.
        expected: Amount,
    },
    /// A balance is below zero.
    #[error("{user} has a negative balance of {asset}")]
    Negative {
        /// Name of the user.
        user: String,
        /// The asset that this is about.
        asset: Asset,
    },
    /// What an order says about its fills is not what its trades make.
    #[error("order {0} does not agree with its trades")]
    Order(u64),
    /// The numbers have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Sums by user and asset.
type Sums = BTreeMap<(String, Asset), Amount>;

fn add(sums: &mut Sums, user: &str, asset: &Asset, amount: Amount) -> Result<(), AmountError> {
    let sum = sums.entry((user.to_owned(), asset.clone())).or_default();
    *sum = sum.plus(amount)?;
    Ok(())
}

impl Books {
    /// Tests that money is conserved: for each user and asset, free and locked together are Σ deposits ± trades − fees, what is
    /// locked is what open orders need, and each order agrees with its trades.
    ///
    /// # Errors
    /// Every contradiction that was found.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut violations = Vec::new();
        match (self.expected(), self.locked()) {
            (Ok(expected), Ok(locked)) => self.compare(expected, locked, &mut violations),
            (Err(error), _) | (_, Err(error)) => violations.push(error.into()),
        }
        for order in &self.orders {
            match self.agrees(order) {
                Ok(true) => {}
                Ok(false) => violations.push(Violation::Order(order.id)),
                Err(error) => violations.push(error.into()),
            }
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(violations)
        }
    }

    fn expected(&self) -> Result<Sums, AmountError> {
        let mut sums = Sums::new();
        for deposit in &self.deposits {
            add(&mut sums, &deposit.user, &deposit.asset, deposit.amount)?;
        }
        for trade in &self.trades {
            let (base, quote) = match trade.side {
                Side::Buy => (trade.quantity, trade.quote.negated()),
                Side::Sell => (trade.quantity.negated(), trade.quote),
            };
            add(&mut sums, &trade.user, trade.symbol.base(), base)?;
            add(&mut sums, &trade.user, trade.symbol.quote(), quote)?;
            add(
                &mut sums,
                &trade.user,
                &trade.fee_asset,
                trade.fee.negated(),
            )?;
        }
        Ok(sums)
    }

    fn locked(&self) -> Result<Sums, AmountError> {
        let mut sums = Sums::new();
        let is_open = |order: &&OrderEntry| order.status.is_open();
        for order in self.orders.iter().filter(is_open) {
            let remaining = order.quantity.minus(order.executed)?;
            let (asset, needed) = match order.side {
                Side::Buy => (order.symbol.quote(), order.price.times(remaining)?),
                Side::Sell => (order.symbol.base(), remaining),
            };
            add(&mut sums, &order.user, asset, needed)?;
        }
        Ok(sums)
    }

    fn compare(&self, mut expected: Sums, mut locked: Sums, violations: &mut Vec<Violation>) {
        for entry in &self.balances {
            let (user, asset) = (entry.user.clone(), entry.asset.clone());
            let key = (user.clone(), asset.clone());
            if entry.free.is_negative() || entry.locked.is_negative() {
                violations.push(Violation::Negative {
                    user: user.clone(),
                    asset: asset.clone(),
                });
            }
            match entry.free.plus(entry.locked) {
                Ok(found) => {
                    let expected = expected.remove(&key).unwrap_or_default();
                    if found != expected {
                        violations.push(Violation::Balance {
                            user: user.clone(),
                            asset: asset.clone(),
                            found,
                            expected,
                        });
                    }
                }
                Err(error) => violations.push(error.into()),
            }
            let needed = locked.remove(&key).unwrap_or_default();
            if entry.locked != needed {
                violations.push(Violation::Locked {
                    user,
                    asset,
                    found: entry.locked,
                    expected: needed,
                });
            }
        }
        let missing = expected.into_iter().filter(|(_, sum)| !sum.is_zero());
        violations.extend(missing.map(|((user, asset), expected)| Violation::Balance {
            user,
            asset,
            found: Amount::ZERO,
            expected,
        }));
        let missing = locked.into_iter().filter(|(_, sum)| !sum.is_zero());
        violations.extend(missing.map(|((user, asset), expected)| Violation::Locked {
            user,
            asset,
            found: Amount::ZERO,
            expected,
        }));
    }

    fn agrees(&self, order: &OrderEntry) -> Result<bool, AmountError> {
        let trades = || self.trades.iter().filter(|trade| trade.order == order.id);
        let executed = trading::amount::sum(trades().map(|trade| trade.quantity))?;
        let quote = trading::amount::sum(trades().map(|trade| trade.quote))?;
        let fits = match order.status {
            Status::New => executed.is_zero(),
            Status::PartiallyFilled => executed.is_positive() && executed < order.quantity,
            Status::Filled => executed == order.quantity,
            Status::Canceled | Status::Expired => executed < order.quantity,
        };
        Ok(fits && executed == order.executed && quote == order.quote)
    }
}
