//! A WebSocket client with deadlines.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderName, HeaderValue},
        protocol::CloseFrame,
    },
};

use crate::DEADLINE;

/// One socket.
#[derive(Debug)]
pub struct Client {
    stream: WebSocketStream<TcpStream>,
    /// What the server answered to the handshake.
    pub response: Response,
}

impl Client {
    /// Connects to `ws://address/path` with further `headers`.
    ///
    /// # Errors
    /// When the server refuses the handshake: [`Error::Http`] holds its answer.
    ///
    /// # Panics
    /// When nobody listens, or the handshake takes longer than the deadline of a test.
    pub async fn connect(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::try_from(*name).expect("a header name"),
                HeaderValue::from_str(value).expect("a header value"),
            );
        }
        let stream = TcpStream::connect(address)
            .await
            .unwrap_or_else(|error| panic!("connect to {address}: {error}"));
        stream.set_nodelay(true).expect("no delay");
        let (stream, response) = timeout(DEADLINE, client_async(request, stream))
            .await
            .expect("the handshake ends")?;
        Ok(Self { stream, response })
    }

    /// Sends any message.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.stream.send(message).await
    }

    /// Sends `value` as a text message.
    ///
    /// # Panics
    /// When the socket is closed.
    pub async fn send_json(&mut self, value: &Value) {
        self.send(Message::text(value.to_string()))
            .await
            .expect("send on an open socket");
    }

    /// The next message, pings and pongs (answered by the client) included; none at the end.
    ///
    /// # Panics
    /// When none comes within the deadline of a test.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        timeout(DEADLINE, self.stream.next())
            .await
            .expect("a message within the deadline")
    }

    /// The next text message as JSON; pings and pongs are skipped.
    ///
    /// # Panics
    /// When the socket closes or another kind of message comes.
    pub async fn next_json(&mut self) -> Value {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("{error} in {text}"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a text message, got {other:?}"),
            }
        }
    }

    /// The next JSON message for which `wanted` is true; others are passed over.
    ///
    /// # Panics
    /// As [`Client::next_json`].
    pub async fn next_where(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let value = self.next_json().await;
            if wanted(&value) {
                return value;
            }
        }
    }

    /// Reads until the socket closes: the close frame, if there was one.
    ///
    /// # Panics
    /// When it stays open past the deadline of a test.
    pub async fn closed(&mut self) -> Option<CloseFrame> {
        let mut frame = None;
        let end = async {
            while let Some(Ok(message)) = self.stream.next().await {
                if let Message::Close(close) = message {
                    frame = close;
                }
            }
        };
        timeout(DEADLINE, end).await.expect("the socket closes");
        frame
    }

    /// Closes politely.
    pub async fn close(mut self) {
        self.stream.close(None).await.ok();
    }

    /// The socket itself: for tests that read slowly, or not at all.
    pub fn into_inner(self) -> WebSocketStream<TcpStream> {
        self.stream
    }
}
