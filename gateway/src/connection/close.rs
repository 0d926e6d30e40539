//! The last words.

use std::time::Duration;

use events::wire::ServerMessage;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode as WireCode},
    },
};

use super::inbound::Inbound;
use crate::{outbound::Closing, session::text};

/// Input that is read and thrown away after the close, in bytes.
const MAX_LINGER: usize = 256 * 1024;

/// Says why, closes, and waits for the other side, all within `limit`.
pub(super) async fn run<S>(mut ws: WebSocketStream<Inbound<S>>, closing: Closing, limit: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let goodbye = async move {
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let words = text(&ServerMessage::Closing {
            code: closing.code.code(),
            reason: closing.reason,
            retry_after_ms: closing.retry_after.map(millis),
        });
        ws.feed(Message::Text(words)).await?;
        ws.send(Message::Close(Some(CloseFrame {
            code: WireCode::from(closing.code.code()),
            reason: closing.code.name().into(),
        })))
        .await?;
        while let Some(Ok(_)) = ws.next().await {}
        linger(ws.into_inner().into_inner()).await?;
        Ok::<(), Error>(())
    };
    // Whether the client heard us is its own affair.
    drop(timeout(limit, goodbye).await);
}

/// Reads until the client hangs up: closing on unread input makes the kernel send a reset, which overtakes what the
/// client has not read yet.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut io: S) -> std::io::Result<()> {
    io.shutdown().await?;
    let mut rest = [0_u8; 1024];
    let mut left = MAX_LINGER;
    while left > 0 {
        match io.read(&mut rest).await? {
            0 => break,
            read => left = left.saturating_sub(read),
        }
    }
    Ok(())
}
