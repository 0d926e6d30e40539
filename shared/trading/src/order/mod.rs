//! Orders and fills, as every venue knows them.

mod fill;
mod intent;
mod leg;
mod life;
pub mod reconcile;
mod status;

pub use fill::{Fee, Fill, Filled, Legs, LegsError, Liquidity};
pub use intent::{OrderIntent, OrderSize, OrderType, Purpose, Side, TimeInForce};
pub use leg::LegId;
pub use life::{Absence, Applied, Life, LifeError, LifeRow, Lookup, News};
pub use status::{OrderStatus, OrderUpdate, Placed};

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// Number of an order within its bot, from 1.
pub type OrderNumber = u64;

/// Number of a deal within its bot, from 1.
pub type DealNumber = u32;

/// What the client order ids of this platform begin with.
pub const CLIENT_ORDER_ID_PREFIX: &str = "bbx";
