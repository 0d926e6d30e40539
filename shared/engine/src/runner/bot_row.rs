//! Bots as their rows have them.

use store::trading::{
    accounts::{BotRow, OpenOrder},
    bot_states::BotBooks,
};
use trading::{
    Amount, AmountError,
    bot::{BOOKS_SINCE, Books, BotConfig, BotSetup, Core, Holdings, Known, STATE_FORMAT, State},
    order::OrderNumber,
    pnl::Position,
};
use uuid::Uuid;

/// A bot whose rows keep its account from going on.
pub(super) struct Failed {
    pub(super) bot: Uuid,
    pub(super) reason: String,
}

/// A bot whose settings or state cannot be read.
pub(super) struct Unreadable {
    pub(super) bot: BotRow,
    pub(super) reason: String,
}

/// The settings of a bot.
pub(super) fn config(bot: &BotRow) -> Result<BotConfig, String> {
    serde_json::from_value(bot.config.clone())
        .map_err(|error| format!("its settings cannot be read: {error}"))
}

/// The state of a bot, of whose orders those in `open` have not ended.
pub(super) fn state(
    bot: &BotRow,
    setup: &BotSetup,
    open: impl Iterator<Item = OrderNumber>,
) -> Result<State, String> {
    let state = match (&bot.state, bot.state_format) {
        (None, _) => State::new(setup),
        (Some(_), Some(format)) if format > i32::from(STATE_FORMAT) => {
            return Err("its state was saved by a newer release".to_owned());
        }
        (Some(state), _) => serde_json::from_value(state.clone())
            .map_err(|error| format!("its state cannot be read: {error}"))?,
    };
    state
        .restored(setup, open)
        .map_err(|error| error.to_string())
}

/// A state for a bot that cannot go on as it was saved, with what its rows say that it holds; none where a newer release
/// saved it. No more base is its own than nobody else owns. Its orders in `open` are still in a book, or may be.
///
/// # Errors
/// When a sum has no exact form.
pub(super) fn salvaged(
    bot: &BotRow,
    setup: &BotSetup,
    rows: &BotBooks,
    unowned: Amount,
    open: &[OpenOrder],
) -> Result<Option<State>, AmountError> {
    if bot.state_format > Some(i32::from(STATE_FORMAT)) {
        return Ok(None);
    }
    let core = bot.state.as_ref().and_then(|state| state.get("core"));
    let core = core.filter(|_| bot.state_format >= Some(i32::from(BOOKS_SINCE)));
    let saved: Option<Core> = core.and_then(|core| serde_json::from_value(core.clone()).ok());
    let quantity = rows.base.min(unowned).max(Amount::ZERO);
    let position = if quantity.is_positive() {
        let cost = rows.spent.plus(rows.realised)?;
        Position { quantity, cost }
    } else {
        Position::EMPTY
    };
    let books = Books {
        holdings: Holdings::of(position, Position::EMPTY, rows.realised)?,
        realised: rows.realised,
        fees: rows.fees,
        next_order: rows.next_order,
        next_deal: rows.next_deal,
    };
    let open = open.iter().map(|order| (order.intent.number, known(order)));
    Ok(Some(State::salvaged(setup, saved, books, open)))
}

/// An order as the bot that placed it knows it.
fn known(OpenOrder { intent, life, .. }: &OpenOrder) -> Known {
    Known {
        leg: intent.leg,
        deal: intent.deal,
        purpose: intent.purpose,
        level: intent.level,
        side: intent.side,
        limit: intent.kind.limit(),
        size: intent.size,
        filled: life.filled().base,
        status: life.status(),
        reject: None,
    }
}
