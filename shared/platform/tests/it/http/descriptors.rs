//! A server that runs out of file descriptors.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream as StdStream},
    process::{Command, Stdio},
};

use super::{Peer, Server, limits};

/// Set in the child process that the test starts of itself: a limit on descriptors holds for a whole process.
const CHILD: &str = "DESCRIPTORS_TEST_CHILD";

/// Not a test of its own: what the child process runs, until its standard input ends.
#[tokio::test]
async fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    tracing_subscriber::fmt().init();
    let server = Server::start(limits()).await;
    println!("listening on {}", server.addr);
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(server.stopped().await.cut_off, 0);
}

#[tokio::test]
async fn server_without_descriptors_serves_again_when_it_has_some() {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "http::descriptors::child", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = |what: &str| {
        lines
            .find_map(|line| Some(line.unwrap().split_once(what)?.1.to_owned()))
            .unwrap()
    };
    let addr: SocketAddr = said("listening on ").parse().unwrap();
    let crowd: Vec<_> = (0..80).map(|_| StdStream::connect(addr).unwrap()).collect();
    said("cannot accept connections");
    drop(crowd);
    let mut peer = Peer(tokio::net::TcpStream::connect(addr).await.unwrap());
    peer.send("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await;
    assert!(peer.read_to_end().await.ends_with("hello"));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
