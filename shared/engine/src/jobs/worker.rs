//! The engine's side of a worker: starts it, hears it out, and sees that it ends.

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

use rustix::process::Signal;
use store::backtests::{BacktestTrade, jobs::Outcome};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use super::message::{Message, Task, line};
use crate::spec::MOST_TRADES;

/// The longest line of a worker, in bytes: several times the largest result of a search.
const MOST_LINE: u64 = 16 << 20;

/// A process that computes one job. It ends when this is dropped.
pub(super) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// How a worker ended.
pub(super) enum End {
    /// It sent its result.
    Computed(Outcome),
    /// It asked for more memory than it may take.
    OutOfMemory,
    /// Somebody killed it.
    Killed(ExitStatus),
    /// It gave up, or sent an invalid message.
    Failed(ExitStatus),
}

impl Worker {
    /// Starts `program worker`, with an empty environment: what parses users' files has no secret to lose.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg0("api")
            .arg("worker")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("the worker has no pipe");
        Ok(Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().ok_or_else(missing)?),
            child,
        })
    }

    /// Gives it its task and waits for its end. Stores in `percent` how far it is.
    ///
    /// # Errors
    /// When the system does not say how it ended.
    pub(super) async fn compute(&mut self, task: &Task, percent: &AtomicU8) -> io::Result<End> {
        if let Some(mut input) = self.input.take() {
            // One that has died already says so by its exit status.
            input.write_all(&line(task)?).await.ok();
        }
        let result = self.read_result(percent).await;
        // Its result is its last message. One that dies by itself closes its output last, so its exit status stays the same.
        self.kill().await?;
        let status = self.child.wait().await?;
        Ok(match result {
            Ok(Some(outcome)) => End::Computed(outcome),
            Ok(None) => ended(status),
            Err(error) => {
                tracing::error!(%error, "a worker sent an invalid message");
                End::Failed(status)
            }
        })
    }

    /// Ends it and waits until it is gone.
    ///
    /// # Errors
    /// When the system does not know it.
    pub(super) async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Reads its messages up to the result; none where it ended without one.
    async fn read_result(&mut self, percent: &AtomicU8) -> io::Result<Option<Outcome>> {
        let mut trades: Vec<BacktestTrade> = Vec::new();
        let mut text = Vec::new();
        loop {
            text.clear();
            let mut output = (&mut self.output).take(MOST_LINE);
            output.read_until(b'\n', &mut text).await?;
            if !text.ends_with(b"\n") {
                let is_long = u64::try_from(text.len()).is_ok_and(|length| length == MOST_LINE);
                return if is_long {
                    Err(io::Error::other("the line is too long"))
                } else {
                    Ok(None)
                };
            }
            match serde_json::from_slice(&text)? {
                Message::Progress(now) => percent.store(now.min(100), Relaxed),
                Message::Trades(more) => add_trades(&mut trades, more)?,
                Message::Finished(result) => {
                    return Ok(Some(Outcome::Finished { result, trades }));
                }
                Message::Failed(error) => return Ok(Some(Outcome::Failed(error))),
            }
        }
    }
}

/// Adds fills to those that came before. No worker of ours sends more than are kept.
fn add_trades(trades: &mut Vec<BacktestTrade>, more: Vec<BacktestTrade>) -> io::Result<()> {
    trades.extend(more);
    if trades.len() > MOST_TRADES {
        return Err(io::Error::other("there are too many fills"));
    }
    Ok(())
}

/// What the status of one says that ended without a result. Where memory is refused, Rust's standard library aborts; a fault
/// of ours panics, and a panic ends with an exit code.
fn ended(status: ExitStatus) -> End {
    match status.signal() {
        Some(signal) if signal == Signal::ABORT.as_raw() => End::OutOfMemory,
        Some(_) => End::Killed(status),
        None => End::Failed(status),
    }
}

#[cfg(test)]
mod tests {
    use store::backtests::BacktestTrade;
    use trading::Amount;

    use super::{MOST_TRADES, add_trades};

    #[test]
    fn no_more_fills_are_taken_than_are_kept() {
        let trade = BacktestTrade {
            number: 1,
            order_number: 1,
            deal: 1,
            purpose: String::new(),
            level: 0,
            side: String::new(),
            price: Amount::ONE,
            quantity: Amount::ONE,
            quote: Amount::ONE,
            fee: Amount::ZERO,
            fee_asset: String::new(),
            liquidity: String::new(),
            at: None,
        };
        let mut trades = Vec::new();
        add_trades(&mut trades, vec![trade.clone(); MOST_TRADES]).unwrap();
        assert_eq!(trades.len(), MOST_TRADES);
        add_trades(&mut trades, Vec::new()).unwrap();
        add_trades(&mut trades, vec![trade]).unwrap_err();
    }
}
