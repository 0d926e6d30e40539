//! Signals of a backtest.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use trading::{
    Amount,
    backtest::ScheduledCommand,
    bot::{
        BotConfig, Command, FieldCode, FieldError, Severity, Signal, SignalAction, SignalAmount,
    },
    candle::Candle,
    order::Millis,
};
use utoipa::ToSchema;

/// Signals of one backtest.
const MOST: usize = 10_000;

/// A signal that the bot of a backtest is sent. It has no way: what `max_lag_s` says of it does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestSignal {
    /// When it comes. It is applied at the first price at or after that.
    #[serde(with = "platform::time::wire")]
    #[schema(max_length = 40, pattern = r"^[0-9TtZz:.+ -]+$", value_type = DateTime<Utc>)]
    pub at: DateTime<Utc>,
    /// What it asks for.
    pub action: SignalAction,
    /// How much it asks for; as the bot is configured where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub amount: Option<SignalAmount>,
    /// How sure its sender is, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub confidence: Option<Amount>,
    /// What decisions name it by; its place in the list, from 0, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        pattern = r"^[\x21-\x7e]+$"
    )]
    pub signal_id: Option<String>,
}

fn error(pointer: String, code: FieldCode, message: String) -> FieldError {
    FieldError {
        pointer,
        code,
        message,
        severity: Severity::Error,
    }
}

/// What is wrong with signals to a bot, whatever the candles are.
pub(super) fn findings(signals: &[BacktestSignal], config: &BotConfig) -> Vec<FieldError> {
    let mut found = Vec::new();
    if signals.len() > MOST {
        let message = format!("at most {MOST} signals, not {}", signals.len());
        found.push(error("/signals".to_owned(), FieldCode::OutOfRange, message));
    }
    if !signals.is_empty() && config.needs().signals.is_none() {
        let message = "this bot takes no signals: its type is not signal, nor dca with start_condition signal";
        found.push(error(
            "/signals".to_owned(),
            FieldCode::Inconsistent,
            message.to_owned(),
        ));
    }
    let takes_amounts = config.needs().signal_amounts;
    for (index, signal) in signals.iter().enumerate() {
        if signal.amount.is_some() && !takes_amounts {
            let pointer = format!("/signals/{index}/amount");
            let message = "must be absent: this bot goes by volumes of its own".to_owned();
            found.push(error(pointer, FieldCode::Inconsistent, message));
            continue;
        }
        let fault = signal.amount.and_then(|amount| amount.fault(signal.action));
        if let Some(message) = fault {
            let pointer = format!("/signals/{index}/amount");
            found.push(error(pointer, FieldCode::OutOfRange, message));
        }
        let is_share =
            |share: &Amount| !share.is_negative() && *share <= Amount::ONE && share.decimals() <= 8;
        if let Some(share) = signal.confidence.filter(|share| !is_share(share)) {
            let pointer = format!("/signals/{index}/confidence");
            let message = format!("must be 0 to 1 with at most 8 decimals, is {share}");
            found.push(error(pointer, FieldCode::OutOfRange, message));
        }
    }
    found
}

/// Warns of signals that come before the first candle: they are not sent.
pub(super) fn early(signals: &[BacktestSignal], first: &Candle) -> Option<FieldError> {
    let all = signals.len();
    let early = signals.iter().filter(|signal| at(signal) < first.open_time);
    outside(early.count(), all, "before the first candle begins")
}

/// Warns of signals that come after the last candle: they are not sent.
pub(super) fn late(signals: &[BacktestSignal], to: Millis) -> Option<FieldError> {
    let late = signals.iter().filter(|signal| at(signal) > to);
    outside(late.count(), signals.len(), "after the last candle ends")
}

fn outside(count: usize, all: usize, when: &str) -> Option<FieldError> {
    (count > 0).then(|| FieldError {
        pointer: "/signals".to_owned(),
        code: FieldCode::OutOfRange,
        message: format!("{count} of {all} signals come {when}: they are not sent"),
        severity: Severity::Warning,
    })
}

const fn at(signal: &BacktestSignal) -> Millis {
    signal.at.timestamp_millis()
}

/// The signals as commands of a run, in the order of their times; those of one time in that of the list.
pub(super) fn commands(signals: &[BacktestSignal]) -> Vec<ScheduledCommand> {
    let command = |(index, signal): (usize, &BacktestSignal)| {
        let id = signal.signal_id.clone();
        ScheduledCommand {
            at: at(signal),
            bot: 0,
            command: Command::Signal {
                signal: Signal {
                    id: id.unwrap_or_else(|| index.to_string()),
                    amount: signal.amount,
                    confidence: signal.confidence,
                    ..Signal::of(signal.action)
                },
            },
        }
    };
    let mut commands: Vec<_> = signals.iter().enumerate().map(command).collect();
    commands.sort_by_key(|command| command.at);
    commands
}
