//! Where the values come from.

use std::collections::BTreeMap;

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

/// The variables of the environment, as text. Empty ones count as unset: compose passes `${NAME:-}` through.
#[derive(Debug, Clone, Default)]
pub struct Env {
    values: BTreeMap<String, String>,
    unreadable: Vec<String>,
}

impl Env {
    /// Where figment says that a value comes from.
    pub(super) const SOURCE: &str = "environment variable";

    /// The environment of this process. Of variables that are not UTF-8 only the names are kept.
    pub fn from_process() -> Self {
        let mut unreadable = Vec::new();
        let pairs = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let Ok(value) = value.into_string() else {
                unreadable.push(name);
                return None;
            };
            Some((name, value))
        });
        let env = Self::from_pairs(pairs);
        Self { unreadable, ..env }
    }

    /// An environment made of `pairs`.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let values = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            values,
            unreadable: Vec::new(),
        }
    }

    /// The names of variables whose values are not UTF-8.
    pub(super) fn unreadable(&self) -> &[String] {
        &self.unreadable
    }
}

/// figment's own `Env` guesses types, and a password of digits would become a number: here all values stay text.
impl Provider for Env {
    fn metadata(&self) -> Metadata {
        Metadata::named(Self::SOURCE)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let dict = self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.clone())))
            .collect();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}
