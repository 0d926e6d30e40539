//! Log lines: one JSON object each, redacted as the last thing before they leave.

use std::io::{self, Write};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    fmt::{self, MakeWriter, writer::BoxMakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
};

use super::Redactor;

/// Crates that at `trace` show what goes over a connection byte by byte: keys and signatures, in forms in which no redaction
/// knows them again.
const SHOWING_BYTES: [&str; 3] = ["reqwest", "tokio_tungstenite", "tungstenite"];

/// Whether a line may show what goes over a connection, whatever filter the operator sets.
fn shows_bytes(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let krate = target.split_once("::").map_or(target, |(krate, _)| krate);
    *metadata.level() == Level::TRACE && SHOWING_BYTES.contains(&krate)
}

/// A subscriber that writes redacted JSON lines to each of `writers`, of which there is at least one, and reports errors to Sentry, when that is on.
pub fn subscriber(filter: EnvFilter, writers: Vec<BoxMakeWriter>) -> impl Subscriber + Send + Sync {
    let lines: Vec<_> = writers.into_iter().map(lines).collect();
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(|metadata| !shows_bytes(metadata)))
        .with(lines)
        .with(super::sentry::layer())
}

fn lines<S, W>(writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(Redacting(writer))
        .boxed()
}

/// Redacts whatever is written. The formatter writes a whole line at a time.
struct Redacting<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacting<W> {
    type Writer = RedactingWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter(self.0.make_writer())
    }
}

struct RedactingWriter<W>(W);

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&Redactor.bytes(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
