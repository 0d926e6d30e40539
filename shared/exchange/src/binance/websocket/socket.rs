//! One socket, watched for silence and age.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Bytes, Error, Message, protocol::WebSocketConfig},
};
use url::Url;

use crate::{
    binance::{config::StreamTimes, exchange::Exchange},
    stream::GapReason,
};

/// Longest message that is read, in bytes.
const MOST: usize = 8 * 1024 * 1024;

/// An open socket.
pub(super) struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    times: StreamTimes,
    heard_at: Instant,
    is_pinged: bool,
    ends_at: Instant,
}

impl Socket {
    /// Connects, within the limit of time for it. What a refusal says of limits holds for requests too.
    pub(super) async fn connect(exchange: &Exchange, url: &Url) -> Result<Self, GapReason> {
        let times = exchange.config().streams;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MOST))
            .max_frame_size(Some(MOST));
        // Boxed: the future of a TLS handshake is large.
        let connecting = Box::pin(connect_async_with_config(url.as_str(), Some(config), true));
        match timeout(times.connect_timeout, connecting).await {
            Ok(Ok((inner, _))) => {
                let now = Instant::now();
                Ok(Self {
                    inner,
                    times,
                    heard_at: now,
                    is_pinged: false,
                    ends_at: now + times.lifetime,
                })
            }
            Ok(Err(Error::Http(refusal))) => {
                let status = refusal.status().as_u16();
                exchange.http.socket_refused(status, refusal.headers());
                Err(GapReason::NotConnected)
            }
            Ok(Err(_)) | Err(_) => Err(GapReason::NotConnected),
        }
    }

    /// The next text. Answers pings, sends some after a silence, and ends when nothing comes any more or the socket is old.
    /// Nothing is lost if the wait is given up.
    pub(super) async fn next(&mut self) -> Result<String, GapReason> {
        loop {
            let silence = if self.is_pinged {
                self.times.longest_silence
            } else {
                self.times.ping_after
            };
            let wake_at = self.ends_at.min(self.heard_at + silence);
            tokio::select! {
                // What has arrived is read before anything is concluded from a silence.
                biased;
                message = self.inner.next() => match message {
                    Some(Ok(message)) => {
                        self.heard_at = Instant::now();
                        self.is_pinged = false;
                        match message {
                            Message::Text(text) => return Ok(text.to_string()),
                            Message::Close(_) => return Err(GapReason::Disconnected),
                            Message::Binary(_)
                            | Message::Ping(_)
                            | Message::Pong(_)
                            | Message::Frame(_) => {}
                        }
                    }
                    Some(Err(_)) | None => return Err(GapReason::Disconnected),
                },
                () = sleep_until(wake_at) => self.woken().await?,
            }
            if Instant::now() >= self.ends_at {
                return Err(GapReason::Renewed);
            }
        }
    }

    async fn woken(&mut self) -> Result<(), GapReason> {
        let now = Instant::now();
        if now >= self.ends_at {
            return Err(GapReason::Renewed);
        }
        if self.is_pinged {
            return Err(GapReason::Silent);
        }
        self.is_pinged = true;
        self.write(Message::Ping(Bytes::new())).await
    }

    /// Sends a text.
    pub(super) async fn send(&mut self, text: String) -> Result<(), GapReason> {
        self.write(Message::text(text)).await
    }

    async fn write(&mut self, message: Message) -> Result<(), GapReason> {
        let longest: Duration = self.times.connect_timeout;
        match timeout(longest, self.inner.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(GapReason::Disconnected),
        }
    }

    /// Says goodbye, without waiting for long.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.inner.close(None)).await;
    }
}
