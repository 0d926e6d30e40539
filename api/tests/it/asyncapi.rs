use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use events::{
    Epoch, EventType,
    wire::{ClientMessage, ErrorCode, ResyncReason, ServerMessage},
};
use jsonschema::draft202012;
use platform::ids::{SessionId, UserId};
use serde_json::{Value, json, value::RawValue};

use crate::bench::Bench;

async fn document() -> Value {
    let bench = Bench::new().await;
    let answer = bench.get("/api/asyncapi.json").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What is wrong with a message, by the document.
fn wrong(document: &Value, key: &str, message: &Value) -> Vec<String> {
    let mut schema = document["components"]["messages"][key]["payload"].clone();
    assert!(schema.is_object(), "there is no message {key}");
    schema["components"] = json!({ "schemas": document["components"]["schemas"] });
    let validator = draft202012::new(&schema).unwrap();
    validator
        .iter_errors(message)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[tokio::test]
async fn the_document_of_sockets_is_what_was_agreed() {
    insta::assert_json_snapshot!(document().await, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn every_type_of_event_has_a_message() {
    let document = document().await;
    let messages = document["components"]["messages"].as_object().unwrap();
    for event in EventType::ALL {
        let message = &messages[&event.as_str().replace('.', "_")];
        let fields = &message["payload"]["properties"];
        assert_eq!(fields["type"]["enum"], json!([event.as_str()]));
        assert_eq!(fields["op"]["const"], "event");
        let data = &fields["data"];
        let data = data["$ref"]
            .as_str()
            .unwrap_or_else(|| data["allOf"][0]["$ref"].as_str().unwrap());
        assert!(
            document.pointer(data.trim_start_matches('#')).is_some(),
            "{data}"
        );
    }
    let of_protocol = messages.len() - EventType::ALL.len();
    assert_eq!(of_protocol, 13);
}

#[tokio::test]
async fn what_clients_say_is_what_the_document_shows() {
    let document = document().await;
    let received = document["operations"]["receive"]["messages"]
        .as_array()
        .unwrap();
    let received: BTreeSet<&str> = received
        .iter()
        .map(|message| {
            message["$ref"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(received, BTreeSet::from(ClientMessage::OPS));
    for op in received {
        let example = &document["components"]["messages"][op]["examples"][0]["payload"];
        let read: Result<ClientMessage, _> = serde_json::from_value(example.clone());
        assert_eq!(format!("{:?}", read.unwrap()), op);
        let found = wrong(&document, op, example);
        assert!(found.is_empty(), "{op}: {found:?}");
    }
}

#[tokio::test]
async fn what_gateways_say_is_what_the_document_shows() {
    let document = document().await;
    let now: DateTime<Utc> = "2025-01-15T09:30:00Z".parse().unwrap();
    let epoch: Epoch = serde_json::from_value(json!("k3")).unwrap();
    let channel = "ticker:binance:BTC-USDT".parse().unwrap();
    let data = RawValue::from_string("{}".to_owned()).unwrap();
    let of_deal = json!({ "id": SessionId::new(now).0, "bot_id": SessionId::new(now).0, "number": 1,
        "opened_at": "2025-01-15T09:30:00.000Z" });
    let of_deal = serde_json::value::to_raw_value(&of_deal).unwrap();
    let said = [
        ServerMessage::Welcome {
            session: SessionId::new(now),
            user: UserId::new(now),
            epoch: &epoch,
            seq: 4,
            resumed: true,
            expires_at: now,
            ping_interval_ms: 25_000,
        },
        ServerMessage::Ok { id: 1 },
        ServerMessage::Error {
            id: None,
            code: ErrorCode::TooManyChannels,
            message: "too many",
            channel: None,
        },
        ServerMessage::Event {
            seq: 5,
            kind: "deal.opened",
            at: now,
            data: &of_deal,
        },
        ServerMessage::Market {
            channel: &channel,
            data: &data,
        },
        ServerMessage::Notice {
            kind: "backtest.progress",
            data: &data,
        },
        ServerMessage::Ping { seq: 5 },
        ServerMessage::Resync {
            epoch: &epoch,
            seq: 5,
            why: ResyncReason::TooOld,
        },
        ServerMessage::Closing {
            code: 4001,
            reason: None,
            retry_after_ms: Some(5),
        },
    ];
    let sent = document["operations"]["send"]["messages"]
        .as_array()
        .unwrap();
    assert_eq!(sent.len(), said.len() - 1 + EventType::ALL.len());
    for message in said {
        let key = match message {
            ServerMessage::Welcome { .. } => "welcome",
            ServerMessage::Ok { .. } => "ok",
            ServerMessage::Error { .. } => "error",
            ServerMessage::Event { .. } => "deal_opened",
            ServerMessage::Market { .. } => "market",
            ServerMessage::Notice { .. } => "notice",
            ServerMessage::Ping { .. } => "ping",
            ServerMessage::Resync { .. } => "resync",
            ServerMessage::Closing { .. } => "closing",
        };
        let message = serde_json::to_value(&message).unwrap();
        let found = wrong(&document, key, &message);
        assert!(found.is_empty(), "{message}: {found:?}");
    }
}
