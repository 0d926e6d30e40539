//! A user of the platform under load.

use anyhow::{Context, Result};
use http::StatusCode;
use serde_json::{Value, json};

use super::client::Client;

pub(super) struct User {
    pub(super) id: String,
    pub(super) token: String,
    /// Of the account, when it was registered.
    pub(super) version: u64,
}

impl User {
    /// Registers the user of that number.
    ///
    /// # Errors
    /// When the api refuses.
    pub(super) async fn register(client: &Client, number: usize) -> Result<Self> {
        let stamp = std::process::id();
        let body = json!({
            "email": format!("hold-{stamp}-{number}@example.com"),
            "password": "correct horse battery staple", "tokens": "body",
        });
        let path = "/api/v1/auth/register";
        let made = client
            .expect(StatusCode::CREATED, "POST", path, None, Some(&body))
            .await?;
        let text = |pointer| {
            made.pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("no {pointer} in the answer"))
        };
        Ok(Self {
            id: text("/user/id")?,
            token: text("/session/tokens/access_token")?,
            version: made["user"]["version"].as_u64().context("a version")?,
        })
    }

    /// The number of this user's newest event.
    ///
    /// # Errors
    /// When the api does not answer.
    pub(super) async fn head(&self, client: &Client, after: u64) -> Result<u64> {
        let mut head = after;
        loop {
            let path = format!("/api/v1/events?after={head}&limit=100");
            let page = client
                .expect(StatusCode::OK, "GET", &path, Some(&self.token), None)
                .await?;
            match page["data"].as_array().and_then(|events| events.last()) {
                Some(event) => head = event["seq"].as_u64().context("a seq")?,
                None => return Ok(head),
            }
        }
    }
}
