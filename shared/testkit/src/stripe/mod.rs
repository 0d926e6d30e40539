//! A Stripe of one's own: customers, checkouts, subscriptions, invoices, and webhooks signed and sent as Stripe does.

mod control;
mod delivery;
mod http;
mod pages;
mod sign;
mod world;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use platform::{SharedClock, http as server, http::Limits};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use control::Action;
pub use delivery::Policy;
pub use sign::signature;
pub use world::{World, WorldError};

/// The key that its callers need.
pub const SECRET_KEY: &str = "sk_test_fake0000000000000000";

/// The secret that it signs with.
pub const WEBHOOK_SECRET: &str = "whsec_fake0000000000000000";

/// What its parts share.
#[derive(Clone)]
struct Shared {
    world: Arc<Mutex<World>>,
    policy: Arc<Mutex<Policy>>,
    changed: Arc<Notify>,
    clock: SharedClock,
    base: String,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something at the time that it is now.
    fn act<T>(&self, what: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        world.now = self.clock.now().timestamp();
        let done = what(&mut world);
        drop(world);
        self.changed.notify_one();
        done
    }
}

/// A running fake. Stopped when dropped.
pub struct FakeStripe {
    address: SocketAddr,
    shared: Shared,
    stop: CancellationToken,
    tasks: Vec<AbortOnDropHandle<()>>,
}

impl FakeStripe {
    /// Starts one on a free port. It sends no webhooks until it is told where to.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start(clock: SharedClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, clock)
    }

    /// Starts one on this listener.
    ///
    /// # Panics
    /// When the listener has no address.
    pub fn on(listener: TcpListener, clock: SharedClock) -> Self {
        let address = listener.local_addr().expect("an address");
        let shared = Shared {
            world: Arc::default(),
            policy: Arc::default(),
            changed: Arc::default(),
            clock,
            base: format!("http://{address}"),
        };
        let stop = CancellationToken::new();
        let limits = Limits {
            header_timeout: crate::DEADLINE,
            body_timeout: crate::DEADLINE,
            idle_timeout: crate::DEADLINE,
            max_connections: 256,
            max_connections_per_address: 256,
            max_header_bytes: 32 * 1024,
            max_headers: 100,
            drain: std::time::Duration::ZERO,
            shutdown_deadline: std::time::Duration::ZERO,
            trusted_hops: 0,
        };
        let router = http::router(shared.clone());
        let serving = server::serve(listener, router, limits, stop.clone());
        let sending = delivery::run(shared.clone(), stop.clone());
        let tasks = vec![
            AbortOnDropHandle::new(tokio::spawn(async move {
                serving.await;
            })),
            AbortOnDropHandle::new(tokio::spawn(sending)),
        ];
        Self {
            address,
            shared,
            stop,
            tasks,
        }
    }

    /// What `STRIPE_API_BASE` is to be.
    pub fn url(&self) -> String {
        self.shared.base.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does something as a person at Stripe, or a customer, would.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn act(&self, action: Action) -> Result<Value, WorldError> {
        control::act(&self.shared, action)
    }

    /// Looks at it.
    pub fn see<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.shared.world())
    }

    /// An event as it is sent: the value of its `Stripe-Signature`, and the body.
    ///
    /// # Panics
    /// When there is no such event.
    pub fn signed(&self, event: &str) -> (String, String) {
        let body = self.see(|world| world.events[event].to_string());
        let now = self.shared.clock.now().timestamp();
        (signature(WEBHOOK_SECRET, now, &body), body)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.ok();
        }
    }
}
