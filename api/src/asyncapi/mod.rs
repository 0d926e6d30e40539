//! The document that describes the socket, in the form of AsyncAPI 3: the messages of the protocol, and one for each type of
//! event, with the schemas that the OpenAPI document shows.

use std::{collections::BTreeSet, sync::LazyLock};

use events::{EventType, wire::CloseCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use utoipa::openapi::OpenApi;

use crate::auth::cookies::ACCESS_COOKIE;

const SCHEMAS: &str = "#/components/schemas/";

static MESSAGES: LazyLock<Messages> =
    LazyLock::new(|| serde_json::from_str(include_str!("messages.json")).unwrap_or_default());

/// The messages of the protocol by their `op`, but for events.
#[derive(Default, Deserialize)]
struct Messages {
    from_client: Map<String, Value>,
    from_server: Map<String, Value>,
}

/// The document; `ws_url` is where the gateway is reached.
pub fn document(openapi: &OpenApi, ws_url: Option<&str>) -> Value {
    let rest = serde_json::to_value(openapi).unwrap_or_default();
    let known = &rest["components"]["schemas"];
    let mut messages = Map::new();
    let mut schemas = Map::new();
    for (op, message) in MESSAGES.from_client.iter().chain(&MESSAGES.from_server) {
        let said = json!({
            "name": op,
            "payload": message["payload"],
            "examples": [{ "payload": message["example"] }],
        });
        messages.insert(op.clone(), said);
    }
    for event in EventType::ALL {
        let mapping = &known["Event"]["discriminator"]["mapping"][event.as_str()];
        let name = mapping.as_str().and_then(|to| to.strip_prefix(SCHEMAS));
        let mut payload = known[name.unwrap_or_default()].clone();
        collect(&payload, known, &mut schemas);
        as_message(&mut payload);
        as_asyncapi(&mut payload);
        let said = json!({ "name": event.as_str(), "payload": payload });
        messages.insert(message_key(*event), said);
    }
    let channel_messages: Map<String, Value> = messages
        .keys()
        .map(|key| {
            (
                key.clone(),
                reference(&format!("components/messages/{key}")),
            )
        })
        .collect();
    let from_client: Vec<&String> = MESSAGES.from_client.keys().collect();
    let is_from_client = |key: &&String| from_client.contains(key);
    let of_channel = |key: &String| reference(&format!("channels/socket/messages/{key}"));
    let received: Vec<Value> = messages
        .keys()
        .filter(is_from_client)
        .map(of_channel)
        .collect();
    let sent = messages.keys().filter(|key| !is_from_client(key));
    let sent: Vec<Value> = sent.map(of_channel).collect();
    let schemes = json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A gateway token or an access token, in `hello` and `refresh`; never in the address.",
        },
        "cookie": {
            "type": "httpApiKey",
            "in": "cookie",
            "name": ACCESS_COOKIE,
            "description": "The access token of a browser, at the handshake.",
        },
    });
    let security =
        ["token", "cookie"].map(|name| reference(&format!("components/securitySchemes/{name}")));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "BlockbotX sockets",
            "version": rest["info"]["version"],
            "description": described(),
            "license": { "name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/" },
        },
        "defaultContentType": "application/json",
        "servers": servers(ws_url),
        "channels": {
            "socket": {
                "address": "/ws",
                "title": "The socket of a client",
                "description": "Subprotocol `blockbotx.v1`; one JSON message in each text frame.",
                "messages": channel_messages,
            },
        },
        "operations": {
            "receive": {
                "action": "receive",
                "summary": "What clients say",
                "channel": reference("channels/socket"),
                "messages": received,
                "security": security,
            },
            "send": {
                "action": "send",
                "summary": "What gateways say",
                "channel": reference("channels/socket"),
                "messages": sent,
                "security": security,
            },
        },
        "components": { "messages": messages, "schemas": schemas, "securitySchemes": schemes },
    })
}

fn described() -> String {
    let codes: Vec<String> = CloseCode::ALL
        .iter()
        .map(|code| format!("{} `{}`", code.code(), code.name()))
        .collect();
    format!(
        "Private events have a `seq` for each user: they come in order and without a gap, and those missed are read with \
         `GET /api/v1/events?after=`. Market data is the newest value of a channel. Close codes: {}. Below 4500 a client \
         reconnects with backoff; from 4500 on, not until something changes.",
        codes.join(", ")
    )
}

/// Where the gateway is; nothing where the installation does not say.
fn servers(ws_url: Option<&str>) -> Value {
    let Some(url) = ws_url.and_then(|url| Url::parse(url).ok()) else {
        return json!({});
    };
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    json!({ "gateway": { "host": host, "protocol": url.scheme() } })
}

fn reference(to: &str) -> Value {
    json!({ "$ref": format!("#/{to}") })
}

fn message_key(event: EventType) -> String {
    event.as_str().replace('.', "_")
}

/// On the socket, an event says beside what REST shows that it is one.
fn as_message(event: &mut Value) {
    event["properties"]["op"] = json!({ "type": "string", "const": "event" });
    if let Some(required) = event["required"].as_array_mut() {
        required.insert(0, json!("op"));
    }
}

/// Takes over the schemas that `part` is made of.
fn collect(part: &Value, known: &Value, schemas: &mut Map<String, Value>) {
    let mut found = BTreeSet::new();
    references(part, &mut found);
    for name in found {
        if schemas.contains_key(name) {
            continue;
        }
        let mut schema = known[name].clone();
        as_asyncapi(&mut schema);
        schemas.insert(name.to_owned(), schema);
        collect(&known[name], known, schemas);
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|to| to.strip_prefix(SCHEMAS)));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// In OpenAPI a discriminator is an object, in AsyncAPI the name of a field: the forms say it themselves. And beside a
/// reference nothing else may stand.
fn as_asyncapi(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("discriminator");
            fields.values_mut().for_each(as_asyncapi);
            if fields.len() > 1
                && let Some(reference) = fields.remove("$ref")
            {
                fields.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_asyncapi),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
