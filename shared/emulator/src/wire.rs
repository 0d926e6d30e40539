//! Numbers as Binance writes them.

use trading::Amount;

use crate::config::DECIMALS;

/// The amount with eight decimals: `0.10000000`.
pub(crate) fn fixed(amount: Amount) -> String {
    format!("{:.*}", DECIMALS as usize, amount.decimal())
}

/// A price and a quantity, as an entry of a book.
pub(crate) fn level((price, quantity): (Amount, Amount)) -> [String; 2] {
    [fixed(price), fixed(quantity)]
}
