//! What is wrong with a migration.

use std::fmt;

use super::Rule;

/// One thing to change in a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file's name.
    pub file: String,
    /// The line, from 1, on which the statement begins.
    pub line: usize,
    /// What it goes against.
    pub rule: Rule,
    /// What is wrong, and what to do instead.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, message) = (self.rule.name(), &self.message);
        write!(f, "{}:{}: {rule}: {message}", self.file, self.line)
    }
}
