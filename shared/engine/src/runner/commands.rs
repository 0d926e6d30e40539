//! What people tell their bots.

use store::trading::accounts::CommandRow;
use trading::{
    bot::Command,
    order::Millis,
    paper::{BotSlot, SessionError},
    runner::{Exchange, Runner},
};

use super::{fault::SessionFault, recorder::Recorder};

/// Tells a bot what its user wants; gives the reason where that had no effect.
pub(super) fn tell<E: Exchange>(
    kernel: &mut Runner<E>,
    recorder: &mut Recorder,
    slot: Option<BotSlot>,
    row: &CommandRow,
    at: Millis,
) -> Result<Option<String>, SessionFault> {
    let command: Result<Command, _> = serde_json::from_value(row.command.clone());
    let (slot, command) = match (slot, command) {
        (Some(slot), Ok(command)) => (slot, command),
        (None, _) => return Ok(Some("the bot cannot be told anything".to_owned())),
        (_, Err(error)) => return Ok(Some(format!("the command cannot be read: {error}"))),
    };
    let command = match command {
        // What it waited here comes to what its way here took.
        Command::Signal { mut signal } => {
            let waited = recorder.now().signed_duration_since(row.created_at);
            let waited = waited.num_milliseconds().max(0);
            signal.lag_ms = signal.lag_ms.saturating_add(waited);
            Command::Signal { signal }
        }
        command => command,
    };
    recorder.because.clone_from(&row.reason);
    let told = kernel.command(slot, at, command, recorder);
    recorder.because = None;
    let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
    if let Some(entry) = kernel.bots().get(place) {
        recorder.settle(row.bot, entry.state.core.status);
    }
    match told {
        Ok(()) => Ok(None),
        // A configuration that the bot cannot take: it goes on as before.
        Err(SessionError::Bot { source, .. }) => Ok(Some(source.to_string())),
        Err(error) => Err(error.into()),
    }
}
