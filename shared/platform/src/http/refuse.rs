//! What a connection beyond the cap gets.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/problem+json\r\n\
    content-length: 112\r\n\
    retry-after: 1\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"Busy.\",\"code\":\"too_many_connections\"}";

/// How long a refused peer may take to read why.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers 503 without reading the request, then waits a moment for the peer to hang up: closing on unread input would
/// reset the connection under the answer.
pub(super) async fn refuse(mut stream: TcpStream) {
    let goodbye = async {
        stream.write_all(ANSWER).await?;
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
        let text = std::str::from_utf8(super::ANSWER).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
        serde_json::from_str::<serde_json::Value>(body).unwrap();
    }
}
