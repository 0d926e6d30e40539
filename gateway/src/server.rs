//! Putting it together, running it, taking it down.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, RwLock},
    time::Duration,
};

use events::{Publisher, replay::Replay, subscriber};
use platform::{
    SharedClock,
    health::HealthCache,
    http::{Limits, serve},
    random,
    redis::Redis,
    telemetry::{self, request::RequestLayer},
    token::TokenVerifier,
};
use socket2::SockRef;
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer, service_fn};

use crate::{
    GatewayConfig, GatewayLimits,
    admission::Admission,
    ask, control, drain, handshake,
    hub::{Hub, ShardConfig},
    market::Market,
    registry::Registry,
    revocations::Revocations,
    session::Rules,
    state::State,
};

/// How often quiet addresses are forgotten.
const SWEEP: Duration = Duration::from_mins(1);

/// How long the tasks behind the sockets may take to end.
const LAST: Duration = Duration::from_secs(2);

/// A gateway that listens.
pub struct Gateway {
    state: Arc<State>,
    listener: TcpListener,
    http: Limits,
    /// Ends the tasks behind the sockets.
    end: CancellationToken,
    tasks: JoinSet<()>,
}

impl Gateway {
    /// Listens, and begins to connect to Redis. `stop` begins the drain.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn bind(
        config: &GatewayConfig,
        clock: SharedClock,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(config.http.address()).await?;
        tune(&listener, &config.limits)?;
        let limits = config.limits.clone();
        let redis = Redis::connect(&config.redis);
        let end = CancellationToken::new();
        let (feeding, feed) = subscriber::subscribe(&redis, limits.feed, end.clone());
        let (hub, shards) = Hub::new(&ShardConfig {
            replay: Replay::new(redis.clone()),
            publisher: Publisher::new(redis.clone()),
            ask_timeout: limits.ask_timeout,
            check_interval: limits.check_interval,
            held_events: limits.held_events,
        });
        let (market, trading) = Market::new(
            redis.clone(),
            feed.handle.clone(),
            limits.market_tick,
            limits.check_interval,
        );
        let state = Arc::new(State {
            admission: Admission::new(
                limits.handshakes_per_minute,
                limits.unauthenticated_per_address,
            ),
            rules: Rules {
                verifier: TokenVerifier::for_gateway(&config.tokens.jwt_secret),
                limits,
            },
            clock,
            origins: config.web.origins.clone(),
            registry: Registry::default(),
            hub,
            market,
            revocations: Revocations::default(),
            feed: feed.handle.clone(),
            publisher: Publisher::new(redis.clone()),
            node: random::token::<12>().expose().clone(),
            uninformed: Notify::new(),
            redis,
            sockets: TaskTracker::new(),
            stop,
            closing: CancellationToken::new(),
            heard: RwLock::new(None),
            health: HealthCache::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(feeding);
        tasks.spawn(control::run(Arc::clone(&state), feed));
        tasks.spawn(until(end.clone(), ask::run(Arc::clone(&state))));
        for shard in shards {
            tasks.spawn(until(end.clone(), shard.run()));
        }
        tasks.spawn(until(end.clone(), trading));
        tasks.spawn(until(end.clone(), sweep(Arc::clone(&state.admission))));
        Ok(Self {
            state,
            listener,
            http: Limits::from(&config.http),
            end,
            tasks,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not know.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What its parts share.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }

    /// Serves until told to stop, then: readiness says no for a while, the sockets are closed, and everything ends, all
    /// before the shutdown deadline.
    pub async fn run(mut self) {
        let stop = self.state.stop.clone();
        let limits = self.http.clone();
        let state = Arc::clone(&self.state);
        let sockets = telemetry::sentry_layers().layer(service_fn(move |request| {
            handshake::answer(Arc::clone(&state), request)
        }));
        let service = RequestLayer::new(handshake::route).layer(sockets);
        let leave = async {
            stop.cancelled().await;
            let until = Instant::now() + limits.shutdown_deadline;
            sleep(limits.drain).await;
            drain::run(&self.state, until).await;
        };
        tokio::join!(
            serve(self.listener, service, self.http, stop.clone()),
            leave
        );
        self.end.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(LAST, ended).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Accepted sockets inherit these from the listener on Linux.
fn tune(listener: &TcpListener, limits: &GatewayLimits) -> io::Result<()> {
    let socket = SockRef::from(listener);
    socket.set_send_buffer_size(limits.send_buffer_bytes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(limits.tcp_user_timeout))?;
    Ok(())
}

async fn until(end: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = end.cancelled() => {}
        () = work => {}
    }
}

async fn sweep(admission: Arc<Admission>) {
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        admission.sweep();
    }
}

#[cfg(test)]
mod tests {
    use socket2::SockRef;
    use tokio::net::{TcpListener, TcpStream};

    use super::tune;
    use crate::GatewayLimits;

    #[tokio::test]
    async fn accepted_sockets_inherit_the_listeners_options() {
        let limits = GatewayLimits::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        tune(&listener, &limits).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let socket = SockRef::from(&accepted);
        // Linux doubles what it is asked for.
        assert_eq!(
            socket.send_buffer_size().unwrap(),
            2 * limits.send_buffer_bytes
        );
        #[cfg(target_os = "linux")]
        assert_eq!(
            socket.tcp_user_timeout().unwrap(),
            Some(limits.tcp_user_timeout)
        );
        drop(client);
    }
}
