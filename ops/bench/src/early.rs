//! Answers that come before the request's body was read, and what becomes of the next request on the same connection.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufStream},
    net::TcpStream,
    task::JoinSet,
};

use crate::{report, stack::Stack};

/// Connections at once.
const CONNECTIONS: usize = 16;

/// Refused requests by which service refuses, with the status that each ends in; the body follows in a packet of its own.
const REFUSED: [(Service, u16, &str, &str, usize); 9] = [
    (Service::Api, 401, "POST /api/v1/bots", "", 100),
    (Service::Api, 401, "POST /api/v1/bots", "", 60_000),
    (
        Service::Api,
        403,
        "POST /api/v1/auth/logout",
        "cookie: accessToken=x\r\n",
        100,
    ),
    (Service::Api, 404, "POST /api/v1/none", "", 100),
    (Service::Api, 405, "PUT /api/v1/me", "", 100),
    (Service::Api, 413, "POST /api/v1/auth/login", "", 2_000_000),
    (Service::Gateway, 404, "POST /none", "", 100),
    (Service::Gateway, 405, "POST /health", "", 100),
    (Service::Gateway, 426, "POST /ws", "", 100),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Api,
    Gateway,
}

impl Service {
    /// A request that is answered 200.
    fn next(self) -> &'static str {
        match self {
            Self::Api => "GET /api/health?quick=true HTTP/1.1\r\nhost: bench\r\n\r\n",
            Self::Gateway => "GET /health?quick=true HTTP/1.1\r\nhost: bench\r\n\r\n",
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    /// By status of the refusal: how many, and how many of them said that the connection closes.
    refusals: BTreeMap<u16, (usize, usize)>,
    lost: usize,
}

/// Sends `requests` refused requests, and the next one after each.
///
/// # Errors
/// When something is answered otherwise than it should.
pub(crate) async fn run(stack: &Stack, requests: usize) -> Result<()> {
    let mut tasks = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let share = requests / CONNECTIONS + usize::from(connection < requests % CONNECTIONS);
        let addresses = [stack.api.address, stack.gateway.address];
        tasks.spawn(client(addresses, connection, share));
    }
    let mut all = Counts::default();
    while let Some(done) = tasks.join_next().await {
        let counts = done??;
        all.lost += counts.lost;
        for (status, (count, closing)) in counts.refusals {
            let entry = all.refusals.entry(status).or_default();
            *entry = (entry.0 + count, entry.1 + closing);
        }
    }
    let mut rows: Vec<_> = all
        .refusals
        .iter()
        .map(|(status, (count, closing))| {
            vec![status.to_string(), count.to_string(), closing.to_string()]
        })
        .collect();
    let total: usize = all.refusals.values().map(|(count, _)| count).sum();
    rows.push(vec!["all".to_owned(), total.to_string(), String::new()]);
    report::table(
        "Early answers",
        &["status", "answers", "that said Connection: close"],
        &rows,
    )?;
    report::line(&format!("\n{} next requests lost", all.lost))?;
    Ok(())
}

async fn client([api, gateway]: [SocketAddr; 2], offset: usize, requests: usize) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut kept: [Option<BufStream<TcpStream>>; 2] = [None, None];
    for n in 0..requests {
        let (service, status, line, headers, body) = REFUSED[(offset + n) % REFUSED.len()];
        let (slot, address) = match service {
            Service::Api => (&mut kept[0], api),
            Service::Gateway => (&mut kept[1], gateway),
        };
        let mut stream = match slot.take() {
            Some(stream) => stream,
            None => connect(address).await?,
        };
        let head = format!(
            "{line} HTTP/1.1\r\nhost: bench\r\n{headers}content-type: application/json\r\ncontent-length: {body}\r\n\r\n"
        );
        send(&mut stream, head.as_bytes()).await?;
        // Of a body that is too large no more than its beginning is sent.
        send(&mut stream, &vec![b' '; body.min(64 * 1024)]).await?;
        let (found, closes) = answer(&mut stream).await.context(line)?;
        ensure!(found == status, "{line} answered {found}");
        let entry = counts.refusals.entry(status).or_default();
        *entry = (entry.0 + 1, entry.1 + usize::from(closes));
        if closes {
            continue;
        }
        let next = async {
            send(&mut stream, service.next().as_bytes()).await?;
            answer(&mut stream).await
        };
        match next.await {
            Ok((200, closes)) => *slot = (!closes).then_some(stream),
            Ok((other, _)) => anyhow::bail!("the request after {line} answered {other}"),
            Err(_) => counts.lost += 1,
        }
    }
    Ok(counts)
}

async fn connect(address: SocketAddr) -> Result<BufStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(BufStream::new(stream))
}

async fn send(stream: &mut BufStream<TcpStream>, bytes: &[u8]) -> Result<()> {
    stream.write_all(bytes).await?;
    Ok(stream.flush().await?)
}

/// The status of an answer, and whether it says that the connection closes.
async fn answer(stream: &mut BufStream<TcpStream>) -> Result<(u16, bool)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head)?.to_lowercase();
    let status = head.split(' ').nth(1).context("a status")?.parse()?;
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let length: usize = field("content-length: ").unwrap_or("0").parse()?;
    stream.read_exact(&mut vec![0; length]).await?;
    Ok((status, field("connection: ") == Some("close")))
}
