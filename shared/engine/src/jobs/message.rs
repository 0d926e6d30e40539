//! Messages between an engine and its worker, one line of JSON each. The engine sends one: the task.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::backtests::{BacktestTrade, JobError, JobKind};

/// What a worker is to compute.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) kind: JobKind,
    pub(super) spec: Value,
    /// The directory of candle files.
    pub(super) feeds: Option<PathBuf>,
    /// What it may take besides the program itself, in MiB.
    pub(super) memory_mb: u32,
}

/// A message of a worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    /// How many percent are done.
    Progress(u8),
    /// The next fills of the result that follows.
    Trades(Vec<BacktestTrade>),
    /// The result: the last message.
    Finished(Value),
    /// Why there is no result: the last message.
    Failed(JobError),
}

/// A message as a line.
///
/// # Errors
/// When it has no JSON form.
pub(super) fn line(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// Writes messages to the engine, one line of JSON each.
pub(super) struct Reporter<W> {
    output: W,
}

impl<W: Write> Reporter<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output }
    }

    /// Writes one message as a line and flushes it.
    ///
    /// # Errors
    /// When the engine is gone.
    pub(super) fn send(&mut self, message: &Message) -> io::Result<()> {
        self.output.write_all(&line(message)?)?;
        self.output.flush()
    }
}
