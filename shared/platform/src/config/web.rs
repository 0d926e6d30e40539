//! What browsers need to know, and which of them may call.

use url::Url;

use super::Reader;

/// Public addresses and the origins that may call.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// `NEXT_PUBLIC_APP_URL`: where the frontend lives.
    pub app_url: Option<String>,
    /// `NEXT_PUBLIC_WS_URL`: where the gateway is reached.
    pub ws_url: Option<String>,
    /// The origins that browsers may call from: those of `NEXTAUTH_URL`, `NEXT_PUBLIC_APP_URL` and the
    /// comma-separated `ALLOWED_ORIGINS`, each as `scheme://host[:port]`.
    pub origins: Vec<String>,
    /// True if `NEXTAUTH_URL` is https: cookies are sent over TLS only.
    pub is_over_tls: bool,
}

impl WebConfig {
    /// `NEXTAUTH_URL`, `NEXT_PUBLIC_APP_URL`, `NEXT_PUBLIC_WS_URL`, `ALLOWED_ORIGINS`.
    pub fn read(reader: &mut Reader) -> Self {
        let http = &["http", "https"];
        let nextauth_url = read_url(reader, "NEXTAUTH_URL", http);
        let app_url = read_url(reader, "NEXT_PUBLIC_APP_URL", http);
        let ws_url = read_url(
            reader,
            "NEXT_PUBLIC_WS_URL",
            &["ws", "wss", "http", "https"],
        );
        let mut origins: Vec<String> = [&nextauth_url, &app_url]
            .into_iter()
            .flatten()
            .map(origin)
            .collect();
        for text in reader.text_or("ALLOWED_ORIGINS", "").split(',') {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            match Url::parse(text) {
                Ok(url)
                    if http.contains(&url.scheme())
                        && origin(&url) == text.trim_end_matches('/') =>
                {
                    origins.push(origin(&url));
                }
                _ => reader.problem(
                    "ALLOWED_ORIGINS",
                    format!("{text:?} is not an origin such as https://app.example.com"),
                ),
            }
        }
        origins.sort();
        origins.dedup();
        let is_over_tls = nextauth_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https");
        Self {
            is_over_tls,
            app_url: app_url.map(trimmed),
            ws_url: ws_url.map(trimmed),
            origins,
        }
    }
}

fn read_url(reader: &mut Reader, name: &str, schemes: &[&str]) -> Option<Url> {
    let text = reader.text(name)?;
    match Url::parse(&text) {
        Ok(url) if schemes.contains(&url.scheme()) && url.has_host() => Some(url),
        _ => {
            let schemes = schemes.join(", ");
            reader.problem(
                name,
                format!("{text:?} is not a URL with one of the schemes {schemes}"),
            );
            None
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn trimmed(url: Url) -> String {
    String::from(url).trim_end_matches('/').to_owned()
}
