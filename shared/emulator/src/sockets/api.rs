//! The WebSocket API: the requests of REST, and subscriptions to a user's events.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    request::{Credentials, Outcome, Request, prove},
    rest::{Params, Route},
    state::Shared,
};

#[derive(Deserialize)]
struct Command {
    #[serde(default)]
    id: Value,
    method: String,
    #[serde(default)]
    params: Map<String, Value>,
}

/// Answers one message of a client.
pub(super) async fn hear(shared: &Arc<Shared>, socket: u64, ip: IpAddr, text: &str) {
    let Ok(command) = serde_json::from_str::<Command>(text) else {
        let error = ApiError::Mandatory("method");
        shared.hub().reply(socket, refusal(&Value::Null, &error));
        return;
    };
    let answer = match command.method.as_str() {
        "userDataStream.subscribe.signature" => match subscribe(shared, socket, ip, &command) {
            Ok(()) => return,
            Err(error) => refusal(&command.id, &error),
        },
        "userDataStream.unsubscribe" => {
            let id = command.params.get("subscriptionId").and_then(Value::as_u64);
            if shared.hub().unsubscribe(socket, id) {
                success(&command.id, &json!({}))
            } else {
                refusal(&command.id, &ApiError::BadData("subscriptionId"))
            }
        }
        "session.subscriptions" => {
            let ids = shared.hub().subscriptions(socket);
            let rows: Vec<Value> = ids
                .iter()
                .map(|id| json!({ "subscriptionId": id }))
                .collect();
            success(&command.id, &json!(rows))
        }
        _ => {
            let Some(answer) = perform(shared, ip, &command).await else {
                shared.hub().drop_socket(socket);
                return;
            };
            answer
        }
    };
    shared.hub().reply(socket, answer);
}

/// A parameter as the text that is signed.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Parameters and credentials of a command: what is signed are all parameters but the signature, sorted by name.
fn read(command: &Command) -> Result<(Params, Credentials), ApiError> {
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &command.params {
        pairs.insert(name.clone(), text_of(value));
    }
    let signed = pairs.iter().filter(|(name, _)| *name != "signature");
    let payload: Vec<String> = signed
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let credentials = Credentials {
        api_key: pairs.remove("apiKey"),
        payload: payload.join("&"),
    };
    Ok((Params::new(pairs.into_iter().collect())?, credentials))
}

fn subscribe(shared: &Shared, socket: u64, ip: IpAddr, command: &Command) -> Result<(), ApiError> {
    if shared.is_in_maintenance() {
        return Err(ApiError::Maintenance);
    }
    let (mut params, credentials) = read(command)?;
    shared.limiter().charge(ip, 2, shared.now())?;
    shared.act(|exchange, now| {
        let proven = prove(exchange, &mut params, &credentials, now)?;
        params.finish()?;
        shared
            .hub()
            .subscribe(socket, &proven.user, |subscription| {
                success(&command.id, &json!({ "subscriptionId": subscription }))
            });
        Ok(())
    })
}

/// Does what REST does; none when the connection is to be dropped.
async fn perform(shared: &Arc<Shared>, ip: IpAddr, command: &Command) -> Option<String> {
    let read = match Route::find_socket(&command.method) {
        Some(route) => read(command).map(|(params, credentials)| Request {
            route,
            params,
            ip,
            credentials,
        }),
        None => Err(ApiError::BadData("method")),
    };
    let request = match read {
        Ok(request) => request,
        Err(error) => return Some(refusal(&command.id, &error)),
    };
    match shared.perform(request).await.outcome {
        Outcome::Answered(result) => Some(success(&command.id, &result)),
        Outcome::Refused(error) => Some(refusal(&command.id, &error)),
        Outcome::Bare(status) => Some(
            json!({
                "id": command.id, "status": status,
                "error": { "code": -1000, "msg": ApiError::Unknown.to_string() },
            })
            .to_string(),
        ),
        Outcome::Dropped => None,
    }
}

fn success(id: &Value, result: &Value) -> String {
    json!({ "id": id, "status": 200, "result": result, "rateLimits": [] }).to_string()
}

fn refusal(id: &Value, error: &ApiError) -> String {
    let mut body = json!({ "code": error.code(), "msg": error.to_string() });
    if let Some(seconds) = error.retry_after_s() {
        body["data"] = json!({ "retryAfter": seconds * 1_000 });
    }
    json!({ "id": id, "status": error.status().as_u16(), "error": body, "rateLimits": [] })
        .to_string()
}
