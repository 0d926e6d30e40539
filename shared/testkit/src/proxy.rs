//! A network that misbehaves on demand.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, ToSocketAddrs, lookup_host},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open { delay: Duration },
    Frozen,
    Cut,
}

/// Stands between a client and a server (any TCP) and fails as told.
#[derive(Debug)]
pub struct ChaosProxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    listening: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl ChaosProxy {
    /// A proxy to `upstream` on a free port, open.
    pub async fn to(upstream: impl ToSocketAddrs) -> Self {
        let upstream = lookup_host(upstream)
            .await
            .expect("the upstream's name resolves")
            .next()
            .expect("the upstream has an address");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (mode, modes) = watch::channel(Mode::Open {
            delay: Duration::ZERO,
        });
        let (listens, listening) = watch::channel(true);
        let task = tokio::spawn(run(listener, address, upstream, modes, listens));
        Self {
            address,
            mode,
            listening,
            task,
        }
    }

    /// Where clients connect.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection and refuses new ones, until healed.
    pub async fn cut(&self) {
        self.mode.send_replace(Mode::Cut);
        self.wait_listening(false).await;
    }

    /// Back to a network that works.
    pub async fn heal(&self) {
        self.delay(Duration::ZERO).await;
    }

    /// Passes everything on, each piece that much later in each direction.
    pub async fn delay(&self, delay: Duration) {
        self.mode.send_replace(Mode::Open { delay });
        self.wait_listening(true).await;
    }

    /// Keeps connections open, takes new ones, and passes nothing on, until healed.
    pub async fn freeze(&self) {
        self.mode.send_replace(Mode::Frozen);
        self.wait_listening(true).await;
    }

    async fn wait_listening(&self, wanted: bool) {
        self.listening
            .clone()
            .wait_for(|listening| *listening == wanted)
            .await
            .expect("the proxy runs");
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    listener: TcpListener,
    address: SocketAddr,
    upstream: SocketAddr,
    modes: watch::Receiver<Mode>,
    listens: watch::Sender<bool>,
) {
    let mut listener = Some(listener);
    let mut mode = modes.clone();
    loop {
        // Cut before it ever served: then this is where the listener goes.
        if *mode.borrow() == Mode::Cut {
            listener = None;
            listens.send_replace(false);
        }
        if mode.wait_for(|mode| *mode != Mode::Cut).await.is_err() {
            return;
        }
        let open = match listener.take() {
            Some(listener) => listener,
            None => TcpListener::bind(address)
                .await
                .expect("the proxy's port again"),
        };
        listens.send_replace(true);
        serve(&open, upstream, &mut mode).await;
        drop(open);
        listens.send_replace(false);
    }
}

/// Until the mode is cut: then every connection ends with the set that holds it.
async fn serve(listener: &TcpListener, upstream: SocketAddr, mode: &mut watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    let modes = mode.clone();
    loop {
        tokio::select! {
            _ = mode.wait_for(|mode| *mode == Mode::Cut) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    connections.spawn(relay(client, upstream, modes.clone()));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn relay(
    mut client: TcpStream,
    upstream: SocketAddr,
    modes: watch::Receiver<Mode>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::try_join!(
        pump(from_client, to_server, modes.clone()),
        pump(from_server, to_client, modes)
    )?;
    Ok(())
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut modes: watch::Receiver<Mode>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        let delay = match modes
            .wait_for(|mode| *mode != Mode::Frozen)
            .await
            .as_deref()
        {
            Ok(Mode::Open { delay }) => *delay,
            Ok(Mode::Frozen | Mode::Cut) | Err(_) => Duration::ZERO,
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}
