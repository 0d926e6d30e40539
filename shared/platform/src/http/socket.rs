//! A TCP connection with the limits that hyper does not set.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use super::places::Place;

/// How long a closed connection's remaining input is read and thrown away. Closing on unread input makes the kernel
/// send a reset, which can overtake the last answer.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 256 * 1024;

type Timer = Option<Pin<Box<Sleep>>>;

/// What the connection is doing, shared between its socket and its service.
#[derive(Debug, Default)]
pub(super) struct Phase {
    started: AtomicU64,
    finished: AtomicU64,
    upgraded: AtomicBool,
}

impl Phase {
    /// A request's head is complete; the guard lives until its answer is.
    pub(super) fn request(self: &Arc<Self>) -> InFlight {
        self.started.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    /// From here on the connection belongs to whoever upgraded it.
    pub(super) fn upgrade(&self) {
        self.upgraded.store(true, Ordering::Relaxed);
    }

    fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Relaxed)
    }

    fn awaits_head(&self) -> bool {
        self.started.load(Ordering::Relaxed) == self.finished.load(Ordering::Relaxed)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Phase>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Ordering::Relaxed);
    }
}

/// The socket. Holds its place under the connection cap for as long as it is open, upgraded or not.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    phase: Arc<Phase>,
    header_timeout: Duration,
    write_timeout: Duration,
    /// Runs while a head is being received; beside it, the number of requests started before.
    head: Timer,
    head_of: u64,
    write: Timer,
    linger: Timer,
    lingered: usize,
    _place: Place,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        phase: Arc<Phase>,
        header_timeout: Duration,
        write_timeout: Duration,
        place: Place,
    ) -> Self {
        Self {
            stream,
            phase,
            header_timeout,
            write_timeout,
            head: Some(Box::pin(tokio::time::sleep(header_timeout))),
            head_of: 0,
            write: None,
            linger: None,
            lingered: 0,
            _place: place,
        }
    }

    /// Stops a timer that belongs to an earlier request.
    fn forget_old_head(&mut self) {
        let started = self.phase.started.load(Ordering::Relaxed);
        if self.head_of != started {
            self.head_of = started;
            self.head = None;
        }
    }

    /// Passes a write on, but fails it when the peer has not taken a byte for the whole time limit.
    fn watch_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() || self.phase.is_upgraded() {
            self.write = None;
            return result;
        }
        let limit = self.write_timeout;
        let timer = self
            .write
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        timer.as_mut().poll(cx).map(|()| Err(timed_out()))
    }
}

fn timed_out() -> io::Error {
    io::Error::from(io::ErrorKind::TimedOut)
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.phase.is_upgraded() {
            return result;
        }
        self.forget_old_head();
        if !self.phase.awaits_head() {
            return result;
        }
        if result.is_ready() {
            if self.head.is_none() {
                self.head = Some(Box::pin(tokio::time::sleep(self.header_timeout)));
            }
        } else if let Some(timer) = &mut self.head {
            ready!(timer.as_mut().poll(cx));
            return Poll::Ready(Err(timed_out()));
        }
        result
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch_write(cx, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_write(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if self.phase.is_upgraded() {
                return Poll::Ready(Ok(()));
            }
            self.linger = Some(Box::pin(tokio::time::sleep(LINGER)));
        }
        let mut rest = [0_u8; 4096];
        while self.lingered < LINGER_BYTES {
            let mut buf = ReadBuf::new(&mut rest);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.lingered += buf.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => match &mut self.linger {
                    Some(timer) => return timer.as_mut().poll(cx).map(Ok),
                    None => break,
                },
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch_write(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
