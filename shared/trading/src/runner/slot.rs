use serde::{Deserialize, Serialize};

/// Index of a bot within a runner. Bots hear of things in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BotSlot(pub u32);
