//! Parameters of a request.

use std::str::FromStr;

use trading::{Amount, amount::ParseAmountError};

use crate::error::ApiError;

/// Parameters in the order in which they were sent; each is read once.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    is_read: Vec<bool>,
}

impl Params {
    /// Takes pairs of name and value.
    ///
    /// # Errors
    /// [`ApiError::DuplicateParameter`] when a name comes twice, [`ApiError::Empty`] when a value is empty.
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        for (index, (name, value)) in pairs.iter().enumerate() {
            if pairs[..index].iter().any(|(before, _)| before == name) {
                return Err(ApiError::DuplicateParameter);
            }
            if value.is_empty() {
                return Err(ApiError::Empty(name.clone()));
            }
        }
        Ok(Self {
            is_read: vec![false; pairs.len()],
            pairs,
        })
    }

    /// Looks at a parameter without reading it.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter that may be missing.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let index = self.pairs.iter().position(|(given, _)| given == name)?;
        self.is_read[index] = true;
        Some(self.pairs[index].1.clone())
    }

    /// A parameter that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<String, ApiError> {
        self.text(name).ok_or(ApiError::Mandatory(name))
    }

    /// A parameter of any type that is read from text.
    pub(crate) fn parsed<T: FromStr>(
        &mut self,
        name: &'static str,
        pattern: &'static str,
    ) -> Result<Option<T>, ApiError> {
        let parsed = self.text(name).map(|text| text.parse());
        parsed.transpose().map_err(|_| ApiError::IllegalCharacters {
            parameter: name,
            pattern,
        })
    }

    /// A whole number from zero on.
    pub(crate) fn number<T: FromStr>(&mut self, name: &'static str) -> Result<Option<T>, ApiError> {
        self.parsed(name, "^[0-9]{1,20}$")
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, ApiError> {
        let value = self.text(name).map(|text| text.to_lowercase().parse());
        match value.transpose() {
            Ok(value) => Ok(value.unwrap_or(false)),
            Err(_) => Err(ApiError::BadData(name)),
        }
    }

    /// Reads a parameter that is an amount.
    pub(crate) fn amount(&mut self, name: &'static str) -> Result<Option<Amount>, ApiError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|error| match error {
            ParseAmountError::TooPrecise => ApiError::Precision(name),
            ParseAmountError::Malformed => ApiError::IllegalCharacters {
                parameter: name,
                pattern: r"^([0-9]{1,20})(\.[0-9]{1,20})?$",
            },
        })
    }

    /// How many rows are wanted: `default` without a word, at most `most`.
    pub(crate) fn limit(&mut self, default: usize, most: usize) -> Result<usize, ApiError> {
        let limit = self.number("limit")?.unwrap_or(default);
        if limit == 0 {
            return Err(ApiError::BadData("limit"));
        }
        Ok(limit.min(most))
    }

    /// Refuses parameters that nobody has read.
    pub(crate) fn finish(&self) -> Result<(), ApiError> {
        let read = self.is_read.iter().filter(|is_read| **is_read).count();
        if read < self.pairs.len() {
            return Err(ApiError::Unread {
                read,
                sent: self.pairs.len(),
            });
        }
        Ok(())
    }
}
