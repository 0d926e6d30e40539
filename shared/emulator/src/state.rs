//! What all requests and sockets share.

use std::{
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use platform::SharedClock;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use trading::order::Millis;

use crate::{
    config::Config,
    exchange::{Exchange, SetupError},
    faults::Faults,
    limits::Limiter,
    sockets::Hub,
};

/// The emulator's state. Locks are taken in the order of the fields.
pub(crate) struct Shared {
    clock: SharedClock,
    exchange: Mutex<Exchange>,
    faults: Mutex<Faults>,
    limiter: Mutex<Limiter>,
    hub: Mutex<Hub>,
    /// Milliseconds that the exchange's clock is ahead of the injected one.
    skew: AtomicI64,
    is_in_maintenance: AtomicBool,
    pub(crate) ping_every: Duration,
    /// Cancelled when the emulator stops; sockets close then.
    pub(crate) stop: CancellationToken,
    /// Tasks of sockets, and of requests whose connection is gone.
    pub(crate) tasks: TaskTracker,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Sets the exchange up.
    pub(crate) fn new(config: &Config) -> Result<Self, SetupError> {
        let now = config.clock.now().timestamp_millis();
        Ok(Self {
            clock: config.clock.clone(),
            exchange: Mutex::new(Exchange::new(config, now)?),
            faults: Mutex::default(),
            limiter: Mutex::new(Limiter::new(config.limits)),
            hub: Mutex::default(),
            skew: AtomicI64::new(0),
            is_in_maintenance: AtomicBool::new(false),
            ping_every: config.ping_every,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// The time on the exchange's clock.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now().timestamp_millis() + self.skew.load(Ordering::Relaxed)
    }

    /// Sets the exchange's clock ahead of the injected one, or behind it.
    pub(crate) fn set_skew(&self, ms: i64) {
        self.skew.store(ms, Ordering::Relaxed);
    }

    pub(crate) fn is_in_maintenance(&self) -> bool {
        self.is_in_maintenance.load(Ordering::Relaxed)
    }

    pub(crate) fn set_maintenance(&self, is_on: bool) {
        self.is_in_maintenance.store(is_on, Ordering::Relaxed);
    }

    /// Does something to the exchange and tells the sockets what came of it, in that order.
    pub(crate) fn act<T>(&self, what: impl FnOnce(&mut Exchange, Millis) -> T) -> T {
        let mut exchange = lock(&self.exchange);
        let now = self.now();
        exchange.roll(now);
        let done = what(&mut exchange, now);
        let events = exchange.take_events();
        if !events.is_empty() {
            let mut faults = lock(&self.faults);
            self.hub().publish(events, &mut faults);
        }
        done
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn limiter(&self) -> MutexGuard<'_, Limiter> {
        lock(&self.limiter)
    }

    pub(crate) fn hub(&self) -> MutexGuard<'_, Hub> {
        lock(&self.hub)
    }

    /// Weight that an address has used in this minute.
    pub(crate) fn used_weight(&self, ip: IpAddr) -> u32 {
        self.limiter().used(ip, self.now())
    }
}
