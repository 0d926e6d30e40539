use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use testkit::ws::Client;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_tungstenite::{
    accept_async,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

#[tokio::test]
async fn reads_json_past_pings_and_sees_the_close() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        let heard = socket.next().await.unwrap().unwrap();
        socket.send(Message::Ping("p".into())).await.unwrap();
        socket.send(Message::text(r#"{"n":1}"#)).await.unwrap();
        socket.send(Message::text(r#"{"n":2}"#)).await.unwrap();
        let close = CloseFrame {
            code: CloseCode::Restart,
            reason: "restart".into(),
        };
        socket.close(Some(close)).await.unwrap();
        heard
    });
    let mut client = Client::connect(address, "/ws", &[("origin", "http://here")])
        .await
        .unwrap();
    client.send_json(&json!({"op": "hello"})).await;
    assert_eq!(
        client.next_where(|value| value["n"] == 2).await,
        json!({"n": 2})
    );
    assert_eq!(client.closed().await.unwrap().code, CloseCode::Restart);
    assert_eq!(server.await.unwrap(), Message::text(r#"{"op":"hello"}"#));
}

#[tokio::test]
async fn a_refused_handshake_shows_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            .await
    });
    let Err(Error::Http(response)) = Client::connect(address, "/ws", &[]).await else {
        panic!("not refused");
    };
    assert_eq!(response.status(), 403);
}
