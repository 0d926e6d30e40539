//! What one address may do before anybody knows who is there.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use dashmap::{DashMap, mapref::entry::Entry};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use platform::http::subscriber_network;

/// Counts handshakes and sockets without hello by address.
#[derive(Debug)]
pub struct Admission {
    handshakes: DefaultKeyedRateLimiter<IpAddr>,
    unidentified: DashMap<IpAddr, usize>,
    max_unidentified: usize,
}

/// Too much for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryLater {
    /// After this long.
    pub retry_after: Duration,
    /// Which limit it was.
    pub limit: &'static str,
}

/// The place of a socket that has not said hello; dropped when it has, or is gone.
#[derive(Debug)]
pub struct Place {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    /// Nobody was here yet.
    pub fn new(handshakes_per_minute: NonZeroU32, max_unidentified: usize) -> Arc<Self> {
        Arc::new(Self {
            handshakes: RateLimiter::keyed(Quota::per_minute(handshakes_per_minute)),
            unidentified: DashMap::new(),
            max_unidentified,
        })
    }

    /// Lets a handshake of this address in.
    ///
    /// # Errors
    /// When to try again.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, TryLater> {
        let address = subscriber_network(address);
        if let Err(until) = self.handshakes.check_key(&address) {
            return Err(TryLater {
                retry_after: until.wait_time_from(self.handshakes.clock().now()),
                limit: "handshakes",
            });
        }
        let mut count = self.unidentified.entry(address).or_insert(0);
        if *count >= self.max_unidentified {
            return Err(TryLater {
                retry_after: Duration::from_secs(5),
                limit: "unidentified",
            });
        }
        *count += 1;
        Ok(Place {
            admission: Arc::clone(self),
            address,
        })
    }

    /// Forgets addresses that have been quiet.
    pub fn sweep(&self) {
        self.handshakes.retain_recent();
        self.handshakes.shrink_to_fit();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.admission.unidentified.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, num::NonZeroU32};

    use super::Admission;

    #[test]
    fn addresses_are_limited_each_by_itself() {
        let [a, b, c, d]: [IpAddr; 4] = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::ffff:2"]
            .map(|address| address.parse().unwrap());
        let admission = Admission::new(NonZeroU32::new(4).unwrap(), 2);
        let (first, _second) = (admission.enter(a).unwrap(), admission.enter(a).unwrap());
        assert_eq!(admission.enter(a).unwrap_err().limit, "unidentified");
        drop(first);
        drop(admission.enter(a).unwrap());
        let refused = admission.enter(a).unwrap_err();
        assert_eq!(refused.limit, "handshakes");
        assert!(!refused.retry_after.is_zero());

        assert!(admission.enter(b).is_ok());
        let _places = (admission.enter(c).unwrap(), admission.enter(d).unwrap());
        assert!(admission.enter(c).is_err(), "one network");
    }
}
