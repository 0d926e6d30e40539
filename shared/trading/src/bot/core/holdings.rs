use serde::{Deserialize, Serialize};

use crate::amount::{Amount, AmountError};
use crate::order::{DealNumber, Fill, Legs, OrderNumber, Side};
use crate::pnl::Position;

/// What a bot's fills left it with. It is booked before the bot's kind hears of a fill, so that no fault of a kind loses
/// anything.
///
/// Base has one owner: what a bot bought, or was supplied with, is its own until it sells it or leaves it to the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdings {
    /// Base of all fills and supplies, fees in base off; what was left to the account is still part of it.
    base: Amount,
    /// Quote paid for `base`, less what sales brought, fees included. With the profit that was booked it is the cost.
    spent: Amount,
    /// Base that was left to the account when a deal or a run ended, with its cost. Below zero: base that the bot owes,
    /// and takes from what it buys next.
    pub(crate) kept: Position,
    /// Base of a run that ended with a failure, with its cost: it is sold or left to the account when the bot stops.
    #[serde(default, skip_serializing_if = "Position::is_empty")]
    pub(crate) inventory: Position,
    /// Base that was set apart for the bot and that its kind has not taken up yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    supplied: Amount,
}

fn is_zero(amount: &Amount) -> bool {
    amount.is_zero()
}

impl Holdings {
    /// Those of a bot that holds `position`, of which `kept` is left to the account, after a profit of `realised`.
    ///
    /// # Errors
    /// When a difference has no exact form.
    pub fn of(position: Position, kept: Position, realised: Amount) -> Result<Self, AmountError> {
        Ok(Self {
            base: position.quantity,
            spent: position.cost.minus(realised)?,
            kept,
            ..Self::default()
        })
    }

    /// Base that was left to the account, with its cost; below zero where the bot owes base.
    pub const fn kept(&self) -> Position {
        self.kept
    }

    /// Base that this bot may sell, and no other one.
    ///
    /// # Errors
    /// When the difference has no exact form.
    pub fn owned(&self) -> Result<Amount, AmountError> {
        self.base.minus(self.kept.quantity.max(Amount::ZERO))
    }

    /// All base and its cost, what was left to the account included.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position(&self, realised: Amount) -> Result<Position, AmountError> {
        Ok(Position {
            quantity: self.base.minus(self.supplied)?,
            cost: self.spent.plus(realised)?,
        })
    }

    /// The holdings after a fill.
    pub(super) fn after(&self, side: Side, legs: &Legs, fill: &Fill) -> Result<Self, AmountError> {
        let paid = match side {
            Side::Buy => fill.quote,
            Side::Sell => fill.quote.negated(),
        };
        Ok(Self {
            base: self.base.plus(legs.base)?,
            spent: self.spent.plus(paid)?.plus(legs.fee_not_in_base)?,
            ..*self
        })
    }

    /// The holdings after a fill whose quote has no exact sum with what was spent before: what is held counts more than
    /// what it cost.
    pub(super) fn after_base_alone(&self, legs: &Legs) -> Result<Self, AmountError> {
        Ok(Self {
            base: self.base.plus(legs.base)?,
            ..*self
        })
    }

    /// Sets base of the account apart.
    pub(in crate::bot) fn claim(&mut self, quantity: Amount) -> Result<(), AmountError> {
        let base = self.base.plus(quantity)?;
        self.supplied = self.supplied.plus(quantity)?;
        self.base = base;
        Ok(())
    }

    /// Takes up base that was set apart, at `price`; what the bot itself had left to the account before comes back at
    /// what it cost. Gives all of it, and what of it was nobody's.
    pub(in crate::bot) fn take_up(
        &mut self,
        quantity: Amount,
        price: Amount,
    ) -> Result<(Position, Position), AmountError> {
        let left_before = quantity.min(self.kept.quantity).max(Amount::ZERO);
        let mut taken = self.kept.take(left_before)?;
        self.base = self.base.minus(left_before)?;
        let quantity = quantity.minus(left_before)?;
        let cost = quantity.valued_at(price)?;
        self.spent = self.spent.plus(cost)?;
        self.supplied = self.supplied.minus(left_before)?.minus(quantity)?;
        let fresh = Position { quantity, cost };
        taken.join(fresh)?;
        Ok((taken, fresh))
    }

    /// Sets apart again what was taken up, of which `fresh` was nobody's: it is taken up anew.
    pub(in crate::bot) fn put_back(
        &mut self,
        taken: Position,
        fresh: Position,
    ) -> Result<(), AmountError> {
        let own = Position {
            quantity: taken.quantity.minus(fresh.quantity)?,
            cost: taken.cost.minus(fresh.cost)?,
        };
        self.spent = self.spent.minus(fresh.cost)?;
        self.supplied = self.supplied.plus(taken.quantity)?;
        self.base = self.base.plus(own.quantity)?;
        self.kept.join(own)
    }

    /// Leaves to the account what was set apart and is not taken up.
    pub(super) fn release_supply(&mut self) -> Result<(), AmountError> {
        self.base = self.base.minus(self.supplied)?;
        self.supplied = Amount::ZERO;
        Ok(())
    }

    /// Leaves a position to the account: the bot sells it no more.
    pub(crate) fn keep(&mut self, position: Position) -> Result<(), AmountError> {
        self.kept.join(position)
    }

    /// Makes inventory of everything but what was left to the account: nobody else knows of it any more. Sums that have
    /// no exact form leave its cost at zero: what is held counts more than what it cost. Gives the profit booked, with
    /// that of a position of which nothing is left.
    pub(super) fn drop_kind(&mut self, realised: Amount) -> Amount {
        let all = |holdings: &Self| -> Result<Position, AmountError> {
            let position = holdings.position(realised)?;
            Ok(Position {
                quantity: position.quantity.minus(holdings.kept.quantity)?,
                cost: position.cost.minus(holdings.kept.cost)?,
            })
        };
        _ = self.release_supply();
        self.inventory = all(self).unwrap_or(Position {
            quantity: self.owned().unwrap_or_default(),
            cost: Amount::ZERO,
        });
        // What is owed is paid from what is bought next.
        if self.inventory.quantity.is_negative() {
            let owed = std::mem::take(&mut self.inventory);
            _ = self.kept.join(owed);
        }
        // What is left of the cost of nothing is profit.
        if self.inventory.quantity.is_zero()
            && let Ok(all) = realised.minus(self.inventory.cost)
        {
            self.inventory = Position::EMPTY;
            return all;
        }
        realised
    }
}

/// What the rows of a bot's orders, fills, trades and deals say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// What its fills left it with.
    pub holdings: Holdings,
    /// Profit booked, in quote, fees off.
    pub realised: Amount,
    /// Value in quote of all fees paid.
    pub fees: Amount,
    /// Number of its next order.
    pub next_order: OrderNumber,
    /// Number of its next deal.
    pub next_deal: DealNumber,
}
