//! Logs, error reports and traces: what a running process says about itself, and nothing it must not say.

mod files;
mod init;
mod logs;
pub mod redact;
pub mod request;
mod sentry;
mod trace;

pub use init::{Guard, TelemetryError, init};
pub use logs::subscriber;
pub use redact::Redactor;
pub use sentry::{SentryLayers, options as sentry_options, sentry_layers};
pub use trace::TraceContext;

/// The target of the lines that panics leave.
const PANIC: &str = "panic";
