//! Collects values and every problem with them.

use std::{fmt, fs, str::FromStr};

use figment::{Figment, providers::Serialized};

use super::{
    Env,
    strength::{self, Weakness},
};
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
    unreadable: Vec<String>,
    production: bool,
}

impl Reader {
    /// Reads from `env`. Where `APP_ENV` (or `NODE_ENV`) is `production`, secrets that others may know are problems.
    pub fn new(env: Env) -> Self {
        let unreadable = env.unreadable().to_vec();
        let mut reader = Self {
            values: Figment::from(env),
            problems: Vec::new(),
            effective: Vec::new(),
            unreadable,
            production: false,
        };
        let name = reader.find("APP_ENV").or_else(|| reader.find("NODE_ENV"));
        reader.production = name.is_some_and(|name| name.trim() == "production");
        reader
    }

    /// Notes a problem that a section found by itself, with one variable or across several.
    pub fn problem(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            name: name.to_owned(),
            message: message.into(),
        });
    }

    /// How many problems were found so far.
    pub(super) fn problems(&self) -> usize {
        self.problems.len()
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

    /// A secret that may be absent. In production it must not be one that this repository publishes.
    pub fn secret(&mut self, name: &str) -> Option<Secret<String>> {
        let value = self.raw(name).map(Secret::new);
        self.note_secret(name, value.is_some());
        if let Some(secret) = &value {
            self.judge(name, "", strength::published(secret.expose()));
        }
        value
    }

    /// Several secrets in one variable, each of which the caller judges by itself.
    pub(super) fn secrets(&mut self, name: &str) -> Option<Secret<String>> {
        let value = self.raw(name).map(Secret::new);
        self.note_secret(name, value.is_some());
        value
    }

    /// Like [`Reader::secret`], of one that the operator makes: in production it must be random, as far as can be seen.
    pub fn own_secret(&mut self, name: &str) -> Option<Secret<String>> {
        let before = self.problems.len();
        let value = self.secret(name);
        if let Some(secret) = &value
            && self.problems.len() == before
        {
            self.judge(name, "", strength::weakness(secret.expose()));
        }
        value
    }

    /// Notes a weakness of a secret, where it matters: in production. `which` says which part of the variable it is.
    pub(super) fn judge(&mut self, name: &str, which: &str, weakness: Option<Weakness>) {
        if let Some(weakness) = weakness
            && self.production
        {
            self.problem(
                name,
                format!("{which}{weakness}; production needs a random one of its own, such as the output of `openssl rand -hex 24`"),
            );
        }
    }

    /// An [`Reader::own_secret`] that must be there.
    pub fn required_secret(&mut self, name: &str, what: &str) -> Secret<String> {
        let before = self.problems.len();
        self.own_secret(name).unwrap_or_else(|| {
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
        let file = format!("{name}_FILE");
        for given in [name, &file] {
            if self.unreadable.iter().any(|one| one == given) {
                self.problem(given, "is not UTF-8");
            }
        }
        let Some(path) = self.find(&file) else {
            return self.find(name);
        };
        if self.is_given(name) {
            self.problem(name, format!("is set, and {file} is too; give one of them"));
        }
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = text.trim_end_matches(['\r', '\n']);
                if text.is_empty() {
                    self.problem(&file, format!("{path:?} is empty"));
                }
                (!text.is_empty()).then(|| text.to_owned())
            }
            Err(error) => {
                self.problem(&file, format!("cannot read {path:?}: {error}"));
                None
            }
        }
    }

    /// Whether the environment has a value for it, a default of ours aside.
    fn is_given(&self, name: &str) -> bool {
        let source = self.values.find_metadata(name);
        source.is_some_and(|source| source.name == Env::SOURCE)
    }

    fn find(&self, name: &str) -> Option<String> {
        self.values.extract_inner::<String>(name).ok()
    }

    fn note_secret(&mut self, name: &str, is_set: bool) {
        self.note(name, if is_set { "[redacted]" } else { "(unset)" });
    }

    fn note(&mut self, name: &str, value: &str) {
        self.effective.push((name.to_owned(), value.to_owned()));
    }
}
