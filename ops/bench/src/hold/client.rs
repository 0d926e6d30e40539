//! A client that keeps its connections, as browsers do.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, bail};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, sync::Mutex};

/// One answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// One connection at a time, made again when the other side has closed it.
#[derive(Clone)]
pub(super) struct Client {
    edge: SocketAddr,
    sender: Arc<Mutex<Option<http1::SendRequest<Full<Bytes>>>>>,
}

impl Client {
    pub(super) fn new(edge: SocketAddr) -> Self {
        Self {
            edge,
            sender: Arc::default(),
        }
    }

    /// Sends a request, once.
    ///
    /// # Errors
    /// When no connection can be made, or it breaks before the whole answer is in.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut slot = self.sender.lock().await;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "bench")
            .header("x-forwarded-for", "192.0.2.1");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = request.body(Full::new(bytes))?;
        // A connection that was closed while nothing was under way is no failure.
        let mut kept = slot.take();
        if let Some(sender) = &mut kept
            && sender.ready().await.is_err()
        {
            kept = None;
        }
        let mut sender = match kept {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let answer = match sender.try_send_request(request).await {
            Ok(answer) => answer,
            Err(mut failed) => {
                // It is given back where nothing of it was sent: the connection was closed before.
                let Some(request) = failed.take_message() else {
                    return Err(failed.into_error().into());
                };
                sender = self.connect().await?;
                sender.send_request(request).await?
            }
        };
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        *slot = Some(sender);
        Ok(Answer { status, body })
    }

    async fn connect(&self) -> Result<http1::SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.edge).await.context("connect")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends, and takes nothing but `wanted` for an answer.
    ///
    /// # Errors
    /// On any other status.
    pub(super) async fn expect(
        &self,
        wanted: StatusCode,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value> {
        let answer = self.send(method, path, token, body).await?;
        if answer.status != wanted {
            let text = String::from_utf8_lossy(&answer.body);
            bail!("{method} {path} answered {}: {text}", answer.status);
        }
        Ok(answer.json())
    }
}
