//! Collects values and every problem with them.

use std::{fmt, fs, str::FromStr};

use figment::{Figment, providers::Serialized};

use super::Env;
use crate::Secret;

/// One thing that is wrong with the configuration, in the operator's terms. Never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub name: String,
    /// What is wrong with it, and what it should be.
    pub message: String,
}

/// Everything that is wrong with the configuration, one line each.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    /// The problems, in the order in which the variables were read.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = if self.problems.len() == 1 { "" } else { "s" };
        write!(f, "{} configuration problem{many}:", self.problems.len())?;
        for problem in &self.problems {
            write!(f, "\n  {}: {}", problem.name, problem.message)?;
        }
        Ok(())
    }
}

/// Reads variables and remembers what was wrong and what was used.
///
/// After a problem a reading method answers with a stand-in, so that the sections after it are checked too;
/// [`Reader::finish`] then refuses the whole.
#[derive(Debug)]
pub struct Reader {
    values: Figment,
    problems: Vec<Problem>,
    effective: Vec<(String, String)>,
}

impl Reader {
    /// Reads from `env`.
    pub fn new(env: Env) -> Self {
        Self {
            values: Figment::from(env),
            problems: Vec::new(),
            effective: Vec::new(),
        }
    }

    /// Notes a problem that a section found by itself, with one variable or across several.
    pub fn problem(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            name: name.to_owned(),
            message: message.into(),
        });
    }

    /// The text of a variable, or of the file that `NAME_FILE` names (without its trailing line end).
    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.raw(name);
        self.note(name, value.as_deref().unwrap_or("(unset)"));
        value
    }

    /// Like [`Reader::text`], falling back to `default`.
    pub fn text_or(&mut self, name: &str, default: &str) -> String {
        self.layer(name, default);
        self.text(name).unwrap_or_default()
    }

    /// A secret that may be absent.
    pub fn secret(&mut self, name: &str) -> Option<Secret<String>> {
        let value = self.raw(name).map(Secret::new);
        self.note(
            name,
            if value.is_some() {
                "[redacted]"
            } else {
                "(unset)"
            },
        );
        value
    }

    /// A secret that must be there.
    pub fn required_secret(&mut self, name: &str, what: &str) -> Secret<String> {
        let before = self.problems.len();
        self.secret(name).unwrap_or_else(|| {
            if self.problems.len() == before {
                self.problem(name, format!("is not set; {what}"));
            }
            Secret::new(String::new())
        })
    }

    /// A value that is parsed, or `default`. `expected` says in words what it should be.
    pub fn parse_or<T: FromStr + ToString>(&mut self, name: &str, default: T, expected: &str) -> T {
        self.layer(name, &default.to_string());
        let Some(text) = self.text(name) else {
            return default;
        };
        text.trim().parse().unwrap_or_else(|_| {
            self.problem(name, format!("{text:?} is not {expected}"));
            default
        })
    }

    /// A whole number within `range`, or `default`.
    pub fn number_or<T>(&mut self, name: &str, default: T, range: std::ops::RangeInclusive<T>) -> T
    where
        T: FromStr + ToString + PartialOrd + Copy,
    {
        let expected = format!(
            "a whole number from {} to {}",
            range.start().to_string(),
            range.end().to_string()
        );
        let number = self.parse_or(name, default, &expected);
        if range.contains(&number) {
            return number;
        }
        self.problem(name, format!("{} is not {expected}", number.to_string()));
        default
    }

    /// What was read, with secrets left out: for `config check`.
    pub fn effective(&self) -> &[(String, String)] {
        &self.effective
    }

    /// # Errors
    /// All problems found since [`Reader::new`].
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(ConfigError {
            problems: self.problems,
        })
    }

    /// Puts a default below the environment.
    fn layer(&mut self, name: &str, default: &str) {
        let values = std::mem::take(&mut self.values);
        self.values = values.join(Serialized::default(name, default));
    }

    fn raw(&mut self, name: &str) -> Option<String> {
        let file = self.find(&format!("{name}_FILE"));
        let Some(path) = file else {
            return self.find(name);
        };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = text.trim_end_matches(['\r', '\n']);
                (!text.is_empty()).then(|| text.to_owned())
            }
            Err(error) => {
                self.problem(
                    &format!("{name}_FILE"),
                    format!("cannot read {path:?}: {error}"),
                );
                None
            }
        }
    }

    fn find(&self, name: &str) -> Option<String> {
        self.values.extract_inner::<String>(name).ok()
    }

    fn note(&mut self, name: &str, value: &str) {
        self.effective.push((name.to_owned(), value.to_owned()));
    }
}
