use serde_json::json;
use testkit::ws::Client;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    harness::{Bench, token, user},
    hello::close_code,
};

/// A client that was welcomed.
async fn welcomed(bench: &Bench) -> Client {
    let _relay = bench.answers(0).await;
    bench.welcome(user(), None).await.0
}

#[tokio::test]
async fn what_is_no_message_is_answered_with_a_close() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    for bad in [
        Message::text("{"),
        Message::text("null"),
        Message::text(r#"{"op":"subscribe","id":"1","channels":[]}"#),
        Message::text(json!({"op": "hello", "token": token(user())}).to_string()),
        Message::binary(&b"{\"op\":\"pong\"}"[..]),
    ] {
        let (mut client, _) = bench.welcome(user(), None).await;
        client.send(bad.clone()).await.unwrap();
        assert_eq!(close_code(&mut client).await, 4500, "{bad:?}");
    }
    for early in [
        r#"{"op":"pong"}"#,
        r#"{"op":"subscribe","id":1,"channels":[]}"#,
    ] {
        let mut client = bench.connect().await;
        client.send(Message::text(early)).await.unwrap();
        assert_eq!(close_code(&mut client).await, 4500, "{early}");
    }
}

#[tokio::test]
async fn what_was_wrong_is_said_before_the_close() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    for (wrong, reason) in [
        (Message::text("{"), "not a message of the protocol"),
        (
            Message::text(json!({"op": "hello", "token": token(user())}).to_string()),
            "hello is said once",
        ),
        (Message::binary(&b"{}"[..]), "messages are text"),
        (
            Message::text("x".repeat(16 * 1024 + 1)),
            "too long a message",
        ),
    ] {
        let (mut client, _) = bench.welcome(user(), None).await;
        client.send(wrong).await.unwrap();
        assert_eq!(
            client.next_json().await,
            json!({"op": "closing", "code": 4500, "reason": reason})
        );
    }
    for (first, reason) in [
        (
            r#"{"op":"pong"}"#.to_owned(),
            "the first message must be hello",
        ),
        (
            r#"{"op":"shout"}"#.to_owned(),
            "the first message must be hello",
        ),
        ("x".repeat(8 * 1024 + 1), "too long a message"),
    ] {
        let mut client = bench.connect().await;
        client.send(Message::text(first)).await.unwrap();
        assert_eq!(
            client.next_json().await,
            json!({"op": "closing", "code": 4500, "reason": reason})
        );
    }
}

#[tokio::test]
async fn an_op_of_a_later_version_is_answered() {
    let bench = Bench::new().await;
    let mut client = welcomed(&bench).await;
    for (sent, id) in [
        (json!({"op": "mute", "id": 5, "channels": []}), json!(5)),
        (json!({"op": "mute"}), json!(null)),
    ] {
        client.send_json(&sent).await;
        let answer = client.next_json().await;
        assert_eq!(
            (&answer["op"], &answer["code"]),
            (&json!("error"), &json!("unknown_op"))
        );
        assert_eq!(answer["id"], id);
    }
    let subscribe = json!({"op": "subscribe", "id": 6, "channels": []});
    client.send_json(&subscribe).await;
    assert_eq!(client.next_json().await, json!({"op": "ok", "id": 6}));
}

#[tokio::test]
async fn empty_fragments_are_a_flood_too() {
    let bench = Bench::new().await;
    for opened in [true, false] {
        let mut client = if opened {
            welcomed(&bench).await
        } else {
            bench.connect().await
        };
        let begin = Frame::message("", OpCode::Data(Data::Text), false);
        client.send(Message::Frame(begin)).await.unwrap();
        for _ in 0..40 {
            let more = Frame::message("", OpCode::Data(Data::Continue), false);
            if client.send(Message::Frame(more)).await.is_err() {
                break;
            }
        }
        assert_eq!(close_code(&mut client).await, 4006);
    }
}

#[tokio::test]
async fn fields_of_later_versions_are_ignored() {
    let bench = Bench::new().await;
    let mut client = welcomed(&bench).await;
    client
        .send(Message::text(
            r#"{"op":"subscribe","id":7,"channels":[],"later":true}"#,
        ))
        .await
        .unwrap();
    assert_eq!(client.next_json().await, json!({"op": "ok", "id": 7}));
}

#[tokio::test]
async fn fragments_are_put_together() {
    let bench = Bench::new().await;
    let mut client = welcomed(&bench).await;
    let parts = [
        Frame::message(r#"{"op":"subscribe","#, OpCode::Data(Data::Text), false),
        Frame::message(
            r#""id":7,"channels":[]}"#,
            OpCode::Data(Data::Continue),
            true,
        ),
    ];
    for part in parts {
        client.send(Message::Frame(part)).await.unwrap();
    }
    assert_eq!(client.next_json().await, json!({"op": "ok", "id": 7}));
}

#[tokio::test]
async fn too_big_a_message_is_answered_with_a_close_not_a_reset() {
    let bench = Bench::new().await;
    let _relay = bench.answers(0).await;
    for size in [16 * 1024 + 1, 64 * 1024, 1024 * 1024] {
        let (mut client, _) = bench.welcome(user(), None).await;
        client.send(Message::text("x".repeat(size))).await.ok();
        assert_eq!(close_code(&mut client).await, 4500, "{size}");
    }

    let (mut client, _) = bench.welcome(user(), None).await;
    let half = "x".repeat(10 * 1024);
    let parts = [
        Frame::message(half.clone(), OpCode::Data(Data::Text), false),
        Frame::message(half, OpCode::Data(Data::Continue), true),
    ];
    for part in parts {
        client.send(Message::Frame(part)).await.ok();
    }
    assert_eq!(close_code(&mut client).await, 4500, "fragments");
}

#[tokio::test]
async fn a_header_that_announces_too_much_reserves_nothing() {
    let bench = Bench::new().await;
    let client = bench.connect().await;
    let mut stream = client.into_inner();
    // A masked text frame of 2^40 bytes, of which none come.
    let header = [0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4];
    stream.get_mut().write_all(&header).await.unwrap();
    let mut text = String::new();
    while let Some(Ok(message)) = futures_util::StreamExt::next(&mut stream).await {
        text.push_str(&message.to_string());
    }
    assert!(text.contains("4500"), "{text}");
}

#[tokio::test]
async fn invalid_utf8_and_unmasked_frames_are_answered_with_a_close() {
    let bench = Bench::new().await;
    for bytes in [
        &[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28][..],
        &[0x81, 0x02, b'{', b'}'],
        &[0xf1, 0x80, 0, 0, 0, 0],
        &[0x80, 0x80, 0, 0, 0, 0],
    ] {
        let mut stream = bench.connect().await.into_inner();
        stream.get_mut().write_all(bytes).await.unwrap();
        let mut text = String::new();
        while let Some(Ok(message)) = futures_util::StreamExt::next(&mut stream).await {
            text.push_str(&message.to_string());
        }
        assert!(text.contains("4500"), "{bytes:?}: {text}");
    }
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let bench = Bench::new().await;
    let mut client = welcomed(&bench).await;
    for _ in 0..40 {
        if client
            .send(Message::text(r#"{"op":"pong"}"#))
            .await
            .is_err()
        {
            break;
        }
    }
    assert_eq!(close_code(&mut client).await, 4006);

    let mut client = bench.connect().await;
    for _ in 0..40 {
        if client.send(Message::Ping("x".into())).await.is_err() {
            break;
        }
    }
    assert_eq!(close_code(&mut client).await, 4006);
}
