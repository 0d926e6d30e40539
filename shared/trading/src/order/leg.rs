use serde::{Deserialize, Serialize};

/// Number of a leg of a bot: a market on an account that it trades on. Bots of one market have the first alone.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct LegId(pub u8);

impl LegId {
    /// The first leg.
    pub const FIRST: Self = Self(0);

    /// Its place among the legs of its bot.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Whether it is the first, which serialised forms leave out.
    pub fn is_first(&self) -> bool {
        *self == Self::FIRST
    }
}
