//! One address that opens all the connections it may and tries for more, beside the requests of everybody else.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use crate::{
    load::{self, Measured, Target},
    report,
    stack::{Stack, with_limits},
};

/// Where the crowd connects from; everybody else comes from 127.0.0.1.
const CROWD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Connections that the crowd holds or tries to hold to each service: four times what one address may have.
const TRIED: usize = 1_024;
/// Connections of everybody else to each service.
const OTHERS: usize = 8;
/// How long one of the crowd waits before it tries again after it was turned away.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of the crowd's connections.
#[derive(Debug, Default)]
struct Counts {
    open: AtomicU64,
    refused: AtomicU64,
}

/// Measures everybody else alone, then beside the crowd, for `duration` each.
///
/// # Errors
/// When anybody else's request is not answered with 200.
pub(crate) async fn run(stack: &Stack, duration: Duration) -> Result<()> {
    let targets = [
        ("api", "/api/health?quick=true"),
        ("gateway", "/health?quick=true"),
    ];
    let mut rows = Vec::new();
    for (name, path) in targets {
        let service = with_limits(stack, name).await?;
        let address = service.address;
        let target = Target {
            address,
            path: path.to_owned(),
            authorization: None,
        };
        let alone = load::run(&target, OTHERS, duration).await?;
        let counts = Arc::new(Counts::default());
        let mut crowd = JoinSet::new();
        for _ in 0..TRIED {
            crowd.spawn(hold(address, Arc::clone(&counts)));
        }
        let beside = load::run(&target, OTHERS, duration).await?;
        rows.push(vec![
            name.to_owned(),
            counts.open.load(Ordering::Relaxed).to_string(),
            counts.refused.load(Ordering::Relaxed).to_string(),
            p99(&alone),
            p99(&beside),
            format!("{:.2}", beside.rate() / alone.rate()),
        ]);
        crowd.shutdown().await;
    }
    let head = [
        "service",
        "held by the crowd",
        "turned away",
        "others' p99 before, ms",
        "beside the crowd, ms",
        "others' requests a second, share",
    ];
    Ok(report::table(
        "One address that opens all it may",
        &head,
        &rows,
    )?)
}

fn p99(measured: &Measured) -> String {
    format!("{:.2}", measured.percentile_ms(99.0))
}

/// Opens a connection, sends the beginning of a request and holds on, over and over.
async fn hold(address: SocketAddr, counts: Arc<Counts>) -> Result<()> {
    loop {
        let opened = open(address).await;
        if let Ok(mut stream) = opened {
            counts.open.fetch_add(1, Ordering::Relaxed);
            // Ends when the server closes: at once where the address has too many, else for slowness.
            let mut answer = Vec::new();
            let _closed = stream.read_to_end(&mut answer).await;
            counts.open.fetch_sub(1, Ordering::Relaxed);
        }
        counts.refused.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(CROWD, 0))?;
    let mut stream = socket.connect(address).await?;
    stream.write_all(b"GET /api/health HTTP/1.1\r\n").await?;
    Ok(stream)
}
