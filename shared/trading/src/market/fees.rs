use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;

/// Fee rates of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Share of a trade that rested in the book: 0.001 is 0.1 %.
    pub maker: Amount,
    /// Share of a trade that took from the book.
    pub taker: Amount,
    /// In what it is paid.
    pub charge: FeeCharge,
}

/// In what fees are paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeeCharge {
    /// Taken from what is received: base when buying, quote when selling.
    #[default]
    Received,
    /// Always quote, on top of a buy.
    Quote,
}

impl Fees {
    /// The same rate for maker and taker.
    pub const fn flat(rate: Amount, charge: FeeCharge) -> Self {
        Self {
            maker: rate,
            taker: rate,
            charge,
        }
    }

    /// The larger rate.
    pub fn worst(&self) -> Amount {
        self.maker.max(self.taker)
    }
}
