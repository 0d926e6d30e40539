//! Subscriptions of market streams.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::state::Shared;

/// What a client asks of its socket.
#[derive(Deserialize)]
struct Command {
    method: String,
    #[serde(default)]
    params: Vec<Value>,
    #[serde(default)]
    id: Value,
}

/// Adds or removes streams of a socket, those that the emulator does not serve among them: Binance is silent about them
/// as well.
pub(super) fn change(shared: &Shared, id: u64, names: &[String], is_added: bool) {
    shared.act(|exchange, _| {
        for name in shared.hub().change_streams(id, names, is_added) {
            if !crate::exchange::is_stream(&name) {
                tracing::warn!(stream = name, "the emulator does not serve this stream");
            }
            if is_added {
                exchange.watch(&name);
            } else {
                exchange.unwatch(&name);
            }
        }
    });
}

/// Forgets a socket with its streams.
pub(super) fn close(shared: &Shared, id: u64) {
    shared.act(|exchange, _| {
        for name in shared.hub().remove(id) {
            exchange.unwatch(&name);
        }
    });
}

/// Takes a message of the client of a socket for market streams; false when it has too many of them then.
pub(super) fn hear(shared: &Shared, id: u64, text: &str) -> bool {
    let refuse = |code: i32, message: &str, request: &Value| {
        let error = json!({ "code": code, "msg": message });
        json!({ "error": error, "id": request })
    };
    let answer = match serde_json::from_str::<Command>(text) {
        Err(error) => refuse(3, &format!("Invalid JSON: {error}"), &Value::Null),
        Ok(command) => {
            let names: Option<Vec<String>> = command
                .params
                .iter()
                .map(|name| name.as_str().map(str::to_owned))
                .collect();
            match (command.method.as_str(), names) {
                ("SUBSCRIBE", Some(names)) if !names.is_empty() => {
                    change(shared, id, &names, true);
                    json!({ "result": null, "id": command.id })
                }
                ("UNSUBSCRIBE", Some(names)) if !names.is_empty() => {
                    change(shared, id, &names, false);
                    json!({ "result": null, "id": command.id })
                }
                ("LIST_SUBSCRIPTIONS", _) => {
                    json!({ "result": shared.hub().streams(id), "id": command.id })
                }
                ("SUBSCRIBE" | "UNSUBSCRIBE", _) => refuse(
                    2,
                    "Invalid request: params must be a list of streams",
                    &command.id,
                ),
                _ => refuse(2, "Invalid request: unknown method", &command.id),
            }
        }
    };
    let most = shared.limiter().limits().streams_per_socket;
    let hub = shared.hub();
    hub.reply(id, answer.to_string());
    hub.streams(id).len() <= most
}
