//! The exchanges of this process.

use std::sync::Arc;

use exchange::venues::Venues;
use platform::{SharedClock, vault::Vault};

use crate::market::hub::MarketHub;

/// What is needed to trade at exchanges. Cheap to clone.
#[derive(Clone)]
pub struct Exchanges {
    pub(super) vault: Arc<Vault>,
    pub(super) hub: MarketHub,
}

impl Exchanges {
    /// The exchanges of `venues`, with the keys that open the credentials of connections.
    pub fn new(vault: Arc<Vault>, venues: Venues, clock: SharedClock) -> Self {
        Self {
            vault,
            hub: MarketHub::new(venues, clock),
        }
    }
}
