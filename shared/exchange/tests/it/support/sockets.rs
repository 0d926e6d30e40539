use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, tungstenite::Message};
use tokio_util::task::AbortOnDropHandle;

/// The venue's end of the sockets that clients open.
pub(crate) struct SocketServer {
    address: SocketAddr,
    accepted: mpsc::Receiver<VenueSocket>,
    _task: AbortOnDropHandle<()>,
}

/// The venue's end of one socket.
pub(crate) struct VenueSocket {
    pub(crate) path: String,
    socket: WebSocketStream<TcpStream>,
}

impl SocketServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, accepted) = mpsc::channel(8);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut path = String::new();
                #[expect(
                    clippy::result_large_err,
                    reason = "the type that the handshake asks for"
                )]
                let look = |request: &http::Request<()>, answer| {
                    request.uri().path().clone_into(&mut path);
                    Ok(answer)
                };
                let socket = accept_hdr_async(stream, look).await.unwrap();
                if sender.send(VenueSocket { path, socket }).await.is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            accepted,
            _task: AbortOnDropHandle::new(task),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The next socket that a client opens.
    pub(crate) async fn accept(&mut self) -> VenueSocket {
        self.accepted.recv().await.unwrap()
    }
}

impl VenueSocket {
    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// The next message of the client; nothing once it has closed the socket.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        self.socket.next().await?.ok()
    }

    /// The next text of the client as JSON.
    pub(crate) async fn json(&mut self) -> serde_json::Value {
        loop {
            match self.next().await.unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(_) => panic!("the client has closed the socket"),
                _ => {}
            }
        }
    }

    pub(crate) async fn ping(&mut self, payload: &'static str) {
        self.socket
            .send(Message::Ping(payload.into()))
            .await
            .unwrap();
    }
}

/// JSON as text.
pub(crate) fn text(value: &serde_json::Value) -> String {
    value.to_string()
}
