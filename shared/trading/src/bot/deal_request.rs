use crate::amount::Amount;

/// What a person asks for the deals of a bot that runs, as far as it is tested before the bot is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DealRequest {
    /// More base for an open deal.
    AddFunds {
        /// Quote to spend, fee not counted.
        amount: Amount,
        /// Limit in quote; at market where it is absent.
        price: Option<Amount>,
    },
    /// A deal on base of the account.
    TakeOver {
        /// Base that the deal begins with.
        quantity: Amount,
        /// What a unit of it cost, in quote.
        price: Amount,
    },
}
