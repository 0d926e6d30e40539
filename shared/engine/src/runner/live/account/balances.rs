//! What an account holds, and bots that cannot go on for want of it.

use std::collections::BTreeSet;

use trading::{
    Amount, Asset,
    bot::{BotStatus, Command},
    order::LegId,
    paper::{Balance, BotSlot},
};
use uuid::Uuid;

use super::LiveAccount;
use crate::runner::fault::SessionFault;

impl LiveAccount {
    /// What the exchange says that the account holds. Bots that own more base than there is are paused, the youngest first.
    pub(in crate::runner::live) fn adopt_balances(
        &mut self,
        told: Vec<(Asset, Balance)>,
    ) -> Result<(), SessionFault> {
        self.kernel.adopt_balances(told);
        let mut short = BTreeSet::new();
        for symbol in self.markets.keys() {
            if self.kernel.unowned(0, symbol.base())?.is_negative() {
                short.insert(symbol.base().clone());
            }
        }
        // A sale that was not told yet looks the same: it is short only where it still is the next time.
        let before = std::mem::replace(&mut self.short, short);
        for asset in before.intersection(&self.short.clone()) {
            self.pause_for_shortfall(asset)?;
        }
        Ok(())
    }

    pub(super) fn pause_for_shortfall(&mut self, asset: &Asset) -> Result<(), SessionFault> {
        let mut missing = self.kernel.unowned(0, asset)?.negated();
        // Ids rise with time.
        let mut bots: Vec<(Uuid, BotSlot)> =
            self.slots.iter().map(|(bot, slot)| (*bot, *slot)).collect();
        bots.sort_unstable_by(|a, b| b.cmp(a));
        for (_, slot) in bots {
            if !missing.is_positive() {
                break;
            }
            let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
            let Some(entry) = self.kernel.bots().get(place) else {
                continue;
            };
            let owned = entry.state.core.holdings_of(LegId::FIRST).owned()?;
            let trades_it = entry.setup.terms.market.symbol.base() == asset;
            if trades_it && owned.is_positive() {
                missing = missing.minus(owned)?;
                self.pause(slot, "base_shortfall")?;
            }
        }
        Ok(())
    }

    /// A deposit, a withdrawal or a transfer.
    pub(in crate::runner::live) fn change_balance(&mut self, asset: &Asset, change: Amount) {
        self.kernel.change_balance(asset, change);
    }

    /// Pauses the bot of an order, for a reason that its user is told.
    pub(in crate::runner::live) fn pause_owner(
        &mut self,
        client_order_id: &str,
        reason: &str,
    ) -> Result<(), SessionFault> {
        match self.sent.get(client_order_id).map(|sent| sent.key.0) {
            Some(slot) => self.pause(slot, reason),
            None => Ok(()),
        }
    }

    /// Pauses all bots, for a reason that their user is told.
    pub(in crate::runner::live) fn pause_all(&mut self, reason: &str) -> Result<(), SessionFault> {
        let mut slots: Vec<BotSlot> = self.slots.values().copied().collect();
        slots.sort_unstable();
        for slot in slots {
            self.pause(slot, reason)?;
        }
        Ok(())
    }

    pub(super) fn pause(&mut self, slot: BotSlot, reason: &str) -> Result<(), SessionFault> {
        let is_running = matches!(
            self.status(slot),
            Some(BotStatus::Running | BotStatus::WaitingFunds)
        );
        if !is_running {
            return Ok(());
        }
        self.input();
        self.recorder.because = Some(reason.to_owned());
        let told = self
            .kernel
            .command(slot, self.at, Command::Pause, &mut self.recorder);
        self.recorder.because = None;
        told?;
        Ok(())
    }
}
