//! The `healthcheck` subcommand: Docker asks a process about itself without curl in the image.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::config::{Env, HttpConfig, Reader};

/// Below the 10 s that Docker allows the command.
const DEADLINE: Duration = Duration::from_secs(5);

/// Asks the server of this container, found by the `HOSTNAME` and `PORT` that it listens on itself, and says how it
/// went on stdout: success for 200, failure for anything else.
pub fn run(env: Env, default_port: u16, path: &str) -> ExitCode {
    let http = HttpConfig::read(&mut Reader::new(env), default_port);
    let address = reachable(http.address());
    let (code, line) = match status(address, path, DEADLINE) {
        Ok(200) => (ExitCode::SUCCESS, "healthy".to_owned()),
        Ok(status) => (
            ExitCode::FAILURE,
            format!("unhealthy: {path} answered {status}"),
        ),
        Err(error) => (
            ExitCode::FAILURE,
            format!("unhealthy: {path} on {address}: {error}"),
        ),
    };
    // Nobody listening to the reason does not change the verdict.
    drop(writeln!(io::stdout(), "{line}"));
    code
}

/// Where a server that listens on `address` can be asked: one that listens everywhere does so on loopback too.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        given => given,
    };
    SocketAddr::new(ip, address.port())
}

/// The status that a server answers with.
///
/// # Errors
/// No server, no HTTP, or no answer within `deadline`.
pub fn status(address: SocketAddr, path: &str, deadline: Duration) -> io::Result<u16> {
    let end = Instant::now() + deadline;
    let mut stream = TcpStream::connect_timeout(&address, deadline)?;
    stream.set_write_timeout(Some(deadline))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // "HTTP/1.1 200": all that is needed.
    let mut head = [0_u8; 12];
    let mut filled = 0;
    while filled < head.len() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(head.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    std::str::from_utf8(&head)
        .ok()
        .and_then(|head| head.strip_prefix("HTTP/1."))
        .and_then(|rest| rest.get(2..5))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}
