//! Places for connections: so many in all, and so many of one address.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Limits, subscriber_network};

/// The places of one server.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    /// None where proxies of ours stand in front: every connection is theirs then, and they count.
    of_one: Option<usize>,
    taken: Arc<Mutex<Taken>>,
}

/// Connections that are open, by [`subscriber_network`].
type Taken = HashMap<IpAddr, usize>;

/// Why a connection got no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// All places are taken.
    Everywhere,
    /// This address has as many as it may.
    Address,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.max_connections)),
            of_one: (limits.trusted_hops == 0).then_some(limits.max_connections_per_address),
            taken: Arc::default(),
        }
    }

    /// A place for a connection from `peer`, until it is dropped.
    pub(super) fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        let of_address = match self.of_one {
            Some(most) => Some(self.take_of(subscriber_network(peer), most)?),
            None => None,
        };
        let all = Arc::clone(&self.all)
            .try_acquire_owned()
            .map_err(|_| Full::Everywhere)?;
        Ok(Place {
            _all: all,
            _of_address: of_address,
        })
    }

    fn take_of(&self, address: IpAddr, most: usize) -> Result<OfAddress, Full> {
        let mut taken = lock(&self.taken);
        let count = taken.get(&address).copied().unwrap_or(0);
        if count >= most {
            return Err(Full::Address);
        }
        taken.insert(address, count + 1);
        Ok(OfAddress {
            address,
            taken: Arc::clone(&self.taken),
        })
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of one connection, which is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _all: OwnedSemaphorePermit,
    _of_address: Option<OfAddress>,
}

#[derive(Debug)]
struct OfAddress {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = lock(&self.taken).entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
