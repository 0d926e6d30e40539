use serde::{Deserialize, Serialize};

use crate::bot::Reason;
use crate::order::DealNumber;

/// The end of base that no kind of bot looks after: a run that failed left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Liquidation {
    /// The deal that its sale is told as; none until there is something to sell.
    pub(super) deal: Option<DealNumber>,
    /// Whether it is sold; else it is left to the account.
    pub(super) sells: bool,
    /// Why the bot stops.
    pub(super) reason: Option<Reason>,
}
