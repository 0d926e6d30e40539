//! Several copies of a process, of which one dies or freezes.

use std::sync::{Arc, Mutex};

use sea_orm::sqlx::{Connection, PgConnection, query_as};
use testkit::wait_until;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
};

use super::{follower::Follower, platform::Platform, user::User};

/// How many shards there are, and how many nodes hold some.
async fn holders(platform: &Platform) -> (i64, i64) {
    let mut connection = PgConnection::connect(&platform.postgres.direct_url("blockbotx"))
        .await
        .unwrap();
    query_as("SELECT count(node), count(DISTINCT node) FROM leases")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// The node that holds the most shards has so many of them.
async fn most(platform: &Platform) -> i64 {
    let mut connection = PgConnection::connect(&platform.postgres.direct_url("blockbotx"))
        .await
        .unwrap();
    let (most,): (i64,) = query_as(
        "SELECT count(*) FROM leases WHERE node IS NOT NULL GROUP BY node ORDER BY 1 DESC LIMIT 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    most
}

/// Hears every event on the channels of private events, as Redis sends them.
struct Listener {
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Listener {
    async fn start(platform: &Platform) -> Self {
        let stream = TcpStream::connect(platform.redis.addr()).await.unwrap();
        let mut stream = BufReader::new(stream);
        let command = format!("PSUBSCRIBE {}ev:*\r\n", platform.redis.config().prefix);
        stream.write_all(command.as_bytes()).await.unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let heard = heads.clone();
        let task = tokio::spawn(async move {
            let (mut line, mut head) = (String::new(), None);
            while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                // A payload is `user epoch seq` and, unless it only tells the head, a line with the event.
                if let Some(head) = head.take()
                    && line.starts_with('{')
                {
                    heard.lock().unwrap().push(head);
                }
                if line.trim().split(' ').count() == 3 && !line.starts_with(['*', '$', '{']) {
                    head = Some(line.trim().to_owned());
                }
                line.clear();
            }
        });
        Self { heads, task }
    }

    /// The sequence numbers that were published for a user, in order.
    fn published(&self, user: &User) -> Vec<u64> {
        let heads = self.heads.lock().unwrap();
        heads
            .iter()
            .filter_map(|head| head.strip_prefix(user.id.as_str()))
            .map(|rest| rest.rsplit(' ').next().unwrap().parse().unwrap())
            .collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_engine_is_replaced_and_nothing_is_published_twice() {
    let platform = Platform::start().await;
    let (mut first, _second) = (platform.engine().await, platform.engine().await);
    let (api, gateway) = (platform.api().await, platform.gateway().await);
    wait_until("both engines hold shards", || async {
        holders(&platform).await == (64, 2)
    })
    .await;
    let listener = Listener::start(&platform).await;
    let mut user = User::register(api.address, "ada@example.com").await;
    let follower = Follower::of(&user, vec![gateway.address], api.address);
    follower.connected().await;
    for _ in 0..10 {
        user.change(api.address).await;
    }

    first.process.kill().await;
    for _ in 0..10 {
        user.change(api.address).await;
    }
    wait_until("one engine holds all shards", || async {
        most(&platform).await == 64
    })
    .await;
    for _ in 0..10 {
        user.change(api.address).await;
    }
    let last = user.events_after(api.address, 0).await.len() as u64;
    follower.reaches(last).await;
    follower.assert_gapless(last);
    assert_eq!(listener.published(&user), (1..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_wakes_after_its_lease_writes_and_sends_nothing() {
    let platform = Platform::start().await;
    let frozen = platform.engine().await;
    wait_until("the first engine holds all shards", || async {
        most(&platform).await == 64
    })
    .await;
    let (api, gateway) = (platform.api().await, platform.gateway().await);
    let listener = Listener::start(&platform).await;
    let mut user = User::register(api.address, "ada@example.com").await;
    let follower = Follower::of(&user, vec![gateway.address], api.address);
    follower.connected().await;

    frozen.process.stop();
    for _ in 0..10 {
        user.change(api.address).await;
    }
    let _second = platform.engine().await;
    wait_until("the second engine holds all shards", || async {
        holders(&platform).await == (64, 1) && most(&platform).await == 64
    })
    .await;
    let last = user.events_after(api.address, 0).await.len() as u64;
    follower.reaches(last).await;
    let before = epochs(&platform).await;

    frozen.process.cont();
    for _ in 0..10 {
        user.change(api.address).await;
    }
    // It finds its lease gone, and takes part again as a newcomer.
    wait_until("the woken engine takes part again", || async {
        holders(&platform).await == (64, 2)
    })
    .await;
    assert!(
        epochs(&platform).await > before,
        "shards move only under a new epoch"
    );
    for _ in 0..10 {
        user.change(api.address).await;
    }
    let last = user.events_after(api.address, 0).await.len() as u64;
    follower.reaches(last).await;
    follower.assert_gapless(last);
    assert_eq!(listener.published(&user), (1..=last).collect::<Vec<_>>());
}

async fn epochs(platform: &Platform) -> i64 {
    let mut connection = PgConnection::connect(&platform.postgres.direct_url("blockbotx"))
        .await
        .unwrap();
    let (sum,): (i64,) = query_as("SELECT sum(epoch)::bigint FROM leases")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_of_a_killed_gateway_resume_at_another() {
    let platform = Platform::start().await;
    let (_engine, api) = (platform.engine().await, platform.api().await);
    let (mut first, second) = (platform.gateway().await, platform.gateway().await);
    let mut user = User::register(api.address, "ada@example.com").await;
    let follower = Follower::of(&user, vec![first.address, second.address], api.address);
    follower.connected().await;
    for _ in 0..10 {
        user.change(api.address).await;
    }
    first.process.kill().await;
    for _ in 0..10 {
        user.change(api.address).await;
    }
    let last = user.events_after(api.address, 0).await.len() as u64;
    follower.reaches(last).await;
    follower.assert_gapless(last);
    assert_eq!(follower.resumes(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn either_of_two_apis_serves_a_session_of_the_other() {
    let platform = Platform::start().await;
    let _engine = platform.engine().await;
    let (first, second) = (platform.api().await, platform.api().await);
    let mut user = User::register(first.address, "ada@example.com").await;
    user.change(second.address).await;
    user.change(first.address).await;
    let seen = user.events_after(second.address, 0).await;
    assert_eq!(seen, user.events_after(first.address, 0).await);
    assert!(seen.len() >= 3);
}
