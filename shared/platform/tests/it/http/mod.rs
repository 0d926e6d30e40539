//! The server loop, through real sockets.

mod address;
mod bodies;
mod caps;
mod descriptors;
mod drain;
mod early;
mod heads;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use platform::http::{ClientAddr, Drained, Limits, RequestBody, serve};
use testkit::DEADLINE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Mutex, Semaphore},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Generous limits; each test tightens the one it is about.
pub(crate) fn limits() -> Limits {
    Limits {
        header_timeout: DEADLINE,
        body_timeout: DEADLINE,
        idle_timeout: DEADLINE,
        max_connections: 100,
        max_connections_per_address: 100,
        max_header_bytes: 16 * 1024,
        max_headers: 50,
        drain: Duration::ZERO,
        shutdown_deadline: DEADLINE,
        trusted_hops: 0,
    }
}

/// A running server and what its handlers share with the test.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) handlers: Arc<Handlers>,
    running: JoinHandle<Drained>,
}

#[derive(Debug)]
pub(crate) struct Handlers {
    /// Permits for `/gate` to answer.
    pub(crate) gate: Semaphore,
    /// Permits that `/gate` adds when a request waits at it.
    pub(crate) waiting: Semaphore,
    /// The sockets that `/upgrade` took over.
    upgraded: Mutex<JoinSet<()>>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let handlers = Arc::new(Handlers {
            gate: Semaphore::new(0),
            waiting: Semaphore::new(0),
            upgraded: Mutex::default(),
        });
        let shared = Arc::clone(&handlers);
        let service = tower::service_fn(move |request| handle(Arc::clone(&shared), request));
        let running = tokio::spawn(serve(listener, service, limits, stop.clone()));
        Self {
            addr,
            stop,
            handlers,
            running,
        }
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer(TcpStream::connect(self.addr).await.unwrap())
    }

    /// A connection from another address of this machine.
    pub(crate) async fn connect_from(&self, address: &str) -> Peer {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        Peer(socket.connect(self.addr).await.unwrap())
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, request: &str) -> String {
        let mut peer = self.connect().await;
        peer.send(request).await;
        peer.read_to_end().await
    }

    /// The server still serves: whatever the test did broke its own connection only.
    pub(crate) async fn assert_alive(&self) {
        let answer = self
            .ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    pub(crate) async fn ended(self) -> Drained {
        timeout(DEADLINE, self.running)
            .await
            .expect("the server ends")
            .unwrap()
    }

    pub(crate) async fn stopped(self) -> Drained {
        self.stop.cancel();
        self.ended().await
    }
}

/// A client that says exactly what it is told to.
pub(crate) struct Peer(pub(crate) TcpStream);

impl Peer {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything up to the close of the connection, which must be orderly.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut answer = Vec::new();
        timeout(DEADLINE, self.0.read_to_end(&mut answer))
            .await
            .expect("the server closes")
            .expect("in an orderly way");
        String::from_utf8(answer).unwrap()
    }

    /// Up to and including `end`.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut answer = String::new();
        while !answer.ends_with(end) {
            let mut byte = [0];
            let read = timeout(DEADLINE, self.0.read(&mut byte))
                .await
                .expect("an answer")
                .unwrap();
            assert_eq!(read, 1, "closed after {answer:?}");
            answer.push(char::from(byte[0]));
        }
        answer
    }

    /// The connection is closed without a word, orderly or not.
    pub(crate) async fn assert_closed(&mut self) {
        let mut answer = Vec::new();
        let read = timeout(DEADLINE, self.0.read_to_end(&mut answer)).await;
        drop(read.expect("the server closes"));
        assert_eq!(String::from_utf8(answer).unwrap(), "");
    }
}

async fn handle(
    handlers: Arc<Handlers>,
    mut request: Request<RequestBody>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match request.uri().path() {
        "/hello" => "hello".into(),
        "/who" => request
            .extensions()
            .get::<ClientAddr>()
            .unwrap()
            .0
            .to_string()
            .into(),
        "/echo" => match request.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => return Ok(status(StatusCode::BAD_REQUEST)),
        },
        "/gate" => {
            handlers.waiting.add_permits(1);
            handlers.gate.acquire().await.unwrap().forget();
            "open".into()
        }
        "/big" => Bytes::from(vec![b'x'; 32 * 1024 * 1024]),
        "/panic" => panic!("on purpose"),
        "/upgrade" => {
            let upgrade = hyper::upgrade::on(&mut request);
            handlers.upgraded.lock().await.spawn(async move {
                let (mut from, mut to) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
                tokio::io::copy(&mut from, &mut to).await.unwrap();
                to.shutdown().await.unwrap();
            });
            let mut response = status(StatusCode::SWITCHING_PROTOCOLS);
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, HeaderValue::from_static("echo"));
            return Ok(response);
        }
        _ => return Ok(status(StatusCode::NOT_FOUND)),
    };
    Ok(Response::new(Full::new(body)))
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
