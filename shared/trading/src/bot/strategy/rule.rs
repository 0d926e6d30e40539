use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Operand;
use crate::bot::Operator;

/// Conditions, and groups of them, that decide together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StrategyRule)]
pub struct Rule {
    /// Whether every condition and group has to hold, or one of them is enough.
    #[serde(default, rename = "match")]
    pub mode: Match,
    /// The conditions, with those of all groups at most 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub conditions: Vec<Condition>,
    /// Groups, each of which counts as one condition.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub groups: Vec<Group>,
}

/// Conditions that count as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StrategyGroup)]
pub struct Group {
    /// Whether every condition has to hold, or one of them is enough.
    #[serde(default, rename = "match")]
    pub mode: Match,
    /// The conditions of the group.
    #[schema(min_items = 1, max_items = 20)]
    pub conditions: Vec<Condition>,
    /// How much it counts in the confidence of the rule, 1–100.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100, default = 1)]
    pub weight: u32,
}

/// Two sides and how they are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StrategyCondition)]
pub struct Condition {
    /// The left side: an indicator or a price.
    pub left: Operand,
    /// How they are compared.
    pub operator: Operator,
    /// The right side: an indicator, a price or a number.
    pub right: Operand,
    /// How much it counts in the confidence of the rule, 1–100.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100, default = 1)]
    pub weight: u32,
}

const fn one() -> u32 {
    1
}

/// How many of several conditions have to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StrategyMatch)]
pub enum Match {
    /// Every one.
    #[default]
    All,
    /// One or more.
    Any,
}

impl Rule {
    /// Whether it asks for nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.groups.is_empty()
    }

    /// Every condition, with its JSON pointer below `root`.
    pub(super) fn all_conditions(&self, root: &str) -> Vec<(String, &Condition)> {
        let named = |at: String, conditions: &'_ [Condition]| -> Vec<String> {
            let places = 0..conditions.len();
            places
                .map(|index| format!("{at}/conditions/{index}"))
                .collect()
        };
        let mut all = Vec::new();
        all.extend(
            named(root.to_owned(), &self.conditions)
                .into_iter()
                .zip(&self.conditions),
        );
        for (index, group) in self.groups.iter().enumerate() {
            let names = named(format!("{root}/groups/{index}"), &group.conditions);
            all.extend(names.into_iter().zip(&group.conditions));
        }
        all
    }
}
