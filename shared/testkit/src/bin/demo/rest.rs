use std::net::SocketAddr;

use anyhow::{Context, anyhow, ensure};
use http::Request;
use serde_json::{Value, json};
use testkit::http::send;
use uuid::Uuid;

/// The api, as one user sees it.
#[derive(Clone)]
pub(crate) struct Rest {
    api: SocketAddr,
    pub(crate) token: String,
}

impl Rest {
    /// Makes an account of its own; gives its address too.
    pub(crate) async fn sign_up(api: SocketAddr) -> anyhow::Result<(Self, String)> {
        let email = format!("demo-{}@example.com", Uuid::now_v7().simple());
        let body =
            json!({ "email": email, "password": Uuid::new_v4().to_string(), "tokens": "body" });
        let mut rest = Self {
            api,
            token: String::new(),
        };
        let made = rest.post("/api/v1/auth/register", Some(&body)).await?;
        let token = &made["session"]["tokens"]["access_token"];
        token
            .as_str()
            .context("no token")?
            .clone_into(&mut rest.token);
        Ok((rest, email))
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        self.ask("POST", path, body).await
    }

    /// Makes something and gives its id.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        let made = self.post(path, Some(body)).await?;
        Ok(made["id"].as_str().context("no id")?.to_owned())
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = Request::builder().method(method).uri(path);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = send(self.api, request.body(body)?)
            .await
            .map_err(|error| anyhow!("{method} {path}: {error:?}"))?;
        ensure!(
            answer.status.is_success(),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
        Ok(answer.json())
    }
}
