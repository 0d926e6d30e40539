//! Turning it all on.

use std::io;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter, util::SubscriberInitExt};

use super::{files, logs, sentry};
use crate::config::{AppConfig, SentryConfig};

/// Lines that may wait for a slow disk or a stuck reader of stdout. Beyond that lines are dropped and counted, because
/// serving matters more than saying so.
const QUEUED_LINES: usize = 16_384;

/// Why logging could not be turned on.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("the log filter is not valid")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else subscribed before us.
    #[error("logging was already turned on")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps the log writers running. Dropping it writes out what is queued and gives error reports two seconds to leave.
pub struct Guard {
    _sentry: Option<::sentry::ClientInitGuard>,
    writers: Vec<WorkerGuard>,
    dropped: Vec<ErrorCounter>,
}

impl Guard {
    /// Log lines that were dropped because a writer could not keep up.
    pub fn dropped_lines(&self) -> usize {
        self.dropped.iter().map(ErrorCounter::dropped_lines).sum()
    }

    /// A reader of [`Guard::dropped_lines`] for the metrics.
    pub fn dropped_counter(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let dropped = self.dropped.clone();
        move || dropped.iter().map(ErrorCounter::dropped_lines).sum()
    }

    fn non_blocking(&mut self, name: &str, writer: impl io::Write + Send + 'static) -> NonBlocking {
        let (writer, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(QUEUED_LINES)
            .thread_name(name)
            .finish(writer);
        self.dropped.push(writer.error_counter());
        self.writers.push(guard);
        writer
    }
}

/// Logs to stdout and, with a log directory, to daily files; sends errors and panics to Sentry, with a DSN. Call once, first thing
/// in `main`, and hold the guard to the end.
///
/// A directory that cannot be written to is warned about and done without.
///
/// # Errors
/// When the filter does not parse, or logging is on already.
pub fn init(app: &AppConfig, report: &SentryConfig) -> Result<Guard, TelemetryError> {
    let filter = EnvFilter::builder().parse(app.log_filter.as_str())?;
    // Before Sentry starts, whose own hook calls the one that it found.
    log_panics();
    let mut guard = Guard {
        _sentry: sentry::start(app, report),
        writers: Vec::new(),
        dropped: Vec::new(),
    };
    let stdout = guard.non_blocking("log-stdout", io::stdout());
    let mut writers = vec![BoxMakeWriter::new(stdout)];
    let mut without_files = None;
    if let Some(dir) = &app.log_dir {
        match files::open(dir, app.service.as_str(), &files::host()) {
            Ok(file) => {
                let file = guard.non_blocking("log-file", file);
                writers.push(BoxMakeWriter::new(file));
            }
            Err(error) => without_files = Some(error),
        }
    }
    logs::subscriber(filter, writers).try_init()?;
    if let Some(error) = without_files {
        tracing::warn!(%error, "no log files: the directory cannot be written to");
    }
    Ok(guard)
}

/// Panics go where all lines go, with their frames: the default hook writes them to stderr, where nothing is redacted.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(
            target: super::PANIC,
            location = panic.location().map(tracing::field::display),
            thread = std::thread::current().name(),
            backtrace = %std::backtrace::Backtrace::force_capture(),
            "{}",
            panic.payload_as_str().unwrap_or("panicked without a message"),
        );
    }));
}
