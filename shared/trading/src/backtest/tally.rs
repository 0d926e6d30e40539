use super::report::{BotReport, Held};
use crate::amount::{Amount, AmountError};
use crate::bot::Output;
use crate::order::{Fill, LegId, Millis, OrderIntent, Side};
use crate::paper::{BotEntry, BotSlot, Event, Sink};
use crate::pnl::{ClosedTrades, TradeStats};
use crate::symbol::Asset;

/// Counts and sums up what a session does: what it keeps does not grow with the run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    bots: Vec<BotTally>,
    /// Closed trades by account; nothing for one whose equity has no unit.
    accounts: Vec<Option<ClosedTrades>>,
    activity: u64,
    failure: Option<AmountError>,
}

/// What one bot did.
#[derive(Debug)]
struct BotTally {
    account: usize,
    base: Asset,
    fills: u64,
    volume: Amount,
    closed_deals: u64,
    trades: TradeStats,
    holding: Holding,
}

/// For how long a bot held base that it had bought.
#[derive(Debug)]
struct Holding {
    /// Less than this is nothing.
    least: Amount,
    quantity: Amount,
    since: Option<Millis>,
    total: Millis,
}

impl Tally {
    /// Knows the next bot; they are told of in this order.
    pub(super) fn add_bot(&mut self, entry: &BotEntry) {
        let market = &entry.setup.terms.market;
        self.bots.push(BotTally {
            account: entry.account(),
            base: market.symbol.base().clone(),
            fills: 0,
            volume: Amount::ZERO,
            closed_deals: 0,
            trades: TradeStats::default(),
            holding: Holding {
                least: market.lot_size,
                quantity: Amount::ZERO,
                since: None,
                total: 0,
            },
        });
    }

    /// Knows the next account and the equity that it starts with.
    pub(super) fn add_account(&mut self, start: Option<Amount>) {
        self.accounts.push(start.map(ClosedTrades::new));
    }

    /// Counts everything that happened: unchanged means that nothing did.
    pub(super) const fn activity(&self) -> u64 {
        self.activity
    }

    /// The first sum that had no exact form.
    pub(super) const fn failure(&self) -> Option<AmountError> {
        self.failure
    }

    pub(super) fn closed(&self, account: usize) -> Option<&ClosedTrades> {
        self.accounts.get(account)?.as_ref()
    }

    /// What the bot of a entry did until `to`.
    pub(super) fn report(
        &self,
        index: usize,
        entry: &BotEntry,
        mark: impl Fn(LegId) -> Amount,
        to: Millis,
    ) -> Result<BotReport, AmountError> {
        let position = entry.state.position()?;
        let (mut unrealised, mut after_fee) = (Amount::ZERO, Amount::ZERO);
        for leg in entry.setup.terms.legs() {
            let (held, fees) = (entry.state.position_on(leg)?, entry.setup.terms.of(leg).1);
            unrealised = unrealised.plus(held.unrealised(mark(leg))?)?;
            after_fee = after_fee.plus(held.unrealised_after_fee(mark(leg), fees.taker)?)?;
        }
        let bot = &self.bots[index];
        Ok(BotReport {
            status: entry.state.core.status,
            symbol: entry.setup.terms.market.symbol.clone(),
            fills: bot.fills,
            volume: bot.volume,
            realised: entry.state.core.realised,
            unrealised,
            unrealised_after_fee: after_fee,
            fees: entry.state.core.fees,
            position,
            held: bot.holding.until(to),
            closed_deals: bot.closed_deals,
            trades: bot.trades,
        })
    }

    fn bot(&mut self, slot: BotSlot) -> Option<&mut BotTally> {
        self.bots.get_mut(usize::try_from(slot.0).ok()?)
    }

    fn fill(
        &mut self,
        at: Millis,
        slot: BotSlot,
        intent: &OrderIntent,
        fill: &Fill,
    ) -> Result<(), AmountError> {
        let Some(bot) = self.bot(slot) else {
            return Ok(());
        };
        bot.fills += 1;
        bot.volume = bot.volume.plus(fill.quote)?;
        if !intent.leg.is_first() {
            return Ok(());
        }
        let fee = Some(fill.fee.amount).filter(|_| fill.fee.asset == bot.base);
        bot.holding.fill(at, intent.side, fill.quantity, fee)
    }

    fn trade(&mut self, slot: BotSlot, realised: Amount) -> Result<(), AmountError> {
        let Some(bot) = self.bot(slot) else {
            return Ok(());
        };
        bot.trades.record(realised)?;
        let account = bot.account;
        match self.accounts.get_mut(account) {
            Some(Some(closed)) => closed.record(realised),
            Some(None) | None => Ok(()),
        }
    }

    fn record(&mut self, at: Millis, slot: BotSlot, event: Event<'_>) -> Result<(), AmountError> {
        match event {
            Event::Output(Output::TradeClosed(trade)) => self.trade(slot, trade.realised),
            Event::Output(Output::DealClosed(_)) => {
                if let Some(bot) = self.bot(slot) {
                    bot.closed_deals += 1;
                }
                Ok(())
            }
            Event::Fill(intent, fill) => self.fill(at, slot, intent, fill),
            Event::Input(_)
            | Event::Failed(_)
            | Event::Placed(_)
            | Event::Update(_)
            | Event::Output(
                Output::Place(_)
                | Output::Cancel(_)
                | Output::DealOpened { .. }
                | Output::Decision(_)
                | Output::Status { .. }
                | Output::SignalSettled { .. },
            ) => Ok(()),
        }
    }
}

impl Sink for Tally {
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>) {
        if let Event::Input(_) = event {
            return;
        }
        self.activity += 1;
        if let Err(error) = self.record(at, bot, event) {
            self.failure.get_or_insert(error);
        }
    }
}

impl Holding {
    fn fill(
        &mut self,
        at: Millis,
        side: Side,
        quantity: Amount,
        fee_in_base: Option<Amount>,
    ) -> Result<(), AmountError> {
        self.quantity = match side {
            Side::Buy => self.quantity.plus(quantity)?,
            Side::Sell => self.quantity.minus(quantity)?,
        };
        if let Some(fee) = fee_in_base {
            self.quantity = self.quantity.minus(fee)?;
        }
        match self.since {
            None if self.quantity >= self.least => self.since = Some(at),
            Some(start) if self.quantity < self.least => {
                self.total += at - start;
                self.since = None;
            }
            None | Some(_) => {}
        }
        Ok(())
    }

    fn until(&self, to: Millis) -> Held {
        Held(self.total + self.since.map_or(0, |start| to - start))
    }
}
