//! What the console's page may do in a browser.

use http::HeaderValue;
use platform::config::WebConfig;
use url::Url;

/// What the page may do: load its own files, and speak with this API, the gateway and where browsers report errors.
#[derive(Debug, Clone)]
pub struct PagePolicy(HeaderValue);

impl PagePolicy {
    /// The policy of an installation.
    pub fn new(web: &WebConfig, browser_dsn: Option<&str>) -> Self {
        let others = [web.ws_url.as_deref(), browser_dsn];
        let others: Vec<String> = others.into_iter().flatten().filter_map(origin).collect();
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src {}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            [&["'self'".to_owned()], &others[..]].concat().join(" ")
        );
        let fallback = HeaderValue::from_static("default-src 'none'");
        Self(HeaderValue::try_from(policy).unwrap_or(fallback))
    }

    /// The value of `Content-Security-Policy`.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}
