use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trading::{Amount, Asset, Market, Symbol, bot::Fees};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use super::{CandleSource, MarketRules, market::default_fees};

/// A simulated account with a market of its own, played from candles on its own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperSpec {
    /// What is traded.
    pub symbol: Symbol,
    /// What the account begins with, by asset.
    #[schema(schema_with = super::market::balances_schema)]
    pub balances: BTreeMap<Asset, Amount>,
    /// What trades cost; 0.1 % unless said otherwise.
    #[serde(default = "default_fees")]
    #[schema(required = false)]
    pub fees: Fees,
    /// The rules of the market.
    #[serde(default)]
    #[schema(required = false)]
    pub market: MarketRules,
    /// Where its prices come from.
    pub feed: CandleSource,
    /// How fast they come.
    #[serde(default)]
    #[schema(required = false)]
    pub speed: Speed,
}

impl PaperSpec {
    /// The market with its rules.
    pub fn market(&self) -> Market {
        self.market.market(self.symbol.clone())
    }
}

/// How fast a feed is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Speed {
    /// So many times as fast as it happened, 1–1,000,000.
    Times(u32),
    /// As fast as it can be computed.
    Word(FlatOut),
}

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlatOut {
    /// As fast as it can be computed.
    FlatOut,
}

/// By hand: the derive gives a number in an untagged enum no range.
impl PartialSchema for Speed {
    fn schema() -> RefOr<Schema> {
        let times = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("So many times as fast as it happened."))
            .minimum(Some(1))
            .maximum(Some(1_000_000));
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("As fast as it can be computed."))
            .enum_values(Some(["flat_out"]));
        OneOfBuilder::new().item(times).item(word).into()
    }
}

impl ToSchema for Speed {}

impl Default for Speed {
    fn default() -> Self {
        Self::Times(1)
    }
}

impl Speed {
    /// How many times as fast as it happened; nothing when as fast as possible.
    pub const fn factor(self) -> Option<u32> {
        match self {
            Self::Times(factor) => Some(factor),
            Self::Word(FlatOut::FlatOut) => None,
        }
    }
}
