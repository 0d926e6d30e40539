use std::collections::HashSet;

use crate::harness::{Bench, expect_events, user};

#[tokio::test]
async fn draining_sends_everybody_elsewhere() {
    let bench = Bench::with(|limits| limits.drain_per_second = 100).await;
    let other = Bench::on(bench.redis_config.clone(), |_| {}).await;
    let mut clients = Vec::new();
    for _ in 0..30 {
        let user = user();
        bench.publish(user, 1..=1).await;
        clients.push((user, bench.welcome(user, None).await.0));
    }
    let stranger = bench.connect().await;
    bench.stop.cancel();

    let mut waits = HashSet::new();
    for (user, mut client) in clients {
        let closing = client.next_json().await;
        assert_eq!(
            (closing["op"].as_str(), closing["code"].as_u64()),
            (Some("closing"), Some(4001))
        );
        waits.insert(closing["retry_after_ms"].as_u64().unwrap());
        assert_eq!(u16::from(client.closed().await.unwrap().code), 4001);
        let (mut client, _) = other.welcome(user, Some(1)).await;
        other.publish(user, 2..=2).await;
        expect_events(&mut client, 2, 2).await;
    }
    assert!(waits.len() > 10, "jittered: {waits:?}");
    assert!(
        waits.iter().all(|wait| (500..=5_000).contains(wait)),
        "{waits:?}"
    );
    let mut stranger = stranger;
    assert_eq!(u16::from(stranger.closed().await.unwrap().code), 4001);
    bench.run.await.unwrap();
    assert!(
        tokio::net::TcpStream::connect(bench.address).await.is_err(),
        "nobody listens"
    );
}
