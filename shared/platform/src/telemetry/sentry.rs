//! Error reports.

use std::time::Duration;

use http::Request;
use sentry::{
    ClientInitGuard, ClientOptions,
    protocol::{Breadcrumb, Event},
};
use sentry_tower::{NewSentryLayer, SentryHttpLayer};
use sentry_tracing::{BreadcrumbLayer, ErrorLayer};
use serde::{Serialize, de::DeserializeOwned};
use tower::layer::util::Stack;
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{PANIC, Redactor};
use crate::{
    build::GIT_SHA,
    config::{AppConfig, SentryConfig},
};

/// How long the end of the process waits for reports to leave.
const FLUSH: Duration = Duration::from_secs(2);

/// Starts the client; without a DSN nothing is started, and every call into Sentry is a no-op.
pub(super) fn start(app: &AppConfig, config: &SentryConfig) -> Option<ClientInitGuard> {
    let mut options = options(app);
    options.dsn = Some(config.dsn.as_ref()?.expose().parse().ok()?);
    let guard = sentry::init(options);
    sentry::configure_scope(|scope| scope.set_tag("service", app.service.as_str()));
    Some(guard)
}

/// The client's options, the DSN aside: release, environment, and redaction of all that is sent.
pub fn options(app: &AppConfig) -> ClientOptions {
    ClientOptions::new()
        .release(GIT_SHA)
        .environment(app.env.as_str())
        .send_default_pii(false)
        .attach_stacktrace(true)
        .shutdown_timeout(FLUSH)
        .before_send(|event: Event<'static>| redacted(&event))
        .before_breadcrumb(|crumb: Breadcrumb| redacted(&crumb))
}

/// The same report with nothing sensitive in any of its fields. One that cannot be looked through is not sent.
fn redacted<T: Serialize + DeserializeOwned>(report: &T) -> Option<T> {
    let mut value = serde_json::to_value(report).ok()?;
    Redactor.value(&mut value);
    serde_json::from_value(value).ok()
}

/// Errors become reports; warnings and notes become the breadcrumbs that lead to one.
pub(super) fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let crumbs = filter_fn(|event| matches!(*event.level(), Level::WARN | Level::INFO));
    // Sentry's own hook reports panics.
    let errors = filter_fn(|event| *event.level() == Level::ERROR && event.target() != PANIC);
    BreadcrumbLayer::new()
        .with_filter(crumbs)
        .and_then(ErrorLayer::new().with_filter(errors))
}

/// What [`sentry_layers`] returns.
pub type SentryLayers<B> = Stack<SentryHttpLayer, NewSentryLayer<Request<B>>>;

/// Binds a hub of its own to every request and notes the request in it. Goes outside the layers that may fail.
pub fn sentry_layers<B>() -> SentryLayers<B> {
    Stack::new(SentryHttpLayer::new(), NewSentryLayer::new_from_top())
}
