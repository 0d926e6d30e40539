//! A user who keeps changing something, through the API.

use std::net::SocketAddr;

use http::{Request, StatusCode};
use serde_json::{Value, json};
use testkit::{
    http::{Response, send},
    totp::Authenticator,
};

pub(super) const PASSWORD: &str = "correct horse battery staple";

/// What became of one change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is durable.
    Done,
    /// It was refused with a 503, or the answer was lost.
    Unknown,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) token: String,
    version: u64,
}

impl User {
    pub(super) async fn register(api: SocketAddr, email: &str) -> Self {
        let body = json!({
            "email": email, "password": PASSWORD, "tokens": "body",
        });
        let request = Request::post("/api/v1/auth/register")
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        let answer = send(api, request).await.unwrap();
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let body = answer.json();
        Self {
            id: body["user"]["id"].as_str().unwrap().to_owned(),
            token: body["session"]["tokens"]["access_token"]
                .as_str()
                .unwrap()
                .to_owned(),
            version: body["user"]["version"].as_u64().unwrap(),
        }
    }

    /// Changes the display name, once. Anything but a success or an honest "not now" is a failure.
    pub(super) async fn change(&mut self, api: SocketAddr) -> Outcome {
        let body = json!({"display_name": format!("v{}", self.version), "version": self.version});
        let request = Request::patch("/api/v1/me")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.to_string())
            .unwrap();
        let Ok(answer) = send(api, request).await else {
            return Outcome::Unknown;
        };
        match answer.status {
            StatusCode::OK => {
                self.version = answer.json()["version"].as_u64().unwrap();
                Outcome::Done
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                Outcome::Unknown
            }
            // A change whose answer was lost had been done.
            StatusCode::CONFLICT => {
                self.version = answer.json()["current_version"].as_u64().unwrap();
                Outcome::Unknown
            }
            status => panic!("{status}: {}", answer.text()),
        }
    }

    /// The durable log after `seq`, whole.
    pub(super) async fn events_after(&self, api: SocketAddr, seq: u64) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        loop {
            let from = events
                .last()
                .map_or(seq, |event| event["seq"].as_u64().unwrap());
            let answer = self
                .get(api, &format!("/api/v1/events?after={from}&limit=100"))
                .await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            let page = answer.json()["data"].as_array().unwrap().clone();
            if page.is_empty() {
                return events;
            }
            events.extend(page);
        }
    }

    /// Somebody who has an account.
    pub(super) async fn login(api: SocketAddr, email: &str, password: &str) -> Self {
        let body = json!({ "email": email, "password": password, "tokens": "body" });
        let request = Request::post("/api/v1/auth/login")
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        let answer = send(api, request).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let body = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&body["user"]["id"]),
            token: text(&body["session"]["tokens"]["access_token"]),
            version: body["user"]["version"].as_u64().unwrap(),
        }
    }

    /// Enrols an authenticator and confirms it, which ends step-ups; one of the recovery codes steps the session up again.
    pub(super) async fn enrol(&self, api: SocketAddr) {
        let enrolled = self.post(api, "/api/v1/auth/totp", &json!({})).await;
        let app = Authenticator::with(enrolled.json()["secret"].as_str().unwrap());
        let code = json!({ "code": app.code(chrono::Utc::now()) });
        let enabled = self.post(api, "/api/v1/auth/totp/confirm", &code).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text());
        let code = json!({ "code": enabled.json()["recovery_codes"][0] });
        let done = self.post(api, "/api/v1/auth/step-up", &code).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    }

    /// Gives the password once more, for what needs that.
    pub(super) async fn step_up(&self, api: SocketAddr, password: &str) {
        let body = json!({ "password": password });
        let done = self.call(api, "POST", "/api/v1/auth/step-up", &body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    }

    /// Sends `body` with any method.
    pub(super) async fn call(
        &self,
        api: SocketAddr,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Response {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.to_string())
            .unwrap();
        send(api, request).await.unwrap()
    }

    pub(super) async fn post(&self, api: SocketAddr, path: &str, body: &Value) -> Response {
        self.call(api, "POST", path, body).await
    }

    pub(super) async fn get(&self, api: SocketAddr, path: &str) -> Response {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", self.token))
            .body("")
            .unwrap();
        send(api, request).await.unwrap()
    }
}
