use std::time::{Duration, Instant};

use testkit::{ChaosProxy, wait_until};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    address
}

async fn ask(stream: &mut TcpStream) -> std::io::Result<u8> {
    stream.write_all(b"x").await?;
    stream.read_u8().await
}

#[tokio::test]
async fn passes_on_both_ways() {
    let proxy = ChaosProxy::to(echo().await).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(ask(&mut stream).await.unwrap(), b'x');
    stream.shutdown().await.unwrap();
    assert_eq!(
        stream.read(&mut [0]).await.unwrap(),
        0,
        "the end is passed on too"
    );
}

#[tokio::test]
async fn cut_closes_and_refuses_until_healed() {
    let proxy = ChaosProxy::to(echo().await).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    ask(&mut stream).await.unwrap();
    proxy.cut().await;
    assert!(ask(&mut stream).await.is_err());
    assert!(TcpStream::connect(proxy.addr()).await.is_err());
    proxy.heal().await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(ask(&mut stream).await.unwrap(), b'x');
}

#[tokio::test]
async fn frozen_holds_everything_and_loses_nothing() {
    let proxy = ChaosProxy::to(echo().await).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    ask(&mut stream).await.unwrap();
    proxy.freeze().await;
    stream.write_all(b"y").await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(50), stream.read_u8()).await;
    assert!(early.is_err(), "passed on while frozen");
    proxy.heal().await;
    assert_eq!(stream.read_u8().await.unwrap(), b'y');
}

#[tokio::test]
async fn delay_counts_in_each_direction() {
    let proxy = ChaosProxy::to(echo().await).await;
    proxy.delay(Duration::from_millis(30)).await;
    let mut stream = TcpStream::connect(proxy.addr()).await.unwrap();
    let asked = Instant::now();
    ask(&mut stream).await.unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_dropped_proxy_closes() {
    let proxy = ChaosProxy::to(echo().await).await;
    let address = proxy.addr();
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask(&mut stream).await.unwrap();
    drop(proxy);
    wait_until("the port is closed", || async {
        TcpStream::connect(address).await.is_err()
    })
    .await;
    assert!(ask(&mut stream).await.is_err());
}
