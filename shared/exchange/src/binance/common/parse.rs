//! Figures of Binance as amounts.

use serde::{Deserialize, Deserializer, de::Error};
use trading::{
    Amount,
    amount::{MAX_DECIMALS, MAX_DIGITS},
    order::{Filled, Millis},
};

/// An answer, or a part of one, that says something impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("{field} is {value}, which must not be below zero")]
    Negative { field: &'static str, value: Amount },
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error("{field} is not known: {value:?}")]
    NotKnown { field: &'static str, value: String },
    #[error("no market {0:?} is listed")]
    UnknownMarket(String),
    #[error("{field} has no exact form")]
    Inexact { field: &'static str },
    #[error("the prices of the candle at {0} contradict each other")]
    Candle(Millis),
    #[error("nothing is {0} in this market")]
    NoPrice(&'static str),
}

/// A figure that is never below zero.
pub(crate) fn not_negative(field: &'static str, value: Amount) -> Result<Amount, ParseError> {
    if value.is_negative() {
        Err(ParseError::Negative { field, value })
    } else {
        Ok(value)
    }
}

/// What an order has filled. Of some old orders Binance does not have the sum in quote any more and says so by a number
/// below zero: it counts as nothing then, and the trades tell.
pub(crate) fn filled(base: Amount, quote: Amount) -> Result<Filled, ParseError> {
    Ok(Filled {
        base: not_negative("the executed quantity", base)?,
        quote: quote.max(Amount::ZERO),
    })
}

/// Reads a balance, cut towards zero to what an amount holds: a venue may know more digits than that.
pub(crate) fn truncated<'de, D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    let amount = cut(&text).parse::<Amount>();
    amount.map_err(|error| D::Error::custom(format_args!("{error}: a balance")))
}

/// The text of a number without the decimals that an amount does not hold.
fn cut(text: &str) -> &str {
    let Some((whole, fraction)) = text.split_once('.') else {
        return text;
    };
    let digits = whole.trim_start_matches('-').trim_start_matches('0').len();
    let most = (MAX_DIGITS as usize)
        .saturating_sub(digits)
        .min(MAX_DECIMALS as usize);
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || fraction.len() <= most {
        return text;
    }
    if most == 0 {
        return whole;
    }
    text.get(..=whole.len() + most).unwrap_or(text)
}
