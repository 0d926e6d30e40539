//! What a connection beyond the cap gets.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::places::Full;

/// A proxy turns to another copy.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\n\
    content-length: 112\r\n\
    retry-after: 1\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"Busy.\",\"code\":\"too_many_connections\"}";

const TOO_MANY_OF_ONE: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\n\
    content-type: application/problem+json\r\n\
    content-length: 141\r\n\
    retry-after: 1\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"Too many connections of one address.\",\"code\":\"too_many_connections\"}";

/// How long a refused peer may take to read why.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers 503 or 429 without reading the request, then waits a moment for the peer to hang up: closing on unread input would
/// reset the connection under the answer.
pub(super) async fn refuse(mut stream: TcpStream, full: Full) {
    let answer = match full {
        Full::Everywhere => BUSY,
        Full::Address => TOO_MANY_OF_ONE,
    };
    let goodbye = async {
        stream.write_all(answer).await?;
        stream.shutdown().await?;
        let mut rest = [0_u8; 1024];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    // Whether the peer heard us is its own affair.
    drop(tokio::time::timeout(PATIENCE, goodbye).await);
}

#[cfg(test)]
mod tests {
    #[test]
    fn content_length_is_right() {
        for answer in [super::BUSY, super::TOO_MANY_OF_ONE] {
            let text = std::str::from_utf8(answer).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(&format!("content-length: {}\r\n", body.len())),
                "{}",
                body.len()
            );
            serde_json::from_str::<serde_json::Value>(body).unwrap();
        }
    }
}
