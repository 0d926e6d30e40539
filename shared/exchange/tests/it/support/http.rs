use std::{
    collections::HashMap,
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

use super::NOW;

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// What the venue does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Breaks the connection with a reset.
    Reset,
    /// The server never answers.
    Hang,
    /// Announces a body and breaks off within it.
    Half(String),
}

/// A server that plays the venue, on a port of its own.
pub(crate) struct VenueServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    received: Arc<Mutex<String>>,
    task: AbortOnDropHandle<()>,
}

type Answering = dyn Fn(&Request) -> Option<Reply> + Send + Sync;

impl Reply {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self::Answer(200, Vec::new(), body.into())
    }

    pub(crate) fn error(status: u16, code: i64) -> Self {
        let body = format!(r#"{{"code":{code},"msg":"said in words"}}"#);
        Self::Answer(status, Vec::new(), body)
    }
}

impl Request {
    /// What was signed or sent: the body, or else the query.
    pub(crate) fn payload(&self) -> &str {
        if self.body.is_empty() {
            &self.query
        } else {
            &self.body
        }
    }

    /// A parameter, as it was sent.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let mut pairs = self.payload().split('&');
        pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

impl VenueServer {
    /// Answers as told; what is not told about, with the time and a list of four markets.
    pub(crate) async fn start(
        answering: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::new(Mutex::new(String::new()));
        let (log, heard) = (Arc::clone(&requests), Arc::clone(&received));
        let answering: Arc<Answering> = Arc::new(answering);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, heard) = (Arc::clone(&log), Arc::clone(&heard));
                let answering = Arc::clone(&answering);
                tokio::spawn(async move {
                    connection(stream, &*answering, &log, &heard).await;
                });
            }
        });
        Self {
            address,
            requests,
            received,
            task: AbortOnDropHandle::new(task),
        }
    }

    /// Answers one path, and the rest as usual.
    pub(crate) async fn with(path: &'static str, reply: Reply) -> Self {
        Self::start(move |request| (request.path == path).then(|| reply.clone())).await
    }

    /// Listens no more.
    pub(crate) async fn close(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that was received so far, complete requests or not.
    pub(crate) fn received(&self) -> String {
        self.received.lock().unwrap().clone()
    }

    /// All requests for a path so far.
    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        let all = self.requests.lock().unwrap();
        let of_path = all.iter().filter(|request| request.path == path);
        of_path.cloned().collect()
    }
}

async fn connection(
    mut stream: TcpStream,
    answering: &Answering,
    log: &Mutex<Vec<Request>>,
    heard: &Mutex<String>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer, heard).await {
        log.lock().unwrap().push(request.clone());
        let reply = answering(&request).unwrap_or_else(|| usual(&request));
        match reply {
            Reply::Answer(status, headers, body) => {
                let mut head = format!(
                    "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n",
                    body.len()
                );
                for (name, value) in headers {
                    write!(head, "{name}: {value}\r\n").unwrap();
                }
                let answer = format!("{head}\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            Reply::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Reply::Hang => std::future::pending().await,
            Reply::Half(body) => {
                let length = body.len() * 2;
                let answer = format!("HTTP/1.1 200 Said\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                return;
            }
        }
    }
}

async fn read(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    heard: &Mutex<String>,
) -> Option<Request> {
    loop {
        if let Some((request, length)) = parse(buffer) {
            buffer.drain(..length);
            return Some(request);
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => {
                let text = String::from_utf8_lossy(&chunk[..read]);
                heard.lock().unwrap().push_str(&text);
                buffer.extend_from_slice(&chunk[..read]);
            }
        }
    }
}

fn parse(buffer: &[u8]) -> Option<(Request, usize)> {
    let text = std::str::from_utf8(buffer).unwrap();
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?, first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length");
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    let body = rest.get(..length)?.to_owned();
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    };
    Some((request, head.len() + 4 + length))
}

fn usual(request: &Request) -> Reply {
    match request.path.as_str() {
        "/api/v3/time" => Reply::json(format!(r#"{{"serverTime":{NOW}}}"#)),
        "/api/v3/ping" => Reply::json("{}"),
        "/api/v3/exchangeInfo" => Reply::json(markets()),
        path => panic!("nothing was told about {path}"),
    }
}

/// A list of the markets that the recorded payloads are of, without rules.
fn markets() -> String {
    let pairs = [
        ("LTC", "BTC"),
        ("BNB", "BTC"),
        ("BTC", "USDT"),
        ("ETH", "BTC"),
        ("ETH", "USDT"),
    ];
    let symbols = pairs.map(|(base, quote)| {
        format!(
            r#"{{"symbol":"{base}{quote}","status":"TRADING","baseAsset":"{base}","quoteAsset":"{quote}","orderTypes":["LIMIT","MARKET"],"filters":[]}}"#
        )
    });
    format!(r#"{{"symbols":[{}]}}"#, symbols.join(","))
}
