//! What is traded, and where.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A currency, in capitals: `BTC`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Asset(Arc<str>);

/// A market's name, base first: `BTC-USDT`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol {
    base: Asset,
    quote: Asset,
}

/// Why a text names no asset or market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not one to twenty capitals and digits.
    #[error("an asset is 1 to 20 capital letters and digits, like BTC")]
    Asset,
    /// Not two different assets joined by a dash.
    #[error("a symbol is two different assets joined by a dash, like BTC-USDT")]
    Symbol,
}

/// Where orders go.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Venue {
    /// Simulated by this program.
    Paper,
    /// Binance spot.
    Binance,
    /// OKX spot.
    Okx,
}

impl Asset {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Symbol {
    /// Joins two assets.
    ///
    /// # Errors
    /// [`NameError::Symbol`] when both are the same.
    pub fn new(base: Asset, quote: Asset) -> Result<Self, NameError> {
        if base == quote {
            Err(NameError::Symbol)
        } else {
            Ok(Self { base, quote })
        }
    }

    /// What is bought and sold.
    pub fn base(&self) -> &Asset {
        &self.base
    }

    /// What it is paid in.
    pub fn quote(&self) -> &Asset {
        &self.quote
    }
}

impl FromStr for Asset {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let valid = (1..=20).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(NameError::Asset)
        }
    }
}

impl FromStr for Symbol {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (base, quote) = text.split_once('-').ok_or(NameError::Symbol)?;
        Self::new(base.parse()?, quote.parse()?)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.base, self.quote)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<Asset> for String {
    fn from(asset: Asset) -> Self {
        asset.0.as_ref().to_owned()
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.to_string()
    }
}

impl TryFrom<String> for Asset {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl TryFrom<String> for Symbol {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

fn text(pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .max_length(Some(41))
        .examples([example])
        .into()
}

impl PartialSchema for Asset {
    fn schema() -> RefOr<Schema> {
        text("^[A-Z0-9]{1,20}$", "BTC")
    }
}

impl ToSchema for Asset {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Asset")
    }
}

impl PartialSchema for Symbol {
    fn schema() -> RefOr<Schema> {
        text("^[A-Z0-9]{1,20}-[A-Z0-9]{1,20}$", "BTC-USDT")
    }
}

impl ToSchema for Symbol {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Symbol")
    }
}
