use serde::{Deserialize, Serialize};
use serde_json::Value;
use trading::{
    Amount,
    bot::{BotConfig, FieldCode, FieldError, Severity},
};
use utoipa::ToSchema;

use super::{BacktestSpec, Figure, Summary};

/// Combinations of one search.
pub const MOST_COMBINATIONS: usize = 500;

/// A backtest over and over, each time with other values in its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchSpec {
    /// What is varied.
    pub backtest: BacktestSpec,
    /// The fields that vary: every combination of their values is played, at most 500.
    #[schema(min_items = 1, max_items = 6)]
    pub fields: Vec<SearchField>,
    /// The figure that decides which is best.
    pub rank_by: Figure,
    /// How many of the best are kept.
    #[serde(default = "default_keep")]
    #[schema(required = false, minimum = 1, maximum = 100)]
    pub keep: u32,
}

const fn default_keep() -> u32 {
    20
}

/// A field of the configuration and the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchField {
    /// JSON pointer into `config`.
    #[schema(
        min_length = 2,
        max_length = 200,
        pattern = "^/",
        example = "/take_profit/percentage"
    )]
    pub pointer: String,
    /// The values, each as the field itself would take it.
    #[schema(min_items = 1, max_items = 50)]
    pub values: Vec<Value>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchResult {
    /// How many combinations were played.
    #[schema(minimum = 0)]
    pub played: u32,
    /// Combinations left out, because they make no valid configuration.
    #[schema(minimum = 0)]
    pub refused: u32,
    /// Why each of them was left out.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub refusals: Vec<RefusedCombination>,
    /// The best, best first. Those for which the figure has no meaning come last.
    pub best: Vec<Ranked>,
}

/// A combination that was not played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedCombination {
    /// The value of each field, in the order of the request.
    pub values: Vec<Value>,
    /// What is wrong with the configuration, as a backtest of it would say.
    pub findings: Vec<FieldError>,
}

/// One combination and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ranked {
    /// The value of each field, in the order of the request.
    pub values: Vec<Value>,
    /// What it was ranked by.
    pub figure: Option<Amount>,
    /// All figures; the equity series is left out.
    pub summary: Summary,
}

impl SearchResult {
    /// Counts a combination that is not played.
    pub(crate) fn refuse(&mut self, values: &[&Value], findings: Vec<FieldError>) {
        self.refused += 1;
        self.refusals.push(RefusedCombination {
            values: values.iter().copied().cloned().collect(),
            findings,
        });
    }
}

/// Why a field of a search cannot be varied so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The configuration has no such field.
    #[error("is no field of this configuration")]
    Pointer,
    /// The field does not take the value.
    #[error("the field does not take this value: {0}")]
    Value(String),
}

impl SearchError {
    /// As a finding about the configuration.
    pub(crate) fn finding(&self) -> FieldError {
        FieldError {
            pointer: "/config".to_owned(),
            code: FieldCode::Inconsistent,
            message: self.to_string(),
            severity: Severity::Error,
        }
    }
}

impl SearchSpec {
    /// How many combinations there are.
    pub fn combinations(&self) -> usize {
        self.fields.iter().fold(1, |product: usize, field| {
            product.saturating_mul(field.values.len())
        })
    }

    /// The values of one combination, 0 to [`Self::combinations`]; the last field varies fastest.
    pub fn values(&self, combination: usize) -> Vec<&Value> {
        let mut rest = combination;
        let mut values: Vec<&Value> = self
            .fields
            .iter()
            .rev()
            .filter_map(|field| {
                let count = field.values.len().max(1);
                let value = field.values.get(rest % count);
                rest /= count;
                value
            })
            .collect();
        values.reverse();
        values
    }

    /// The backtest with these values in its configuration.
    ///
    /// # Errors
    /// [`SearchError`]
    pub fn with<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a SearchField, &'a Value)>,
    ) -> Result<BacktestSpec, SearchError> {
        let refused = |error: serde_json::Error| SearchError::Value(error.to_string());
        let mut config = serde_json::to_value(&self.backtest.config).map_err(refused)?;
        for (field, value) in values {
            *config
                .pointer_mut(&field.pointer)
                .filter(|place| !place.is_object() && !place.is_array())
                .ok_or(SearchError::Pointer)? = value.clone();
        }
        let config: BotConfig = serde_json::from_value(config).map_err(refused)?;
        Ok(BacktestSpec {
            config,
            ..self.backtest.clone()
        })
    }

    /// Puts the best first and forgets the others.
    pub fn rank(&self, found: &mut Vec<Ranked>) {
        found.sort_by(|one, other| match (one.figure, other.figure) {
            (Some(one), Some(other)) if self.rank_by.is_better_small() => one.cmp(&other),
            (Some(one), Some(other)) => other.cmp(&one),
            (one, other) => other.is_some().cmp(&one.is_some()),
        });
        found.truncate(usize::try_from(self.keep).unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::SearchSpec;

    #[test]
    fn every_combination_comes_once_and_the_last_field_varies_fastest() {
        let search: SearchSpec = serde_json::from_value(json!({
            "backtest": {
                "symbol": "SOL-USDT", "balances": { "USDT": "1" },
                "config": { "type": "dca_interval", "amount": "50", "frequency": { "every": "daily", "hour": 9 } },
                "candles": { "kind": "synthetic", "seed": 1, "candles": 1 },
            },
            "rank_by": "profit",
            "fields": [
                { "pointer": "/a", "values": [0, 1] }, { "pointer": "/b", "values": [0, 1, 2, 3] },
                { "pointer": "/c", "values": [0, 1] },
            ],
        }))
        .unwrap();
        let of = |combination| -> Vec<u64> {
            let values = search.values(combination);
            values.into_iter().filter_map(Value::as_u64).collect()
        };
        let all: Vec<Vec<u64>> = (0..search.combinations()).map(of).collect();
        assert_eq!(all.len(), 16);
        assert_eq!(all[..3], [[0, 0, 0], [0, 0, 1], [0, 1, 0]]);
        assert!(all.is_sorted());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 16);
    }
}
