//! What a fault does to the work on one request.

use trading::Amount;

/// Irregularities under which a request is worked on; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// The account is shown as it was before its last change.
    pub(crate) shows_balances_before: bool,
    /// The balance that an order needs was taken a moment before.
    pub(crate) has_balance_taken: bool,
    /// This share of an order fills a moment before it is cancelled.
    pub(crate) fills_before_cancel: Option<Amount>,
    /// Shares of the quantity that fill, touch by touch.
    pub(crate) shares: Vec<Amount>,
}
